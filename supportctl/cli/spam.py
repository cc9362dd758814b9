"""`spam`: set a ticket aside that deserves no answer."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, thread_view
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import ticket_result
from supportctl.desk.tickets import redact as rights

app = Verbs()


@app.verb("spam", thread_view)
def spam(session: Session, id: TicketId) -> Result:
    """Set a ticket aside as spam: closed, with nothing promised, and counted neither as met nor as missed (5.1).

    Nothing more can happen to it until that is taken back with `retract`, which also restores its target.

    \b
    Examples:
      supportctl spam 17
      supportctl retract 17 2 --reason "A real customer after all"
    """

    return ticket_result(session, session.change(lambda db, who: rights.set_aside(db, id, who)))
