"""`explain`: why this tier, this target and this due time, step by step."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import TicketIds
from supportctl.cli.views.explanation import EXPLANATION
from supportctl.desk.tickets import explain as desk

app = Verbs()


@app.verb("explain", EXPLANATION)
def explain(session: Session, ids: TicketIds) -> Result:
    """Explain the tier, standing, target and due time of tickets: clause by clause, hour by hour.

    \b
    Examples:
      supportctl explain 17
      supportctl explain 17 18 --json
    """
    from supportctl.cli.run.ticket import asked_for, listed  # late: completing a number loads this file alone

    asked = asked_for(session, ids)
    return listed(asked, [desk.explain(session.desk, number, session.now) for number in asked.numbers])
