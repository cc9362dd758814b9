"""`explain`: why this tier, this target and this due time, step by step."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId
from supportctl.cli.run.session import Session
from supportctl.cli.views.explanation import EXPLANATION
from supportctl.desk.tickets import explain as desk

app = Verbs()


@app.verb("explain", EXPLANATION)
def explain(session: Session, id: TicketId) -> Result:
    """Explain a ticket's tier, standing, target and due time: clause by clause, hour by hour.

    \b
    Examples:
      supportctl explain 17
      supportctl explain 17 --json
    """
    return Result(desk.explain(session.desk, id, session.now))
