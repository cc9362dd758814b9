"""`queue` and `next`: open work in policy order."""

from itertools import islice
from typing import Annotated

from typer import Context, Option

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.desk import act, at_desk
from supportctl.cli.run.filters import Assignee, Channels, Mine, Tiers, Unassigned, Waiting, whose
from supportctl.cli.run.numbers import how_many
from supportctl.cli.run.session import DOCUMENTS, Session
from supportctl.cli.views.ticket import QUEUE, TICKET
from supportctl.desk.tickets import queue as desk
from supportctl.desk.tickets.filters import wanted
from supportctl.desk.tickets.queue import SORTS
from supportctl.desk.tickets.view import see_one

app = Verbs()


def _sorts(_ctx: Context, _args: list[str], incomplete: str) -> list[str]:
    return [name for name in SORTS if name.startswith(incomplete)]


@app.verb("queue", formats=DOCUMENTS)
def queue(
    ctx: Context,
    mine: Mine = False,
    unassigned: Unassigned = False,
    assignee: Assignee = None,
    tier: Tiers = None,
    channel: Channels = None,
    waiting: Waiting = False,
    sort: Annotated[
        str, Option("--sort", metavar="BY", help="policy, due, received, rank or assignee", autocompletion=_sorts)
    ] = "policy",
    limit: Annotated[int | None, Option("--limit", metavar="N", parser=how_many, help="show at most this many")] = None,
) -> None:
    """List open work in policy order: entitled tickets, forum posts, best effort, not entitled (3.4, 4.6).

    --sort due puts first the unanswered ticket that is due first; ties stay in policy order.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl queue
      supportctl queue --mine --sort due --limit 5
      supportctl queue --unassigned --tier SITE --json
    """

    from supportctl.desk.vocabulary import known

    session = Session.of(ctx)
    agent = whose(session, mine, unassigned, assignee)
    by = known("order", sort, desk.SORTS, place=" of the queue")
    statuses = ("open", "waiting") if waiting else ("open",)
    with at_desk(session) as db:
        asked = wanted(db, session.now, tier or (), channel or (), agent, statuses)
        found = islice(desk.queue(db, session.now, asked, by), limit)
        session.show_all(QUEUE, found)


@app.verb("next")
def next_(
    ctx: Context,
    take: Annotated[bool, Option("--take", help="assign it to you; two agents never take the same ticket")] = False,
) -> int:
    """Show the ticket to work on now: the first unassigned one in the queue. Exit 3 if there is none.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl next
      supportctl next --take --agent kim
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        if take:
            thread = act(session, db, lambda who: desk.take_next(db, who), desk=True)
            ticket = thread.ticket if thread else None
            session.not_before(thread.entries[-1].at if thread else session.now)
        else:
            ticket = desk.next_ticket(db, session.now)
        if ticket is None:
            if session.interactive:
                session.say("No ticket is waiting.")
            return 3
        if session.format == "table":  # the agent wants to read it now
            from supportctl.cli.tickets import show_thread
            from supportctl.desk.tickets.events import thread_at

            show_thread(session, db, thread_at(db, ticket.id, session.now))
        else:
            session.show(TICKET, see_one(db, ticket, session.now))
        return 0
