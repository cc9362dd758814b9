"""What follows a change to a licence or a registration: keys that waited for it count, and open tickets move."""

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from supportctl.desk.accounts.keys import keys_that_count
from supportctl.desk.revisions import MovedTicket, moved_of
from supportctl.desk.tickets.case_file import newcomers
from supportctl.desk.tickets.judge import Judge, followers, given_more_time, moves_of
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.facts import Held, Person
from supportctl.store import tickets
from supportctl.store.actor import Actor
from supportctl.store.change import Change, Grounds, carry_out
from supportctl.store.customers import AppliedKey
from supportctl.store.desk import Desk
from supportctl.store.filing import Retargeted

T = TypeVar("T", Account, Licence)


class Followed(NamedTuple, Generic[T]):
    """A record after a change, the tickets whose due time it moved, and notes for the agent."""

    record: T
    moved: tuple[MovedTicket, ...] = ()
    remarks: tuple[str, ...] = ()


class Following(NamedTuple):
    """What follows a change of some people: keys that count from now on, and tickets that get new targets."""

    keys: tuple[AppliedKey, ...]
    moved: list[Retargeted]
    remarks: tuple[str, ...]


def following(
    grounds: Grounds,
    people: Mapping[str, Person],
    at: int,
    cause: str,
    actor: Actor,
    licence: Held | None = None,
) -> Following:
    """What follows the change of some people at `at`: by folded address as they are then, of this licence's terms."""
    grounds.ahead(*(tickets.waiting_keys(sender) for sender in people))
    policy = Judge(grounds).in_force(actor.now).policy
    counting = {
        sender: keys_that_count(grounds, policy, sender, person, actor.now, licence)
        for sender, person in people.items()
    }
    after = {sender: each.person for sender, each in counting.items()}
    return Following(
        tuple(row for each in counting.values() for row in each.rows),
        followers(grounds, after, at, cause, actor),
        keys_applied([request for each in counting.values() for request in each.requests]),
    )


def put_followed(
    db: Desk,
    grounds: Grounds,
    record: T,
    found: Following,
    actor: Actor,
    *,
    account: Account | None = None,
    united: Sequence[tuple[Account, Account]] = (),
    licence: Licence | None = None,
    terms: Licence | None = None,
    keys: Sequence[AppliedKey] = (),
) -> Followed[T]:
    """Put a change of an account or a licence on record, with the `keys` it applies and what follows it.

    Raises Conflict.
    """
    change = Change(
        grounds, actor, newcomers(grounds, actor.agent), account, united, licence, terms, (*keys, *found.keys),
        retargeted=found.moved, news_again=given_more_time(found.moved),
    )  # fmt: skip
    carry_out(db, change)
    return Followed(record, moved_of(moves_of(found.moved)), found.remarks)


FEW = 3  # keys named one by one


def keys_applied(numbers: Sequence[int]) -> tuple[str, ...]:
    """The notes on keys that came with these tickets, and now count."""
    if len(numbers) > FEW:
        return (f"The keys that came with {len(numbers)} tickets are applied to their senders' accounts now (4.5).",)
    return tuple(f"The key that came with ticket {n} is applied to its sender's account now (4.5)." for n in numbers)
