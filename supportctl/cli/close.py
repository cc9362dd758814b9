"""`close`: a ticket is done."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, thread_view
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import events, ticket_result

app = Verbs()


@app.verb("close", thread_view)
def close(
    session: Session,
    id: TicketId,
    reason: Annotated[
        str | None, Option("--reason", metavar="TEXT", help="why; required if the ticket has no answer")
    ] = None,
) -> Result:
    """Close a ticket. A ticket without an answer needs a reason, and is counted separately, never as met.

    \b
    Examples:
      supportctl close 17
      supportctl close 17 --reason "Solved on the forum"
    """

    return ticket_result(session, session.change(lambda db, who: events.close(db, id, reason, who)))
