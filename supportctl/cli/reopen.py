"""`reopen`: closed tickets go on."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import change_tickets
from supportctl.cli.run.ticket_options import TicketIds, thread_view
from supportctl.desk.tickets import events

app = Verbs()


@app.verb("reopen", thread_view, writes=True)
def reopen(session: Session, ids: TicketIds) -> Result:
    """Open closed tickets again. The first response stays as it was; without one, the clock keeps running.

    \b
    Examples:
      supportctl reopen 17
      supportctl reopen 17 18 --json
    """

    return change_tickets(session, ids, events.reopen)
