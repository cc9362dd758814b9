"""`merge`: tickets about one thing become one."""

from typing import Annotated

from typer import Argument

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.completers import complete_ticket
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import asked_for, threads_result
from supportctl.cli.run.ticket_options import TicketIds, thread_view, ticket_number
from supportctl.desk.tickets import events

app = Verbs()


@app.verb("merge", thread_view, writes=True)
def merge(
    session: Session,
    ids: TicketIds,
    into: Annotated[
        int,
        Argument(metavar="INTO", help="the ticket that stays", parser=ticket_number, autocompletion=complete_ticket),
    ],
) -> Result:
    """Merge tickets into another, the last one named, which keeps its received time. Each keeps its own outcome.

    Their questions stay due: `breaches` names them until the other ticket is answered. Merging asks first if the
    senders differ or the other ticket is closed. To take a merge back, `retract` its merged entry.

    \b
    Examples:
      supportctl merge 18 17
      supportctl merge 18 19 17 --yes
    """

    asked = asked_for(session, ids)
    doubts = events.merge_doubts(session.desk, asked.numbers, into)
    if doubts and session.interactive:
        session.agree(f"{' '.join(doubts)} Merge them anyway?")
    agreed = doubts if session.interactive or session.yes else ()
    merged = session.change(lambda db, who: events.merge(db, asked.numbers, into, who, agreed=agreed))
    return threads_result(session, asked, merged)
