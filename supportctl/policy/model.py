"""The policy as values: tiers, channels, products, topics and clauses, as the policy file gives them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Tier(NamedTuple):
    """A support level (2.1). `target` is business seconds; a lower `rank` goes first."""

    name: str
    priority: int | None
    rank: int
    target: int
    channels: tuple[str, ...]
    remote_support: bool
    paid: bool
    clause: str
    # Set if the order or the target rests on another clause than the tier's own, or on our reading of the policy.
    reading: str


class Channel(NamedTuple):
    """A way in. A channel that is not guaranteed is best effort: no target (4.1, 4.3)."""

    name: str
    guaranteed: bool
    clause: str


class Product(NamedTuple):
    """A supported product (1.1); `majors` newest major versions are supported (7.2)."""

    name: str
    title: str
    majors: int


class Coverage(StrEnum):
    """Whether the subject of a request is supported (5.1, 6.1-6.4)."""

    COVERED = "covered"
    LIMITED = "limited"
    NOT_COVERED = "not-covered"


class Topic(NamedTuple):
    """A subject of requests, whether it is covered, and whom to turn to if not (5.1, 6.x)."""

    name: str
    coverage: Coverage
    clause: str
    turn_to: str


class Policy(NamedTuple):
    """One whole policy. `hours` stays plain data until business time is asked for: most look-ups never do."""

    name: str
    hours: Mapping[str, Any]
    tiers: Mapping[str, Tier]
    channels: Mapping[str, Channel]
    products: Mapping[str, Product]
    topics: Mapping[str, Topic]
    clauses: Mapping[str, str]
    unlicensed: str
    reseller: str | None
    language: str
    rules: Mapping[str, str]
    version_parts: int  # how many of its four parts a release must name (7.1)

    def clause(self, rule: str) -> str:
        """The clause that a general rule rests on, e.g. `clause("registration")` is "4.4"."""
        return self.rules[rule] if rule in self.rules else _builtin_clause(rule)

    def has_paid(self, tier: str) -> bool:
        """Whether it has this tier, with paid keys, which can be applied to an account (4.5)."""
        return tier in self.tiers and self.tiers[tier].paid


def _builtin_clause(rule: str) -> str:
    """The clause of a rule newer than the policy: a desk may have revisions from before the rule."""
    from supportctl.policy.builtin import rules  # late: few revisions are that old

    return rules()[rule]


def policy_from(data: Mapping[str, Any]) -> Policy:
    """The policy of a checked policy file's data, as `policy.file.parse` gives it or as the desk keeps it."""
    majors = data["versions"]["majors"]
    return Policy(
        name=data["name"],
        hours=data["hours"],
        tiers={name: _tier(name, t) for name, t in data["tiers"].items()},
        channels={name: Channel(name, c["guaranteed"], c["clause"]) for name, c in data["channels"].items()},
        products={name: Product(name, p["title"], p.get("majors", majors)) for name, p in data["products"].items()},
        topics={
            name: Topic(name, Coverage(t["coverage"]), t["clause"], t["turn_to"]) for name, t in data["topics"].items()
        },
        clauses=data["clauses"],
        unlicensed=data["unlicensed"],
        reseller=data["reseller"],
        language=data["language"],
        rules=data["rules"],
        version_parts=data["versions"].get("parts", 4),
    )


def _tier(name: str, data: Mapping[str, Any]) -> Tier:
    return Tier(
        name=name,
        priority=data["priority"],
        rank=data["rank"],
        target=data["target"],
        channels=tuple(data["channels"]),
        remote_support=data["remote_support"],
        paid=data["paid"],
        clause=data["clause"],
        reading=data["reading"],
    )
