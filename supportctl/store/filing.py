"""Records tickets, and changes to them with the history that says why: values to rows."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from supportctl.errors import Conflict
from supportctl.policy.identity import fold_address
from supportctl.policy.ticket import UNJUDGED, Entry, Target, Ticket
from supportctl.policy.triage import queue_line
from supportctl.store import counters, seals
from supportctl.store.desk import Desk, Refusal
from supportctl.store.tickets import OWED, OWN, Text, column, column_values, dump, stored_values

BATCH = 1000  # tickets written at a time, so that a long change can show its progress


class NewTicket(NamedTuple):
    """A whole ticket to record; it gets its number then."""

    ticket: Ticket
    entries: Sequence[Entry]
    texts: Sequence[Text]
    targets: Sequence[Target]


def insert(db: Desk, new: Sequence[NewTicket]) -> list[int]:
    """Record whole tickets, inside the caller's transaction; returns their numbers."""
    first = counters.take(db, "ticket", len(new))
    numbers = list(range(first, first + len(new)))
    pairs = list(zip(numbers, new, strict=True))
    db.executemany(_INSERT_TICKET, [(n, *_values(item.ticket)) for n, item in pairs])
    threads = ((n, item.entries, item.texts, item.targets) for n, item in pairs)
    _insert_thread(db, threads, [(n, *_own(item.ticket)) for n, item in pairs])
    if numbers:
        from supportctl.store.full_text import Document  # late: few changes write words

        documents = [Document(n, item.ticket.subject, [text.body for text in item.texts]) for n, item in pairs]
        db.full_text.add_tickets(documents)
    return numbers


class ChangedTicket(NamedTuple):
    """A ticket after a change, with the version it was read at, and the new rows of its history."""

    ticket: Ticket
    entries: Sequence[Entry]
    texts: Sequence[Text]
    targets: Sequence[Target]


def save(
    db: Desk,
    ticket: Ticket,
    entries: Sequence[Entry],
    texts: Sequence[Text],
    targets: Sequence[Target],
) -> None:
    """Store a changed ticket with the entries that changed it. Raises Conflict if it was changed since it was read."""
    before = db.execute(*_own_statement(ticket.id)).fetchone()
    with ExitStack() as keeping:
        if before != _own(ticket):
            keeping.enter_context(seals.resealing(db, seals.TICKETS, ticket.id, seals.OWN))
        if texts or before is None or before[0] != ticket.subject:
            from supportctl.store.full_text import TICKETS, Rewording  # late: few changes write words

            subject = None if before and before[0] == ticket.subject else ticket.subject
            change = Rewording(heading=subject, added=[text.body for text in texts])
            keeping.enter_context(db.full_text.reindexing(TICKETS, ticket.id, change))
        _save(db, ticket, entries, texts, targets)


def statements_of_save(number: int) -> list[tuple[str, dict[str, int]]]:
    """What `save` reads about a ticket."""
    return [_own_statement(number), seals.kept_statement(seals.TICKETS, number)]


def _own_statement(number: int) -> tuple[str, dict[str, int]]:
    return f"select {seals.TICKETS.own} from tickets where id = :id", {"id": number}


def _save(
    db: Desk,
    ticket: Ticket,
    entries: Sequence[Entry],
    texts: Sequence[Text],
    targets: Sequence[Target],
) -> None:
    db.change_one(_UPDATE_TICKET, {**row_of(ticket), **_as_read(ticket)}, _changed_meanwhile(ticket))
    _insert_thread(db, [(ticket.id, entries, texts, targets)])


def _changed_meanwhile(ticket: Ticket) -> Refusal:
    """That a ticket was changed since it was read, and who changed it last."""

    def error(last: Any) -> Conflict:
        if last is None:
            return Conflict("A ticket was changed meanwhile; your change was not made.", "Try again.")
        return Conflict(
            f"Ticket {ticket.id} was changed meanwhile, last by {last[0]} ({last[1]}); your change was not made.",
            f"See it with `supportctl show {ticket.id}`, and try again.",
        )

    return Refusal(
        error,
        "select h.agent, h.kind from tickets t join history h on h.ticket = t.id and h.n = t.entries"
        " where t.id = :id and t.row_version <> :row_version",
        _as_read(ticket),
    )


class Retargeted(NamedTuple):
    """A ticket as it was, its new target, and the entries and targets that say why."""

    ticket: Ticket
    now: Target
    entries: Sequence[Entry]
    targets: Sequence[Target]


def retarget(db: Desk, changes: Sequence[Retargeted], tick: Callable[[], None] = lambda: None) -> None:
    """Give many tickets new targets with the entries that say why, inside the caller's transaction.

    Raises Conflict if one was changed since it was read.
    """
    for at in range(0, len(changes), BATCH):
        _retarget(db, changes[at : at + BATCH])
        for _ in changes[at : at + BATCH]:
            tick()


def _retarget(db: Desk, changes: Sequence[Retargeted]) -> None:
    for ticket, now, entries, _ in changes:
        values = {**owed_row(now, ticket.channel), "entries": entries[-1].n, **_as_read(ticket)}
        db.change_one(_UPDATE_OWED, values, _changed_meanwhile(ticket))
    _insert_thread(db, ((ticket.id, entries, [], targets) for ticket, _, entries, targets in changes))


def _insert_thread(
    db: Desk,
    threads: Iterable[tuple[int, Sequence[Entry], Sequence[Text], Sequence[Target]]],
    new: Sequence[seals.Row] = (),
) -> None:
    batch = list(threads)
    rows: dict[str, list[tuple[Any, ...]]] = {
        "history": [(number, *entry_row(entry)) for number, entries, _, _ in batch for entry in entries],
        "texts": [(number, *text) for number, _, texts, _ in batch for text in texts],
        "targets": [(number, *target_row(target)) for number, _, _, targets in batch for target in targets],
    }
    seals.append(db, seals.TICKETS, rows, new)


def _own(ticket: Ticket) -> tuple[str | None, ...]:
    """The facts of a ticket that its history does not repeat, in the form that is sealed."""
    return ticket.subject, ticket.sender, ticket.key_given, ticket.external_id


def row_of(ticket: Ticket) -> dict[str, Any]:
    """The row of a ticket, by column, but for its number and its version."""
    return dict(zip(_WRITTEN, _values(ticket), strict=True))


_WRITTEN = (*map(column, (*OWN, *OWED)), "target_n", "line", "sender_folded")


def _values(ticket: Ticket) -> list[Any]:
    """The values of a ticket's row in the order of these columns."""
    own, owed, target = stored_values(ticket, OWN), stored_values(ticket.target, OWED), ticket.target
    return [*own, *owed, target.n, queue_line(target.standing, ticket.channel), fold_address(ticket.sender)]


def owed_row(target: Target, channel: str) -> dict[str, Any]:
    """The columns of a ticket's row that repeat its target, and the ticket's line in the queue."""
    return {**column_values(target, OWED), "target_n": target.n, "line": queue_line(target.standing, channel)}


def entry_row(entry: Entry) -> tuple[Any, ...]:
    """An entry in the order of its columns."""
    return (*entry[:-1], dump(entry.data))


def target_row(target: Target) -> tuple[Any, ...]:
    """A target in the order of its columns, as SQLite returns it: the seal covers these very values."""
    return tuple(stored_values(target, Target._fields))


_INSERT_TICKET = (
    f"insert into tickets (id, {', '.join(_WRITTEN)}, row_version) values (?, {', '.join('?' for _ in _WRITTEN)}, 1)"
)


def _update(columns: Iterable[str]) -> str:
    """The statement that changes a ticket, unless it was changed since it was read."""
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    return f"update tickets set {changes}, row_version = row_version + 1 where id = :id and row_version = :row_version"


def _as_read(ticket: Ticket) -> dict[str, int]:
    return {"id": ticket.id, "row_version": ticket.row_version}


_UPDATE_TICKET = _update(_WRITTEN)
_UPDATE_OWED = _update([*owed_row(UNJUDGED, ""), "entries"])
