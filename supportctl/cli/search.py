"""`search`: tickets and bugs by their words."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.desk import at_desk
from supportctl.cli.run.numbers import how_many
from supportctl.cli.run.session import Session
from supportctl.cli.views.search import FOUND
from supportctl.desk.search import search as find

app = Verbs()


@app.verb("search")
def search(
    ctx: Context,
    text: Annotated[list[str], Argument(metavar="TEXT", help="words, and field:value to narrow; quotes make a phrase")],
    limit: Annotated[int, Option("--limit", metavar="N", help="show at most this many", parser=how_many)] = 20,
) -> None:
    """Find tickets and known bugs that contain all the words, best matches first, with the sentence that contains them.

    Searches subjects, texts, replies, notes, and the titles and workarounds of bugs; connected finds connecting, cafe
    finds café. Very common words find only the newest tickets. Fields match tickets as they are now: status: tier:
    channel: assignee: tag: from: product: topic: sla: kind: (ticket or bug).

    Plain output: kind, id, status, from, subject, snippet.

    \b
    Examples:
      supportctl search black screen
      supportctl search "firewall tier:SITE status:open" --limit 5
      supportctl search 'from:ann@example.com "blue screen"' --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show_all(FOUND, find(db, " ".join(text), session.now, limit))
