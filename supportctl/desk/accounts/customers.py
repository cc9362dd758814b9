"""Accounts of customers and resellers: adding, changing and finding them (3.1, 4.4)."""

from collections.abc import Iterator
from unicodedata import normalize

from supportctl.desk.accounts.follow import Followed, follow
from supportctl.desk.accounts.licences import find_licence
from supportctl.errors import InputError, NotOnRecord, Refused
from supportctl.policy.entitlement import Account
from supportctl.policy.identity import fold_address, parse_address, parse_name
from supportctl.store import customers, policies
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.sqlite.transaction import transaction


def add_customer(db: Desk, account: Account, actor: Actor) -> Followed[Account]:
    """Record a registration; its open tickets follow at once. Adding the same twice changes nothing.

    Raises InputError if the address is on record with other data.
    """
    address = parse_address(account.email)
    account = account._replace(name=_name(account.name))
    with transaction(db):
        known = customers.find(db, address)
        if known is not None:
            _same_or_refuse(known, account)
            return Followed(known)
        added = customers.add(db, Account(0, address, account.name, account.kind, account.registered_at), actor)
        since = actor.now if added.registered_at is None else max(actor.now, added.registered_at)
        return follow(db, added, [fold_address(address)], since, "registered", actor)


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


def find_customer(db: Desk, email: str, at: int) -> Account:
    """The account of an address, with its kind at `at`. Raises InputError, NotOnRecord."""
    address = parse_address(email)
    account = customers.find(db, address, at)
    if account is None:
        raise NotOnRecord(f"No customer is registered as {address}.", f"Add one: `supportctl customer add {address}`.")
    return account


def edit_customer(
    db: Desk, email: str, actor: Actor, *, name: str | None, reseller: bool | None, key: str | None
) -> Followed[Account]:
    """Change a registration, or apply a paid key to it (4.5); its open tickets follow in the same transaction.

    Raises InputError, NotOnRecord, and Refused for an unpaid key.
    """
    with transaction(db):
        account = find_customer(db, email, actor.now)
        kind = account.kind if reseller is None else ("reseller" if reseller else "customer")
        changed = account._replace(name=account.name if name is None else _name(name), kind=kind)
        if changed != account:
            customers.change(db, changed, actor)
        applied = key is not None and _apply_key(db, changed, key, actor)
        if changed == account and not applied:
            return Followed(account)
        cause = "key applied" if applied else "account changed"
        return follow(db, changed, [fold_address(account.email)], actor.now, cause, actor)


def keep_customer(db: Desk, email: str, actor: Actor) -> Followed[Account]:
    """Merge the two accounts that an older desk has for an address, keeping the one spelled like this.

    Raises InputError for another spelling, NotOnRecord; a single account stays as it is.
    """
    with transaction(db):
        known = find_customer(db, email, actor.now)
        both = [a for pair in customers.doubles(db) if pair[0].id == known.id for a in pair]
        if not both:
            return Followed(known)
        kept = next((a for a in both if a.email.lower() == parse_address(email).lower()), None)
        if kept is None:
            names = " or ".join(dict.fromkeys(a.email for a in both))
            raise InputError(f"No account is spelled {email.strip()}; nothing was changed.", f"Give {names}.")
        for other in {a.id: a for a in both if a.id != kept.id}.values():
            customers.keep_one(db, kept, other)
        return follow(db, kept, [fold_address(kept.email)], actor.now, "accounts united", actor)


def _apply_key(db: Desk, account: Account, key: str, actor: Actor) -> bool:
    """Apply a paid key to an account; returns whether that is new. The caller lets the open tickets follow.

    Raises InputError for a malformed key, NotOnRecord for an unknown one, Refused (4.5) for an unpaid one.
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
    return customers.apply_key(db, account.id, licence.id, actor.now, actor)


def list_customers(db: Desk, at: int, word: str | None = None) -> Iterator[Account]:
    """The accounts with `word` in their name or address (or all), each with its kind at `at`."""
    wanted = _folded(word or "")
    return (a for a in customers.every(db, at) if any(wanted in _folded(text) for text in (a.name or "", a.email)))


def _folded(text: str) -> str:
    if text.isascii():
        return text.casefold()
    return normalize("NFC", text.casefold())


def double_accounts(db: Desk) -> list[str]:
    """The accounts that are one address since the desk was upgraded, in words: which one stays is for an agent."""
    return [
        f"{counts.email} and {other.email} are the same address: see `supportctl customer keep --help`."
        for counts, other in customers.doubles(db)
    ]
