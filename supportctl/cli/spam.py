"""`spam`: set tickets aside that deserve no answer."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import change_tickets
from supportctl.cli.run.ticket_options import TicketIds, thread_view
from supportctl.desk.tickets import redact as rights

app = Verbs()


@app.verb("spam", thread_view, writes=True)
def spam(session: Session, ids: TicketIds) -> Result:
    """Set tickets aside as spam: closed, with nothing promised, and counted neither as met nor as missed (5.1).

    Nothing more can happen to them until that is taken back with `retract`, which also restores the target.

    \b
    Examples:
      supportctl spam 17 26-28
      supportctl retract 17 2 --reason "A real customer after all"
    """

    return change_tickets(session, ids, rights.set_aside)
