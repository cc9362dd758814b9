"""The queue: open work in policy order (3.4, 4.6), and taking the next of it."""

from collections.abc import Callable, Iterator
from typing import Any

from supportctl.desk.tickets.as_of import as_of
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


def queue(db: Desk, at: int, filters: TicketFilter = WORK, sort: str = POLICY) -> Iterator[TicketView]:
    """Tickets that are neither closed nor merged at `at`, by default in the order in which the policy takes them.

    `sort` is one of SORTS; of equals the one goes first that the policy takes first. All is asked for at once.
    """
    due, never_due, later, recorded, holidays = query_together(
        db, *tickets.in_queue(), tickets.changed_after(at), policies.recorded(), policies.holidays()
    )
    standing = tickets.in_one_line(due, never_due)
    found = as_of(db, at, standing, later, lambda t: t.closed_at is None, queue_position)
    taken = (t for t in found if filters.takes(t))
    in_order = taken if sort == POLICY else iter(sorted(taken, key=SORTS[sort]))
    return see(Revisions(recorded, holidays), in_order, at)


def _due(ticket: Ticket) -> Any:
    """Unanswered tickets come first: answered ones are no longer due."""
    return (False, ticket.target.due_at) if ticket.unanswered and ticket.target.due_at is not None else (True, 0)


# What a queue can be sorted by; unassigned tickets come last.
SORTS: dict[str, Callable[[Ticket], Any]] = {
    POLICY: queue_position,
    "due": _due,
    "received": lambda ticket: ticket.received_at,
    "rank": lambda ticket: ticket.target.rank,
    "assignee": lambda ticket: (ticket.assignee is None, (ticket.assignee or "").casefold()),
}


def next_ticket(db: Desk, at: int) -> Ticket | None:
    """The ticket to work on now: the first unassigned one."""
    return next((seen.ticket for seen in queue(db, at, UNASSIGNED)), None)
