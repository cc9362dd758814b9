"""Imports tickets: judged as of when they were received, answered and closed as the other system says."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, NamedTuple

from supportctl.clock import NEVER
from supportctl.desk.revisions import MovedTicket
from supportctl.desk.tickets.correct import correct
from supportctl.desk.tickets.events import Event, append
from supportctl.desk.tickets.judge import Judge
from supportctl.desk.tickets.receive import Received, new_ticket, request_readers
from supportctl.desk.tickets.secrets import CleanTexts, guarded_id, refuse_secrets, without_secrets
from supportctl.desk.tickets.thread import find_ticket
from supportctl.desk.transfer.decision import ADDED, BATCH, CHANGED, UNCHANGED, Ending, ReadTime, RowDecision, TimesOf
from supportctl.desk.transfer.fields import TICKETS, VERBATIM, WHOLE, Cells, Readers
from supportctl.desk.transfer.records import ImportedRows, same_form
from supportctl.desk.transfer.spelling import Spelling, retyped
from supportctl.errors import InputError, Refused
from supportctl.policy.facts import Revision
from supportctl.policy.identity import fold_address
from supportctl.policy.ticket import RECEIPT, TICKET, Entry, Ticket
from supportctl.store import agents, counters, filing, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader
from supportctl.store.facts import people
from supportctl.store.filing import NewTicket
from supportctl.store.persons import is_alias

CORRECTED = ("sender", "subject", *(name for name in RECEIPT if name != "tags"))
EVENTS = {"first_response_at": "replied", "closed_at": "closed"}
Facts = dict[str, Any]
Write = Callable[[], None]


class Row(NamedTuple):
    """A row, and when its ticket was received (UTC epoch seconds)."""

    cells: Cells
    received_at: int


class Tickets:
    """Tickets by external id; those without one are recognised if they equal one on record in every column."""

    def __init__(self, db: Desk, actor: Actor, times: TimesOf, spelling: Spelling, *, redact: bool = False) -> None:
        self._spelling = spelling
        self._db, self._actor, self._redact, self._seen = db, actor, redact, ImportedRows(db, TICKETS.fields)
        self._past = {field: self._in_the_past(times(field)) for field in TICKETS.times}
        self._address = lru_cache(maxsize=2 * BATCH)(spelling.address)
        self._last = counters.value(db, "ticket")  # what this import adds has a fingerprint
        self._judge = Judge(DirectReader(db))
        self._clean = CleanTexts(db)
        self._vocabularies: dict[int, tuple[Readers, Facts]] = {}  # by revision number
        # What is on record about the rows of a batch: the tickets of its external ids, and what its senders sent
        self._numbers: dict[str, int] = {}
        self._sent: dict[tuple[str, int], list[tuple[int, str | None]]] = {}
        self._batch: list[NewTicket] = []
        self._marks: dict[str, None] = {}  # those of the batch, in its order
        self._pending: set[str | None] = set()  # its external ids
        self._unlicensed = 0
        self._agents: dict[str, str] = {}  # the agents that its rows name, by their folded names
        self._moved: list[MovedTicket] = []

    def read(self, cells: Cells) -> Row:
        """The row with when it was received: the policy of that moment reads the rest. Raises InputError."""
        return Row(cells, cells.read("received_at", self._past["received_at"]))

    def look_ahead(self, rows: Sequence[Row]) -> None:
        """Look up in one go what is on record about the rows to come."""
        self._flush()
        ids = [external_id for row in rows if (external_id := row.cells.given.get("external_id"))]
        self._seen.look_ahead(ids)
        self._numbers = tickets.of_external_ids(self._db, list({*ids, *map(self._spelling.meant, ids)}))
        sent = {(sender, row.received_at) for row in rows if (sender := self._sender(row.cells)) is not None}
        senders = list({sender for sender, _ in sent})
        self._judge.expect(people(self._db, senders))
        self._clean.expect(
            text for row in rows if row.cells.given.get("channel", TICKET) != TICKET for text in _texts(row)
        )
        self._sent = {}
        for sender, number, received_at, external_id in tickets.sent_until(self._db, senders, self._last):
            if (sender, received_at) in sent:
                self._sent.setdefault((sender, received_at), []).append((number, external_id))

    def _sender(self, cells: Cells) -> str | None:
        """The folded address that a row is from; None if it has none, as will be said in its turn."""
        with suppress(InputError):
            return fold_address(self._address(cells.given.get("from", "")))
        return None

    def decide(self, row: Row) -> RowDecision:
        """The decision on one row, stored at the end of the import at the latest. Raises InputError, Refused (8.6)."""
        cells, revision = row.cells, self._judge.in_force(row.received_at)
        readers, defaults = self._vocabularies.get(revision.number) or self._vocabulary(revision)
        facts = cells.facts(readers)
        for field in EVENTS:
            if facts.get(field, facts["received_at"]) < facts["received_at"]:
                raise cells.wrong(field, "this is before the request was received.", "Check both times.")
        whole = defaults | facts
        mark = fingerprint(whole)
        if mark in self._marks:
            return RowDecision(UNCHANGED)
        if "external_id" not in facts:
            return self._unnamed(cells, whole, mark)
        number = self._known(facts["external_id"])
        remember = self._seen.agree(cells, facts["external_id"], facts)
        if number is None:
            self._refuse_retyped(cells, whole)
            return self._addition(cells, whole, mark, remember)
        if tickets.has_fingerprint(self._db, mark):
            return RowDecision(UNCHANGED, remember)
        return self._on_record(cells, find_ticket(self._db, number), facts, mark, remember)

    def settle(self) -> None:
        """Record a whole batch."""
        if len(self._batch) >= BATCH:
            self._flush()

    def finish(self) -> Ending:
        """Record what is left of the last batch."""
        self._flush()
        return Ending(tuple(self._moved), self._remarks())

    def _remarks(self) -> tuple[str, ...]:
        if not self._unlicensed:
            return ()
        tier = self._judge.in_force(self._actor.now).policy.unlicensed
        named = "1 ticket is" if self._unlicensed == 1 else f"{self._unlicensed:,} tickets are"
        return (
            f"{named} {tier}: the sender had no licence on record when it was received. If you import"
            " licences or customers later, unanswered tickets will follow them; answered ones will not.",
        )

    def _flush(self) -> None:
        if self._batch:
            numbers = filing.insert(self._db, self._batch)
            tickets.set_fingerprints(self._db, dict(zip(self._marks, numbers, strict=True)))
            added = zip(self._batch, numbers, strict=True)
            self._numbers |= {new.ticket.external_id: n for new, n in added if new.ticket.external_id is not None}
            self._batch, self._marks, self._pending = [], {}, set()

    def _known(self, external_id: str) -> int | None:
        """The number of the ticket with another system's id, as the row spells it or as it was meant."""
        if external_id in self._pending:
            self._flush()
        spelled = external_id, self._spelling.meant(external_id)
        return next((self._numbers[one] for one in spelled if one in self._numbers), None)

    def _unnamed(self, cells: Cells, facts: Facts, mark: str) -> RowDecision:
        """The decision on a row without an external id: if it equals a ticket on record, it is that ticket."""
        came_before = tickets.has_fingerprint(self._db, mark) or any(
            self._stands_as(facts, number) for number, external_id in self._alike(facts) if external_id is None
        )
        return RowDecision(UNCHANGED) if came_before else self._addition(cells, facts, mark, lambda: None)

    def _refuse_retyped(self, cells: Cells, facts: Facts) -> None:
        """Refuse a row that would duplicate a ticket on record because a spreadsheet changed its id."""
        for number, known in self._alike(facts):
            if known is None or not retyped(known, facts["external_id"]):
                continue
            meant = facts | {"external_id": known}
            if tickets.has_fingerprint(self._db, fingerprint(meant)) or self._stands_as(meant, number):
                what = f"ticket {number} equals this row except for its id, which is '{known[:60]}' on record."
                raise cells.wrong(
                    "external_id", what, "A spreadsheet may have retyped it: give the row the id on record."
                )

    def _stands_as(self, facts: Facts, number: int) -> bool:
        """Whether a ticket as it is now, however it came, equals the row in every column."""
        row = as_row(self._db, number)
        if row["assignee"] is not None:
            row["assignee"] = self._agent(row["assignee"])
        return fingerprint(self._spelling.as_on_record(facts, row)) == fingerprint(row)

    def _alike(self, facts: Facts) -> list[tuple[int, str | None]]:
        """The tickets, and their external ids, that its sender had sent at that moment before this import."""
        return self._sent.get((fold_address(facts["from"]), facts["received_at"]), [])

    # What a row says

    def _vocabulary(self, revision: Revision) -> tuple[Readers, Facts]:
        """How a revision of the policy reads the fields, and its defaults for a new request."""
        request = request_readers(revision.policy)
        readers: Readers = {
            **dict.fromkeys(TICKETS.fields, str),
            **{field: lru_cache(maxsize=256)(request[field]) for field in TICKETS.fields if field in request},
            **self._past,
            "from": self._address,
            "assignee": self._agent,  # as another system has it, whatever it looks like
        }
        usual = Received._field_defaults
        defaults = {"channel": usual["channel"], "product": readers["product"](""), "language": usual["language"]}
        self._vocabularies[revision.number] = (readers, {"body": "", **defaults})
        return self._vocabularies[revision.number]

    def _agent(self, name: str) -> str:
        """An agent's name in the first spelling, on record or in this import."""
        folded = agents.fold(name)
        if folded not in self._agents and (known := agents.find(self._db, name)):
            self._agents[folded] = known
        return self._agents.get(folded, name)

    def _put_agent(self, name: str | None) -> None:
        if name is not None and agents.fold(name) not in self._agents:
            self._agents[agents.fold(name)] = agents.ensure(self._db, name)

    def _in_the_past(self, time: ReadTime) -> ReadTime:
        """A reader of times that are not in the future."""

        def read(text: str) -> int:
            at = time(text)
            if at > self._actor.now:
                raise InputError(f"'{text[:60]}' is in the future.", "Give a time that is not in the future.")
            return at

        return read

    # What becomes of it

    def _addition(self, cells: Cells, facts: Facts, mark: str, remember: Write) -> RowDecision:
        happened = sorted((facts[field], kind) for field, kind in EVENTS.items() if field in facts)
        received = self._received(cells, facts)
        until = happened[0][0] if happened else NEVER  # from then on nothing moves it (hard question 4)
        by = (received.assignee or self._actor.agent, self._actor.system_user, {"imported": True})
        since = [Entry(0, at, self._actor.entered_at, kind, *by) for at, kind in happened]
        try:
            new = new_ticket(self._judge, received, self._actor, until=until, since=since)
        except InputError as error:  # no calendar reaches that far
            raise cells.placed(error, "received_at") from None
        return RowDecision(ADDED, remember, lambda: self._add(new, mark))

    def _add(self, new: NewTicket, mark: str) -> None:
        self._unlicensed += new.ticket.target.tier == self._judge.in_force(new.ticket.received_at).policy.unlicensed
        self._put_agent(new.ticket.assignee)
        self._batch.append(new)
        self._marks[mark] = None
        self._pending.add(new.ticket.external_id)

    def _received(self, cells: Cells, facts: Facts) -> Received:
        given = {name: value for name, value in facts.items() if name not in EVENTS and name != "from"}
        return self._kept_apart(cells, Received(sender=facts["from"], **given))

    def _kept_apart(self, cells: Cells, received: Received) -> Received:
        """The request, its secrets masked if asked for. Raises Refused for one outside the ticket channel (8.6)."""
        if received.channel == TICKET:
            return received
        if self._redact:
            subject, body = map(self._masked, (received.subject, received.body))
            received = received._replace(subject=subject, body=body)
        texts = received.subject, received.body, guarded_id(received.external_id), received.assignee, *received.tags
        doubtful = [text for text in texts if text and text not in self._clean]
        if not doubtful:
            return received
        try:
            policy = self._judge.in_force(received.received_at).policy
            refuse_secrets(self._db, policy, received.channel, doubtful)
        except Refused as error:
            hint = f"Add --redact to store it masked, or make it a ticket: --value channel:{received.channel}={TICKET}."
            raise cells.placed(Refused(error.message, hint, clause=error.clause)) from None
        return received

    def _masked(self, text: str) -> str:
        return text if text in self._clean else without_secrets(self._db, text)

    def _on_record(self, cells: Cells, ticket: Ticket, facts: Facts, mark: str, remember: Write) -> RowDecision:
        """Correct a ticket on record. Its text stays as first imported: what was written is history."""
        if ticket.status == "merged" or ticket.is_spam or is_alias(ticket.sender):
            # It continues elsewhere, was set aside, or its sender was erased and must not come back.
            return RowDecision(UNCHANGED, remember)
        for field, known in (("received_at", ticket.received_at), ("first_response_at", ticket.first_response_at)):
            if known is not None and facts.get(field, known) != known:
                what = f"ticket {ticket.id} is on record with another time."
                raise cells.wrong(field, what, f"See it with `supportctl show {ticket.id}`.")
        changes = self._changes(cells, ticket, facts)
        if events := [(kind, facts[field]) for field, kind in EVENTS.items() if field in facts]:
            # What is in the history may no longer count: it was retracted, or the ticket reopened.
            happened = {(entry.kind, entry.at) for entry in tickets.entries(self._db, ticket.id)}
            events = [event for event in events if event not in happened]
        done = CHANGED if changes or events else UNCHANGED
        write = partial(self._correct, cells, ticket, changes, events, mark)
        return RowDecision(done, remember, write, refusable=True)

    def _correct(self, cells: Cells, ticket: Ticket, changes: Facts, events: list[tuple[str, int]], mark: str) -> None:
        tickets.set_fingerprints(self._db, {mark: ticket.id})
        self._put_agent(changes.get("assignee"))
        try:
            corrected = correct(self._db, ticket, changes, self._actor)
            for kind, at in events:
                append(self._db, corrected, [Event(kind, {"imported": True})], at, self._actor)
                corrected = find_ticket(self._db, ticket.id)
        except (InputError, Refused) as error:
            raise cells.placed(error) from None
        if corrected.target.due_at != ticket.target.due_at:
            self._moved.append(MovedTicket(ticket.id, ticket.target.due_at, corrected.target.due_at))

    def _changes(self, cells: Cells, ticket: Ticket, facts: Facts) -> Facts:
        """The changes that a row makes; a blank changes nothing."""
        facts = self._spelling.as_on_record(facts, {name: getattr(ticket, name) for name in CORRECTED})
        request = self._received(cells, {"channel": ticket.channel, **facts, "body": ""})
        given = [name for name in CORRECTED if name in facts]
        if fold_address(request.sender) != fold_address(ticket.sender):
            given.append("sender")
        return {name: new for name in given if (new := getattr(request, name)) != getattr(ticket, name)}


def _texts(row: Row) -> Iterator[str]:
    """What a row says that may have a secret, as the row gives it."""
    given = row.cells.given
    return filter(
        None, (given.get("subject"), given.get("body"), guarded_id(given.get("external_id")), given.get("assignee"))
    )


def as_row(db: Desk, number: int) -> Facts:
    """The row that an export of the ticket would have, read as an import reads it."""
    ticket = find_ticket(db, number)
    told = {name: getattr(ticket, _TICKETS_OWN.get(name, name)) for name in TICKETS.fields if name != "body"}
    first = tickets.texts(db, number).get(1)
    row = {**told, "body": first.body if first else ""}
    for name, value in row.items():
        if isinstance(value, str) and name not in VERBATIM:
            row[name] = (value if name in WHOLE else value.strip()) if value.strip() else None
    return row


_TICKETS_OWN = {"from": "sender"}


def fingerprint(facts: Facts) -> str:
    """A short text for the content of a row, however spelled: the same for rows that are equal in every column."""
    form = same_form(facts)
    form["assignee"] = (form.get("assignee") or "").strip() or None
    said = [form.get(field) for field in TICKETS.fields]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:40]
