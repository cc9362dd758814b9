"""Importing tickets: judged as of when they were received, answered and closed as the other system says."""

import hashlib
import json
import sqlite3
from functools import lru_cache
from typing import Any

from supportctl.desk.correcting import correct
from supportctl.desk.importing.fields import TICKETS, VERBATIM, WHOLE, Cells, Readers
from supportctl.desk.importing.records import ADDED, BATCH, CHANGED, UNCHANGED, ReadTime
from supportctl.desk.importing.seen import Seen, same_form
from supportctl.desk.importing.spelling import Spelling
from supportctl.desk.judging import Judge
from supportctl.desk.requests import Received, new_ticket, request_readers
from supportctl.desk.secrets import SAFE, guarded_id, in_one, refuse_secrets, without_secrets
from supportctl.desk.thread import Event, append, find_ticket, is_spam
from supportctl.errors import InputError, Refused
from supportctl.policy.history import Entry, replay
from supportctl.policy.identity import fold_address
from supportctl.policy.promise import NEVER
from supportctl.policy.standing import Revision
from supportctl.policy.ticket import Ticket
from supportctl.store import counters, filing, tickets
from supportctl.store.actor import Actor
from supportctl.store.filing import NewTicket
from supportctl.store.persons import is_alias

CORRECTED = ("sender", "subject", "channel", "product", "version", "topic", "language", "assignee")
EVENTS = {"first_response_at": "replied", "closed_at": "closed"}
Facts = dict[str, Any]


class Tickets:
    """Tickets by external id; those without one that equal one imported before in every column are known too."""

    def __init__(
        self, db: sqlite3.Connection, actor: Actor, time: ReadTime, spelling: Spelling, *, redact: bool = False
    ) -> None:
        self._spelling = spelling
        self._db, self._actor, self._redact, self._seen = db, actor, redact, Seen(db)
        self._time = lru_cache(maxsize=8)(time)  # a row's moments are read more than once
        self._last = counters.value(db, "ticket")  # what this import adds has a fingerprint
        self._sent = lru_cache(maxsize=64)(self._sent_before)
        self._judge = Judge(db)
        self._vocabularies: dict[int, tuple[Readers, Facts]] = {}  # by the number of a revision
        self._batch: list[NewTicket] = []
        self._marks: dict[str, None] = {}  # of the batch, in its order
        self._pending: set[str | None] = set()  # its external ids

    def take(self, cells: Cells) -> str:
        """Store one row, at the latest when the import finishes. Raises InputError, Refused (8.6)."""
        revision = self._revision(cells.read("received_at", self._past))
        readers, defaults = self._vocabularies.get(revision.number) or self._vocabulary(revision)
        facts = cells.facts(readers)
        self._check_order(cells, facts)
        mark = fingerprint(defaults | facts)
        if mark in self._marks:
            return UNCHANGED
        external_id = facts.get("external_id")
        number = (self._known(external_id) or self._known(self._spelling.meant(external_id))) if external_id else None
        if (number is not None or not external_id) and tickets.has_fingerprint(self._db, mark):
            return UNCHANGED
        if not external_id and self._is_on_record(defaults | facts):
            return UNCHANGED
        if external_id:
            self._seen.agree(cells, external_id, facts)
        if number is not None:
            return self._on_record(cells, find_ticket(self._db, number), facts, mark)
        self._add(cells, defaults | facts, mark)
        return ADDED

    def finish(self) -> None:
        """Put what is left of the last batch on record."""
        if self._batch:
            numbers = filing.insert(self._db, self._batch)
            tickets.set_fingerprints(self._db, zip(numbers, self._marks, strict=True))
            self._batch, self._marks, self._pending = [], {}, set()

    def _known(self, external_id: str) -> int | None:
        if external_id in self._pending:
            self.finish()
        return tickets.known_external(self._db, external_id)

    def _is_on_record(self, facts: Facts) -> bool:
        """Whether a ticket as it stands now, however it came, equals the row in every column."""
        sent = self._sent(fold_address(facts["from"]))
        rows = (as_row(self._db, number) for number in sent.get(facts["received_at"], ()))
        return any(fingerprint(self._spelling.as_on_record(facts, row)) == fingerprint(row) for row in rows)

    def _sent_before(self, folded: str) -> dict[int, list[int]]:
        """The tickets without an external id that an address had before this import, by when they were received."""
        sent: dict[int, list[int]] = {}
        for number, received_at in tickets.unnamed_of(self._db, folded, self._last):
            sent.setdefault(received_at, []).append(number)
        return sent

    # What a row says

    def _vocabulary(self, revision: Revision) -> tuple[Readers, Facts]:
        """How a revision of the policy reads the fields, and what it takes a new request for where nothing is said."""
        request = request_readers(revision.policy)
        words = ("channel", "product", "version", "topic", "language")
        readers: Readers = {
            **dict.fromkeys(TICKETS.fields, str),
            **{field: lru_cache(maxsize=256)(request[field]) for field in words},
            **dict.fromkeys(("received_at", *EVENTS), self._past),
            "from": lambda text: request["sender"](self._spelling.meant(text)),
        }
        usual = Received._field_defaults
        defaults = {"channel": usual["channel"], "product": readers["product"](""), "language": usual["language"]}
        self._vocabularies[revision.number] = (readers, {"body": "", **defaults})
        return self._vocabularies[revision.number]

    def _check_order(self, cells: Cells, facts: Facts) -> None:
        for field in EVENTS:
            if facts.get(field, facts["received_at"]) < facts["received_at"]:
                raise cells.wrong(field, "this is before the request was received.", "Check both times.")

    def _past(self, text: str) -> int:
        """A moment that has come, in UTC epoch seconds."""
        at = self._time(text)
        if at > self._actor.now:
            raise InputError(f"'{text[:60]}' lies in the future.", "Give a time that has come.")
        return at

    def _revision(self, at: int) -> Revision:
        return self._judge.in_force(at)

    # What becomes of it

    def _add(self, cells: Cells, facts: Facts, mark: str) -> None:
        happened = sorted((facts[field], kind) for field, kind in EVENTS.items() if field in facts)
        received = self._received(cells, facts)
        until = happened[0][0] if happened else NEVER  # from then on nothing moves it (hard question 4)
        try:
            new = new_ticket(self._judge, received, self._actor, until=until)
        except InputError as error:  # no calendar reaches so far
            raise cells.placed(error, "received_at") from None
        if happened:
            new = self._happened(new, happened, received.assignee)
        self._batch.append(new)
        self._marks[mark] = None
        self._pending.add(received.external_id)
        if len(self._batch) >= BATCH:
            self.finish()

    def _happened(self, new: NewTicket, happened: list[tuple[int, str]], assignee: str | None) -> NewTicket:
        """The ticket with what happened to it in the other system."""
        by = (assignee or self._actor.agent, self._actor.system_user, {"imported": True})
        entries = list(new.entries)
        for at, kind in happened:
            entries.append(Entry(len(entries) + 1, at, self._actor.entered_at, kind, *by))
        return new._replace(
            ticket=replay(new.ticket, entries, new.targets)._replace(entries=len(entries)), entries=entries
        )

    def _received(self, cells: Cells, facts: Facts) -> Received:
        given = {name: value for name, value in facts.items() if name not in EVENTS and name != "from"}
        return self._kept_apart(cells, Received(sender=facts["from"], **given))

    def _kept_apart(self, cells: Cells, received: Received) -> Received:
        """The request, with its secrets masked where that was asked for. Raises Refused for one off a ticket (8.6)."""
        if received.channel == SAFE:
            return received
        if self._redact:
            received = received._replace(
                subject=without_secrets(self._db, received.subject), body=without_secrets(self._db, received.body)
            )
        try:
            policy = self._revision(received.received_at).policy
            named = in_one(guarded_id(received.external_id), received.assignee, *received.tags)
            refuse_secrets(self._db, policy, received.channel, (received.subject, received.body, named))
        except Refused as error:
            raise cells.placed(error) from None
        return received

    def _on_record(self, cells: Cells, ticket: Ticket, facts: Facts, mark: str) -> str:
        """Correct a ticket that is on record. Its text stays as first imported: what was written is history."""
        if ticket.status == "merged" or is_spam(ticket) or is_alias(ticket.sender):
            return UNCHANGED  # it goes on elsewhere, was set aside, or its sender was erased and must not come back
        for field, known in (("received_at", ticket.received_at), ("first_response_at", ticket.first_response_at)):
            if known is not None and facts.get(field, known) != known:
                what = f"ticket {ticket.id} is on record with another time."
                raise cells.wrong(field, what, f"See it with `supportctl show {ticket.id}`.")
        tickets.set_fingerprints(self._db, [(ticket.id, mark)])
        try:
            corrected = correct(self._db, ticket, self._changes(cells, ticket, facts), self._actor)
            for field, kind in EVENTS.items():
                if field in facts and not self._has_happened(ticket.id, kind, facts[field]):
                    append(self._db, corrected, [Event(kind, {"imported": True})], facts[field], self._actor)
                    corrected = find_ticket(self._db, ticket.id)
        except (InputError, Refused) as error:
            raise cells.placed(error) from None
        return UNCHANGED if corrected.row_version == ticket.row_version else CHANGED

    def _changes(self, cells: Cells, ticket: Ticket, facts: Facts) -> Facts:
        """What the row says otherwise; a blank says nothing."""
        facts = self._spelling.as_on_record(facts, {name: getattr(ticket, name) for name in CORRECTED})
        request = self._received(cells, {"channel": ticket.channel, **facts, "body": ""})
        given = {name for name in CORRECTED if name in facts or name == "sender"}
        was, now = same_form({"from": ticket.sender}), same_form({"from": request.sender})
        return {name: getattr(request, name) for name in given if name != "sender" or was != now}

    def _has_happened(self, number: int, kind: str, at: int) -> bool:
        """Whether it is in the history, though it may count no more: it was taken back, or the ticket reopened."""
        return any(entry.kind == kind and entry.at == at for entry in tickets.entries(self._db, number))


def as_row(db: sqlite3.Connection, number: int) -> Facts:
    """What the row says that an export of the ticket would be, read as an import reads it."""
    ticket = find_ticket(db, number)
    told = {name: getattr(ticket, _TICKETS_OWN.get(name, name)) for name in TICKETS.fields if name != "body"}
    first = tickets.texts(db, number).get(1)
    row = {**told, "body": first.body if first else ""}
    return {name: _as_read(name, value) for name, value in row.items()}


def _as_read(name: str, value: Any) -> Any:
    """A value as an import reads it: as it is or without blanks around it, and none at all where nothing is left."""
    if not isinstance(value, str) or name in VERBATIM:
        return value
    return (value if name in WHOLE else value.strip()) if value.strip() else None


_TICKETS_OWN = {"from": "sender"}


def fingerprint(facts: Facts) -> str:
    """One short text for what a row says, however it is spelled: the same for rows that are equal in every column."""
    form = same_form(facts)
    form["assignee"] = (form.get("assignee") or "").strip() or None
    said = [form.get(field) for field in TICKETS.fields]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:40]
