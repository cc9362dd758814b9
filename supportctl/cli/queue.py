"""`queue`: open work in policy order."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.completers import complete_from
from supportctl.cli.run.list_options import Assignee, Channels, Mine, Tiers, Unassigned, Waiting, assignee_filter
from supportctl.cli.run.listing import ticket_list
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import Limit
from supportctl.cli.views.ticket import QUEUE
from supportctl.desk.tickets import queue as desk
from supportctl.desk.tickets.filters import ticket_filter
from supportctl.desk.vocabulary import policy_spelling
from supportctl.render import DOCUMENTS

app = Verbs()


@app.verb("queue", QUEUE, formats=DOCUMENTS)
def queue(
    session: Session,
    mine: Mine = False,
    unassigned: Unassigned = False,
    assignee: Assignee = None,
    tier: Tiers = None,
    channel: Channels = None,
    waiting: Waiting = False,
    sort: Annotated[
        str,
        Option(
            "--sort",
            metavar="BY",
            help="policy, due, received, rank or assignee",
            autocompletion=complete_from(desk.SORTS),
        ),
    ] = "policy",
    limit: Limit = None,
) -> Result:
    """List open work in policy order: entitled tickets, forum posts, best effort, not entitled (3.4, 4.6).

    On a terminal, a ticket is one line, and a long list is shown page by page; --columns chooses what is shown.
    --sort due puts first the unanswered ticket that is due first; ties stay in policy order. `ls` and `q` are
    short for `queue`.

    \b
    Examples:
      supportctl queue
      supportctl queue --mine --sort due --limit 5
      supportctl queue --unassigned --tier SITE --json
    """
    agent = assignee_filter(session, mine, unassigned, assignee)
    by = policy_spelling("order", sort, desk.SORTS, place=" of the queue")
    statuses = ("open", "waiting") if waiting else ("open",)
    asked = ticket_filter(session.desk, session.now, tier or (), channel or (), agent, statuses)
    what = "open or waiting" if waiting else "open"
    return ticket_list(
        session,
        lambda most: desk.queue(session.desk, session.now, asked, by, most),
        QUEUE,
        lambda n: ", ".join([f"{n.all:,} {what}", *n.parts()]),
        limit=limit,
        totals=lambda: desk.totals(session.desk, session.now, asked),
    )
