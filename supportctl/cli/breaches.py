"""`breaches`: what is late, or about to be."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.list_options import Assignee, Channels, Tiers
from supportctl.cli.run.listing import Tally, ticket_list
from supportctl.cli.run.session import Session
from supportctl.cli.views.ticket import ANSWERED_LATE, BREACH
from supportctl.clock import parse_duration
from supportctl.desk.tickets import breaches as desk
from supportctl.desk.tickets.filters import ticket_filter
from supportctl.desk.tickets.view import TicketView
from supportctl.errors import InputError
from supportctl.render import DOCUMENTS
from supportctl.render.columns import peeked

if TYPE_CHECKING:
    from supportctl.desk.acting import Actor

app = Verbs()


@app.verb("breaches", BREACH, formats=DOCUMENTS)
def breaches(
    session: Session,
    within: Annotated[
        str | None, Option("--within", metavar="DURATION", help="also tickets due in the next DURATION of working time")
    ] = None,
    tier: Tiers = None,
    channel: Channels = None,
    assignee: Assignee = None,
    answered: Annotated[bool, Option("--answered", help="list tickets answered late since --since")] = False,
    since: Annotated[str | None, Option("--since", metavar="TIME", help="with --answered: from this time on")] = None,
    new: Annotated[bool, Option("--new", help="report each breach only once per agent")] = False,
    send: Annotated[
        str | None,
        Option("--send", metavar="COMMAND", help="with --new: a command that takes the output and sends it"),
    ] = None,
    exit_code: Annotated[bool, Option("--exit-code", help="exit with 3 if there are any")] = False,
) -> Result:
    """List unanswered tickets whose first response is past due, by due time (2.1).

    --new is for cron: it reports each breach once, and marks it as reported only when the output is out.
    With nothing new, even -o md and -o html print nothing.

    --send pipes the output to COMMAND when there is something new. If COMMAND fails, the exit code is 7 and the
    breaches are reported again next time. COMMAND is split into words as a shell would do it, but runs without a shell.

    \b
    Examples:
      supportctl breaches
      supportctl breaches --within 1h --tier SITE --tier PRO
      supportctl breaches --answered --since 7d --json
      supportctl breaches --new --agent cron -o md
      supportctl breaches --new -o html --send "/usr/sbin/sendmail lead@example.com"
    """
    _refuse_together(answered, since, within, new, send)
    seconds = parse_duration(within) if within is not None else None
    command = _command(send) if send is not None else None
    filters = ticket_filter(session.desk, session.now, tier or (), channel or (), assignee)

    def find() -> Iterator[TicketView]:
        db, now = session.desk, session.now
        if since is not None:
            return desk.answered_late(db, session.time(since), now, filters)
        return desk.breaches(db, now, filters, seconds)

    if command:
        return Result(code=3 if _send(session, find, command) and exit_code else 0)
    some, found = peeked(_untold(session, find) if new else find())
    code = 3 if exit_code and some else 0
    if new and not some and session.format in ("md", "html"):  # an empty document is still a mail
        return Result(code=code)
    view = ANSWERED_LATE if answered else BREACH
    told = _answered if answered else partial(_due, within)
    listed = ticket_list(session, lambda _: found, view, told, code=code)
    listed.paged = not new
    return listed


def _due(within: str | None, tally: Tally) -> str:
    to_come = tally.all - tally.late
    return ", ".join([f"{tally.late:,} late", *[f"{to_come:,} due within {within}"] * (to_come > 0)])


def _answered(tally: Tally) -> str:
    return f"{tally.all:,} answered late"


def _refuse_together(answered: bool, since: str | None, within: str | None, new: bool, send: str | None) -> None:
    if answered != (since is not None):
        raise InputError("--answered and --since go together.", "Give both, such as --answered --since 7d.")
    if answered and (within is not None or new):
        raise InputError("--answered cannot be combined with --within or --new.", "Use one or the other.")
    if send is not None and not new:
        raise InputError("--send needs --new.", "Use --new --send COMMAND, or pipe the output to COMMAND.")


def _command(given: str) -> list[str]:
    from supportctl.cli.run.programs import split_command  # late: few runs start a program

    return split_command(given, "--send")


def _at_its_moment(session: Session) -> "AbstractContextManager[Actor]":
    from supportctl.cli.run.desk import actor_transaction  # late: only --new and --send write

    return actor_transaction(session, session.desk)


def _untold(session: Session, find: Callable[[], Iterator[TicketView]]) -> list[TicketView]:
    """The news for this agent; they count as reported once they are out."""
    who = session.held.enter_context(_at_its_moment(session))
    return session.held.enter_context(desk.claim_unreported(session.desk, find, who))


def _send(session: Session, find: Callable[[], Iterator[TicketView]], command: list[str]) -> bool:
    """Pipe new breaches to a command, and mark them as reported if it succeeds; returns whether there are any.

    Raises OutputUnwritable, DeskUnusable.
    """

    def hand_over(news: list[TicketView]) -> None:
        from supportctl.cli.run.programs import feed  # late: few runs start a program

        feed(command, _printed(session, news), "--send", "the breaches will be reported again next time.")

    return desk.send_unreported(session.place(), session.desk, lambda: _at_its_moment(session), find, hand_over)


def _printed(session: Session, news: list[TicketView]) -> str:
    out, session.stdout = session.stdout, StringIO()
    try:
        session.show(BREACH, news, many=True)
        return session.stdout.getvalue()
    finally:
        session.stdout = out
