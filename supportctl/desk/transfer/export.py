"""Exports the desk's records, one at a time: in the columns that `import` takes, and the history."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from supportctl.desk.accounts.customers import list_customers
from supportctl.desk.releases import list_releases
from supportctl.desk.tickets.as_of import ticket_at
from supportctl.desk.tickets.view import TicketView, see_all
from supportctl.desk.transfer.fields import TICKETS
from supportctl.policy.entitlement import Licence
from supportctl.policy.ticket import Ticket
from supportctl.store import licences, tables, tickets
from supportctl.store.desk import Desk, DirectReader


class ExportedTicket(NamedTuple):
    """A ticket as seen, with its first text."""

    seen: TicketView
    body: str


class Exported(NamedTuple):
    """The records to write: how many there are at most, and each of them, one at a time."""

    rows: int
    records: Iterator[Any]


@contextmanager
def exported(db: Desk, what: str, at: int) -> Iterator[Exported]:
    """The records of one of WHATS at `at` (UTC epoch seconds), all as of one moment, whoever writes meanwhile."""
    table, records = WHATS[what]
    with db.snapshot():
        yield Exported(tables.count(db, table), records(db, at))


def export_licences(db: Desk, at: int) -> Iterator[Licence]:
    """Every licence on its terms at `at`, by key; also those on record by then but issued later."""
    return licences.on_record(db, at)


def export_tickets(db: Desk, at: int) -> Iterator[Sequence[Any]]:
    """Every ticket received by `at`, as it was then, by number: its fields, in the order in which `import` has them.

    They are the desk's own rows; only a ticket whose history goes on after `at` is made from that.
    """
    later = set(DirectReader(db).of(tickets.changed_after(at)))
    rows = tickets.fields_of_every(db, _FIELDS, at)
    return _as_they_were(db, rows, later, at) if later else rows


# The fields of a file as a ticket names them, and its first text.
_FIELDS = tuple("sender" if name == "from" else name for name in TICKETS.fields)


def _as_they_were(db: Desk, rows: Iterable[Any], later: Collection[int], at: int) -> Iterator[Sequence[Any]]:
    body = _FIELDS.index("body")
    for row in rows:
        if row[-1] not in later:
            yield row
        elif (then := ticket_at(db, tickets.get(db, row[-1]), at)) is not None:
            yield [row[body] if name == "body" else getattr(then, name) for name in _FIELDS]


def export_full_tickets(db: Desk, at: int) -> Iterator[ExportedTicket]:
    """Every ticket received by `at`, as seen then, by number."""
    later = set(DirectReader(db).of(tickets.changed_after(at)))
    bodies: list[str] = []  # of the one ticket on its way through `see`

    def standing() -> Iterator[Ticket]:
        for ticket, body in tickets.every(db, at):
            stood = ticket_at(db, ticket, at) if ticket.id in later else ticket
            if stood is not None:
                bodies.append(body)
                yield stood

    return (ExportedTicket(seen, bodies.pop()) for seen in see_all(db, standing(), at))


# What can be exported beside a whole desk, by name: the table with as many rows at least, and the records.
WHATS: dict[str, tuple[str, Callable[[Desk, int], Iterator[Any]]]] = {
    "customers": ("customers", list_customers),
    "licences": ("licences", export_licences),
    "releases": ("releases", lambda db, at: list_releases(db, None, at)),
    "tickets": ("tickets", export_tickets),
    "full tickets": ("tickets", export_full_tickets),
    "history": ("history", tickets.every_entry),
}
