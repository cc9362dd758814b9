"""Revisions of the policy (1.4): showing, setting and comparing them; unanswered tickets follow a new one."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from supportctl.clock import iso
from supportctl.desk.tickets.case import History
from supportctl.desk.tickets.judge import Changes, Judge, changes_of, recalculation, save_recalculations
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.difference import Difference, differences
from supportctl.policy.file import builtin
from supportctl.policy.ticket import Entry, Target, Ticket
from supportctl.store import revisions, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import LARGEST, Desk, DirectReader
from supportctl.store.revisions import RecordedRevision

Counting = Callable[[int], AbstractContextManager[Callable[[], None]]]


class MovedTicket(NamedTuple):
    """A ticket whose due time moved, or would; instants are UTC epoch seconds, None without a target."""

    id: int
    was_due_at: int | None
    due_at: int | None


class PolicyChange(NamedTuple):
    """A revision, whether it is in force, how many tickets it judged again when it was set, and those it moved.

    `anew` is False if it was already on record, so that nothing was set.
    """

    recorded: RecordedRevision
    in_force: bool
    judged: int = 0
    moved: tuple[MovedTicket, ...] = ()
    anew: bool = True


class StoredPolicy(NamedTuple):
    """A policy on record: its revision and since when it holds (None for the built-in one), its text and its data."""

    revision: int | None
    effective_at: int | None
    toml: str
    data: Mapping[str, Any]


class Comparison(NamedTuple):
    """The changes from one policy to another, the tickets that would move, and the tiers it lacks: (tier, count)."""

    differences: tuple[Difference, ...]
    moved: tuple[MovedTicket, ...]
    missing: tuple[tuple[str, int], ...]


def moved_tickets(changes: Sequence[tuple[Ticket, Entry, Target]]) -> tuple[MovedTicket, ...]:
    """The tickets among these changes whose due time moves."""
    dues = ((ticket.id, ticket.target.due_at, now.due_at) for ticket, _, now in changes)
    return tuple(MovedTicket(number, was, due) for number, was, due in dues if was != due)


def find_revision(db: Desk, number: int) -> RecordedRevision:
    """The revision of this number. Raises NotOnRecord."""
    found = revisions.find_recorded(db, number) if number < LARGEST else None
    if found is None:
        raise NotOnRecord(f"There is no revision {number}.", "`supportctl policy history` lists them.")
    return found


def stored_policy(db: Desk | None, number: int | None, at: int) -> StoredPolicy:
    """The revision of this number, or else the one in force at `at`; without a desk the built-in policy.

    Raises NotOnRecord.
    """
    if db is None:
        return StoredPolicy(None, None, *builtin())
    found = find_revision(db, number) if number is not None else revisions.recorded_in_force(db, at)
    return StoredPolicy(found.revision, found.since, found.toml, found.data)


def last_two(db: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data of the newest revision and, before it, of the one before; twice the same where there is no other."""
    recorded = revisions.all_recorded(db)
    return recorded[max(0, len(recorded) - 2)].data, recorded[-1].data


def history(db: Desk, at: int) -> list[PolicyChange]:
    """All revisions in the order in which they take effect, with the one in force at `at` marked."""
    number = revisions.recorded_in_force(db, at).revision
    return [PolicyChange(recorded, recorded.revision == number) for recorded in revisions.all_recorded(db)]


def set_policy(
    db: Desk,
    text: str,
    data: dict[str, Any],
    source: str,
    effective_at: int,
    actor: Actor,
    counting: Counting = lambda _: nullcontext(lambda: None),
) -> PolicyChange:
    """Record a policy file (its text, and its checked data) as a revision from `effective_at` on.

    If that text is in force then anyway, nothing changes.

    A revision in force now judges every unanswered ticket again, in the same transaction: its new target counts from
    now, and no due time moves later (hard question 4). A future revision judges what is received from then on. With
    many tickets that takes a while: `counting` is given the number of steps, and what it returns is called at each.
    Raises InputError for a revision from before the one in force, or without a tier that licences have.
    """
    with db.transaction():
        _not_before(revisions.recorded_in_force(db, actor.now), effective_at)
        same = revisions.recorded_in_force(db, effective_at)
        if same.toml == text:
            return PolicyChange(same, same.revision == revisions.recorded_in_force(db, actor.now).revision, anew=False)
        _refuse_missing(source, revisions.licences_without_tier(db, list(data["tiers"]), effective_at))
        number = revisions.add(db, text, data, effective_at=effective_at, actor=actor)
        in_force = effective_at <= actor.now
        waiting = [History(*each) for each in tickets.waiting(db, actor.now)] if in_force else []
        with counting(2 * len(waiting)) as tick:
            changes = _follow(db, waiting, number, actor, tick)
        return PolicyChange(find_revision(db, number), in_force, len(changes), moved_tickets(changes))


def _follow(db: Desk, waiting: Sequence[History], number: int, actor: Actor, tick: Callable[[], None]) -> Changes:
    judge, cause = Judge(DirectReader(db)), f"policy revision {number}"
    return save_recalculations(
        db, (recalculation(judge, history, actor.now, cause, actor) for history in waiting), tick
    )


def _not_before(current: RecordedRevision, effective_at: int) -> None:
    if effective_at < current.effective_at:
        raise InputError(
            f"{iso(effective_at)} is before revision {current.revision}, in force since {iso(current.effective_at)}.",
            "The past cannot be changed; give that time or a later one.",
        )


def _refuse_missing(source: str, missing: Sequence[tuple[str, int]]) -> None:
    if missing:
        raise InputError(
            f"{source} lacks {missing_tiers(missing)}; nothing was changed.",
            "Keep the tier, or give these licences another with `supportctl licence upgrade`.",
        )


def missing_tiers(missing: Sequence[tuple[str, int]]) -> str:
    """The missing tiers for a message: "the tier PLUS, which 3 licences have"."""
    return ", ".join(f"the tier {tier}, which {n} licence{'s have' if n > 1 else ' has'}" for tier, n in missing)


def _would_move(db: Desk, new: dict[str, Any], actor: Actor) -> tuple[MovedTicket, ...]:
    """The tickets that a policy would move if it were set now."""
    judge = Judge(DirectReader(db), new, actor.now)
    waiting = (History(*each) for each in tickets.waiting(db, actor.now))
    found = changes_of(recalculation(judge, history, actor.now, "", actor) for history in waiting)
    return moved_tickets([(each.ticket, each.entries[-1], each.now) for each in found])


def compare(db: Desk, old: dict[str, Any], new: dict[str, Any], actor: Actor) -> Comparison:
    """The changes from the policy `old` to `new`, and the unanswered tickets that would move if `new` were set now.

    The policy in force has moved them already. Nothing is stored.
    """
    current = revisions.recorded_in_force(db, actor.now)
    moves = () if new == current.data else _would_move(db, new, actor)
    missing = revisions.licences_without_tier(db, list(new["tiers"]), actor.now)
    return Comparison(tuple(differences(old, new)), moves, tuple(missing))
