"""Accounts of customers and resellers: adding them, and finding them (3.1, 4.4)."""

import sqlite3
from collections.abc import Iterator

from supportctl.desk.judging import reassess
from supportctl.desk.keys import apply_key
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.entitlement import Account
from supportctl.policy.identity import fold_address, parse_address, parse_name
from supportctl.store import customers
from supportctl.store.actor import Actor
from supportctl.store.connection import transaction


def add_customer(db: sqlite3.Connection, account: Account, actor: Actor) -> Account:
    """Put a registration on record; its waiting tickets follow at once. Adding the same twice changes nothing.

    Raises InputError where the address is on record with other data.
    """
    address = parse_address(account.email)
    account = account._replace(name=_name(account.name))
    with transaction(db):
        known = customers.find(db, address)
        if known is not None:
            _same_or_refuse(known, account)
            return known
        added = customers.add(db, Account(0, address, account.name, account.kind, account.registered_at), actor)
        since = actor.now if added.registered_at is None else max(actor.now, added.registered_at)
        reassess(db, [fold_address(address)], since, "registered", actor)
        return added


def _name(given: str | None) -> str | None:
    return None if given is None else parse_name(given, "The name")


def _same_or_refuse(known: Account, given: Account) -> None:
    other = [
        what
        for what, on_record, asked in (("name", known.name, given.name), ("kind", known.kind, given.kind))
        if asked is not None and asked != on_record
    ]
    if other:
        raise InputError(
            f"{known.email} is on record with another {' and '.join(other)}; nothing was changed.",
            f"See it with `supportctl customer show {known.email}`.",
        )


def find_customer(db: sqlite3.Connection, email: str, at: int) -> Account:
    """The account of an address, of the kind that it is at `at`. Raises InputError, NotOnRecord."""
    address = parse_address(email)
    account = customers.find(db, address, at)
    if account is None:
        raise NotOnRecord(f"No customer is registered as {address}.", f"Add one: supportctl customer add {address}")
    return account


def edit_customer(
    db: sqlite3.Connection, email: str, actor: Actor, *, name: str | None, reseller: bool | None, key: str | None
) -> Account:
    """Change a registration, or apply a paid key to it (4.5); its waiting tickets follow in the same transaction.

    Raises InputError, NotOnRecord, and Refused for a key that is not paid.
    """
    with transaction(db):
        account = find_customer(db, email, actor.now)
        kind = account.kind if reseller is None else ("reseller" if reseller else "customer")
        changed = account._replace(name=account.name if name is None else _name(name), kind=kind)
        if changed != account:
            customers.change(db, changed, actor)
            reassess(db, [fold_address(account.email)], actor.now, "account changed", actor)
        if key is not None:
            apply_key(db, changed, key, actor)
        return changed


def list_customers(db: sqlite3.Connection, at: int) -> Iterator[Account]:
    """All accounts, by address, each of the kind that it is at `at`."""
    return customers.every(db, at)
