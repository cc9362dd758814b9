"""Importing tickets: judged as of when they were received, answered and closed as the other system says."""

import sqlite3
from collections.abc import Callable
from typing import Any

from supportctl.desk.correcting import correct
from supportctl.desk.importing.fields import TICKETS, Cells
from supportctl.desk.importing.records import ADDED, CHANGED, TWICE, UNCHANGED, ReadTime
from supportctl.desk.importing.seen import Seen, fingerprint
from supportctl.desk.requests import Received, check_request, new_ticket
from supportctl.desk.secrets import SAFE, refuse_secrets, without_secrets
from supportctl.desk.thread import Event, append, find_ticket, is_spam
from supportctl.errors import SupportctlError
from supportctl.policy.ticket import Entry, Ticket, replay
from supportctl.store import policies, tickets
from supportctl.store.actor import Actor
from supportctl.store.persons import is_alias
from supportctl.store.policies import Revision
from supportctl.store.tickets import NewTicket

BATCH = 1000
CORRECTED = ("sender", "subject", "channel", "product", "version", "topic", "language", "assignee")


class Tickets:
    """Tickets by external id; those without one that equal one on record in every column are known too."""

    def __init__(self, db: sqlite3.Connection, actor: Actor, time: ReadTime, *, redact: bool = False) -> None:
        self._db, self._actor, self._redact, self._seen = db, actor, redact, Seen(db)
        self._time: Callable[[str], int] = time
        self._revisions = policies.all_in_order(db)
        self._batch: list[NewTicket] = []
        self._prints: list[str] = []

    def take(self, cells: Cells) -> str:
        """Store one row, at the latest when the import finishes. Raises InputError, Refused (8.6)."""
        external_id = cells.text("external_id")
        mark = fingerprint(cells.all(TICKETS))
        before = self._seen.before(f"id {external_id}" if external_id else f"row {mark}", cells.all(TICKETS))
        if before == "other":
            raise cells.wrong("external_id", TWICE, "Keep one of the rows.")
        if before or tickets.has_fingerprint(self._db, mark):
            return UNCHANGED
        received = self._received(cells, external_id)
        moments = self._moments(cells, received.received_at)
        number = tickets.known_external(self._db, external_id) if external_id else None
        if number is not None:
            return self._update(cells, number, received, moments, mark)
        self._add(received, moments, mark)
        return ADDED

    def finish(self) -> None:
        """Put what is left of the last batch on record."""
        if self._batch:
            numbers = tickets.insert(self._db, self._batch)
            tickets.set_fingerprints(self._db, zip(numbers, self._prints, strict=True))
            self._batch, self._prints = [], []

    def _received(self, cells: Cells, external_id: str | None) -> Received:
        received_at = self._past(cells, "received_at", None)
        given: dict[str, Any] = {
            name: value
            for name in ("channel", "product", "version", "topic", "language")
            if (value := cells.text(name))
        }
        received = Received(
            sender=cells.required("from"),
            subject=cells.required("subject"),
            body=cells.text("body") or "",
            received_at=received_at or 0,
            assignee=cells.text("assignee"),
            external_id=external_id,
            **given,
        )
        try:
            policy = self._revision(received.received_at).policy
            received = check_request(policy, received)
            if self._redact and received.channel != SAFE:
                received = received._replace(
                    subject=without_secrets(self._db, received.subject), body=without_secrets(self._db, received.body)
                )
            refuse_secrets(self._db, policy, received.channel, (received.subject, received.body))
        except SupportctlError as error:
            raise cells.placed(error) from None
        return received

    def _moments(self, cells: Cells, received_at: int) -> tuple[int | None, int | None]:
        answered = self._past(cells, "first_response_at", received_at)
        return answered, self._past(cells, "closed_at", received_at)

    def _past(self, cells: Cells, field: str, since: int | None) -> int | None:
        """A moment that has come, and not before the ticket did."""
        at = cells.must_read(field, self._time) if since is None else cells.read(field, self._time)
        if at is not None and at > self._actor.now:
            raise cells.wrong(field, "lies in the future", "Give a time that has come.")
        if at is not None and since is not None and at < since:
            raise cells.wrong(field, "lies before the ticket was received", "Check both times.")
        return at

    def _revision(self, at: int) -> Revision:
        return next(r for effective_at, r in self._revisions if effective_at <= at)

    def _add(self, received: Received, moments: tuple[int | None, int | None], mark: str) -> None:
        answered, closed = moments
        until = min((at for at in moments if at is not None), default=None)  # then it is frozen (hard question 4)
        new = new_ticket(self._db, self._revision, received, self._actor, until=until)
        entries = list(new.entries)
        agent, user = received.assignee or self._actor.agent, self._actor.system_user
        happened = sorted((at, kind) for kind, at in (("replied", answered), ("closed", closed)) if at is not None)
        for n, (at, kind) in enumerate(happened, len(entries) + 1):
            entries.append(Entry(n, at, self._actor.entered_at, kind, agent, user, {"imported": True}))
        ticket = replay(new.ticket, entries, new.targets)._replace(entries=len(entries))
        self._batch.append(NewTicket(ticket, entries, new.texts, new.targets))
        self._prints.append(mark)
        if len(self._batch) >= BATCH:
            self.finish()

    def _update(
        self, cells: Cells, number: int, received: Received, moments: tuple[int | None, int | None], mark: str
    ) -> str:
        """Correct a known ticket. Its text stays as first imported: what was written is history."""
        ticket = find_ticket(self._db, number)
        if is_spam(ticket) or is_alias(ticket.sender):
            return UNCHANGED  # set aside, or of a person who was erased and must not come back
        if received.received_at != ticket.received_at:
            raise cells.wrong("received_at", f"ticket {number} was received at another time", "Keep one of them.")
        answered, closed = moments
        if answered is not None and ticket.first_response_at not in (None, answered):
            raise cells.wrong("first_response_at", f"ticket {number} was answered at another time", "Keep one of them.")
        changes = {name: getattr(received, name) for name in CORRECTED if getattr(received, name) is not None}
        corrected = correct(self._db, ticket, changes, self._actor)
        if answered is not None and corrected.first_response_at is None:
            append(self._db, corrected, [Event("replied", {"imported": True})], answered, self._actor)
            corrected = find_ticket(self._db, number)
        if closed is not None and corrected.closed_at is None:
            append(self._db, corrected, [Event("closed", {"imported": True})], closed, self._actor)
            corrected = find_ticket(self._db, number)
        tickets.set_fingerprints(self._db, [(number, mark)])
        return UNCHANGED if _same(ticket, corrected) else CHANGED


def _same(before: Ticket, after: Ticket) -> bool:
    return before._replace(row_version=0) == after._replace(row_version=0)
