"""`merge`: two tickets about one thing become one."""

from typing import Annotated

from typer import Argument

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, complete_ticket, number, thread_view
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import events, ticket_result

app = Verbs()


@app.verb("merge", thread_view)
def merge(
    session: Session,
    id: TicketId,
    into: Annotated[
        int, Argument(metavar="INTO", help="the ticket that stays", parser=number, autocompletion=complete_ticket)
    ],
) -> Result:
    """Merge a ticket into another, which keeps its received time. The merged one keeps its own outcome.

    Its question stays due: `breaches` names it until the other ticket is answered. Merging asks first if the senders
    differ or the other ticket is closed. To take a merge back, `retract` its merged entry.

    \b
    Examples:
      supportctl merge 18 17
      supportctl merge 18 17 --yes
    """

    doubts = events.merge_doubts(session.desk, id, into)
    if doubts and session.interactive:
        session.agree(f"{' '.join(doubts)} Merge them anyway?")
    agreed = doubts if session.interactive or session.yes else ()
    merged = session.change(lambda db, who: events.merge(db, id, into, who, agreed=agreed))
    return ticket_result(session, merged)
