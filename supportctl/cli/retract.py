"""`retract`: an entry made by mistake is taken back."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import ticket_result
from supportctl.cli.run.ticket_options import EntryNumber, TicketId, thread_view
from supportctl.desk.tickets import events

app = Verbs()


@app.verb("retract", thread_view, writes=True)
def retract(
    session: Session,
    id: TicketId,
    n: EntryNumber,
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="why it was a mistake")],
) -> Result:
    """Take back an entry made by mistake. It stays visible but no longer counts, and the clock is worked out again.

    \b
    Examples:
      supportctl retract 17 2 --reason "Answered the wrong ticket"
      supportctl retract 17 3 --reason "Not for the customer" --json
    """

    return ticket_result(session, session.change(lambda db, who: events.retract(db, id, n, reason, who)))
