"""Customers and reseller accounts: registrations, and the keys applied to them (4.4, 4.5)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from supportctl.clock import NEVER
from supportctl.masking import fold_key
from supportctl.policy.entitlement import Account
from supportctl.policy.identity import fold_address
from supportctl.store import changes, counters, totals
from supportctl.store.desk import Desk, DirectReader, Query, first_value
from supportctl.store.policies import BEGINNING

if TYPE_CHECKING:
    from supportctl.store.actor import Actor

ACCOUNT = (
    "select c.id, c.email, c.name, coalesce((select k.kind from account_kinds k where k.customer = c.id"
    " and k.effective_at <= :at order by k.effective_at desc, k.n desc limit 1), c.kind), c.registered_at"
    " from customers c"
)


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


def among(db: Desk, folded: Sequence[str]) -> dict[str, str]:
    """Which of some folded addresses have accounts, each with its spelling; each is looked up in the index."""
    found: dict[str, str] = {}
    for at in range(0, len(folded), _AT_ONCE):
        values = {f"a{n}": address for n, address in enumerate(folded[at : at + _AT_ONCE])}
        names = ", ".join(f":{name}" for name in values)
        found |= dict(db.execute(f"select email_folded, email from customers where email_folded in ({names})", values))
    return found


_AT_ONCE = 500  # values of a statement; older SQLites take 999


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


def add(db: Desk, account: Account, actor: "Actor") -> Account:
    """Record a new account; its id is taken here."""
    number = counters.take(db, "customer")
    totals.put(
        db,
        "customers",
        {
            "id": number,
            "email": account.email,
            "email_folded": fold_address(account.email),
            "name": account.name,
            "kind": account.kind,
            "registered_at": account.registered_at,
            "recorded_at": actor.now,
            "entered_at": actor.entered_at,
            "agent": actor.agent,
        },
    )
    return Account(number, account.email, account.name, account.kind, account.registered_at)


def change(db: Desk, account: Account, actor: "Actor") -> changes.Parts:
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


def kinds_from(number: int, n: int) -> Query[list[tuple[str, str, str]]]:
    """An account's address with its kind of number `n` and all later ones, each with the agent who set it."""
    return Query(
        "select c.email, k.kind, k.agent from customers c join account_kinds k on k.customer = c.id"
        " where c.id = :id and k.n >= :n order by k.n",
        {"id": number, "n": n},
        list,
    )


def _set_kind(db: Desk, account: Account, was: str, actor: "Actor") -> None:
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
