"""What rests on each clause of a policy: its rules, tiers, channels and topics, in words."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from supportctl.policy.difference import spell
from supportctl.policy.hours import WEEKDAYS

Table = Mapping[str, Any]


class Resting(NamedTuple):
    """One thing that rests on a clause (a rule, tier, channel, topic, product or the hours), and what it says."""

    kind: str
    name: str
    text: str


class Clause(NamedTuple):
    """A clause: its text (None if the policy only cites it), what rests on it, and its tiers."""

    clause: str
    text: str | None
    rests: tuple[Resting, ...]
    tiers: tuple[str, ...]


def clauses_of(policy: Table) -> list[Clause]:
    """Every clause that a policy's checked data words or cites, in its order."""
    resting = list(_resting(policy))
    names = dict.fromkeys([*policy["clauses"], *(clause for clause, _ in resting)])
    return [_clause(policy, name, [thing for clause, thing in resting if clause == name]) for name in names if name]


def _clause(policy: Table, name: str, rests: list[Resting]) -> Clause:
    """A clause. The one that the rule `tiers` names has all tiers, any other those that cite it."""
    whole = policy["rules"]["tiers"] == name
    tiers = tuple(tier for tier, row in policy["tiers"].items() if whole or row["clause"] == name)
    return Clause(name, policy["clauses"].get(name), tuple(rests), tiers)


def _resting(policy: Table) -> Iterator[tuple[str, Resting]]:
    for name, clause in policy["rules"].items():
        yield clause, Resting("rule", name, _rule(policy, name))
    yield policy["rules"]["hours"], Resting("hours", policy["hours"]["timezone"], week(policy["hours"]))
    for name, row in policy["tiers"].items():
        yield row["clause"], Resting("tier", name, tier_text(row))
    for name, row in policy["channels"].items():
        text = "guaranteed" if row["guaranteed"] else "not guaranteed: best effort"
        yield row["clause"], Resting("channel", name, text)
    for name, row in policy["products"].items():
        yield policy["rules"]["coverage"], Resting("product", name, row["title"])
    for name, row in policy["topics"].items():
        turn_to = f"; turn to {row['turn_to']}" if row["turn_to"] else ""
        yield row["clause"], Resting("topic", name, row["coverage"].replace("-", " ") + turn_to)


def _rule(policy: Table, name: str) -> str:
    """The policy's further words on a rule, beyond its clause, if there are any."""
    majors = policy["versions"]["majors"]
    return {
        "language": f"support answers in {policy['language']}",
        "registration": f"{policy['unlicensed']} until registered",
        "reseller-channel": f"resellers are {policy['reseller']}" if policy["reseller"] else "",
        "version-window": "the newest major version" if majors == 1 else f"the {majors} newest major versions",
    }.get(name, "")


def tier_text(row: Table) -> str:
    """A tier's rights, in one line."""
    parts = [
        f"first response within {spell(row['target'], span=True)}",
        f"rank {row['rank']}",
        *([f"priority {row['priority']}"] if row["priority"] is not None else []),
        f"by {' and '.join(row['channels']) or 'no channel'}",
        *(["remote support"] if row["remote_support"] else []),
        *(["paid"] if row["paid"] else []),
    ]
    return ", ".join(parts)


def week(hours: Table) -> str:
    """The working hours of a week, with days of equal hours together, and the holidays: mon-fri 08:00-17:00."""
    runs: list[tuple[str, str, str]] = []
    for day in WEEKDAYS:
        spans = spell(hours[day])
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    days = "; ".join(f"{a if a == b else f'{a}-{b}'} {spans}" for a, b, spans in runs if spans)
    count = len(hours["holidays"])
    return f"{days}; {count} holiday{'' if count == 1 else 's'}" if count else days
