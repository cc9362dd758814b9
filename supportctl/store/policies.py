"""The policy's revisions (1.4): which text was in force when."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from supportctl.store.desk import BatchReader, Desk, Query, Reader

if TYPE_CHECKING:
    from supportctl.policy.hours import Calendar
    from supportctl.policy.model import Policy

BEGINNING = -62_135_596_800  # 0001-01-01T00:00:00Z: effective before everything on record
RevisionRow = tuple[int, int, int, str]
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
    def calendar(self) -> "Calendar":
        """Its business hours (1.5)."""
        from supportctl.policy.hours import Calendar  # late: most look-ups never need business time

        return Calendar.from_hours(self._data["hours"])


def recorded() -> Query[list[RevisionRow]]:
    """Every revision: its number, from when it holds, when it was put on record, and its checked data as JSON.

    An old one of unknown record was put there when it was entered.
    """
    return Query(
        "select revision, effective_at, coalesce(recorded_at, entered_at), data from policies",
        {},
        list,
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
        effective = [row for row in self._rows if row[1] <= max(at, BEGINNING)]
        return self._built(max(effective, key=_since))

    def numbered(self, number: int) -> StoredRevision:
        """The revision of a number that the desk itself names.

        Raises LookupError where it is not there: no program of ours takes one away.
        """
        for row in self._rows:
            if row[0] == number:
                return self._built(row)
        raise LookupError(number)

    def latest_first(self) -> list[tuple[int, StoredRevision]]:
        """All of them, with the moment from which each holds."""
        rows = sorted(self._rows, key=_since, reverse=True)
        return [(row[1], self._built(row)) for row in rows]

    def _built(self, row: RevisionRow) -> StoredRevision:
        number, _, _, data = row
        return _built(number, data, tuple(self._holidays.items()))


def _since(row: RevisionRow) -> tuple[int, int]:
    """In which order revisions take effect."""
    return row[1], row[0]


def in_force(db: Desk, at: int) -> StoredRevision:
    """The revision in force at `at`."""
    return Revisions.read(BatchReader(db)).in_force(at)


@lru_cache(maxsize=8)  # by all that it is made of: many lines of input are judged by the same
def _built(number: int, text: str, closures: tuple[tuple[str, str], ...]) -> StoredRevision:
    data = json.loads(text)
    if not closures:
        return StoredRevision(number, data)
    from supportctl.policy.hours import with_closures  # late: most look-ups never need business time

    hours = data["hours"]
    days = with_closures(hours["holidays"], dict(closures))
    return StoredRevision(number, {**data, "hours": {**hours, "holidays": days}})


def all_in_order(db: Desk) -> list[tuple[int, StoredRevision]]:
    """Every revision with its effective time, the latest first."""
    return Revisions.read(BatchReader(db)).latest_first()


def numbers(db: Desk) -> list[int]:
    """The numbers of all revisions."""
    return [row[0] for row in db.execute("select revision from policies")]


def revision(db: Desk, number: int, closures: Mapping[str, str] | None = None) -> StoredRevision:
    """The revision of a number that the desk itself names, by other `closures` as `Revisions` takes them."""
    return Revisions.read(BatchReader(db), closures).numbered(number)
