"""`show`: tickets with their history."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketIds, thread_view
from supportctl.cli.run.session import Session

app = Verbs()


@app.verb("show", thread_view)
def show(
    session: Session,
    ids: TicketIds,
    full: Annotated[
        bool, Option("--full", help="for people: quoted text unfolded, and the reasons for the target")
    ] = False,
) -> Result:
    """Show tickets: how they stand against their targets, and everything that was said and done, in order.

    On a terminal, text that replies quote is folded to one line, such as [12 quoted lines]; --full shows it, and the
    reasons for tier, standing and target. All other formats have everything.

    \b
    Examples:
      supportctl show 17
      supportctl show 17 --full
      supportctl show 17 18 --json
    """
    # late: completing a number loads this file alone
    from supportctl.cli.run.ticket import asked_for, events, threads_result
    from supportctl.cli.views.thread import WHOLE_THREAD  # late: completing a number loads this file alone

    asked = asked_for(session, ids)
    shown = threads_result(session, asked, events.threads_at(session.desk, asked.numbers, session.now))
    return shown._replace(view=WHOLE_THREAD) if full else shown
