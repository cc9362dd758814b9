"""Which tickets miss, or are about to miss, their target for a first response (2.1)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from supportctl.desk.tickets.as_of import as_of
from supportctl.desk.tickets.filters import TicketFilter
from supportctl.desk.tickets.view import TicketView, see, see_all
from supportctl.policy.ticket import Ticket
from supportctl.store import policies, tickets
from supportctl.store.desk import Desk, query_together
from supportctl.store.policies import Revisions

if TYPE_CHECKING:
    from supportctl.store.actor import Actor
    from supportctl.store.place import Place


def breaches(db: Desk, at: int, filters: TicketFilter, within: int | None = None) -> Iterator[TicketView]:
    """Unanswered tickets past due at `at`, and those due in the next `within` business seconds, inclusive.

    A merged ticket is among them, as one that waits, until the ticket that took it in is answered (hard question 5).
    All is asked for at once; with `within` the hours of the policy before.
    """
    before = at if within is None else policies.in_force(db, at).calendar.add(at, within) + 1

    def due(ticket: Ticket) -> bool:
        due_at = ticket.target.due_at
        return due_at is not None and due_at < before and (ticket.unanswered or _goes_on(db, ticket, at))

    late, merged, later, recorded, holidays = query_together(
        db,
        tickets.late(before),
        tickets.merged_unanswered(before, at),
        tickets.changed_after(at),
        policies.recorded(),
        policies.holidays(),
    )
    found = as_of(db, at, _with_merged(late, merged), later, due, _by_due)
    return see(Revisions(recorded, holidays), (_waiting(t) for t in found if filters.takes(t) and due(t)), at)


def _with_merged(late: Iterator[Ticket], merged: list[Ticket]) -> Iterator[Ticket]:
    """Both in due order; most of the time there are none of the second."""
    if not merged:
        return late
    from heapq import merge  # late: most lists have one source

    return merge(late, merged, key=_by_due)


def _goes_on(db: Desk, ticket: Ticket, at: int) -> bool:
    if ticket.status != "merged":
        return False
    from supportctl.desk.tickets.merged import still_due  # late: it replays, and few lists of late tickets need that

    return still_due(db, ticket, at)


def _waiting(ticket: Ticket) -> Ticket:
    """A ticket whose question is due, however the ticket itself ended."""
    return ticket if ticket.closed_at is None else ticket._replace(closed_at=None)


def _by_due(ticket: Ticket) -> Any:
    return (ticket.target.due_at, ticket.target.rank, ticket.id)


def answered_late(db: Desk, since: int, at: int, filters: TicketFilter) -> Iterator[TicketView]:
    """Tickets answered after their due time, from `since` to `at`."""
    found = (t for t in tickets.answered_late(db, since, at) if filters.takes(t))
    return see_all(db, found, at)


@contextmanager
def claim_unreported(db: Desk, find: Callable[[], Iterable[TicketView]], actor: "Actor") -> Iterator[list[TicketView]]:
    """The tickets from `find` that were not reported to the agent yet; they are marked when the block succeeds.

    The write lock is taken before the search, so that only one of two runs reports a ticket: SQLite does not let a read
    that began before another run's write go on to write. If the output fails nothing is marked, and the next run
    reports them again.
    """
    with db.transaction():
        news = unreported(db, find, actor)
        yield news
        mark_reported(db, news, actor)


def unreported(db: Desk, find: Callable[[], Iterable[TicketView]], actor: "Actor") -> list[TicketView]:
    """The tickets from `find` that were not reported to the agent yet; reports for a later moment do not count.

    Inside the caller's transaction.
    """
    from supportctl.store import notified  # late: only --new remembers

    notified.forget_later(db, actor)
    return [s for s in find() if not notified.is_notified(db, actor.agent, s.ticket.id, s.sla)]


def mark_reported(db: Desk, news: Iterable[TicketView], actor: "Actor") -> None:
    """Remember that they were reported to the agent, inside the caller's transaction."""
    from supportctl.store import notified  # late: only --new remembers

    notified.mark(db, actor, [(s.ticket.id, s.sla) for s in news])


def send_unreported(
    place: "Place",
    db: Desk,
    acting: "Callable[[], AbstractContextManager[Actor]]",
    find: Callable[[], Iterable[TicketView]],
    send: Callable[[list[TicketView]], None],
) -> bool:
    """Pass unreported tickets to `send`, and mark them as reported if it succeeds; returns whether there were any.

    `place` is where the desk is; `acting` opens a transaction and yields the actor. Agents go on working while `send`
    takes its time; only another run of `breaches --new` waits.
    """
    with place.exclusive_run():
        with acting() as who:
            news = unreported(db, find, who)
        if news:
            send(news)
            with acting():
                mark_reported(db, news, who)
    return bool(news)
