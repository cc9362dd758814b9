"""A ticket's thread: all that happened to it and was said, as it is shown. What changes it stands in `events`."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from supportctl.clock import NEVER
from supportctl.desk.tickets.as_of import ticket_at
from supportctl.desk.tickets.merged import merged_words
from supportctl.desk.tickets.view import TicketView
from supportctl.errors import NotOnRecord
from supportctl.policy.ticket import Entry, Ticket
from supportctl.store import policies, tickets
from supportctl.store.desk import LARGEST, BatchReader, Desk, Query, Reader
from supportctl.store.policies import Revisions, StoredRevision
from supportctl.store.tickets import Text


class Thread(NamedTuple):
    """A ticket with its history and texts, and the revision of the policy whose hours it is measured by.

    After a change, its first `known` entries are those from before it; a thread that was only read has `known` None.
    """

    ticket: Ticket
    entries: tuple[Entry, ...]
    texts: dict[int, Text]
    revision: StoredRevision
    known: int | None = None

    @property
    def new(self) -> tuple[Entry, ...]:
        """What the change added."""
        return tuple(entry for entry in self.entries if self.known is not None and entry.n > self.known)

    def seen_at(self, at: int) -> TicketView:
        """The ticket as seen at `at`."""
        return TicketView(self.ticket, at, self.revision)


def no_ticket(number: int) -> NotOnRecord:
    """The error for a number that no ticket has."""
    return NotOnRecord(f"There is no ticket {number}.", "`supportctl queue` lists the open ones.")


def ticket_on_record(read: Reader, number: int) -> Ticket:
    """The ticket of a number that somebody names. Raises NotOnRecord, and LookupError if its target is missing."""
    if number >= LARGEST:
        raise no_ticket(number)
    ticket = read.of(tickets.ticket_query(number))
    if ticket is None:  # we never delete a target: then the desk is damaged
        raise LookupError(number) if read.of(tickets.entries_of(number)) else no_ticket(number)
    return ticket


def find_ticket(db: Desk, number: int) -> Ticket:
    """The ticket of this number. Raises NotOnRecord."""
    ticket = tickets.find(db, number) if number < LARGEST else None
    if ticket is None:
        raise no_ticket(number)
    return ticket


def read_threads(db: Desk, numbers: Sequence[int]) -> list[Thread]:
    """Tickets with all that happened to them, read in one batch. Raises NotOnRecord for the first that is missing."""
    read = BatchReader(db)
    questions = [question for each in numbers if each < LARGEST for question in _queries(each)]
    read.ahead(*questions, policies.recorded(), policies.holidays())
    return [_read(db, read, each) for each in numbers]


def _queries(number: int) -> tuple[Query[Any], ...]:
    return tickets.ticket_query(number), tickets.entries_of(number), tickets.texts_of(number)


def _read(db: Desk, read: Reader, number: int) -> Thread:
    ticket = ticket_on_record(read, number)
    entries, texts = read.of(tickets.entries_of(number)), read.of(tickets.texts_of(number))
    return thread_of(db, read, ticket, tuple(entries), texts)


def thread_of(db: Desk, read: Reader, ticket: Ticket, entries: tuple[Entry, ...], texts: Mapping[int, Text]) -> Thread:
    """The thread of a ticket, with the texts of tickets merged into it."""
    said = {**texts, **merged_words(db, entries, NEVER)}
    return Thread(ticket, entries, said, Revisions.read(read).numbered(ticket.target.policy_revision))


def threads_at(db: Desk, numbers: Sequence[int], at: int) -> list[Thread]:
    """Tickets as they were at `at`, with what had happened by then.

    Raises NotOnRecord for the first that is missing, or came in later.
    """
    return [as_of(db, thread, at) for thread in read_threads(db, numbers)]


def thread_at(db: Desk, number: int, at: int) -> Thread:
    """A ticket as it was at `at`, with what had happened by then. Raises NotOnRecord, also if it came in later."""
    (thread,) = threads_at(db, [number], at)
    return thread


def as_of(db: Desk, thread: Thread, at: int) -> Thread:
    """A thread that was read, as it was at `at`. Raises NotOnRecord if it came in later."""
    happened = tuple(entry for entry in thread.entries if entry.at <= at)
    thread.texts.update(merged_words(db, happened, at))
    if len(happened) == len(thread.entries):
        return thread
    ticket = ticket_at(db, thread.ticket, at)
    if ticket is None:
        raise NotOnRecord(f"Ticket {thread.ticket.id} had not been received by then.", "Give a later time with --now.")
    texts = {n: text for n, text in thread.texts.items() if n in {e.n for e in happened}}
    return Thread(ticket, happened, texts, policies.revision(db, ticket.target.policy_revision))
