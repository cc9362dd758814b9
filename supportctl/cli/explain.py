"""`explain` and `due`: why, and when, step by step."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.complete import complete_tier
from supportctl.cli.run.desk import at_desk, has_desk
from supportctl.cli.run.numbers import TicketId
from supportctl.cli.run.session import Session
from supportctl.cli.views.explanation import EXPLANATION, PROMISE
from supportctl.desk.tickets import explain as explain_
from supportctl.errors import InputError
from supportctl.policy.file import builtin
from supportctl.store.policies import StoredRevision

app = Verbs()


@app.verb("explain")
def explain(
    ctx: Context,
    id: TicketId,
) -> None:
    """Explain a ticket's tier, standing, target and due time: clause by clause, hour by hour.

    Plain output: id, due_at, sla, tier, target_seconds.

    \b
    Examples:
      supportctl explain 17
      supportctl explain 17 --json
    """
    from supportctl.desk.tickets.explain import explain

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show(EXPLANATION, explain(db, id, session.now))


@app.verb("due")
def due(
    ctx: Context,
    query: Annotated[str | None, Argument(metavar="EMAIL|KEY", help="who would ask")] = None,
    tier: Annotated[
        str | None,
        Option("--tier", metavar="T", help="the tier, instead of an address or a key", autocompletion=complete_tier),
    ] = None,
    at: Annotated[str, Option("--at", metavar="TIME", help="when the request would come in")] = "now",
) -> None:
    """Say when a first response would be due, without recording a ticket.

    Plain output: due_at, tier, target_seconds, start.

    \b
    Examples:
      supportctl due --tier PRO
      supportctl due ann@example.com --at 2026-03-06T16:30:00-08:00
    """

    session = Session.of(ctx)
    if (query is None) == (tier is None):
        raise InputError("Give an address, a key, or --tier.", "For example: `supportctl due --tier PRO`.")
    moment = session.time(at)
    if tier is not None and not has_desk(session) and not explain_.names_person(tier):
        session.show(PROMISE, _by_builtin_policy(tier, moment))
        return
    with at_desk(session) as db:
        if tier is not None:
            promise = explain_.due_for(db, tier, moment)
        else:
            promise = explain_.due(db, session.read_key(query or "", "KEY"), moment)
        session.show(PROMISE, promise)


def _by_builtin_policy(tier: str, moment: int) -> object:
    """A tier's target needs no desk: without one the built-in policy answers."""

    return explain_.due_for_tier(StoredRevision(0, builtin()[1]), tier, moment)
