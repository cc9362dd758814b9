"""Applying paid licence keys to accounts (4.5)."""

import sqlite3

from supportctl.desk.judging import reassess
from supportctl.desk.licences import find_licence
from supportctl.errors import Refused
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.identity import fold_address
from supportctl.policy.model import Policy
from supportctl.policy.verdict import Reason
from supportctl.store import customers, licences, policies
from supportctl.store.actor import Actor


def apply_known_key(db: sqlite3.Connection, policy: Policy, sender: str, key: str, actor: Actor) -> tuple[Reason, ...]:
    """Apply the key that came with a request to its sender's account; the reasons why it could not be, if any.

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
    _apply(db, account, licence, actor)
    return ()


def apply_key(db: sqlite3.Connection, account: Account, key: str, actor: Actor) -> Licence:
    """Apply a paid key to an account, once; its waiting tickets follow. Inside the caller's transaction.

    Raises InputError for a malformed key, NotOnRecord for an unknown one, Refused (4.5) for one that is not paid.
    """
    licence = find_licence(db, key, actor.now)
    policy = policies.in_force(db, actor.now).policy
    if not policy.has_paid(licence.tier):
        clause = policy.clause("recognition")
        raise Refused(
            f"A {licence.tier} key cannot be applied to an account: only paid keys can (clause {clause}).",
            "Nothing was changed; see the licence with `supportctl licence show`.",
            clause=clause,
        )
    _apply(db, account, licence, actor)
    return licence


def _apply(db: sqlite3.Connection, account: Account, licence: Licence, actor: Actor) -> None:
    if customers.apply_key(db, account.id, licence.id, actor):
        reassess(db, [fold_address(account.email)], actor.now, "key applied", actor)
