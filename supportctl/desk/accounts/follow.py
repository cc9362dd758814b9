"""The consequences of a changed licence or registration: waiting keys are applied, open tickets get new targets."""

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from supportctl.desk.accounts.keys import applicable_keys
from supportctl.desk.revisions import MovedTicket, moved_tickets
from supportctl.desk.tickets.case import new_agents
from supportctl.desk.tickets.judge import Judge, due_later, followers, retargets
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.facts import HeldLicence, Person
from supportctl.store import tickets
from supportctl.store.actor import Actor
from supportctl.store.applied_keys import AppliedKey
from supportctl.store.change import Change, ReadSet, carry_out
from supportctl.store.desk import Desk
from supportctl.store.filing import Retargeted

T = TypeVar("T", Account, Licence)


class ChangedRecord(NamedTuple, Generic[T]):
    """A record after a change, the tickets whose due times moved, and notes for the agent."""

    record: T
    moved: tuple[MovedTicket, ...] = ()
    remarks: tuple[str, ...] = ()


class Consequences(NamedTuple):
    """The keys that a change applies from now on, and the tickets that get new targets."""

    keys: tuple[AppliedKey, ...]
    moved: list[Retargeted]
    remarks: tuple[str, ...]


def consequences_of(
    reads: ReadSet,
    people: Mapping[str, Person],
    at: int,
    cause: str,
    actor: Actor,
    licence: HeldLicence | None = None,
) -> Consequences:
    """The consequences of a change at `at`. `people` are those it concerns, by folded address, after the change."""
    reads.ahead(*(tickets.waiting_keys(sender) for sender in people))
    policy = Judge(reads).in_force(actor.now).policy
    counting = {
        sender: applicable_keys(reads, policy, sender, person, actor.now, licence) for sender, person in people.items()
    }
    after = {sender: each.person for sender, each in counting.items()}
    return Consequences(
        tuple(row for each in counting.values() for row in each.rows),
        followers(reads, after, at, cause, actor),
        keys_applied([request for each in counting.values() for request in each.requests]),
    )


def save_with_consequences(
    db: Desk,
    reads: ReadSet,
    record: T,
    found: Consequences,
    actor: Actor,
    *,
    account: Account | None = None,
    united: Sequence[tuple[Account, Account]] = (),
    licence: Licence | None = None,
    terms: Licence | None = None,
    keys: Sequence[AppliedKey] = (),
) -> ChangedRecord[T]:
    """Save a change to an account or a licence with the `keys` it applies and its consequences. Raises Conflict."""
    change = Change(
        reads, actor, new_agents(reads, actor.agent), account, united, licence, terms, (*keys, *found.keys),
        retargeted=found.moved, news_again=due_later(found.moved),
    )  # fmt: skip
    carry_out(db, change)
    return ChangedRecord(record, moved_tickets(retargets(found.moved)), found.remarks)


FEW = 3  # keys named one by one


def keys_applied(numbers: Sequence[int]) -> tuple[str, ...]:
    """The notes on keys that came with these tickets, and now count."""
    if len(numbers) > FEW:
        return (f"The keys that came with {len(numbers)} tickets are applied to their senders' accounts now (4.5).",)
    return tuple(f"The key that came with ticket {n} is applied to its sender's account now (4.5)." for n in numbers)
