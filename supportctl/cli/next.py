"""`next`: the one ticket to do now."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.views.ticket import TICKET
from supportctl.desk.tickets import queue as desk
from supportctl.desk.tickets.view import see_one
from supportctl.policy.ticket import Ticket

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
    ticket = _taken(session) if take else desk.next_ticket(session.desk, session.now)
    if ticket is None:
        return Result(say=["No ticket is waiting."] if session.interactive else [], code=3)
    if session.format == "table":  # the agent wants to read it now
        from supportctl.cli.run.ticket import ticket_result  # late: for programs a line will do
        from supportctl.desk.tickets.thread import thread_at

        return ticket_result(session, thread_at(session.desk, ticket.id, session.now))
    return Result(see_one(session.desk, ticket, session.now))


def _taken(session: Session) -> Ticket | None:
    """The ticket that was taken, seen as of then."""
    from supportctl.desk.tickets.take import take_next  # late: who only asks changes nothing

    thread = session.change(take_next, desk=True)
    if thread is None:
        return None
    session.not_before(thread.entries[-1].at)
    return thread.ticket
