"""Taking tickets: the next of the queue, or those that an agent names."""

from collections.abc import Sequence

from supportctl.desk.tickets.case import Case, LoadedCases, case_queries, load_cases, read_case
from supportctl.desk.tickets.events import handed_over, refuse_unwritable, save_threads
from supportctl.desk.tickets.queue import UNASSIGNED, first_of_queue
from supportctl.desk.tickets.thread import Thread, read_threads
from supportctl.errors import Behind, InputError
from supportctl.policy.ticket import Ticket
from supportctl.store import agents, tickets
from supportctl.store.actor import Actor
from supportctl.store.change import ReadSet, statements_of
from supportctl.store.desk import NO_NUMBER, About, Desk, retry_on_conflict
from supportctl.store.newest import WriteScope, begin


def take_next(db: Desk, actor: Actor) -> Thread | None:
    """Assign the first ticket that is unassigned now to the actor, whatever time the command asks about.

    Of two agents who take the same ticket only one gets it; the other gets Conflict. Raises Behind if anything on the
    desk is newer than the command, unless its time was given with `--now`.
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
    """The first ticket of the queue that nobody has now, most often read with all that it takes in one batch."""
    first = About(
        tickets.head_of_queue(*UNASSIGNED.asked), case_queries, NO_NUMBER, lambda number: statements_of(db, number)
    )
    later = tickets.changed_after(actor.now)
    reads, known = begin(db, actor, WriteScope(desk=True), later, about=[first])
    number = reads.of(first.found)
    if reads.of(later):
        return _looked_for(db, actor)
    if number is None:
        return None
    case = read_case(reads, number)
    return LoadedCases(reads, _at_least(known, case), (case,))


def _at_least(actor: Actor, case: Case) -> Actor:
    """The actor at a moment that is not before what was written about a ticket.

    A clock ahead of ours may have written the rest of the queue: taking concerns only this ticket.
    """
    if actor.dated:
        return actor
    return actor._replace(now=max(actor.entered_at, *(entry.at for entry in case.entries)))


def _looked_for(db: Desk, actor: Actor) -> LoadedCases | None:
    """The first ticket of the queue as it was that nobody has now."""
    found = (_taken_up(db, actor, seen.ticket.id) for seen in first_of_queue(db, actor.now, UNASSIGNED, 1))
    free = (each for each in found if each.found[0].ticket.assignee is None and each.found[0].ticket.closed_at is None)
    return next(free, None)


def _taken_up(db: Desk, actor: Actor, number: int) -> LoadedCases:
    """The case of a ticket at a moment that is not before what was written about it (see `_at_least`)."""
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
    return retry_on_conflict(lambda: _taken(db, numbers, actor), db.transaction)


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
