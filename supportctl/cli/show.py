"""`show`: a ticket with its history."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, thread_view
from supportctl.cli.run.session import Session
from supportctl.errors import InputError

app = Verbs()


@app.verb("show", thread_view)
def show(
    session: Session,
    id: TicketId,
    mail: Annotated[bool, Option("--mail", help="print the last public answer as an e-mail message instead")] = False,
) -> Result:
    """Show a ticket: its target and the reasons for it, its text, and everything that happened to it.

    \b
    Examples:
      supportctl show 17
      supportctl show 17 --json
      supportctl show 17 --mail | sendmail -t -oi
    """
    if mail:
        return _as_mail(session, id)
    from supportctl.cli.run.ticket import events, ticket_result  # late: completing a number loads this file alone

    return ticket_result(session, events.thread_at(session.desk, id, session.now))


def _as_mail(session: Session, id: int) -> Result:
    """The message that `reply --send` sends; whoever pipes it on sends it. Raises InputError, NotOnRecord, Refused."""
    if session.given.get("output"):
        raise InputError("--mail and -o cannot be combined.", "A message has a form of its own: leave out -o.")
    from supportctl.cli.run.sending import desk_address  # late: few answers are sent by hand
    from supportctl.desk.tickets.outgoing import last_answer  # late: few answers are sent by hand

    return Result(text=last_answer(session.desk, id, desk_address(session), session.now).message)
