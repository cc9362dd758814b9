"""Whether the stored due times are those that were promised: the hours of the policy, from what the history says."""

import json
import sqlite3
from collections.abc import Iterator

from supportctl.clock import iso
from supportctl.desk.findings import DAMAGED, RESTORE, Finding
from supportctl.errors import InputError
from supportctl.policy.hours import Calendar
from supportctl.store import checking, policies
from supportctl.store.checking import Due


def dues(db: sqlite3.Connection) -> Iterator[Finding]:
    """Targets that are not what their entry says, or not what the policy's hours give."""
    promises = _Promises(db)
    for due in checking.dues(db):
        if said := promises.wrong(due):
            yield Finding("due times", DAMAGED, f"entry {due.n}: {said}", RESTORE, due.ticket)


class _Promises:
    """Due times held against the hours of the policy, with the desk's own holidays as they have come and gone."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[int, list[Calendar]] = {}

    def wrong(self, due: Due) -> str | None:
        """What contradicts a target, None where nothing does. What a correction made of it is not worked out again."""
        if due.set_at != due.at:
            return f"its target is set at {iso(due.set_at)}, and the entry holds from {iso(due.at)}"
        if due.kind == "retargeted":
            return self._retargeted(due)
        if due.kind in ("received", "customer-replied"):
            return self._given(due, ())
        return None

    def _retargeted(self, due: Due) -> str | None:
        try:
            data = json.loads(due.data)
            was, became = data["due_at"]
        except (ValueError, TypeError, LookupError):
            return "it cannot be read"
        # Not always the last one before it: what was taken back since does not count.
        if was not in due.before or became != due.due_at:
            return f"it moves a due time from {_time(was)} to {_time(became)}, and the targets say otherwise"
        return None if "closure" in data else self._given(due, due.before)

    def _given(self, due: Due, others: tuple[int | None, ...]) -> str | None:
        """Whether the target's business time leads to its due time, or that is one of `others`."""
        if due.seconds is None or due.due_at is None or due.due_at in others:
            return None if (due.seconds is None) == (due.due_at is None) else "it has a target without a due time"
        given = due.due_at
        try:
            for calendar in reversed(self._calendars(due.revision)):  # nearly always the last fits
                given = calendar.add(due.at, due.seconds)
                if given == due.due_at:
                    break
        except InputError:
            return None  # beyond what a calendar reaches
        return (
            None
            if given == due.due_at
            else f"it is due {iso(due.due_at)}, and the hours of the policy give {iso(given)}"
        )

    def _calendars(self, revision: int) -> list[Calendar]:
        if revision not in self._known:
            self._known[revision] = list(policies.every_calendar(self._db, revision))
        return self._known[revision]


def _time(value: object) -> str:
    return iso(value) if isinstance(value, int) else "none"
