"""Applying paid licence keys to accounts (4.5)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from supportctl.desk.tickets.judge import reassess
from supportctl.policy.facts import APPLIED, Held, Person
from supportctl.policy.identity import fold_address
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Ticket
from supportctl.policy.verdict import Reason
from supportctl.store import customers, facts, licences, policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, Reader
from supportctl.store.sqlite.transaction import transaction


def key_of_request(
    read: Reader, policy: Policy, sender: Person, key: str, at: int
) -> tuple[tuple[Reason, ...], Held | None]:
    """The licence whose key came with a request, applied to its sender's account at `at` if it was not before.

    Else the reasons why it cannot be, if any: a request is recorded whatever its key is worth, so nothing is refused.
    """
    clause = policy.clause("recognition")
    held = facts.licence(read, key)
    licence = held.on_terms(at) if held else None
    if held is None or licence is None:
        return (Reason(clause, "unknown-key", "The key that came with the request is not on record."),), None
    if not policy.has_paid(licence.tier):
        return (Reason(clause, "key-not-paid", f"A {licence.tier} key cannot be applied: only paid keys can."),), None
    if sender.account is None or not sender.account.registered(at):
        text = "The key cannot be applied until its sender is registered."
        return (Reason(clause, "key-not-applied", text),), None
    return (), None if sender.has_applied(licence.id) else held._replace(by=APPLIED, since=at)


def apply_waiting_keys(db: Desk, senders: Iterable[str], actor: Actor) -> list[int]:
    """Apply the keys that came with requests of these folded addresses and can be applied by now (hard question 6).

    That is once the sender is registered and the key is on record, of a paid tier. Inside the caller's transaction,
    and before the tickets that wait are judged again. Returns the numbers of the requests whose keys count from now on.
    """
    policy = policies.in_force(db, actor.now).policy
    return [number for sender in senders for number in _apply_waiting(db, policy, sender, actor)]


def let_keys_count(db: Desk, sender: str, actor: Actor) -> None:
    """Apply the keys that came with requests of which this address turns out to be the sender; what waits follows."""
    folded = fold_address(sender)
    if apply_waiting_keys(db, [folded], actor):
        reassess(db, [folded], actor.now, "key applied", actor)


@contextmanager
def holding_for_keys(db: Desk, ticket: Ticket, actor: Actor) -> Iterator[None]:
    """Hold the desk for a change of a ticket after which keys may count that came with requests of its sender.

    Whether there are any is asked first: most of the time there is none, and nothing is held.
    """
    folded = fold_address(ticket.sender)
    if not (ticket.key_given or tickets.waiting_keys(db, folded)):
        yield
        return
    with transaction(db):
        yield
        let_keys_count(db, ticket.sender, actor)


def _apply_waiting(db: Desk, policy: Policy, sender: str, actor: Actor) -> Iterable[int]:
    waiting = tickets.waiting_keys(db, sender)
    account = customers.find(db, sender) if waiting else None
    if account is None:
        return
    since = max(actor.now, account.registered_at or actor.now)
    for number, key in waiting:
        licence = licences.find(db, key)
        if licence and policy.has_paid(licence.tier) and customers.apply_key(db, account.id, licence.id, since, actor):
            yield number
