"""Exports the desk's records, one at a time: in the columns that `import` takes, and the history."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from supportctl.desk.accounts.customers import list_customers
from supportctl.desk.releases import list_releases
from supportctl.desk.tickets.as_of import ticket_at
from supportctl.desk.tickets.view import TicketView, see_all
from supportctl.policy.entitlement import Licence
from supportctl.policy.ticket import Entry, Ticket
from supportctl.store import licences, tickets
from supportctl.store.desk import Desk, DirectReader
from supportctl.store.sqlite import tables
from supportctl.store.tickets import Text


class ExportedTicket(NamedTuple):
    """A ticket as seen, with its first text."""

    seen: TicketView
    body: str


class ExportedEntry(NamedTuple):
    """An entry of a ticket's history, with its text if it has one."""

    ticket: int
    entry: Entry
    text: Text | None


class Exported(NamedTuple):
    """The records to write: how many there are at most, and each of them, one at a time."""

    rows: int
    records: Iterator[Any]


@contextmanager
def exported(db: Desk, what: str, at: int) -> Iterator[Exported]:
    """The records of one of WHATS at `at` (UTC epoch seconds), all as of one moment, whoever writes meanwhile."""
    with db.snapshot():
        yield Exported(tables.count(db, what), WHATS[what](db, at))


def export_licences(db: Desk, at: int) -> Iterator[Licence]:
    """Every licence on its terms at `at`, by key; also those on record by then but issued later."""
    return licences.on_record(db, at)


def export_tickets(db: Desk, at: int) -> Iterator[ExportedTicket]:
    """Every ticket received by `at`, as it was then, by number."""
    later = set(DirectReader(db).of(tickets.changed_after(at)))
    bodies: list[str] = []  # of the one ticket on its way through `see`

    def standing() -> Iterator[Ticket]:
        for ticket, body in tickets.every(db, at):
            stood = ticket_at(db, ticket, at) if ticket.id in later else ticket
            if stood is not None:
                bodies.append(body)
                yield stood

    return (ExportedTicket(seen, bodies.pop()) for seen in see_all(db, standing(), at))


def export_history(db: Desk, at: int) -> Iterator[ExportedEntry]:
    """All that happened to tickets by `at`, in the order of each ticket."""
    return (ExportedEntry(*row) for row in tickets.every_entry(db, at))


# What can be exported beside a whole desk, by name.
WHATS: dict[str, Callable[[Desk, int], Iterator[Any]]] = {
    "customers": list_customers,
    "licences": export_licences,
    "releases": lambda db, at: list_releases(db, None, at),
    "tickets": export_tickets,
    "history": export_history,
}
