"""The queue: open work in policy order (3.4, 4.6), and taking the next of it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from supportctl.clock import NEVER
from supportctl.desk.tickets.as_of import as_of, ticket_at
from supportctl.desk.tickets.case import Case, LoadedCases, load_cases
from supportctl.desk.tickets.events import Thread, handed_over, read_threads, refuse_unwritable, save_threads
from supportctl.desk.tickets.filters import TicketFilter
from supportctl.desk.tickets.view import TicketView, see
from supportctl.errors import Behind, InputError
from supportctl.policy.ticket import Ticket
from supportctl.policy.triage import queue_position
from supportctl.store import agents, policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.change import ReadSet
from supportctl.store.desk import Desk, query_together, retry_on_conflict
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
    if sort == POLICY or limit is None:
        asked = tickets.in_queue(*filters)
    else:
        asked = tickets.first_in_queue(sort, at, limit, *filters)
    standing, later, recorded, holidays = query_together(
        db, asked, tickets.changed_after(at), policies.recorded(), policies.holidays()
    )
    found = as_of(db, at, standing, later, lambda t: t.closed_at is None and filters.takes(t), queue_position)
    by = SORTS[sort]
    in_order = found if sort == POLICY else iter(sorted(found, key=lambda t: (by(t), queue_position(t))))
    return see(Revisions(recorded, holidays), in_order, at)


def totals(db: Desk, at: int, filters: TicketFilter = WORK) -> tuple[int, Iterator[TicketView]]:
    """How many tickets the queue has at `at`, and those that wait for a first response in time: only they are read."""

    def holds(ticket: Ticket) -> bool:
        return ticket.closed_at is None and filters.takes(ticket)

    count, due, later, recorded, holidays = query_together(
        db,
        tickets.count_in_queue(at, *filters),
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


def next_ticket(db: Desk, at: int) -> Ticket | None:
    """The ticket to work on now: the first unassigned one."""
    return next((seen.ticket for seen in queue(db, at, UNASSIGNED)), None)


def take_next(db: Desk, actor: Actor) -> Thread | None:
    """Assign the first ticket that is unassigned now to the actor, whatever time the command asks about.

    Of two agents who take the same ticket only one gets it; the other gets Conflict.
    """
    found = _first_free(db, actor)
    if found is None:
        return None
    reads, actor, (case,) = found
    return _hand_over(db, reads, case, actor)


def _hand_over(db: Desk, reads: ReadSet, case: Case, actor: Actor) -> Thread:
    """Put on record that the actor has the ticket."""
    (thread,) = save_threads(db, reads, [handed_over(db, reads, case, actor.agent, actor)], actor)
    return thread


def _first_free(db: Desk, actor: Actor) -> LoadedCases | None:
    """The first ticket of the queue that nobody has now; no read stays open, which would be of then."""
    found = (_taken_up(db, actor, seen.ticket.id) for seen in queue(db, actor.now, UNASSIGNED))
    free = (each for each in found if each.found[0].ticket.assignee is None and each.found[0].ticket.closed_at is None)
    return next(free, None)


def _taken_up(db: Desk, actor: Actor, number: int) -> LoadedCases:
    """The case of a ticket at a moment that is not before what was written about it.

    A clock ahead of ours may have written the rest of the queue: taking concerns only this ticket.
    """
    if actor.dated:
        return load_cases(db, actor, number)
    try:
        return load_cases(db, actor._replace(now=actor.entered_at), number)
    except Behind as behind:
        return load_cases(db, actor._replace(now=behind.moment), number)


def take_tickets(db: Desk, numbers: Sequence[int], actor: Actor) -> list[Thread]:
    """Assign unassigned tickets to the actor, all or none; the actor's own stay as they are.

    Of two agents who take the same ticket only one gets it. Raises NotOnRecord, and InputError if somebody else has
    one, or it is no longer open.
    """
    return retry_on_conflict(lambda: _taken(db, numbers, actor))


def _taken(db: Desk, numbers: Sequence[int], actor: Actor) -> list[Thread]:
    reads, actor, cases = load_cases(db, actor, *numbers)
    for case in cases:
        _refuse_to_take(case.ticket, actor)
    free = [case for case in cases if case.ticket.assignee is None]
    if free:
        save_threads(db, reads, [handed_over(db, reads, case, actor.agent, actor) for case in free], actor)
    return read_threads(db, numbers)


def _refuse_to_take(ticket: Ticket, actor: Actor) -> None:
    refuse_unwritable(ticket, actor.now)
    if ticket.closed_at is not None:
        raise InputError(f"Ticket {ticket.id} was closed meanwhile.", f"Open it with `supportctl reopen {ticket.id}`.")
    if ticket.assignee is not None and not agents.same(ticket.assignee, actor.agent):
        raise InputError(
            f"{ticket.assignee} has ticket {ticket.id}.", f"Hand it over with `supportctl assign {ticket.id} AGENT`."
        )
