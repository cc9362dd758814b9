"""`next`: the one ticket to do now."""

from typing import TYPE_CHECKING, Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.views.ticket import TICKET
from supportctl.desk.tickets.queue import next_ticket
from supportctl.desk.tickets.view import TicketView

if TYPE_CHECKING:
    from supportctl.desk.tickets.thread import Thread

app = Verbs()


@app.verb("next", TICKET)
def next_(
    session: Session,
    take: Annotated[bool, Option("--take", help="assign it to you; two agents never take the same ticket")] = False,
) -> Result:
    """Show the ticket to work on now: the first unassigned one in the queue. Exit 3 if there is none.

    \b
    Examples:
      supportctl next
      supportctl next --take --agent kim
    """
    found = _taken(session) if take else next_ticket(session.desk, session.now)
    if found is None:
        return Result(say=["No ticket is waiting."] if session.interactive else [], code=3)
    if session.format == "table":  # the agent wants to read it now
        from supportctl.cli.run.ticket import ticket_result  # late: for programs a line will do

        return ticket_result(session, _thread(session, found))
    return Result(found if isinstance(found, TicketView) else found.seen_at(session.now))


def _taken(session: Session) -> "Thread | None":
    """The ticket that was taken; the run is not before that."""
    from supportctl.desk.tickets.take import take_next  # late: who only asks changes nothing

    thread = session.change(take_next)
    if thread is not None:
        session.not_before(thread.entries[-1].at)
    return thread


def _thread(session: Session, found: "TicketView | Thread") -> "Thread":
    """What people read of a ticket; of one just taken all is known."""
    from supportctl.desk.tickets.thread import as_of, thread_at  # late: for programs a line will do

    if isinstance(found, TicketView):
        return thread_at(session.desk, found.ticket.id, session.now)
    return as_of(session.desk, found, session.now)
