"""Holidays of the desk's own: dated days off and half days, and what they mean for tickets that wait (1.5)."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from supportctl.clock import EPOCH, policy_zone
from supportctl.desk.judging import same_target
from supportctl.desk.revisions import Moved, moved_of
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.file import parse_holiday
from supportctl.policy.history import Entry, Target, starts
from supportctl.policy.hours import DAY, Calendar
from supportctl.policy.periods import day_of
from supportctl.policy.ticket import Ticket
from supportctl.policy.verdict import Reason
from supportctl.store import closures, filing, policies, revisions, tickets, told
from supportctl.store.actor import Actor
from supportctl.store.closures import Closure
from supportctl.store.connection import transaction
from supportctl.store.policies import Revision

NAME = 200  # characters
YEARS = 100  # a holiday further from now than this is a slip of the keyboard


class Holiday(NamedTuple):
    """A day of other hours than the weekday's, and who says so: `desk` or `policy`; the tickets that it moved."""

    date: str
    hours: tuple[str, ...]
    name: str | None
    source: str
    moved: tuple[Moved, ...] = ()


def add_holiday(db: sqlite3.Connection, day: str, hours: list[str], name: str | None, actor: Actor) -> Holiday:
    """Put a holiday on record; unanswered tickets that lose working time by it are due so much later, and say so.

    Any date goes: one that was forgotten counts from now on for what still waits; what is answered is frozen. The same
    again changes nothing. Raises InputError for a malformed value, or a day that is on record with other hours.
    """
    closure = _closure(day, hours, name, actor.now)
    with transaction(db):
        known = closures.find(db, closure.date)
        if known is not None:
            _same_or_refuse(known, closure)
            return Holiday(*known, "desk")
        moved = _edit(db, closure.date, "added", lambda: closures.add(db, closure, actor), actor)
        return Holiday(*closure, "desk", moved)


def remove_holiday(db: sqlite3.Connection, day: str, actor: Actor) -> Holiday:
    """Let a holiday count no more. Unanswered tickets that gain working time by it are due earlier, never later.

    Raises InputError for no date, NotOnRecord for a day that is no holiday, or one of the policy file.
    """
    day = parse_holiday(day, [])[0]
    with transaction(db):
        known = closures.find(db, day)
        if known is None:
            raise _unknown(db, day, actor.now)
        moved = _edit(db, day, "removed", lambda: closures.remove(db, day, actor), actor)
        return Holiday(*known, "desk", moved)


def list_holidays(db: sqlite3.Connection, at: int) -> list[Holiday]:
    """The holidays of the desk and of the policy in force at `at`, each day once, by date."""
    days = {day.date: day for day in _of_policy(db, at)}
    days |= {closure.date: Holiday(*closure, "desk") for closure in closures.every(db)}
    return [days[day] for day in sorted(days)]


def year_left(db: sqlite3.Connection, holidays: Sequence[Holiday], at: int) -> int | None:
    """The year of `at`, in the zone of the policy's hours, if the last of these holidays lies before its end."""
    zone = policy_zone(policies.in_force(db, at).policy.hours["timezone"])
    year = day_of(at, zone).year
    return year if max(day.date for day in holidays) < f"{year:04}-12-31" else None


def _of_policy(db: sqlite3.Connection, at: int) -> list[Holiday]:
    entries = revisions.in_force(db, at).data["hours"]["holidays"]
    return [
        Holiday(entry, (), None, "policy")
        if isinstance(entry, str)
        else Holiday(entry["date"], tuple(entry["hours"]), None, "policy")
        for entry in entries
    ]


def _closure(day: str, hours: list[str], name: str | None, now: int) -> Closure:
    day, spans = parse_holiday(day, hours)
    if abs(_midnight(day) - now) > YEARS * 366 * DAY:
        raise InputError(f"{day} lies more than {YEARS} years from now.", "Check the year.")
    if len(name or "") > NAME:
        raise InputError(f"The name of {day} is over {NAME} characters.", "Give a shorter one.")
    return Closure(day, tuple(spans), name if name and name.strip() else None)


def _same_or_refuse(known: Closure, given: Closure) -> None:
    if given.hours != known.hours or given.name not in (None, known.name):
        what = "hours" if given.hours != known.hours else "name"
        raise InputError(
            f"{known.date} is on record with another {what}; nothing was changed."
            if what == "name"
            else f"{known.date} is on record with other hours; nothing was changed.",
            f"Remove it first: supportctl hours holiday remove {known.date}",
        )


def _unknown(db: sqlite3.Connection, day: str, at: int) -> NotOnRecord:
    if any(holiday.date == day for holiday in _of_policy(db, at)):
        return NotOnRecord(f"{day} is a holiday of the policy file.", "`supportctl policy set` takes one without it.")
    return NotOnRecord(f"{day} is no holiday on record.", "`supportctl hours holiday list` shows those that are.")


def _edit(db: sqlite3.Connection, day: str, verb: str, change: Callable[[], None], actor: Actor) -> tuple[Moved, ...]:
    """Change the calendar, and the due times of the tickets that it concerns, inside the caller's transaction."""
    start = _midnight(day) - DAY  # a local day lies within a day of the UTC one, in every zone
    waiting = tickets.unanswered_around(db, start, start + 3 * DAY)
    numbers = {ticket.policy_revision for ticket in waiting}
    before = {n: policies.revision(db, n) for n in numbers}
    change()
    after = {n: policies.revision(db, n) for n in numbers}
    changes = [
        moved
        for ticket in waiting
        if (moved := _move(db, ticket, before[ticket.policy_revision], after[ticket.policy_revision], day, verb, actor))
    ]
    filing.retarget(db, changes)
    told.forget(db, [ticket.id for ticket, _, target in changes if (target.due_at or 0) > (ticket.due_at or 0)])
    return moved_of(changes)


def _move(
    db: sqlite3.Connection, ticket: Ticket, before: Revision, after: Revision, day: str, verb: str, actor: Actor
) -> tuple[Ticket, Entry, Target] | None:
    """The ticket with its new target, and the entry that says why; None if its due time stays."""
    if ticket.due_at is None:
        return None
    at = max(actor.now, ticket.received_at)
    due = new_due(before.calendar, after.calendar, _counts_from(db, ticket), ticket.due_at, at)
    if due == ticket.due_at or (verb == "removed" and due > ticket.due_at):
        return None
    n, clause = ticket.entries + 1, after.policy.clause("hours")
    data = {"cause": f"holiday {verb}: {day}", "closure": day, "due_at": [ticket.due_at, due]}
    text = f"Holiday {verb}: {day}, so the answer is due {'later' if due > ticket.due_at else 'earlier'}."
    entry = Entry(n, at, actor.entered_at, "retargeted", actor.agent, actor.system_user, data)
    others = [r for r in ticket.reasons if not (r.code.startswith("holiday-") and day in r.text)]
    reasons = (*others, Reason(clause, f"holiday-{verb}", text))
    return ticket, entry, same_target(ticket, n, at)._replace(due_at=due, reasons=reasons)


def _counts_from(db: sqlite3.Connection, ticket: Ticket) -> int:
    """From when the business time of the ticket's due time counts."""
    if ticket.entries == 1:
        return ticket.received_at
    found = starts(tickets.entries(db, ticket.id), tickets.targets(db, ticket.id))
    return found[max(found)].kept


def new_due(before: Calendar, after: Calendar, start: int, due: int, at: int) -> int:
    """The due time of business time that counts from `start`, after the calendar changed at `at` (UTC epoch seconds).

    What working time the change takes away since `start` comes on top. What it gives counts from the change on, so
    that no ticket is made late in retrospect: the due time is never before `at`, and never later than it was.
    """
    lost = before.between(start, due) - after.between(start, due)
    if lost > 0:
        return after.add(due, lost)
    since = max(start, at)
    left = before.between(since, due)
    return min(due, after.add(since, left)) if 0 < left < after.between(since, due) else due


def _midnight(day: str) -> int:
    """When the day begins in UTC, as UTC epoch seconds."""
    return (date.fromisoformat(day).toordinal() - EPOCH.toordinal()) * DAY
