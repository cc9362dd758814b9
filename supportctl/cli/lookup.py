"""`lookup`: what an address or a licence key entitles to."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.answers import Answers
from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.desk import at_desk
from supportctl.cli.run.session import Session
from supportctl.cli.views.entitlement import entitlement_view
from supportctl.desk.accounts.lookup import look_up

app = Verbs()


@app.verb("lookup")
def lookup(
    ctx: Context,
    query: Annotated[str, Argument(metavar="EMAIL|KEY|-", help="whom to look up; - reads one per line")],
    reveal: Annotated[bool, Option("--reveal", help="show licence keys in full")] = False,
) -> int:
    """Show what an address or a licence key is entitled to: tier, target, channels, and the clauses that decide.

    Exit 0 if it is known, 3 if not (with -, if any of them is not).

    Plain output: query, found, tier, rank, target_seconds, registered, recognised_by, kind, remote_support,
    open_tickets.

    \b
    Examples:
      supportctl lookup ann@example.com
      supportctl lookup ann@example.com --json
      tail -n +2 customers.csv | cut -d, -f1 | supportctl lookup -
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        answers = Answers(session, entitlement_view(reveal, session.zone), "EMAIL|KEY")
        return answers.show(query, lambda q: look_up(db, q, session.now), lambda a: a.found)
