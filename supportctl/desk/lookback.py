"""Looking back: what a list of tickets was at a moment, by effective time (hard question 7)."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from supportctl.policy.ticket import Ticket
from supportctl.store import tickets

if TYPE_CHECKING:
    from supportctl.policy.history import Entry


def as_of(
    db: sqlite3.Connection,
    at: int,
    standing: Iterable[Ticket],
    holds: Callable[[Ticket], bool],
    order: Callable[[Ticket], Any],
) -> Iterator[Ticket]:
    """The tickets for which `holds` was true at `at`, in their order.

    `standing` are those for which it is true now, read from an index in that order. They answer for themselves but for
    tickets whose history went on after `at`: those alone are replayed, so that asking about now costs no replay.
    """
    later = tickets.changed_after(db, at)
    skip = set(later)
    stand = (t for t in standing if t.id not in skip and t.received_at <= at)
    back = (ticket_at(db, tickets.get(db, number), at) for number in later)
    if not later:
        return stand
    from heapq import merge

    return merge(stand, sorted((t for t in back if t is not None and holds(t)), key=order), key=order)


def ticket_at(db: sqlite3.Connection, ticket: Ticket, at: int) -> Ticket | None:
    """A ticket as it stood at `at`, by what had happened by then; None if it had not come in yet."""
    from supportctl.policy.history import replay, taken_back  # late: asking about now replays nothing

    if ticket.received_at > at:
        return None
    entries = tickets.entries(db, ticket.id)
    then = replay(ticket, entries, tickets.targets(db, ticket.id), until=at)
    gone = taken_back(entries)
    later = [entry for entry in entries if entry.at > at and entry.data.get("also") and entry.n not in gone]
    return _as_called(db, then, later, at) if later else then


def _as_called(db: sqlite3.Connection, ticket: Ticket, later: "list[Entry]", at: int) -> Ticket:
    """The ticket with its sender and subject as they were before they were corrected, or what is left of them."""
    from supportctl.store import customers

    texts = tickets.texts(db, ticket.id)
    for entry in sorted(later, key=lambda e: (e.at, e.n), reverse=True):
        if (was := texts.get(entry.n)) is None:
            continue
        if "subject" in entry.data["also"]:
            ticket = ticket._replace(subject=was.body)
        if "sender" in entry.data["also"] and was.author is not None:
            account = customers.find(db, was.author, at)
            ticket = ticket._replace(sender=was.author, name=account.name if account else None)
    return ticket
