"""The policy's revisions as they were set: by whom, when, and from when on (1.4)."""

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from supportctl.policy.file import builtin
from supportctl.store import totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.policies import BEGINNING, IN_FORCE

_RECORD = "select revision, effective_at, recorded_at, entered_at, agent, name, toml, data from policies"


class RecordedRevision(NamedTuple):
    """A revision as it was set: `effective_at` is when it takes effect (BEGINNING: always), UTC epoch seconds.

    `data` is the policy's own, without the desk's holidays.
    """

    revision: int
    effective_at: int
    recorded_at: int | None
    entered_at: int
    agent: str
    name: str
    toml: str
    data: dict[str, Any]

    @property
    def since(self) -> int | None:
        """When it takes effect; None for one that always was in force."""
        return None if self.effective_at == BEGINNING else self.effective_at


def add_builtin(db: Desk) -> None:
    """Record the built-in policy as the first revision of a new desk."""

    toml, data = builtin()
    started = Actor("supportctl", "supportctl", BEGINNING, int(time.time()))
    add(db, toml, data, effective_at=BEGINNING, actor=started)


def add(db: Desk, toml: str, data: Mapping[str, object], *, effective_at: int, actor: Actor) -> int:
    """Record a revision and return its number."""
    number: int = db.execute("select coalesce(max(revision), 0) + 1 from policies").fetchone()[0]
    totals.put(
        db,
        "policies",
        {
            "revision": number,
            "effective_at": effective_at,
            "recorded_at": actor.now,
            "entered_at": actor.entered_at,
            "agent": actor.agent,
            "name": data["name"],
            "toml": toml,
            "data": json.dumps(data, ensure_ascii=False),
        },
    )
    return number


def all_recorded(db: Desk) -> list[RecordedRevision]:
    """All revisions, in the order in which they take effect."""
    return [_recorded(row) for row in db.execute(f"{_RECORD} order by effective_at, revision")]


def find_recorded(db: Desk, number: int) -> RecordedRevision | None:
    """The revision of this number."""
    row = db.execute(f"{_RECORD} where revision = :n", {"n": number}).fetchone()
    return _recorded(row) if row else None


def recorded_in_force(db: Desk, at: int) -> RecordedRevision:
    """The revision in force at `at`, as it was set."""
    return _recorded(db.execute(f"{_RECORD} {IN_FORCE}", {"at": max(at, BEGINNING)}).fetchone())


def licences_without_tier(db: Desk, tiers: list[str], at: int) -> list[tuple[str, int]]:
    """The tiers not among `tiers` that licences have at `at` or get later, and how many: (tier, count)."""
    rows = db.execute(
        "select t.tier, count(distinct t.licence) from licence_terms t where t.n ="
        " (select x.n from licence_terms x where x.licence = t.licence and x.effective_at <= :at"
        " order by x.effective_at desc, x.n desc limit 1) or t.effective_at > :at group by t.tier order by t.tier",
        {"at": at},
    )
    return [(tier, count) for tier, count in rows if tier not in tiers]


def _recorded(row: tuple[Any, ...]) -> RecordedRevision:
    return RecordedRevision._make((*row[:7], json.loads(row[7])))
