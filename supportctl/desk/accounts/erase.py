"""A person's right to be forgotten: anonymised everywhere, while the figures stay.

The address is replaced by an alias, the same in all places, so that tickets, times, tiers and licences still add up.
What the person wrote is removed; what others wrote stays, without the person's address, name and words.
"""

from collections.abc import Callable
from typing import NamedTuple

from supportctl.desk.tickets.judge import with_entries
from supportctl.desk.tickets.thread import find_ticket
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.erasure import GONE, without_addressee, without_mention, without_person
from supportctl.policy.identity import fold_address, parse_address
from supportctl.policy.ticket import Entry
from supportctl.store import changes, customers, filing, messages, persons, remote
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.persons import Traces
from supportctl.store.tickets import Text

LEFT = (
    "the figures: numbers, times, tiers and licence keys, under a made-up address",
    "the name where it is one word of another's text, and the names of agents",
    "a fingerprint of each message that came by mail, to recognise it if it comes again",
    "backups, exports and copies from before an upgrade: they keep what they held",
    "drafts in the data folders of other people and machines",
)


class Erased(NamedTuple):
    """The remains of a person: an alias for an address, and figures. `kind` is None if there was no account.

    `also` are the addresses with a tag (ann+shop@…) that were erased too, `left` is what stays on purpose.
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
    """All records about a person. Raises InputError, and NotOnRecord if there are none."""
    address = parse_address(email)
    if persons.is_alias(address):
        raise InputError(f"{address} belongs to a person who has already been erased.", "Nothing is left to erase.")
    each = [persons.traces(db, one) for one in (address, *persons.variants(db, address))]
    found = Traces(any(e.account for e in each), *(sum(e[i] for e in each) for i in (1, 2, 3)))
    if not any(found):
        raise NotOnRecord(f"Nothing is on record for {address}.", "Check the address; nothing was changed.")
    return found


def about(db: Desk, email: str) -> tuple[set[int], Callable[[str], bool]]:
    """The tickets of a person, and whether a text names them: for what is kept outside the desk. Raises InputError."""
    address = parse_address(email)
    every = (address, *persons.variants(db, address))
    account = customers.find(db, address)
    without = without_person(address, account.name if account else None, GONE)
    return {number for each in every for number in persons.sent_by(db, each)}, lambda text: without(text) != text


def erase(db: Desk, email: str, actor: Actor) -> Erased:
    """Anonymise a person everywhere, for good, with a mark in the history of every ticket that changes.

    This includes addresses of theirs with a tag. Raises InputError, NotOnRecord.
    """
    with db.transaction():
        found = traces_of(db, email)
        address = parse_address(email)
        also = persons.variants(db, address)
        accounts = [customers.find(db, each) for each in (address, *also)]
        account = next((each for each in accounts if each), None)
        theirs = {number for each in (address, *also) for number in persons.sent_by(db, each)}
        for variant in also:
            _erase_address(db, variant, theirs, actor)
        alias = _erase_address(db, address, theirs, actor)
        changes.record(db, actor, {changes.OTHER: "erased"})
    return Erased(
        alias, None, account.kind if account else None, account.registered_at if account else None,
        found.tickets, found.texts, found.licences, len(also),
    )  # fmt: skip


def _erase_address(db: Desk, address: str, theirs: set[int], actor: Actor) -> str:
    """Remove one address from everything, and return its alias.

    `theirs` are the person's tickets, from any of their addresses: in tags there, the address is theirs whatever
    surrounds it.
    """
    account = customers.find(db, address)
    person = _Person(address, account.name if account else None, persons.new_alias(db))
    anywhere, glued = without_person(*person), without_mention(person.address, person.alias)
    own = set(persons.sent_by(db, address))
    changed = persons.texts_to_change(db, _changed_text(person, own))
    others = persons.subjects_to_change(db, anywhere) | persons.mentioned(db, anywhere)
    others |= persons.mentioned(db, glued) & theirs
    persons.rename(db, address, person.alias)
    messages.readdress(db, address, person.alias)
    for number in sorted(own | changed.keys() | others):
        identifier = glued if number in theirs else anywhere
        _erase_on(db, number, person, number in own, identifier, changed.get(number, []), actor)
    persons.change_bugs(db, anywhere, actor)
    return person.alias


class _Person(NamedTuple):
    """Who is erased, and the alias for their address."""

    address: str
    name: str | None
    alias: str


def _changed_text(person: _Person, own: set[int]) -> Callable[[int, Text], Text]:
    """A text of a ticket after an erasure: removed if it is the person's, else without the person."""
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
    """Remove a person from one ticket, their `own` or not, with a history row; from tags and ids by `identifier`."""
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
    messages.forget_ids(db, number, [text.n for text in texts if text.author == person.alias])
