"""`show`: a ticket with its history."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, thread_view
from supportctl.cli.run.session import Session

app = Verbs()


@app.verb("show", thread_view)
def show(session: Session, id: TicketId) -> Result:
    """Show a ticket: its target and the reasons for it, its text, and everything that happened to it.

    \b
    Examples:
      supportctl show 17
      supportctl show 17 --json
    """
    from supportctl.cli.run.ticket import events, ticket_result  # late: completing a number loads this file alone

    return ticket_result(session, events.thread_at(session.desk, id, session.now))
