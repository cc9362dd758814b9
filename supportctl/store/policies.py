"""The policy's revisions (1.4): which text was in force when."""

import json
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from supportctl.policy.hours import Calendar, with_closures
from supportctl.store import totals
from supportctl.store.actor import Actor
from supportctl.store.desk import BatchReader, Desk, Query, Reader

if TYPE_CHECKING:
    from supportctl.policy.model import Policy
    from supportctl.store.actor import Actor

BEGINNING = -62_135_596_800  # 0001-01-01T00:00:00Z: effective before everything on record
# Which revision is in force: the last to take effect, and of one moment the last that was set.
IN_FORCE = "where effective_at <= :at order by effective_at desc, revision desc limit 1"


class StoredRevision:
    """A policy and the number it is cited by; parts of its checked `data` are built late and only once."""

    def __init__(self, number: int, data: Mapping[str, Any]) -> None:
        self.number, self._data = number, data

    @cached_property
    def policy(self) -> "Policy":
        """The policy itself; a list of tickets needs only its hours."""
        from supportctl.policy.model import policy_from  # late: a list of tickets needs only the hours

        return policy_from(self._data)

    @cached_property
    def calendar(self) -> Calendar:
        """Its business hours (1.5); most look-ups never need business time."""

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
    return Revisions.read(BatchReader(db)).in_force(at)


def _with_holidays(number: int, data: Mapping[str, Any], closures: Mapping[str, str]) -> StoredRevision:
    hours = data["hours"]
    days = with_closures(hours["holidays"], closures) if closures else hours["holidays"]
    return StoredRevision(number, {**data, "hours": {**hours, "holidays": days}})


def all_in_order(db: Desk) -> list[tuple[int, StoredRevision]]:
    """Every revision with its effective time, the latest first."""
    return Revisions.read(BatchReader(db)).latest_first()


def add_builtin(db: Desk) -> None:
    """Record the built-in policy as the first revision of a new desk."""

    from supportctl.policy.file import builtin  # late: only a new desk records it

    toml, data = builtin()
    started = Actor("supportctl", "supportctl", BEGINNING, int(time.time()))
    add(db, toml, data, effective_at=BEGINNING, actor=started)


def add(db: Desk, toml: str, data: Mapping[str, object], *, effective_at: int, actor: "Actor") -> int:
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


def revision(db: Desk, number: int, closures: Mapping[str, str] | None = None) -> StoredRevision:
    """The revision of a number that the desk itself names, by other `closures` as `Revisions` takes them."""
    return Revisions.read(BatchReader(db), closures).numbered(number)


# As they were set

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
