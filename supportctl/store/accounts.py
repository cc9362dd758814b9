"""Writes accounts and licences: registrations, kinds of accounts, and the terms of licences (2.2, 4.4)."""

from collections.abc import Sequence
from typing import Any

from supportctl.masking import fold_key
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.identity import fold_address
from supportctl.store import changes, counters, totals
from supportctl.store.actor import Actor
from supportctl.store.changes import Parts
from supportctl.store.customers import find
from supportctl.store.desk import Desk
from supportctl.store.policies import BEGINNING


def add_account(db: Desk, account: Account, actor: Actor) -> Account:
    """Record a new account; its id is taken here."""
    return account._replace(id=add_accounts(db, [account], actor))


def add_accounts(db: Desk, new: Sequence[Account], actor: Actor) -> int:
    """Record some new accounts with consecutive ids, of which the first is returned."""
    first = counters.take(db, "customer", len(new))
    recorded = actor.now, actor.entered_at, actor.agent
    rows = [
        (number, email, fold_address(email), name, kind, registered_at, *recorded)
        for number, (_, email, name, kind, registered_at) in enumerate(new, first)
    ]
    totals.put_all(db, "customers", rows)
    return first


def change_account(db: Desk, account: Account, actor: Actor) -> Parts:
    """Store an account's name and registration, and its kind, which applies from now on.

    Returns the kind's number, if it is another, as a part of a change.
    """
    known, parts = find(db, account.email, actor.now), dict[str, Any]()
    if known is not None and known.kind != account.kind:
        _set_kind(db, account, known.kind, actor)
        last = "select max(n) from account_kinds where customer = :id"
        parts[changes.KIND] = account.id, db.execute(last, {"id": account.id}).fetchone()[0]
    values = {"id": account.id, "name": account.name, "registered_at": account.registered_at}
    with totals.changing(db, "customers", "id = :id", values):
        db.execute("update customers set name = :name, registered_at = :registered_at where id = :id", values)
    return {} if known is None or known.name != account.name else parts  # an earlier name is kept nowhere


def _set_kind(db: Desk, account: Account, was: str, actor: Actor) -> None:
    """From now on the account has another kind; until now it `was`."""
    values = {"id": account.id, "entered_at": actor.entered_at, "agent": actor.agent}
    for kind, since, first in ((was, BEGINNING, True), (account.kind, actor.now, False)):
        totals.add_rows(
            db,
            "account_kinds",
            "insert into account_kinds (customer, n, effective_at, entered_at, agent, kind)"
            " select :id, coalesce(max(n), 0) + 1, :since, :entered_at, :agent, :kind from account_kinds"
            " where customer = :id having :first = 0 or count(*) = 0",
            {**values, "since": since, "kind": kind, "first": int(first)},
        )
    with totals.changing(db, "customers", "id = :id", values):
        db.execute(
            "update customers set kind = (select k.kind from account_kinds k where k.customer = :id"
            " order by k.effective_at desc, k.n desc limit 1) where id = :id",
            values,
        )


def add_licence(db: Desk, licence: Licence, actor: Actor) -> Licence:
    """Record a new licence, its first terms effective from its issue; its id is taken here."""
    return licence._replace(id=add_licences(db, [licence], actor))


def add_licences(db: Desk, new: Sequence[Licence], actor: Actor) -> int:
    """Record some new licences with consecutive ids, of which the first is returned."""
    first = counters.take(db, "licence", len(new))
    rows, terms = [], []
    for number, (_, key, tier, email, order, issued_at, expires_at, revoked) in enumerate(new, first):
        folded = fold_address(email) if email else None
        rows.append((number, key, fold_key(key), email, folded, order, issued_at, actor.entered_at))
        since = BEGINNING if issued_at is None else issued_at
        recorded = actor.now, actor.entered_at, actor.agent
        terms.append((number, 1, since, *recorded, tier, int(revoked), expires_at))
    totals.put_all(db, "licences", rows)
    totals.put_all(db, "licence_terms", terms)
    return first


def set_terms(db: Desk, licence: Licence, effective_at: int, actor: Actor) -> int:
    """Give a licence the tier, expiry and revocation of `licence` from `effective_at` on; returns the terms' number."""
    last = db.execute("select max(n) from licence_terms where licence = :id", {"id": licence.id}).fetchone()[0]
    n: int = (last or 0) + 1
    totals.put(
        db,
        "licence_terms",
        {
            "licence": licence.id,
            "n": n,
            "effective_at": effective_at,
            "recorded_at": actor.now,
            "entered_at": actor.entered_at,
            "agent": actor.agent,
            "tier": licence.tier,
            "revoked": int(licence.revoked),
            "expires_at": licence.expires_at,
        },
    )
    return n


def set_delivery(db: Desk, licence: Licence) -> None:
    """Store a corrected delivery address, order and date of issue, before which no terms are effective."""
    values = {
        "id": licence.id,
        "email": licence.delivery_email,
        "folded": fold_address(licence.delivery_email) if licence.delivery_email else None,
        "order_ref": licence.order,
        "issued_at": licence.issued_at,
        "since": BEGINNING if licence.issued_at is None else licence.issued_at,
    }
    with totals.changing(db, "licences", "id = :id", values):
        db.execute(
            "update licences set delivery_email = :email, delivery_folded = :folded, order_ref = :order_ref,"
            " issued_at = :issued_at where id = :id",
            values,
        )
    with totals.changing(db, "licence_terms", "licence = :id", values):
        db.execute(
            "update licence_terms set effective_at = :since where licence = :id and (n = 1 or effective_at < :since)",
            values,
        )
