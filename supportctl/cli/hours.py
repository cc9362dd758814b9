"""`hours`: business time (1.5), of the desk's policy, the built-in one, or any policy file."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.desk import has_desk
from supportctl.cli.run.session import Session
from supportctl.cli.views.policy import MOVED, MOVED_COUNT
from supportctl.clock import parse_duration
from supportctl.desk import holidays
from supportctl.errors import InputError
from supportctl.files import read_file
from supportctl.policy.file import parse_hours
from supportctl.policy.hours import Calendar
from supportctl.render.columns import FLAG, LIST, SPAN, TIME, Column, View

app = Noun("hours", "Business time: when support works, and what is due when (1.5, 2.1).")

OPEN = View(
    columns=(Column("open", FLAG), Column("closes_at", TIME), Column("opens_at", TIME)),
    plain=("open", "closes_at", "opens_at"),
)
ADDED = View(
    columns=(Column("start", TIME), Column("seconds", SPAN, "Working time"), Column("due_at", TIME)),
    plain=("due_at", "start", "seconds"),
)
BETWEEN = View(
    columns=(Column("start", TIME), Column("end", TIME), Column("seconds", SPAN, "Working time")),
    plain=("seconds", "start", "end"),
)
HOLIDAY = View(
    columns=(Column("date"), Column("hours", LIST), Column("name"), Column("source")),
    plain=("date", "hours", "name", "source"),
    people=(Column("open", title="Open", get=lambda day: ", ".join(day.hours) or "closed"),),
    table=("date", "open", "name", "source"),
    card=("date", "open", "name", "source"),
    nothing="There are no holidays.",
)
CHANGED = HOLIDAY._replace(
    columns=(*HOLIDAY.columns, MOVED),
    plain=(*HOLIDAY.plain, "moved_count"),
    people=(*HOLIDAY.people, MOVED_COUNT),
    card=("date", "open", "name", "moved"),
)

PolicyFile = Annotated[
    str | None, Option("--policy", metavar="FILE", help="use the hours of this policy file; [hours] alone is enough")
]


@app.verb("open", OPEN)
def open_(
    session: Session,
    at: Annotated[str, Argument(metavar="TIME", help="the time to ask about")] = "now",
    policy: PolicyFile = None,
) -> Result:
    """Say whether support is open at a given time, and until or from when. Exit 0 if open, 3 if closed.

    \b
    Examples:
      supportctl hours open
      supportctl hours open 2026-03-06T17:00:00Z --json
    """
    moment = session.time(at)
    hours = _hours(session, policy)
    is_open = hours.is_open(moment)
    found = {"open": is_open, "closes_at": hours.closes_at(moment), "opens_at": hours.opens_at(moment)}
    return Result(found, code=0 if is_open else 3)


@app.verb("add", ADDED)
def add(
    session: Session,
    duration: Annotated[str, Argument(metavar="DURATION", help="working time: 90s, 45m, 2h, 1h30m")],
    at: Annotated[str, Option("--at", metavar="TIME", help="when to start counting")] = "now",
    policy: PolicyFile = None,
) -> Result:
    """Say when this much working time will have passed.

    \b
    Examples:
      supportctl hours add 2h
      supportctl hours add 24h --at 2026-03-06T15:00:00-08:00 --json
    """
    start, seconds = session.time(at), parse_duration(duration)
    return Result({"start": start, "seconds": seconds, "due_at": _hours(session, policy).add(start, seconds)})


@app.verb("between", BETWEEN)
def between(
    session: Session,
    start: Annotated[str, Argument(metavar="START", help="from this TIME")],
    end: Annotated[str, Argument(metavar="END", help="to this TIME")],
    policy: PolicyFile = None,
) -> Result:
    """Say how much working time there is between two times.

    \b
    Examples:
      supportctl hours between 2026-03-06T15:00:00Z 2026-03-09T18:00:00Z
      supportctl hours between 2d now --json
    """
    first, last = session.time(start), session.time(end)
    if last < first:
        raise InputError("The end is before the start.", "Give the earlier time first.")
    return Result({"start": first, "end": last, "seconds": _hours(session, policy).between(first, last)})


holiday = app.noun("holiday", "Days off and half days, in addition to those in the policy file.")

Day = Annotated[str, Argument(metavar="DATE", help="the day, as 2026-12-24; in the time zone of the policy's hours")]


@holiday.verb("add", CHANGED)
def add_holiday(
    session: Session,
    date: Day,
    hours: Annotated[
        list[str] | None,
        Option("--hours", metavar="08:00-12:00", help="hours worked on that day; may be repeated; closed if left out"),
    ] = None,
    name: Annotated[str | None, Option("--name", metavar="TEXT", help="the name of the holiday")] = None,
) -> Result:
    """Record a holiday or a half day. These hours override those of the policy file.

    Unanswered tickets that lose working time are due that much later, and their history says so. Past dates count too,
    for tickets that are still unanswered; answered tickets keep their outcome.

    \b
    Examples:
      supportctl hours holiday add 2026-12-25 --name "Christmas Day"
      supportctl hours holiday add 2026-12-24 --hours 08:00-12:00
    """
    return Result(
        session.add(lambda db, who: holidays.add_holiday(db, date, hours or [], name, who), held=True, desk=True)
    )


@holiday.verb("list", HOLIDAY)
def list_holidays(session: Session) -> Result:
    """List the holidays of the desk and of the policy in force, by date.

    Warns if they end before the current year does.

    \b
    Examples:
      supportctl hours holiday list
      supportctl hours holiday list -o csv
    """
    found = holidays.list_holidays(session.desk, session.now)
    left = holidays.year_left(session.desk, found, session.now) if found else None
    if not left:
        return Result(found, many=True)
    said = f"The holidays end with {found[-1].date}: add what is still to come of {left}, and {left + 1}."
    return Result(found, many=True, say=[said])


@holiday.verb("remove", CHANGED)
def remove_holiday(session: Session, date: Day) -> Result:
    """Remove a holiday of the desk. Unanswered tickets that gain working time are due earlier, never later.

    \b
    Examples:
      supportctl hours holiday remove 2026-12-24
      supportctl hours holiday remove 2026-12-24 --json
    """
    return Result(session.hold(lambda db, who: holidays.remove_holiday(db, date, who), desk=True))


@holiday.verb("edit", CHANGED)
def edit_holiday(
    session: Session,
    date: Day,
    hours: Annotated[
        list[str] | None, Option("--hours", metavar="08:00-12:00", help="hours worked on that day; may be repeated")
    ] = None,
    whole_day: Annotated[bool, Option("--whole-day", help="closed all day, instead of hours")] = False,
    name: Annotated[str | None, Option("--name", metavar="TEXT", help="the name of the holiday")] = None,
) -> Result:
    """Change a holiday's hours or name. One in the policy file gets an entry on the desk, which overrides it.

    Unanswered tickets are due by the corrected calendar, as if it had been right from the start. No ticket becomes late
    because of it.

    \b
    Examples:
      supportctl hours holiday edit 2026-12-24 --hours 08:00-14:00
      supportctl hours holiday edit 2026-12-24 --whole-day --name "Christmas Eve"
    """
    if hours and whole_day:
        raise InputError("--hours and --whole-day cannot be combined.", "Use one of them.")
    if not hours and not whole_day and name is None:
        raise InputError("No change was given.", "Give --hours, --whole-day or --name.")
    given = [] if whole_day else hours or None
    return Result(session.hold(lambda db, who: holidays.edit_holiday(db, date, given, name, who), desk=True))


def _hours(session: Session, policy: str | None) -> Calendar:
    """The hours of a policy file, else of the revision in force now, else (without a desk) of the built-in policy."""
    if policy is not None:
        return Calendar.from_hours(parse_hours(read_file(Path(policy), "--policy"), source=policy))
    return holidays.calendar(session.desk if has_desk(session) else None, session.now)
