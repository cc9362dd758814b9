"""`close`: tickets are done."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import change_tickets
from supportctl.cli.run.ticket_options import TicketIds, thread_view
from supportctl.desk.tickets import events

app = Verbs()


@app.verb("close", thread_view, writes=True, lines="hold")
def close(
    session: Session,
    ids: TicketIds,
    reason: Annotated[
        str | None, Option("--reason", metavar="TEXT", help="why; required if the ticket has no answer")
    ] = None,
) -> Result:
    """Close tickets, all or none. One without an answer needs a reason, and is counted separately, never as met.

    \b
    Examples:
      supportctl close 17
      supportctl close 17 20-22 --reason "Solved on the forum"
      supportctl search "black screen" -o plain | cut -f1 | supportctl close - --reason "Same cause"
    """

    return change_tickets(session, ids, lambda db, numbers, who: events.close(db, numbers, reason, who))
