"""`assign`: tickets go to an agent, or back to the queue."""

from contextlib import suppress
from typing import Annotated

from typer import Argument, BadParameter

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import TicketIds, complete_agent, thread_view, ticket_numbers
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import change_tickets, events
from supportctl.desk.accounts.agents import introduction
from supportctl.errors import InputError
from supportctl.policy.identity import parse_name

app = Verbs()


@app.verb("assign", thread_view, writes=True)
def assign(
    session: Session,
    ids: TicketIds,
    to: Annotated[
        str,
        Argument(
            metavar="AGENT|-",
            help="the agent to assign it to; - puts it back into the queue",
            autocompletion=complete_agent,
        ),
    ],
) -> Result:
    """Hand tickets to an agent, or back to the queue.

    \b
    Examples:
      supportctl assign 17 20-22 kim
      supportctl assign 17 -
    """

    agent = None if to == "-" else parse_name(to, "AGENT")
    new = introduction(session.desk, agent) if agent is not None else None
    if new and _is_number(to):
        raise InputError(f"AGENT is missing: {to} is a ticket's number.", "Name the agent after the tickets.")
    assigned = change_tickets(session, ids, lambda db, numbers, who: events.assign(db, numbers, agent, who))
    return assigned._replace(say=[new] if new else [])


def _is_number(word: str) -> bool:
    """Whether a word in place of the agent is a ticket's number: `assign 17 18` names nobody."""
    with suppress(BadParameter):
        return bool(ticket_numbers(word))
    return False
