"""Customers and reseller accounts: registrations, and the keys applied to them (4.4, 4.5)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from supportctl.clock import NEVER
from supportctl.masking import fold_key
from supportctl.policy.entitlement import Account
from supportctl.policy.identity import fold_address
from supportctl.store.desk import Desk, DirectReader, Query, first_value, rows_among

if TYPE_CHECKING:
    pass

_FIELDS = (
    "c.id, c.email, c.name, coalesce((select k.kind from account_kinds k where k.customer = c.id"
    " and k.effective_at <= :at order by k.effective_at desc, k.n desc limit 1), c.kind), c.registered_at"
)
ACCOUNT = f"select {_FIELDS} from customers c"


def registered(email: str, at: int = NEVER) -> Query[Account | None]:
    """The account registered with this address, ignoring case, with its kind at `at`."""
    said, values = f"{ACCOUNT} where c.email_folded = :email", {"email": fold_address(email), "at": at}
    return Query(said, values, lambda rows: next((Account(*row) for row in rows), None))


def find(db: Desk, email: str, at: int = NEVER) -> Account | None:
    """The account registered with this address, by itself."""
    return DirectReader(db).of(registered(email, at))


def holding(key: str, at: int) -> Query[list[Account]]:
    """The accounts that a key's licence counts for: the one at its delivery address, and those it was applied to."""
    return Query(
        f"{ACCOUNT} where c.email_folded = (select delivery_folded from licences where key_folded = :key)"
        f" union {ACCOUNT} join applied_keys a on a.customer = c.id join licences l on l.id = a.licence"
        " where l.key_folded = :key and a.applied_at <= :at order by 1",
        {"key": fold_key(key), "at": at},
        lambda rows: [Account(*row) for row in rows],
    )


def every(db: Desk, at: int = NEVER) -> Iterator[Account]:
    """All accounts by address, each with its kind at `at`."""
    return (Account(*row) for row in db.execute(f"{ACCOUNT} order by c.email_folded", {"at": at}))


def addresses_like(db: Desk, word: str, limit: int) -> list[str]:
    """Addresses of accounts with `word` in the address or the name, by address; reads the whole table."""
    rows = db.execute(
        "select email from customers where instr(email_folded, :word) > 0 or instr(lower(name), :word) > 0"
        " order by email_folded limit :limit",
        {"word": word.lower(), "limit": limit},
    )
    return [row[0] for row in rows]


def addresses_from(db: Desk, start: str, limit: int) -> list[str]:
    """Addresses of accounts that begin with `start`, by address."""
    rows = db.execute(
        "select email from customers where email_folded >= :start and email_folded < :end order by 1 limit :limit",
        {"start": start.lower(), "end": start.lower() + "\U0010ffff", "limit": limit},
    )
    return [row[0] for row in rows]


def is_known(db: Desk, address: str, besides: int) -> bool:
    """Whether an address has an account, a licence delivered to it, or a ticket other than `besides`."""
    row = db.execute(
        "select 1 where exists (select 1 from customers where email_folded = :email)"
        " or exists (select 1 from licences where delivery_folded = :email)"
        " or exists (select 1 from tickets where sender_folded = :email and id <> :besides)",
        {"email": fold_address(address), "besides": besides},
    ).fetchone()
    return row is not None


def among(db: Desk, folded: Sequence[str], at: int = NEVER) -> dict[str, Account]:
    """The accounts of those of some folded addresses that have one, with their kind at `at`, by folded address."""
    said = f"select c.email_folded, {_FIELDS} from customers c where c.email_folded in ({{}})"
    return {row[0]: Account(*row[1:]) for row in rows_among(db, said, folded, at=at)}


def count_open_tickets(sender: str, at: int) -> Query[int]:
    """How many tickets of an address with no entry after `at` were neither closed nor merged."""
    return Query(
        "select count(*) from tickets t where t.sender_folded = :sender and t.closed_at is null"
        " and t.received_at <= :at and not exists (select 1 from history h where h.ticket = t.id and h.at > :at)",
        {"sender": fold_address(sender), "at": at},
        first_value,
    )


def tickets_changed_after(sender: str, at: int) -> Query[list[int]]:
    """The tickets with entries after `at` that are an address's, or may have been before a correction."""
    return Query(
        "select h.ticket from history h join tickets t on t.id = h.ticket"
        " where h.at > :at and (t.sender_folded = :sender or h.kind = 'edited')",
        {"at": at, "sender": fold_address(sender)},
        lambda rows: sorted({row[0] for row in rows}),
    )


def kinds_from(number: int, n: int) -> Query[list[tuple[str, str, str]]]:
    """An account's address with its kind of number `n` and all later ones, each with the agent who set it."""
    return Query(
        "select c.email, k.kind, k.agent from customers c join account_kinds k on k.customer = c.id"
        " where c.id = :id and k.n >= :n order by k.n",
        {"id": number, "n": n},
        list,
    )
