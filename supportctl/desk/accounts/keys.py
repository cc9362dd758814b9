"""Applying paid licence keys to accounts (4.5)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from supportctl.desk.tickets.judge import reassess
from supportctl.masking import fold_key
from supportctl.policy.facts import APPLIED, HeldLicence, Person
from supportctl.policy.identity import fold_address
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Ticket
from supportctl.policy.verdict import Reason
from supportctl.store import applied_keys, facts, policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.applied_keys import AppliedKey
from supportctl.store.desk import Desk, DirectReader, Reader


def key_of_request(
    read: Reader, policy: Policy, sender: Person, key: str, at: int
) -> tuple[tuple[Reason, ...], HeldLicence | None]:
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


class ApplicableKeys(NamedTuple):
    """A person with the keys of earlier requests applied, the rows that record it, and those requests."""

    person: Person
    rows: tuple[AppliedKey, ...] = ()
    requests: tuple[int, ...] = ()


def applicable_keys(
    read: Reader, policy: Policy, sender: str, person: Person, now: int, licence: HeldLicence | None = None
) -> ApplicableKeys:
    """The keys that came with requests of a folded address and can be applied by now (hard question 6).

    That is once the sender is registered and the key is on record, of a paid tier; `licence` is one that is about to be
    on record, or on other terms.
    """
    counting = ApplicableKeys(person)
    if person.account is None:
        return counting
    since = max(now, person.account.registered_at or now)
    for request, key in read.of(tickets.waiting_keys(sender)):
        held = licence if licence and fold_key(licence.terms[0].licence.key) == key else facts.licence(read, key)
        if held is None or not policy.has_paid(held.terms[-1].licence.tier) or person.has_applied(held.licence):
            continue
        person = person.holding(held._replace(by=APPLIED, since=since))
        row = AppliedKey(person.account.id if person.account else 0, held.licence, since)
        counting = ApplicableKeys(person, (*counting.rows, row), (*counting.requests, request))
    return counting


def apply_waiting_keys(db: Desk, senders: Iterable[str], actor: Actor) -> list[int]:
    """Apply the keys of some senders that count by now, inside the caller's transaction; the requests they came with.

    It comes before the tickets that wait are judged again.
    """
    read, found = DirectReader(db), list[int]()
    policy = policies.in_force(db, actor.now).policy
    for sender in senders:
        if read.of(tickets.waiting_keys(sender)):
            counting = applicable_keys(read, policy, sender, facts.person(read, sender), actor.now)
            for row in counting.rows:
                applied_keys.add(db, *row, actor)
            found += counting.requests
    return found


def apply_request_keys(db: Desk, sender: str, actor: Actor) -> None:
    """Apply the keys of requests now known to come from this address; waiting tickets get new targets."""
    folded = fold_address(sender)
    if apply_waiting_keys(db, [folded], actor):
        reassess(db, [folded], actor.now, "key applied", actor)


@contextmanager
def lock_for_keys(db: Desk, changed: Iterable[Ticket], actor: Actor) -> Iterator[None]:
    """Lock the desk for a change to tickets that may let keys of their senders' requests be applied.

    Most senders have no such key, so that is checked first; without one nothing is locked.
    """
    keyed = {fold_address(ticket.sender): bool(ticket.key_given) for ticket in changed}
    senders = [each for each, given in keyed.items() if given or DirectReader(db).of(tickets.waiting_keys(each))]
    if not senders:
        yield
        return
    with db.transaction():
        yield
        for sender in senders:
            apply_request_keys(db, sender, actor)
