"""`queue` and `next`: open work in the order of the policy."""

from typing import Annotated

from typer import Context, Option

from supportctl.cli.app import Verbs
from supportctl.cli.at_desk import actor, at_desk
from supportctl.cli.complete import complete_channel, complete_tier
from supportctl.cli.numbers import number
from supportctl.cli.session import DOCUMENTS, Session
from supportctl.errors import InputError

app = Verbs()


def whose(session: Session, mine: bool, unassigned: bool, assignee: str | None) -> str | None:
    """The agent whose tickets are asked for, "" for nobody's, None for all. Raises InputError for two at once."""
    given = [who for who, asked in ((session.agent, mine), ("", unassigned), (assignee, assignee is not None)) if asked]
    if len(given) > 1:
        raise InputError("--mine, --unassigned and --assignee exclude each other.", "Ask for one of them.")
    return given[0] if given else None


def _sorts(_ctx: Context, _args: list[str], incomplete: str) -> list[str]:
    from supportctl.desk.queue import SORTS

    return [name for name in SORTS if name.startswith(incomplete)]


@app.verb("queue", formats=DOCUMENTS)
def queue(
    ctx: Context,
    mine: Annotated[bool, Option("--mine", help="only what is assigned to you")] = False,
    unassigned: Annotated[bool, Option("--unassigned", help="only what nobody has")] = False,
    assignee: Annotated[str | None, Option("--assignee", metavar="AGENT", help="only this agent's")] = None,
    tier: Annotated[
        list[str] | None, Option("--tier", metavar="T", help="only this tier", autocompletion=complete_tier)
    ] = None,
    channel: Annotated[
        list[str] | None, Option("--channel", metavar="C", help="only this channel", autocompletion=complete_channel)
    ] = None,
    waiting: Annotated[bool, Option("--waiting", help="also what waits for the customer")] = False,
    sort: Annotated[
        str, Option("--sort", metavar="BY", help="policy, due, received, rank or assignee", autocompletion=_sorts)
    ] = "policy",
    limit: Annotated[int | None, Option("--limit", metavar="N", parser=number, help="at most so many")] = None,
) -> None:
    """List open work in the order of the policy: entitled tickets, forum posts, best effort, not entitled (3.4, 4.6).

    --sort due puts first whoever waits for an answer that is due first; equals stay in the order of the policy.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl queue
      supportctl queue --mine --sort due --limit 5
      supportctl queue --unassigned --tier SITE --json
    """
    from itertools import islice

    from supportctl.cli.views.ticket import QUEUE
    from supportctl.desk import queue as desk
    from supportctl.desk.seen import see
    from supportctl.desk.vocabulary import known
    from supportctl.desk.wanted import wanted

    session = Session.of(ctx)
    agent = whose(session, mine, unassigned, assignee)
    by = known("order", sort, desk.SORTS, place=" of the queue")
    statuses = ("open", "waiting") if waiting else ("open",)
    with at_desk(session) as db:
        asked = wanted(db, session.now, tier or (), channel or (), agent, statuses)
        found = islice(desk.queue(db, session.now, asked, by), limit)
        session.show_all(QUEUE, see(db, found, session.now))


@app.verb("next")
def next_(
    ctx: Context,
    take: Annotated[bool, Option("--take", help="assign it to you; two agents never take the same")] = False,
) -> int:
    """Show the ticket to do now: the first of the queue that nobody has. Exit 3 if there is none.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl next
      supportctl next --take --agent kim
    """
    from supportctl.cli.views.ticket import TICKET
    from supportctl.desk import queue as desk
    from supportctl.desk.seen import see_one

    session = Session.of(ctx)
    with at_desk(session) as db:
        if take:
            thread = desk.take_next(db, actor(session))
            ticket = thread.ticket if thread else None
        else:
            ticket = desk.next_ticket(db, session.now)
        if ticket is None:
            if session.interactive:
                session.say("Nothing waits for anyone.")
            return 3
        if session.format == "table":  # whoever does it now wants to read it
            from supportctl.cli.tickets import show_thread
            from supportctl.desk.thread import thread_at

            show_thread(session, db, thread_at(db, ticket.id, session.now))
        else:
            session.show(TICKET, see_one(db, ticket, session.now))
        return 0
