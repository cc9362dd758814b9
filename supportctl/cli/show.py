"""`show`: tickets with their history."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketIds, thread_view
from supportctl.cli.run.session import Session

app = Verbs()


@app.verb("show", thread_view)
def show(session: Session, ids: TicketIds) -> Result:
    """Show tickets: their targets and the reasons for them, their texts, and everything that happened to them.

    \b
    Examples:
      supportctl show 17
      supportctl show 17 18 --json
    """
    # late: completing a number loads this file alone
    from supportctl.cli.run.ticket import asked_for, events, threads_result

    asked = asked_for(session, ids)
    return threads_result(session, asked, events.threads_at(session.desk, asked.numbers, session.now))
