"""Holidays of the desk's own: dated days off and half days, and their effect on waiting tickets (1.5)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from supportctl.clock import policy_zone
from supportctl.desk.revisions import MovedTicket, moved_tickets
from supportctl.desk.tickets.case import History
from supportctl.desk.tickets.judge import Judge, holiday_recalculation, save_recalculations
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.file import builtin, parse_holiday
from supportctl.policy.hours import DAY, Calendar
from supportctl.policy.periods import day_of
from supportctl.policy.promise import day_start
from supportctl.store import closures, policies, revisions, tickets
from supportctl.store.actor import Actor
from supportctl.store.closures import Closure
from supportctl.store.desk import Desk, DirectReader

NAME = 200  # characters
YEARS = 100  # a holiday further from now than this is a typing error


class Holiday(NamedTuple):
    """A day with other hours than its weekday, its source (`desk` or `policy`), and the tickets that it moved."""

    date: str
    hours: tuple[str, ...]
    name: str | None
    source: str
    moved: tuple[MovedTicket, ...] = ()


def add_holiday(db: Desk, day: str, hours: list[str], name: str | None, actor: Actor) -> Holiday:
    """Record a holiday; unanswered tickets that lose working time are due that much later, and say so.

    Past dates count too, from now on and for tickets that still wait; answered ones are frozen. The same again changes
    nothing. Raises InputError for a malformed value, or a day that is on record with other hours.
    """
    closure = _closure(day, hours, name, actor.now)
    with db.transaction():
        known = closures.find(db, closure.date)
        if known is not None:
            _same_or_refuse(known, closure)
            return Holiday(*known, "desk")
        moved = _change(db, closure.date, "added", lambda: closures.add(db, closure, actor), actor)
        return Holiday(*closure, "desk", moved)


def remove_holiday(db: Desk, day: str, actor: Actor) -> Holiday:
    """Remove a holiday. Unanswered tickets that gain working time are due earlier, never later.

    Raises InputError for an invalid date, NotOnRecord for a day that is not a holiday, or is one in the policy file.
    """
    day = parse_holiday(day, [])[0]
    with db.transaction():
        known = closures.find(db, day)
        if known is None:
            raise _unknown(db, day, actor.now)
        moved = _change(db, day, "removed", lambda: closures.remove(db, day, actor), actor)
        return Holiday(*known, "desk", moved)


def edit_holiday(db: Desk, day: str, hours: Sequence[str] | None, name: str | None, actor: Actor) -> Holiday:
    """Change a holiday's hours (none: the whole day off) or name; None leaves what is.

    One in the policy file gets an entry on the desk, which overrides it. Waiting tickets are due by the corrected
    calendar, as if it had been right from the start. Raises InputError, NotOnRecord for a day that is not a holiday.
    """
    day = parse_holiday(day, [])[0]
    with db.transaction():
        known = closures.find(db, day)
        was = known or next(
            (Closure(h.date, h.hours, h.name) for h in _of_policy(db, actor.now) if h.date == day), None
        )
        if was is None:
            raise _unknown(db, day, actor.now)
        closure = _closure(
            day, list(was.hours if hours is None else hours), was.name if name is None else name, actor.now
        )
        if closure == known:
            return Holiday(*closure, "desk")
        return Holiday(*closure, "desk", _change(db, day, "corrected", lambda: _put(db, known, closure, actor), actor))


def _put(db: Desk, known: Closure | None, closure: Closure, actor: Actor) -> None:
    """Replace what is known about a day by a closure; a new name alone changes no calendar."""
    if known is not None and known.hours == closure.hours:
        closures.rename(db, closure)
        return
    if known is not None:
        closures.remove(db, known.date, actor)
    closures.add(db, closure, actor)


def list_holidays(db: Desk, at: int) -> list[Holiday]:
    """The holidays of the desk and of the policy in force at `at`, each day once, by date."""
    days = {day.date: day for day in _of_policy(db, at)}
    days |= {closure.date: Holiday(*closure, "desk") for closure in closures.every(db)}
    return [days[day] for day in sorted(days)]


def year_left(db: Desk, holidays: Sequence[Holiday], at: int) -> int | None:
    """The year of `at`, in the zone of the policy's hours, if the last of these holidays is before its end."""
    zone = policy_zone(policies.in_force(db, at).policy.hours["timezone"])
    year = day_of(at, zone).year
    return year if max(day.date for day in holidays) < f"{year:04}-12-31" else None


def _of_policy(db: Desk, at: int) -> list[Holiday]:
    entries = revisions.recorded_in_force(db, at).data["hours"]["holidays"]
    return [
        Holiday(entry, (), None, "policy")
        if isinstance(entry, str)
        else Holiday(entry["date"], tuple(entry["hours"]), None, "policy")
        for entry in entries
    ]


def _closure(day: str, hours: list[str], name: str | None, now: int) -> Closure:
    day, spans = parse_holiday(day, hours)
    if abs(day_start(day) - now) > YEARS * 366 * DAY:
        raise InputError(f"{day} is more than {YEARS} years from now.", "Check the year.")
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
            f"Correct it with `supportctl hours holiday edit {known.date}`.",
        )


def _unknown(db: Desk, day: str, at: int) -> NotOnRecord:
    if any(holiday.date == day for holiday in _of_policy(db, at)):
        return NotOnRecord(
            f"{day} is a holiday in the policy file.",
            f"Give it hours with `supportctl hours holiday edit {day} --hours SPAN`, or set a policy without it.",
        )
    return NotOnRecord(f"{day} is not a holiday on record.", "`supportctl hours holiday list` lists them.")


def _change(db: Desk, day: str, verb: str, change: Callable[[], None], actor: Actor) -> tuple[MovedTicket, ...]:
    """Change the calendar, and the due times of the tickets it affects, inside the caller's transaction."""
    change()
    start, judge = (
        day_start(day) - DAY,
        Judge(DirectReader(db)),
    )  # a local day is within a day of the UTC one, in every zone
    found = (History(*each) for each in tickets.waiting_around(db, actor.now, start, start + 3 * DAY))
    return moved_tickets(
        save_recalculations(
            db, (holiday_recalculation(judge, history, actor.now, (day, verb), actor) for history in found)
        )
    )


def calendar(db: Desk | None, at: int) -> Calendar:
    """Business hours by the policy in force at `at` (UTC epoch seconds) and the desk's holidays; without a desk, by the
    built-in policy.
    """
    return policies.in_force(db, at).calendar if db is not None else Calendar.from_hours(builtin()[1]["hours"])
