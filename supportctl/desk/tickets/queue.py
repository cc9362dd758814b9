"""The queue: open work in policy order (3.4, 4.6), and taking the next of it."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from supportctl.clock import NEVER
from supportctl.desk.tickets.as_of import as_of, ticket_at
from supportctl.desk.tickets.filters import TicketFilter
from supportctl.desk.tickets.view import TicketView, see
from supportctl.policy.ticket import Ticket
from supportctl.policy.triage import queue_position
from supportctl.store import policies, tickets
from supportctl.store.desk import Desk, query_together
from supportctl.store.policies import Revisions

POLICY = "policy"
WORK = TicketFilter(statuses=("open",))
UNASSIGNED = TicketFilter(statuses=("open",), assignee="")


def queue(
    db: Desk, at: int, filters: TicketFilter = WORK, sort: str = POLICY, limit: int | None = None
) -> Iterator[TicketView]:
    """Tickets that are neither closed nor merged at `at`, by default in the order in which the policy takes them.

    `sort` is one of SORTS; of equals the one goes first that the policy takes first. No more than the first `limit` are
    asked for. All is asked for at once.
    """
    if limit is None:
        asked = tickets.in_queue(*filters.asked)
    else:
        asked = tickets.first_in_queue(sort, at, limit, *filters.asked)
    standing, later, recorded, holidays = query_together(
        db, asked, tickets.changed_after(at), policies.recorded(), policies.holidays()
    )
    found = as_of(db, at, standing, later, lambda t: t.closed_at is None and filters.takes(t), queue_position)
    by = SORTS[sort]
    in_order = found if sort == POLICY else iter(sorted(found, key=lambda t: (by(t), queue_position(t))))
    return see(Revisions(recorded, holidays), in_order, at)


def first_of_queue(
    db: Desk, at: int, filters: TicketFilter, most: int, takes: Callable[[TicketView], bool] = lambda _: True
) -> Iterator[TicketView]:
    """The first of the queue at `at` that a test takes, about `most` of them or more: as many are read as that needs.

    They are read before they are given: no read stays open.
    """
    given: set[int] = set()
    while True:
        found = list(islice(queue(db, at, filters, limit=most), most))
        yield from (seen for seen in found if seen.ticket.id not in given and takes(seen))
        if len(found) < most:
            return
        given |= {seen.ticket.id for seen in found}
        most *= 10


def totals(db: Desk, at: int, filters: TicketFilter = WORK) -> tuple[int, Iterator[TicketView]]:
    """How many tickets the queue has at `at`, and those that wait for a first response in time: only they are read."""

    def holds(ticket: Ticket) -> bool:
        return ticket.closed_at is None and filters.takes(ticket)

    count, due, later, recorded, holidays = query_together(
        db,
        tickets.count_in_queue(at, *filters.asked),
        tickets.late(NEVER),
        tickets.changed_after(at),
        policies.recorded(),
        policies.holidays(),
    )
    back = [t for number in later if (t := ticket_at(db, tickets.get(db, number), at)) is not None and holds(t)]
    standing = (t for t in due if filters.takes(t))
    waiting = as_of(db, at, standing, later, lambda t: _is_due(t) and holds(t), queue_position)
    return count + len(back), see(Revisions(recorded, holidays), waiting, at)


def _is_due(ticket: Ticket) -> bool:
    return ticket.unanswered and ticket.target.due_at is not None


def _due(ticket: Ticket) -> Any:
    """Unanswered tickets come first: answered ones are no longer due."""
    return (False, ticket.target.due_at) if _is_due(ticket) else (True, 0)


# What a queue can be sorted by; unassigned tickets come last.
SORTS: dict[str, Callable[[Ticket], Any]] = {
    POLICY: queue_position,
    "due": _due,
    "received": lambda ticket: ticket.received_at,
    "rank": lambda ticket: ticket.target.rank,
    "assignee": lambda ticket: (ticket.assignee is None, (ticket.assignee or "").casefold()),
}


def next_ticket(db: Desk, at: int) -> TicketView | None:
    """The ticket to work on now: the first unassigned one."""
    return next(queue(db, at, UNASSIGNED, limit=1), None)
