"""A person's right to be forgotten: anonymised everywhere, while the figures stay.

The address becomes one that is nobody's, the same in all places, so that tickets, times, tiers and licences go on to
add up. What the person wrote is gone; what others wrote stays without the person's address, name and words.
"""

from collections.abc import Callable
from typing import NamedTuple

from supportctl.desk.tickets.events import find_ticket
from supportctl.desk.tickets.judge import with_entries
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.erasure import GONE, without_addressee, without_mention, without_person
from supportctl.policy.identity import fold_address, parse_address
from supportctl.policy.ticket import Entry
from supportctl.store import customers, filing, persons, remote
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.persons import Traces
from supportctl.store.sqlite.transaction import transaction
from supportctl.store.tickets import Text

LEFT = (
    "the figures: numbers, times, tiers and licence keys, under an address that is nobody's",
    "the name where it is one word of another's text, and the names of agents",
    "of messages that came by mail a fingerprint, so that they are known if they come again",
    "backups, exports and copies from before an upgrade: they keep what they held",
)


class Erased(NamedTuple):
    """What is left of a person: an alias for an address, and figures. `kind` is None where there was no account.

    `also` are the addresses with a tag (ann+shop@…) that were erased with theirs, `left` is what stays on purpose.
    """

    email: str
    name: str | None
    kind: str | None
    registered_at: int | None
    tickets: int
    texts: int
    licences: int
    also: int = 0
    left: tuple[str, ...] = LEFT


def traces_of(db: Desk, email: str) -> Traces:
    """What the desk holds of a person. Raises InputError, NotOnRecord where that is nothing."""
    address = parse_address(email)
    if persons.is_alias(address):
        raise InputError(f"{address} stands for someone who was erased already.", "Nothing is left to erase.")
    each = [persons.traces(db, one) for one in (address, *persons.variants(db, address))]
    found = Traces(any(e.account for e in each), *(sum(e[i] for e in each) for i in (1, 2, 3)))
    if not any(found):
        raise NotOnRecord(f"Nothing is on record of {address}.", "Check the address; nothing was changed.")
    return found


def erase(db: Desk, email: str, actor: Actor) -> Erased:
    """Anonymise a person everywhere, for good, with a mark in the history of every ticket that changes.

    What is on record of an address of theirs with a tag goes too. Raises InputError, NotOnRecord.
    """
    with transaction(db):
        found = traces_of(db, email)
        address = parse_address(email)
        also = persons.variants(db, address)
        accounts = [customers.find(db, each) for each in (address, *also)]
        account = next((each for each in accounts if each), None)
        theirs = {number for each in (address, *also) for number in persons.sent_by(db, each)}
        for variant in also:
            _erase_address(db, variant, theirs, actor)
        alias = _erase_address(db, address, theirs, actor)
    return Erased(
        alias, None, account.kind if account else None, account.registered_at if account else None,
        found.tickets, found.texts, found.licences, len(also),
    )  # fmt: skip


def _erase_address(db: Desk, address: str, theirs: set[int], actor: Actor) -> str:
    """Take one address off everything, and give what stands for it from now on.

    `theirs` are the tickets of the person, by whichever address: whatever it is glued to in a tag there, it is theirs.
    """
    account = customers.find(db, address)
    person = _Person(address, account.name if account else None, persons.new_alias(db))
    anywhere, glued = without_person(*person), without_mention(person.address, person.alias)
    own = set(persons.sent_by(db, address))
    changed = persons.texts_to_change(db, _changed_text(person, own))
    others = persons.subjects_to_change(db, anywhere) | persons.mentioned(db, anywhere)
    others |= persons.mentioned(db, glued) & theirs
    persons.rename(db, address, person.alias)
    for number in sorted(own | changed.keys() | others):
        identifier = glued if number in theirs else anywhere
        _erase_on(db, number, person, number in own, identifier, changed.get(number, []), actor)
    persons.change_bugs(db, anywhere, actor)
    return person.alias


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


def _erase_on(
    db: Desk,
    number: int,
    person: _Person,
    own: bool,
    identifier: Callable[[str], str],
    texts: list[Text],
    actor: Actor,
) -> None:
    """Take a person off one ticket, their `own` or not, with its history row; off its tags and ids by `identifier`."""
    anywhere = without_person(*person)
    persons.change_history(db, number, identifier)
    ticket = find_ticket(db, number)
    mark = ticket.entries + 1
    at = max(actor.now, ticket.received_at)
    entry = Entry(
        mark, at, actor.entered_at, "erased", actor.agent, actor.system_user, {"entries": [t.n for t in texts]}
    )
    changed = with_entries(db, ticket, [entry], [])
    known_as = identifier(ticket.external_id) if ticket.external_id else None
    changed = changed._replace(
        subject=GONE if own else anywhere(changed.subject),
        tags=tuple(dict.fromkeys(map(identifier, ticket.tags))),
        external_id=persons.unused_external_id(db, known_as, number) if known_as else None,
    )
    if own:
        changed = changed._replace(sender=person.alias, key_given=None)
        remote.forget_secrets(db, ticket=number)
    filing.save(db, changed, [entry], [], [])
    persons.put_texts(db, number, texts, mark)
