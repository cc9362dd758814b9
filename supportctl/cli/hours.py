"""`hours`: business time (1.5), of the desk's policy, the built-in one, or any policy file."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.desk import adding, at_desk, has_desk, hold
from supportctl.cli.run.session import Session
from supportctl.cli.views.hours import ADDED, BETWEEN, HOLIDAY, HOLIDAY_CHANGED, OPEN
from supportctl.clock import parse_duration
from supportctl.desk.holidays import Holiday, year_left
from supportctl.errors import InputError
from supportctl.policy.file import builtin
from supportctl.policy.hours import Calendar
from supportctl.store.desk import Desk

app = Noun("hours", "Business time: when support works, and what is due when (1.5, 2.1).")

PolicyFile = Annotated[
    str | None, Option("--policy", metavar="FILE", help="use the hours of this policy file; [hours] alone is enough")
]


@app.verb("open")
def open_(
    ctx: Context,
    at: Annotated[str, Argument(metavar="TIME", help="the time to ask about")] = "now",
    policy: PolicyFile = None,
) -> int:
    """Say whether support is open at a given time, and until or from when. Exit 0 if open, 3 if closed.

    Plain output: open, closes_at, opens_at.

    \b
    Examples:
      supportctl hours open
      supportctl hours open 2026-03-06T17:00:00Z --json
    """

    session = Session.of(ctx)
    moment = session.time(at)
    calendar = _calendar(session, policy)
    is_open = calendar.is_open(moment)
    answer = {"open": is_open, "closes_at": calendar.closes_at(moment), "opens_at": calendar.opens_at(moment)}
    session.show(OPEN, answer)
    return 0 if is_open else 3


@app.verb("add")
def add(
    ctx: Context,
    duration: Annotated[str, Argument(metavar="DURATION", help="working time: 90s, 45m, 2h, 1h30m")],
    at: Annotated[str, Option("--at", metavar="TIME", help="when to start counting")] = "now",
    policy: PolicyFile = None,
) -> None:
    """Say when this much working time will have passed.

    Plain output: due_at, start, seconds.

    \b
    Examples:
      supportctl hours add 2h
      supportctl hours add 24h --at 2026-03-06T15:00:00-08:00 --json
    """

    session = Session.of(ctx)
    start, seconds = session.time(at), parse_duration(duration)
    due = _calendar(session, policy).add(start, seconds)
    session.show(ADDED, {"start": start, "seconds": seconds, "due_at": due})


@app.verb("between")
def between(
    ctx: Context,
    start: Annotated[str, Argument(metavar="START", help="from this TIME")],
    end: Annotated[str, Argument(metavar="END", help="to this TIME")],
    policy: PolicyFile = None,
) -> None:
    """Say how much working time there is between two times.

    Plain output: seconds, start, end.

    \b
    Examples:
      supportctl hours between 2026-03-06T15:00:00Z 2026-03-09T18:00:00Z
      supportctl hours between 2d now --json
    """

    session = Session.of(ctx)
    first, last = session.time(start), session.time(end)
    if last < first:
        raise InputError("The end is before the start.", "Give the earlier time first.")
    seconds = _calendar(session, policy).between(first, last)
    session.show(BETWEEN, {"start": first, "end": last, "seconds": seconds})


holiday = app.noun("holiday", "Days off and half days, in addition to those in the policy file.")

Day = Annotated[str, Argument(metavar="DATE", help="the day, as 2026-12-24; in the time zone of the policy's hours")]


@holiday.verb("add")
def add_holiday(
    ctx: Context,
    date: Day,
    hours: Annotated[
        list[str] | None,
        Option("--hours", metavar="08:00-12:00", help="hours worked on that day; may be repeated; closed if left out"),
    ] = None,
    name: Annotated[str | None, Option("--name", metavar="TEXT", help="the name of the holiday")] = None,
) -> None:
    """Record a holiday or a half day. These hours override those of the policy file.

    Unanswered tickets that lose working time are due that much later, and their history says so. Past dates count too,
    for tickets that are still unanswered; answered tickets keep their outcome.

    Plain output: date, hours, name, source, moved_count.

    \b
    Examples:
      supportctl hours holiday add 2026-12-25 --name "Christmas Day"
      supportctl hours holiday add 2026-12-24 --hours 08:00-12:00
    """
    from supportctl.desk.holidays import add_holiday

    session = Session.of(ctx)

    def put(db: Desk) -> Holiday:
        return hold(session, db, lambda who: add_holiday(db, date, hours or [], name, who), desk=True)

    with adding(session, put) as (_, added):
        session.show(HOLIDAY_CHANGED, added)


@holiday.verb("list")
def list_holidays(ctx: Context) -> None:
    """List the holidays of the desk and of the policy in force, by date.

    Warns if they end before the current year does.

    Plain output: date, hours, name, source.

    \b
    Examples:
      supportctl hours holiday list
      supportctl hours holiday list -o csv
    """
    from supportctl.desk.holidays import list_holidays

    session = Session.of(ctx)
    with at_desk(session) as db:
        found = list_holidays(db, session.now)
        session.show(HOLIDAY, found, many=True)
        if found and (year := year_left(db, found, session.now)):
            session.say(f"The holidays end with {found[-1].date}: add what is still to come of {year}, and {year + 1}.")
        elif not found and session.stdout.isatty():
            session.say("There are no holidays.")


@holiday.verb("remove")
def remove_holiday(ctx: Context, date: Day) -> None:
    """Remove a holiday of the desk. Unanswered tickets that gain working time are due earlier, never later.

    Plain output: date, hours, name, source, moved_count.

    \b
    Examples:
      supportctl hours holiday remove 2026-12-24
      supportctl hours holiday remove 2026-12-24 --json
    """
    from supportctl.desk.holidays import remove_holiday

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show(HOLIDAY_CHANGED, hold(session, db, lambda who: remove_holiday(db, date, who), desk=True))


@holiday.verb("edit")
def edit_holiday(
    ctx: Context,
    date: Day,
    hours: Annotated[
        list[str] | None, Option("--hours", metavar="08:00-12:00", help="hours worked on that day; may be repeated")
    ] = None,
    whole_day: Annotated[bool, Option("--whole-day", help="closed all day, instead of hours")] = False,
    name: Annotated[str | None, Option("--name", metavar="TEXT", help="the name of the holiday")] = None,
) -> None:
    """Change a holiday's hours or name. One in the policy file gets an entry on the desk, which overrides it.

    Unanswered tickets are due by the corrected calendar, as if it had been right from the start. No ticket becomes late
    because of it.

    Plain output: date, hours, name, source, moved_count.

    \b
    Examples:
      supportctl hours holiday edit 2026-12-24 --hours 08:00-14:00
      supportctl hours holiday edit 2026-12-24 --whole-day --name "Christmas Eve"
    """
    from supportctl.desk.holidays import edit_holiday

    if hours and whole_day:
        raise InputError("--hours and --whole-day cannot be combined.", "Use one of them.")
    if not hours and not whole_day and name is None:
        raise InputError("No change was given.", "Give --hours, --whole-day or --name.")
    session = Session.of(ctx)
    with at_desk(session) as db:
        given = [] if whole_day else hours or None
        changed = hold(session, db, lambda who: edit_holiday(db, date, given, name, who), desk=True)
        session.show(HOLIDAY_CHANGED, changed)


def _calendar(session: Session, policy: str | None) -> Calendar:
    """The hours of a policy file, else of the revision in force now, else (without a desk) of the built-in policy."""

    if policy is not None:
        from supportctl.cli.run.files import read_file
        from supportctl.policy.file import parse_hours

        return Calendar.from_hours(parse_hours(read_file(Path(policy), "--policy"), source=policy))
    if has_desk(session):
        from supportctl.store import policies

        with at_desk(session) as db:
            return policies.in_force(db, session.now).calendar

    return Calendar.from_hours(builtin()[1]["hours"])
