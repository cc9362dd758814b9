"""Options by which lists of tickets are narrowed, each declared once."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.completers import complete_agent, complete_channel, complete_tier
from supportctl.cli.run.session import Session
from supportctl.errors import InputError

Mine = Annotated[bool, Option("--mine", help="only tickets assigned to you")]
Unassigned = Annotated[bool, Option("--unassigned", help="only unassigned tickets")]
Assignee = Annotated[
    str | None, Option("--assignee", metavar="AGENT", help="only this agent's tickets", autocompletion=complete_agent)
]
Tiers = Annotated[list[str] | None, Option("--tier", metavar="T", help="only this tier", autocompletion=complete_tier)]
Channels = Annotated[
    list[str] | None, Option("--channel", metavar="C", help="only this channel", autocompletion=complete_channel)
]
Waiting = Annotated[bool, Option("--waiting", help="also tickets waiting for the customer")]


def assignee_filter(session: Session, mine: bool, unassigned: bool, assignee: str | None) -> str | None:
    """The agent whose tickets are asked for, "" for unassigned, None for all. Raises InputError for two at once."""
    if mine + unassigned + (assignee is not None) > 1:
        raise InputError("--mine, --unassigned and --assignee cannot be combined.", "Use one of them.")
    return session.agent if mine else "" if unassigned else assignee
