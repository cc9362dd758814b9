"""`assign`: a ticket goes to an agent, or back to the queue."""

from typing import Annotated

from typer import Argument

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketId, complete_agent, thread_view
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import events, ticket_result
from supportctl.desk.accounts.agents import introduction
from supportctl.policy.identity import parse_name

app = Verbs()


@app.verb("assign", thread_view)
def assign(
    session: Session,
    id: TicketId,
    to: Annotated[
        str,
        Argument(
            metavar="AGENT|-",
            help="the agent to assign it to; - puts it back into the queue",
            autocompletion=complete_agent,
        ),
    ],
) -> Result:
    """Hand a ticket to an agent, or back to the queue.

    \b
    Examples:
      supportctl assign 17 kim
      supportctl assign 17 -
    """

    agent = None if to == "-" else parse_name(to, "AGENT")
    new = introduction(session.desk, agent) if agent is not None else None
    thread = session.change(lambda db, who: events.assign(db, id, agent, who))
    return ticket_result(session, thread)._replace(say=[new] if new else [])
