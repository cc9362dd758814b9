"""`assign`: tickets go to an agent, or back to the queue."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter
from typer._click import Context

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.completers import complete_agent, complete_ticket
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import change_tickets
from supportctl.cli.run.ticket_options import TICKETS, thread_view, ticket_numbers
from supportctl.desk.accounts.agents import known_agents
from supportctl.desk.tickets import events
from supportctl.errors import InputError
from supportctl.policy.identity import parse_name

if TYPE_CHECKING:
    from supportctl.desk.acting import Actor
    from supportctl.desk.opening import Desk
    from supportctl.desk.tickets.thread import Thread

app = Verbs()


def _complete(ctx: Context, incomplete: str) -> list[tuple[str, str]]:
    """Tickets, and agents: the parser cannot tell before the end of the line which word is the last."""
    agents = complete_agent(ctx, incomplete)
    return [*complete_ticket(ctx, incomplete), *((name, "") for name in agents)]


@app.verb("assign", thread_view, writes=True)
def assign(
    session: Session,
    ids: Annotated[
        list[range], Argument(metavar="ID...", help=TICKETS, parser=ticket_numbers, autocompletion=_complete)
    ],
    to: Annotated[str, Argument(metavar="AGENT|-", help="the agent to assign it to; - puts it back into the queue")],
) -> Result:
    """Hand tickets to an agent, or back to the queue.

    \b
    Examples:
      supportctl assign 17 20-22 kim
      supportctl assign 17 -
    """

    agent = None if to == "-" else parse_name(to, "AGENT")
    if agent is not None and _is_number(to) and agent not in known_agents(session.desk):
        raise InputError(f"AGENT is missing: {to} is a ticket's number.", "Name the agent after the tickets.")
    said: list[str] = []

    def assign_to(db: "Desk", numbers: tuple[int, ...], who: "Actor") -> "list[Thread]":
        threads, note = events.assign_and_introduce(db, numbers, agent, who)
        said[:] = [note] if note else []
        return threads

    assigned = change_tickets(session, ids, assign_to)
    assigned.say = said
    return assigned


def _is_number(word: str) -> bool:
    """Whether a word in place of the agent is a ticket's number: `assign 17 18` names nobody."""
    with suppress(BadParameter):
        return bool(ticket_numbers(word))
    return False
