"""The facts behind due times, each with when it takes effect and when it was recorded."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from supportctl.masking import fold_key
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.facts import APPLIED, DELIVERED, EVER, HeldLicence, LicenceTerms, Person, Revision
from supportctl.policy.identity import fold_address
from supportctl.policy.promise import RecordedClosure
from supportctl.store import policies
from supportctl.store.desk import Desk, Query, Reader, rows_among

_TERMS = (
    "l.id, l.key, t.tier, l.delivery_email, l.order_ref, l.issued_at, t.expires_at, t.revoked,"
    " t.effective_at, t.recorded_at, t.n from licences l join licence_terms t on t.licence = l.id"
)


def revisions(read: Reader) -> list[Revision]:
    """Every revision of the policy."""
    return [_revision(*row) for row in read.of(policies.recorded())]


@lru_cache(maxsize=64)  # by all that it is made of: many lines of input are judged by the same
def _revision(number: int, effective_at: int, recorded_at: int, data: str) -> Revision:
    return Revision(number, effective_at, recorded_at, partial(json.loads, data))


def closings(read: Reader) -> list[RecordedClosure]:
    """Every holiday that the desk ever had of its own."""
    return [RecordedClosure(*row) for row in read.of(policies.holidays())]


def of_person(email: str, account: int | None = None) -> tuple[Query[list[Any]], Query[list[Any]]]:
    """The queries about an address: its account with its kinds, and the licences delivered to it or applied as keys.

    `account` is the number of the one that is meant, where an older desk has two.
    """
    values, what = {"email": fold_address(email), "id": account}, f"The record of {email}"
    whose = "c.email_folded = :email" if account is None else "c.id = :id"
    registered = f"select {_REGISTERED} where {whose} order by k.effective_at, k.n"
    held = (
        f"select '{DELIVERED}', {EVER}, {_TERMS} where l.delivery_folded = :email"
        f" union all select '{APPLIED}', a.applied_at, {_TERMS} {_TO_ACCOUNT} where {whose} order by 1 desc, 3, 11, 13"
    )
    return Query(registered, values, list, what=what), Query(held, values, list, what=what)


_REGISTERED = (
    "c.id, c.email, c.name, c.kind, c.registered_at, c.recorded_at, k.effective_at, k.kind from customers c"
    " left join account_kinds k on k.customer = c.id"
)
_TO_ACCOUNT = "join applied_keys a on a.licence = l.id join customers c on c.id = a.customer"


def person(read: Reader, email: str, account: int | None = None) -> Person:
    """Everything ever recorded about an address: its account, the licences delivered to it, and the keys applied."""
    of_account, of_licences = of_person(email, account)
    read.ahead(of_account, of_licences)
    return _person(read.of(of_account), read.of(of_licences))


def _person(rows: Sequence[Any], licences: Iterable[Any]) -> Person:
    held = tuple(_held(licences))
    for id, address, name, kind, registered_at, recorded_at, *_ in rows:
        kinds = tuple((since, was) for *_, since, was in rows if since is not None)
        return Person(Account(id, address, name, kind, registered_at), recorded_at, kinds, held)
    return Person(None, EVER, (), held)


def people(db: Desk, folded: Sequence[str]) -> dict[str, Person]:
    """The same about each of many folded addresses, a few queries for hundreds of them."""
    accounts = _each(
        db, folded, f"select c.email_folded, {_REGISTERED} where c.email_folded {{}} order by k.effective_at, k.n"
    )
    delivered, applied = (
        _each(db, folded, f"select {of}, '{by}', {since}, {_TERMS} {joined} where {of} {{}} order by 4, 12, 14")
        for of, by, since, joined in (
            ("l.delivery_folded", DELIVERED, str(EVER), ""),
            ("c.email_folded", APPLIED, "a.applied_at", _TO_ACCOUNT),
        )
    )
    return {each: _person(accounts[each], [*delivered[each], *applied[each]]) for each in folded}


def _each(db: Desk, folded: Sequence[str], statement: str) -> dict[str, list[Any]]:
    """The rows about some addresses, by the address that they begin with."""
    found: dict[str, list[Any]] = {each: [] for each in folded}
    for address, *row in rows_among(db, statement, folded):
        found[address].append(row)
    return found


def of_key(key: str) -> Query[list[Any]]:
    """The queries about a licence key, whatever its case and separators."""
    said = f"select '{APPLIED}', {EVER}, {_TERMS} where l.key_folded = :key order by t.effective_at, t.n"
    return Query(said, {"key": fold_key(key)}, list, what="The licence of this key")


def licence(read: Reader, key: str) -> HeldLicence | None:
    """All terms that the licence of a key was ever on."""
    return next(iter(_held(read.of(of_key(key)))), None)


def _held(rows: Any) -> list[HeldLicence]:
    found = []
    for (by, since, _), some in groupby(rows, key=itemgetter(0, 1, 2)):
        found.append(HeldLicence(by, since, tuple(map(_terms, some))))
    return found


def _terms(row: Any) -> LicenceTerms:
    *_, id, key, tier, email, order, issued_at, expires_at, revoked, since, recorded_at, _n = row
    return LicenceTerms(since, recorded_at, Licence(id, key, tier, email, order, issued_at, expires_at, bool(revoked)))
