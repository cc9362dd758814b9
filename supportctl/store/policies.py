"""The policy's revisions (1.4): which text was in force when."""

import json
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from supportctl.policy.hours import Calendar, with_closures
from supportctl.store import totals
from supportctl.store.desk import Desk, Inquiry, Query, Reader

if TYPE_CHECKING:
    from supportctl.policy.model import Policy
    from supportctl.store.actor import Actor

BEGINNING = -62_135_596_800  # 0001-01-01T00:00:00Z: effective since before all that is on record


class StoredRevision:
    """A policy and the number it is cited by; of its checked `data`, what is asked for is built late and once."""

    def __init__(self, number: int, data: Mapping[str, Any]) -> None:
        self.number, self._data = number, data

    @cached_property
    def policy(self) -> "Policy":
        """The policy itself; a list of tickets asks for its hours alone."""
        from supportctl.policy.model import policy_from

        return policy_from(self._data)

    @cached_property
    def calendar(self) -> Calendar:
        """Its business hours (1.5); most look-ups never ask for business time."""

        return Calendar.from_hours(self._data["hours"])


class RevisionRow(NamedTuple):
    """A revision as it is kept: from when it holds, when it was put on record, and its checked data as JSON."""

    number: int
    effective_at: int
    recorded_at: int
    data: str


def recorded() -> Query[list[RevisionRow]]:
    """Every revision; an old one of unknown record was put there when it was entered."""
    return Query(
        "select revision, effective_at, coalesce(recorded_at, entered_at), data from policies",
        {},
        lambda rows: list(map(RevisionRow._make, rows)),
        tables=("policies",),
    )


def holidays() -> Query[list[Any]]:
    """Every holiday that the desk ever had of its own: date, hours, and from when to when it was on record."""
    said = "select date, hours, recorded_at, removed_at from closures order by id"
    return Query(said, {}, list, tables=("closures",))


class Revisions:
    """The revisions of the policy with the holidays that the desk has now, read at once; each is built when needed.

    `closures` gives other holidays in their place: the hours, as JSON, by date.
    """

    def __init__(
        self, rows: Iterable[RevisionRow], holidays: Iterable[Any], closures: Mapping[str, str] | None = None
    ) -> None:
        self._rows = list(rows)
        standing = {date: hours for date, hours, _, removed_at in holidays if removed_at is None}
        self._holidays = standing if closures is None else closures

    @classmethod
    def read(cls, read: Reader, closures: Mapping[str, str] | None = None) -> "Revisions":
        """As they are on record."""
        read.ahead(recorded(), holidays())
        return cls(read.of(recorded()), read.of(holidays()), closures)

    def in_force(self, at: int) -> StoredRevision:
        """The revision in force at `at`. The first has no beginning, so there always is one."""
        effective = [row for row in self._rows if row.effective_at <= max(at, BEGINNING)]
        return self._built(max(effective, key=lambda row: (row.effective_at, row.number)))

    def numbered(self, number: int) -> StoredRevision:
        """The revision of a number that the desk itself names.

        Raises LookupError where it is not there: no program of ours takes one away.
        """
        for row in self._rows:
            if row.number == number:
                return self._built(row)
        raise LookupError(number)

    def latest_first(self) -> list[tuple[int, StoredRevision]]:
        """All of them, with the moment from which each holds."""
        rows = sorted(self._rows, key=lambda row: (row.effective_at, row.number), reverse=True)
        return [(row.effective_at, self._built(row)) for row in rows]

    def _built(self, row: RevisionRow) -> StoredRevision:
        return _with_holidays(row.number, json.loads(row.data), self._holidays)


def in_force(db: Desk, at: int) -> StoredRevision:
    """The revision in force at `at`."""
    return Revisions.read(Inquiry(db)).in_force(at)


def _with_holidays(number: int, data: Mapping[str, Any], closures: Mapping[str, str]) -> StoredRevision:
    hours = data["hours"]
    days = with_closures(hours["holidays"], closures) if closures else hours["holidays"]
    return StoredRevision(number, {**data, "hours": {**hours, "holidays": days}})


def all_in_order(db: Desk) -> list[tuple[int, StoredRevision]]:
    """Every revision with the moment it is effective from, the latest first."""
    return Revisions.read(Inquiry(db)).latest_first()


def add_builtin(db: Desk) -> None:
    """The built-in policy as the first revision of a new desk."""

    from supportctl.policy.file import builtin
    from supportctl.store.actor import Actor

    toml, data = builtin()
    started = Actor("supportctl", "supportctl", BEGINNING, int(time.time()))
    add(db, toml, data, effective_at=BEGINNING, actor=started)


def add(db: Desk, toml: str, data: Mapping[str, object], *, effective_at: int, actor: "Actor") -> int:
    """Put a revision on record and return its number."""
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


def revision(db: Desk, number: int, closures: Mapping[str, str] | None = None) -> StoredRevision:
    """The revision of a number that the desk itself names, by other `closures` as `Revisions` takes them."""
    return Revisions.read(Inquiry(db), closures).numbered(number)
