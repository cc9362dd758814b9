"""Applying paid licence keys to accounts (4.5)."""

from collections.abc import Iterable

from supportctl.desk.tickets.judge import reassess
from supportctl.policy.identity import fold_address
from supportctl.policy.model import Policy
from supportctl.policy.verdict import Reason
from supportctl.store import customers, licences, policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk


def apply_known_key(db: Desk, policy: Policy, sender: str, key: str, actor: Actor) -> tuple[Reason, ...]:
    """Apply the key that came with a request to its sender's account; returns the reasons if it could not be.

    A request is recorded whatever its key is worth, so nothing is refused here.
    """
    clause = policy.clause("recognition")
    licence = licences.find(db, key, actor.now)
    if licence is None:
        return (Reason(clause, "unknown-key", "The key that came with the request is not on record."),)
    if not policy.has_paid(licence.tier):
        return (Reason(clause, "key-not-paid", f"A {licence.tier} key cannot be applied: only paid keys can."),)
    account = customers.find(db, sender)
    if account is None or not account.registered(actor.now):
        text = "The key cannot be applied until its sender is registered."
        return (Reason(clause, "key-not-applied", text),)
    if customers.apply_key(db, account.id, licence.id, actor.now, actor):
        reassess(db, [fold_address(account.email)], actor.now, "key applied", actor)
    return ()


def apply_waiting_keys(db: Desk, senders: Iterable[str], actor: Actor) -> list[int]:
    """Apply the keys that came with requests of these folded addresses and can be applied by now (hard question 6).

    That is once the sender is registered and the key is on record, with a paid tier. Inside the caller's transaction,
    and before waiting tickets are judged again. Returns the numbers of the requests whose keys now count.
    """
    policy = policies.in_force(db, actor.now).policy
    return [number for sender in senders for number in _apply_waiting(db, policy, sender, actor)]


def let_keys_count(db: Desk, sender: str, actor: Actor) -> None:
    """Apply the keys that came with requests now known to be from this address; waiting tickets follow."""
    folded = fold_address(sender)
    if apply_waiting_keys(db, [folded], actor):
        reassess(db, [folded], actor.now, "key applied", actor)


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
