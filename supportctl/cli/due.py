"""`due`: when an answer would be due."""

from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.desk import has_desk
from supportctl.cli.run.options import complete_address, complete_tier
from supportctl.cli.run.session import Session
from supportctl.cli.views.explanation import PROMISE
from supportctl.desk.tickets import explain as desk
from supportctl.errors import InputError

app = Verbs()


@app.verb("due", PROMISE)
def due(
    session: Session,
    query: Annotated[
        str | None, Argument(metavar="EMAIL|KEY", help="who would ask", autocompletion=complete_address)
    ] = None,
    tier: Annotated[
        str | None,
        Option("--tier", metavar="T", help="the tier, instead of an address or a key", autocompletion=complete_tier),
    ] = None,
    at: Annotated[str, Option("--at", metavar="TIME", help="when the request would come in")] = "now",
) -> Result:
    """Say when a first response would be due, without recording a ticket.

    \b
    Examples:
      supportctl due --tier PRO
      supportctl due ann@example.com --at 2026-03-06T16:30:00-08:00
    """
    if query is not None and tier is not None:
        raise InputError("--tier cannot be combined with an address or a key.", "Use one of them.")
    if query is None and tier is None:
        raise InputError("Give an address, a key, or --tier.", "For example: `supportctl due --tier PRO`.")
    moment = session.time(at)
    if tier is None:
        return Result(desk.due(session.desk, session.read_key(query or "", "KEY"), moment))
    needed = desk.names_person(tier) or has_desk(session)  # a tier's promise needs none
    return Result(desk.due_for(session.desk if needed else None, tier, moment))
