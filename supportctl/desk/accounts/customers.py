"""Accounts of customers and resellers: adding, changing and finding them (3.1, 4.4)."""

from collections.abc import Iterator, Sequence
from unicodedata import normalize

from supportctl.desk.accounts.follow import ChangedRecord, consequences_of, save_with_consequences
from supportctl.desk.accounts.licences import read_licence
from supportctl.desk.tickets.judge import Judge
from supportctl.errors import InputError, NotOnRecord, Refused
from supportctl.policy.entitlement import Account
from supportctl.policy.facts import APPLIED, HeldLicence, Person
from supportctl.policy.identity import fold_address, parse_address, parse_name
from supportctl.store import customers, duplicates, facts
from supportctl.store.actor import Actor
from supportctl.store.applied_keys import AppliedKey
from supportctl.store.change import ReadSet
from supportctl.store.desk import Desk, Reader
from supportctl.store.newest import WriteScope, begin


def add_customer(db: Desk, account: Account, actor: Actor) -> ChangedRecord[Account]:
    """Record a registration; its open tickets follow at once. Adding the same twice changes nothing.

    Raises InputError if the address is on record with other data.
    """
    address = parse_address(account.email)
    account = account._replace(name=_name(account.name))
    reads, actor = begin(db, actor, WriteScope(people=[address], waiting=[address]), *facts.of_person(address))
    person = facts.person(reads, address)
    if person.account is not None:
        _same_or_refuse(person.account, account)
        return ChangedRecord(person.account)
    added = Account(0, address, account.name, account.kind, account.registered_at)
    since = actor.now if added.registered_at is None else max(actor.now, added.registered_at)
    registered = person._replace(account=added, recorded_at=actor.now)
    found = consequences_of(reads, {fold_address(address): registered}, since, "registered", actor)
    return save_with_consequences(db, reads, added, found, actor, account=added)


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
        raise _unregistered(address)
    return account


def _unregistered(address: str) -> NotOnRecord:
    return NotOnRecord(f"No customer is registered as {address}.", f"Add one: `supportctl customer add {address}`.")


def edit_customer(
    db: Desk, email: str, actor: Actor, *, name: str | None, reseller: bool | None, key: str | None
) -> ChangedRecord[Account]:
    """Change a registration, or apply a paid key to it (4.5); its open tickets follow in the same transaction.

    Raises InputError, NotOnRecord, and Refused for an unpaid key.
    """
    address = parse_address(email)
    touched = WriteScope(people=[address], waiting=[address], key=key)
    asked = [] if key is None else [facts.of_key(key)]
    reads, actor = begin(db, actor, touched, *facts.of_person(address), *asked)
    person = facts.person(reads, address)
    account = person.account_at(actor.now)
    if account is None:
        raise _unregistered(address)
    kind = account.kind if reseller is None else ("reseller" if reseller else "customer")
    changed = account._replace(name=account.name if name is None else _name(name), kind=kind)
    held = None if key is None else _new_key(reads, person, key, actor)
    if changed == account and held is None:
        return ChangedRecord(account)
    person = person.as_account(changed, actor.now)
    keys = [] if held is None else [AppliedKey(account.id, held.licence, actor.now)]
    cause = "account changed" if held is None else "key applied"
    people = {fold_address(account.email): person if held is None else person.holding(held)}
    found = consequences_of(reads, people, actor.now, cause, actor)
    return save_with_consequences(
        db, reads, changed, found, actor, account=None if changed == account else changed, keys=keys
    )


def keep_customer(db: Desk, email: str, actor: Actor) -> ChangedRecord[Account]:
    """Merge the two accounts that an older desk has for an address, keeping the one spelled like this.

    Raises InputError for another spelling, NotOnRecord; a single account stays as it is.
    """
    address = parse_address(email)
    touched = WriteScope(people=[address], waiting=[address])
    reads, actor = begin(db, actor, touched, *facts.of_person(address), duplicates.spelled_otherwise())
    person = facts.person(reads, address)
    if person.account is None:
        raise _unregistered(address)
    both = [person.account, *_others(reads, person.account)]
    if len(both) == 1:
        return ChangedRecord(person.account_at(actor.now) or person.account)
    kept = next((account for account in both if account.email.lower() == address.lower()), None)
    if kept is None:
        names = " or ".join(account.email for account in both)
        raise InputError(f"No account is spelled {email.strip()}; nothing was changed.", f"Give {names}.")
    others = [account for account in both if account.id != kept.id]
    united = {fold_address(address): _united(reads, kept, others)}
    found = consequences_of(reads, united, actor.now, "accounts united", actor)
    return save_with_consequences(db, reads, kept, found, actor, united=[(kept, other) for other in others])


def _others(read: Reader, counts: Account) -> list[Account]:
    """The other accounts that an older desk has for the address of the one that counts."""
    folded = fold_address(counts.email)
    every = read.of(duplicates.spelled_otherwise())
    return [other for other in every if other.id != counts.id and fold_address(other.email) == folded]


def _united(read: Reader, kept: Account, others: Sequence[Account]) -> Person:
    """Who has an account that is kept, with the keys applied to the others too."""
    read.ahead(*(each for account in (kept, *others) for each in facts.of_person(account.email, account.id)))
    person = facts.person(read, kept.email, kept.id)
    for other in others:
        for held in facts.person(read, other.email, other.id).held:
            if held.by == APPLIED and not person.has_applied(held.licence):
                person = person.holding(held)
    return person


def _new_key(reads: ReadSet, person: Person, key: str, actor: Actor) -> HeldLicence | None:
    """A paid key, applied to an account from now on; None if it was applied before.

    Raises InputError for a malformed key, NotOnRecord for an unknown one, Refused (4.5) for an unpaid one.
    """
    held, licence = read_licence(reads, key, actor.now)
    policy = Judge(reads).in_force(actor.now).policy
    if not policy.has_paid(licence.tier):
        clause = policy.clause("recognition")
        raise Refused(
            f"A {licence.tier} key cannot be applied to an account: only paid keys can (clause {clause}).",
            "Nothing was changed; see the licence with `supportctl licence show`.",
            clause=clause,
        )
    return None if person.has_applied(licence.id) else held._replace(by=APPLIED, since=actor.now)


def list_customers(db: Desk, at: int, word: str | None = None) -> Iterator[Account]:
    """The accounts with `word` in their name or address (or all), each with its kind at `at`."""
    wanted = _folded(word or "")
    return (a for a in customers.every(db, at) if any(wanted in _folded(text) for text in (a.name or "", a.email)))


def _folded(text: str) -> str:
    if text.isascii():
        return text.casefold()
    return normalize("NFC", text.casefold())


def duplicate_accounts(db: Desk) -> list[str]:
    """Notes on accounts that share an address since the desk was upgraded; an agent decides which one to keep."""
    return [
        f"{counts.email} and {other.email} are the same address: see `supportctl customer keep --help`."
        for counts, other in duplicates.pairs(db)
    ]
