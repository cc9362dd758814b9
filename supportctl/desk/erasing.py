"""A person's right to be forgotten: anonymised everywhere, while the figures stay.

The address becomes one that is nobody's, the same in all places, so that tickets, times, tiers and licences go on to
add up. What the person wrote is gone; what others wrote stays without the person's address, name and words.
"""

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from supportctl.desk.judging import with_entries
from supportctl.desk.thread import find_ticket
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.history import Entry
from supportctl.policy.identity import fold_address, parse_address
from supportctl.policy.person import GONE, without_addressee, without_mention, without_person
from supportctl.store import customers, filing, persons, remote
from supportctl.store.actor import Actor
from supportctl.store.connection import transaction
from supportctl.store.persons import Traces
from supportctl.store.tickets import Text


class Erased(NamedTuple):
    """What is left of a person: an alias for an address, and figures. `kind` is None where there was no account."""

    email: str
    name: str | None
    kind: str | None
    registered_at: int | None
    tickets: int
    texts: int
    licences: int


def traces_of(db: sqlite3.Connection, email: str) -> Traces:
    """What the desk holds of a person. Raises InputError, NotOnRecord where that is nothing."""
    address = parse_address(email)
    if persons.is_alias(address):
        raise InputError(f"{address} stands for someone who was erased already.", "Nothing is left to erase.")
    found = persons.traces(db, address)
    if not any(found):
        raise NotOnRecord(f"Nothing is on record of {address}.", "Check the address; nothing was changed.")
    return found


def erase(db: sqlite3.Connection, email: str, actor: Actor) -> Erased:
    """Anonymise a person everywhere, for good, with a mark in the history of every ticket that changes.

    Raises InputError, NotOnRecord.
    """
    with transaction(db):
        found = traces_of(db, email)
        address = parse_address(email)
        account = customers.find(db, address)
        alias = persons.new_alias(db)
        person = _Person(address, account.name if account else None, alias)
        own = set(persons.sent_by(db, address))
        changed = persons.texts_to_change(db, _changed_text(person, own))
        subjects = persons.subjects_to_change(db, without_person(*person))
        persons.rename(db, address, alias)
        for number in sorted(own | changed.keys() | subjects):
            _erase_on(db, number, person, number in own, changed.get(number, []), actor)
        persons.change_bugs(db, without_person(*person), actor)
    left = account._replace(email=alias, name=None) if account else None
    return Erased(
        alias, None, left.kind if left else None, left.registered_at if left else None,
        found.tickets, found.texts, found.licences,
    )  # fmt: skip


class _Person(NamedTuple):
    """Who is erased, and the address that takes the place of theirs."""

    address: str
    name: str | None
    alias: str


def _changed_text(person: _Person, own: set[int]) -> Callable[[int, Text], Text]:
    """What becomes of a text of a ticket: gone if it is the person's, else without the person."""
    folded = fold_address(person.address)
    anywhere, addressed = without_person(*person), without_addressee(*person)

    def change(ticket: int, text: Text) -> Text:
        if text.author is not None and fold_address(text.author) == folded:
            return text._replace(author=person.alias, body=GONE)
        return text._replace(body=(addressed if ticket in own else anywhere)(text.body))

    return change


def _erase_on(db: sqlite3.Connection, number: int, person: _Person, own: bool, texts: list[Text], actor: Actor) -> None:
    """Take a person off one ticket, their `own` or not, with its history row."""
    ticket = find_ticket(db, number)
    mark = ticket.entries + 1
    at = max(actor.now, ticket.received_at)
    entry = Entry(
        mark, at, actor.entered_at, "erased", actor.agent, actor.system_user, {"entries": [t.n for t in texts]}
    )
    changed = with_entries(db, ticket, [entry], [])
    changed = changed._replace(subject=GONE if own else without_person(*person)(changed.subject))
    if own:
        known_as = without_mention(person.address, person.alias)(changed.external_id or "") or None
        changed = changed._replace(sender=person.alias, key_given=None, external_id=known_as)
        remote.forget_secrets(db, ticket=number)
    filing.save(db, changed, None, [entry], [], [])
    persons.put_texts(db, number, texts, mark)
