"""The policy's revisions on record (1.4): when each takes effect, who set it, and its text."""

import json
from typing import Any, NamedTuple

from supportctl.store.desk import Desk

_RECORDED = "select revision, effective_at, recorded_at, entered_at, agent, name, toml, data from policies"


class RecordedRevision(NamedTuple):
    """A revision as it was set: `effective_at` is when it takes effect (policies.BEGINNING: always), UTC epoch seconds.

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


def every(db: Desk) -> list[RecordedRevision]:
    """All revisions, in the order in which they take effect."""
    return [_recorded(row) for row in db.execute(f"{_RECORDED} order by effective_at, revision")]


def find(db: Desk, number: int) -> RecordedRevision | None:
    """The revision of this number."""
    row = db.execute(f"{_RECORDED} where revision = :n", {"n": number}).fetchone()
    return _recorded(row) if row else None


def in_force(db: Desk, at: int) -> RecordedRevision:
    """The revision in force at `at`, UTC epoch seconds; the first has no beginning, so there always is one."""
    return [recorded for recorded in every(db) if recorded.effective_at <= at][-1]


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
