"""Customers and reseller accounts: registrations, and the keys applied to them (4.4, 4.5)."""

from collections.abc import Iterator, Sequence

from supportctl.clock import NEVER
from supportctl.policy.entitlement import Account
from supportctl.policy.identity import fold_address
from supportctl.store.desk import AT_ONCE, Desk, DirectReader, Query, among, fetch_all, grouped, pages

_FIELDS = (
    "select c.id, c.email, c.name, coalesce((select k.kind from account_kinds k where k.customer = c.id"
    " and k.effective_at <= :at order by k.effective_at desc, k.n desc limit 1), c.kind), c.registered_at"
)
ACCOUNT = f"{_FIELDS} from customers c"


def registered(folded: Sequence[str], at: int = NEVER) -> Query[dict[str, Account]]:
    """The accounts registered with some folded addresses, with their kinds at `at`."""
    these, values = among(folded)
    said = f"{_FIELDS}, c.email_folded from customers c where c.email_folded {these}"
    return Query(said, {**values, "at": at}, lambda rows: {row[-1]: Account(*row[:-1]) for row in rows})


def find(db: Desk, email: str, at: int = NEVER) -> Account | None:
    """The account registered with this address, by itself."""
    folded = fold_address(email)
    return DirectReader(db).of(registered([folded], at)).get(folded)


def holding(folded: Sequence[str], at: int) -> Query[dict[str, list[Account]]]:
    """The accounts that the licences of some folded keys count for, each licence's in order of their numbers.

    That is the one at its delivery address, and those it was applied to.
    """
    these, values = among(folded)
    return Query(
        f"{_FIELDS}, l.key_folded from licences l join customers c on c.email_folded = l.delivery_folded"
        f" where l.key_folded {these} union {_FIELDS}, l.key_folded from licences l"
        " join applied_keys a on a.licence = l.id join customers c on c.id = a.customer"
        f" where l.key_folded {these} and a.applied_at <= :at order by 1",
        {**values, "at": at},
        lambda rows: grouped((row[-1], Account(*row[:-1])) for row in rows),
    )


def every(db: Desk, at: int = NEVER) -> Iterator[Account]:
    """All accounts by address, each with its kind at `at`."""
    some = "from customers c where c.email_folded > :after order by c.email_folded limit :limit"
    said = f"{_FIELDS}, c.email_folded {some}"
    return (Account(*row) for row in pages(db, said, {"at": at}))


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


def spellings_near(db: Desk, address: str, besides: int, near: Sequence[str]) -> dict[str, str]:
    """Which of some folded addresses have accounts, each with its spelling; none if `address` itself is on record.

    That is one with an account, a licence delivered to it, or a ticket other than `besides`. Each is looked up in the
    index, all in one batch.
    """
    asked = []
    for at in range(0, len(near), AT_ONCE):
        these, values = among(near[at : at + AT_ONCE])
        said = f"select email_folded, email from customers where {_UNKNOWN} and email_folded {these}"
        asked.append((said, {**values, "email": fold_address(address), "besides": besides}))
    return {folded: email for rows in fetch_all(db, asked) for folded, email in rows}


_UNKNOWN = (
    "not exists (select 1 from customers where email_folded = :email)"
    " and not exists (select 1 from licences where delivery_folded = :email)"
    " and not exists (select 1 from tickets where sender_folded = :email and id <> :besides)"
)


def holders(keys: Sequence[str]) -> tuple[str, dict[str, str]]:
    """`in (…)` with the folded addresses whose accounts the licences of some folded keys may count for."""
    these, values = among(keys)
    delivered = f"select delivery_folded from licences where key_folded {these}"
    applied = "select c.email_folded from licences l join applied_keys a on a.licence = l.id join customers c"
    return f"in ({delivered} union {applied} on c.id = a.customer where l.key_folded {these})", values


def count_open_tickets(senders: tuple[str, dict[str, str]], at: int) -> Query[dict[str, int]]:
    """How many tickets of each of some folded addresses with no entry after `at` were neither closed nor merged.

    They are given as `among` does.
    """
    these, values = senders
    return Query(
        f"select t.sender_folded, count(*) from tickets t where t.sender_folded {these} and t.closed_at is null"
        " and t.received_at <= :at and (not exists (select 1 from history where at > :at)"  # looked for once
        " or not exists (select 1 from history h where h.ticket = t.id and h.at > :at)) group by t.sender_folded",
        {**values, "at": at},
        dict,
    )


def tickets_changed_after(senders: tuple[str, dict[str, str]], at: int) -> Query[list[int]]:
    """The tickets with entries after `at` that are those of some folded addresses, or may have been before a
    correction; given as `among` does.
    """
    these, values = senders
    return Query(
        "select h.ticket from history h join tickets t on t.id = h.ticket"
        f" where h.at > :at and (t.sender_folded {these} or h.kind = 'edited')",
        {**values, "at": at},
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
