"""`reopen`: a closed ticket goes on."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, thread_view
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import events, ticket_result

app = Verbs()


@app.verb("reopen", thread_view)
def reopen(session: Session, id: TicketId) -> Result:
    """Open a closed ticket again. Its first response stays as it was; without one, its clock keeps running.

    \b
    Examples:
      supportctl reopen 17
      supportctl reopen 17 --json
    """

    return ticket_result(session, session.change(lambda db, who: events.reopen(db, id, who)))
