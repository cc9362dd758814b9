"""`show`: a ticket with its history."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, thread_view
from supportctl.cli.run.session import Session

app = Verbs()


@app.verb("show", thread_view)
def show(
    session: Session,
    id: TicketId,
    full: Annotated[
        bool, Option("--full", help="for people: quoted text unfolded, and the reasons for the target")
    ] = False,
) -> Result:
    """Show a ticket: how it stands against its target, and everything that was said and done, in order.

    On a terminal, text that replies quote is folded to one line, such as [12 quoted lines]; --full shows it, and the
    reasons for tier, standing and target. All other formats have everything.

    \b
    Examples:
      supportctl show 17
      supportctl show 17 --full
      supportctl show 17 --json
    """
    from supportctl.cli.run.ticket import events, ticket_result  # late: completing a number loads this file alone
    from supportctl.cli.views.thread import WHOLE_THREAD  # late: completing a number loads this file alone

    shown = ticket_result(session, events.thread_at(session.desk, id, session.now))
    return shown._replace(view=WHOLE_THREAD) if full else shown
