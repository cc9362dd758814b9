"""The queue: open work in policy order (3.4, 4.6), and taking the next of it."""

from collections.abc import Callable, Iterator
from typing import Any

from supportctl.desk.tickets.as_of import as_of
from supportctl.desk.tickets.events import Thread, assign_here, read_thread, writable
from supportctl.desk.tickets.filters import Wanted
from supportctl.errors import InputError
from supportctl.policy.ticket import Ticket
from supportctl.policy.triage import turn
from supportctl.store import agents, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.newest import Touched, newest
from supportctl.store.sqlite.transaction import transaction

POLICY = "policy"
WORK = Wanted(statuses=("open",))
UNASSIGNED = Wanted(statuses=("open",), assignee="")


def queue(db: Desk, at: int, wanted: Wanted = WORK, sort: str = POLICY) -> Iterator[Ticket]:
    """Tickets that are neither closed nor merged at `at`, by default in policy order.

    `sort` is one of SORTS; ties stay in policy order.
    """
    found = as_of(db, at, tickets.in_queue(db), lambda t: t.closed_at is None, turn)
    taken = (t for t in found if wanted.takes(t))
    return taken if sort == POLICY else iter(sorted(taken, key=SORTS[sort]))


def _due(ticket: Ticket) -> Any:
    """Unanswered tickets come first: answered ones are no longer due."""
    return (False, ticket.target.due_at) if ticket.unanswered and ticket.target.due_at is not None else (True, 0)


# What a queue can be sorted by; unassigned tickets come last.
SORTS: dict[str, Callable[[Ticket], Any]] = {
    POLICY: turn,
    "due": _due,
    "received": lambda ticket: ticket.received_at,
    "rank": lambda ticket: ticket.target.rank,
    "assignee": lambda ticket: (ticket.assignee is None, (ticket.assignee or "").casefold()),
}


def next_ticket(db: Desk, at: int) -> Ticket | None:
    """The ticket to work on now: the first unassigned one."""
    return next(queue(db, at, UNASSIGNED), None)


def take_next(db: Desk, actor: Actor) -> Thread | None:
    """Take the first ticket of that queue that is still unassigned, whatever time is asked about.

    The desk is locked from looking to taking, so that two agents never take the same ticket.
    """
    with transaction(db):
        today = (tickets.get(db, ticket.id) for ticket in queue(db, actor.now, UNASSIGNED))
        ticket = next((t for t in today if t.assignee is None and t.closed_at is None), None)
        if ticket is None:
            return None
        if not actor.dated:  # a clock ahead of ours may have written the queue: this write concerns only this ticket
            actor = actor._replace(now=max(actor.entered_at, newest(db, Touched([ticket.id]), actor.entered_at)))
        assign_here(db, ticket, actor.agent, actor)
    return read_thread(db, ticket.id)


def take(db: Desk, number: int, actor: Actor) -> Thread:
    """Take an unassigned ticket; one's own stays as it is.

    The desk is locked from looking to taking: of two agents who want the same ticket only one gets it. Raises
    NotOnRecord, and InputError if somebody else has it, or it is no longer open.
    """
    with transaction(db):
        ticket = writable(db, number, actor.now)
        if ticket.closed_at is not None:
            raise InputError(f"Ticket {number} was closed meanwhile.", f"Open it with `supportctl reopen {number}`.")
        if not (ticket.assignee is None or agents.same(ticket.assignee, actor.agent)):
            raise InputError(
                f"{ticket.assignee} has ticket {number}.", f"Hand it over with `supportctl assign {number} AGENT`."
            )
        if ticket.assignee is None:
            assign_here(db, ticket, actor.agent, actor)
    return read_thread(db, number)
