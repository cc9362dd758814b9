"""Customers and reseller accounts: registrations, and the keys applied to them (4.4, 4.5)."""

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from supportctl.policy.entitlement import Account
from supportctl.policy.identity import fold_address
from supportctl.store import counters

if TYPE_CHECKING:
    from supportctl.store.actor import Actor

_ACCOUNT = "select c.id, c.email, c.name, c.kind, c.registered_at from customers c"


def find(db: sqlite3.Connection, email: str) -> Account | None:
    """The account registered with this address, whatever its case."""
    row = db.execute(f"{_ACCOUNT} where c.email_folded = :email", {"email": fold_address(email)}).fetchone()
    return Account(*row) if row else None


def holding(db: sqlite3.Connection, licence: int, at: int) -> list[Account]:
    """The accounts that a licence counts for: the one at its delivery address and those its key was applied to."""
    rows = db.execute(
        f"{_ACCOUNT} where c.email_folded = (select delivery_folded from licences where id = :licence)"
        f" union {_ACCOUNT} join applied_keys a on a.customer = c.id where a.licence = :licence and a.applied_at <= :at"
        " order by 1",
        {"licence": licence, "at": at},
    )
    return [Account(*row) for row in rows]


def every(db: sqlite3.Connection) -> Iterator[Account]:
    """All accounts by address."""
    return (Account(*row) for row in db.execute(f"{_ACCOUNT} order by c.email_folded"))


def count_open_tickets(db: sqlite3.Connection, sender: str, at: int) -> int:
    """How many tickets of an address were neither closed nor merged at `at`."""
    count: int = db.execute(
        "select (select count(*) from tickets where sender_folded = :sender and closed_at is null"
        " and received_at <= :at) + (select count(*) from tickets where sender_folded = :sender"
        " and closed_at > :at and received_at <= :at)",
        {"sender": fold_address(sender), "at": at},
    ).fetchone()[0]
    return count


def add(db: sqlite3.Connection, account: Account, actor: "Actor") -> Account:
    """Put a new account on record; its id is taken here."""
    number = counters.take(db, "customer")
    db.execute(
        "insert into customers (id, email, email_folded, name, kind, registered_at, recorded_at, entered_at, agent)"
        " values (:id, :email, :folded, :name, :kind, :registered_at, :recorded_at, :entered_at, :agent)",
        {
            "id": number,
            "email": account.email,
            "folded": fold_address(account.email),
            "name": account.name,
            "kind": account.kind,
            "registered_at": account.registered_at,
            "recorded_at": actor.now,
            "entered_at": actor.entered_at,
            "agent": actor.agent,
        },
    )
    return Account(number, account.email, account.name, account.kind, account.registered_at)


def change(db: sqlite3.Connection, account: Account) -> None:
    """Store an account's name, kind and registration as they are now."""
    db.execute(
        "update customers set name = :name, kind = :kind, registered_at = :registered_at where id = :id",
        {"id": account.id, "name": account.name, "kind": account.kind, "registered_at": account.registered_at},
    )


def apply_key(db: sqlite3.Connection, account: int, licence: int, actor: "Actor") -> bool:
    """Apply a key to an account; whether that is new (4.5: once is enough, twice changes nothing)."""
    row = db.execute(
        "insert into applied_keys (customer, licence, applied_at, entered_at, agent)"
        " values (:customer, :licence, :now, :entered_at, :agent)"
        " on conflict (customer, licence) do nothing returning licence",
        {
            "customer": account,
            "licence": licence,
            "now": actor.now,
            "entered_at": actor.entered_at,
            "agent": actor.agent,
        },
    ).fetchone()
    return row is not None
