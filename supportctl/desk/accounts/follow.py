"""What follows a change to a licence or a registration: keys that waited for it count, and open tickets move."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from supportctl.desk.accounts.keys import apply_waiting_keys
from supportctl.desk.revisions import MovedTicket, moved_of
from supportctl.desk.tickets.judge import reassess
from supportctl.policy.entitlement import Account, Licence
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk

T = TypeVar("T", Account, Licence)


class Followed(NamedTuple, Generic[T]):
    """A record after a change, the tickets whose due time it moved, and notes for the agent."""

    record: T
    moved: tuple[MovedTicket, ...] = ()
    remarks: tuple[str, ...] = ()


def follow(db: Desk, record: T, senders: Sequence[str], at: int, cause: str, actor: Actor) -> Followed[T]:
    """Let the requests of these folded addresses follow the change of a record at `at`, in the caller's transaction."""
    numbers = apply_waiting_keys(db, senders, actor)
    return Followed(record, moved_of(reassess(db, senders, at, cause, actor)), keys_applied(numbers))


FEW = 3  # keys named one by one


def keys_applied(numbers: Sequence[int]) -> tuple[str, ...]:
    """The notes on keys that came with these tickets, and now count."""
    if len(numbers) > FEW:
        return (f"The keys that came with {len(numbers)} tickets are applied to their senders' accounts now (4.5).",)
    return tuple(f"The key that came with ticket {n} is applied to its sender's account now (4.5)." for n in numbers)
