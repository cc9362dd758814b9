"""`merge`: two tickets about one thing become one."""

from typing import Annotated

from typer import Argument

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, complete_ticket, number, thread_view
from supportctl.cli.run.session import Session

app = Verbs()


@app.verb("merge", thread_view)
def merge(
    session: Session,
    id: TicketId,
    into: Annotated[
        int, Argument(metavar="INTO", help="the ticket that goes on", parser=number, autocompletion=complete_ticket)
    ],
) -> Result:
    """Merge a ticket into another, which keeps its received time. The merged one keeps its own outcome.

    Its question goes on being due: `breaches` names it until the other ticket is answered. A ticket of another sender,
    or into one that is closed, needs a yes; `retract` of the entry merged takes it all back.

    \b
    Examples:
      supportctl merge 18 17
      supportctl merge 18 17 --yes
    """
    from supportctl.cli.run.ticket import answer, events

    doubts = events.doubts(session.desk, id, into)
    if doubts and session.interactive:
        session.agree(f"{' '.join(doubts)} Merge them all the same?")
    agreed = doubts if session.interactive or session.yes else ()
    merged = session.change(lambda db, who: events.merge(db, id, into, who, agreed=agreed), tickets=[id, into])
    return answer(session, merged)
