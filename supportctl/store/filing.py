"""Putting tickets on record, and changes to them with the history that says why: values to rows."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from supportctl.errors import Conflict
from supportctl.policy.history import Entry, Target
from supportctl.policy.identity import fold_address
from supportctl.policy.ticket import Ticket
from supportctl.policy.triage import line
from supportctl.store import counters, seals
from supportctl.store.desk import Desk
from supportctl.store.tickets import Text

BATCH = 1000  # tickets that are written at a time, so that a long change can show how far it is


class NewTicket(NamedTuple):
    """A whole ticket to put on record; its number is given when it is."""

    ticket: Ticket
    entries: Sequence[Entry]
    texts: Sequence[Text]
    targets: Sequence[Target]


def insert(db: Desk, new: Sequence[NewTicket]) -> list[int]:
    """Put whole tickets on record, inside the caller's transaction; returns their numbers."""
    first = counters.take(db, "ticket", len(new))
    numbers = list(range(first, first + len(new)))
    pairs = list(zip(numbers, new, strict=True))
    db.executemany(_INSERT_TICKET, (_row(n, item.ticket, item.targets[-1].n) for n, item in pairs))
    threads = ((n, item.entries, item.texts, item.targets) for n, item in pairs)
    _insert_thread(db, threads, [(n, *_own(item.ticket)) for n, item in pairs])
    if numbers:
        from supportctl.store.sqlite import search

        search.add_tickets(db, numbers[0], numbers[-1])
    return numbers


class ChangedTicket(NamedTuple):
    """A ticket as a change leaves it, with the version it was read at, and what is added to its history."""

    ticket: Ticket
    target_n: int | None
    entries: Sequence[Entry]
    texts: Sequence[Text]
    targets: Sequence[Target]


def save(
    db: Desk,
    ticket: Ticket,
    target_n: int | None,
    entries: Sequence[Entry],
    texts: Sequence[Text],
    targets: Sequence[Target],
) -> None:
    """Store a changed ticket with the entries that changed it. Raises Conflict if it was changed since it was read."""
    before = db.execute(f"select {seals.TICKETS.own} from tickets where id = :id", {"id": ticket.id}).fetchone()
    with ExitStack() as keeping:
        if before != _own(ticket):
            keeping.enter_context(seals.resealing(db, seals.TICKETS, ticket.id, seals.OWN))
        if texts or before is None or before[0] != ticket.subject:
            from supportctl.store.sqlite.search import reindexing

            keeping.enter_context(reindexing(db, ticket.id))
        _save(db, ticket, target_n, entries, texts, targets)


def _save(
    db: Desk,
    ticket: Ticket,
    target_n: int | None,
    entries: Sequence[Entry],
    texts: Sequence[Text],
    targets: Sequence[Target],
) -> None:
    row = db.execute(
        _UPDATE_TICKET, {**_row(ticket.id, ticket, target_n), "row_version": ticket.row_version}
    ).fetchone()
    if row is None:
        raise _changed_meanwhile(db, [ticket])
    _insert_thread(db, [(ticket.id, entries, texts, targets)])


def _changed_meanwhile(db: Desk, read: Iterable[Ticket]) -> Conflict:
    """Which of these tickets is another by now than it was when it was read, and who changed it last."""
    for ticket in read:
        row = db.execute(
            "select h.agent, h.kind from tickets t join history h on h.ticket = t.id and h.n = t.entries"
            " where t.id = :id and t.row_version <> :row_version",
            {"id": ticket.id, "row_version": ticket.row_version},
        ).fetchone()
        if row is not None:
            return Conflict(
                f"Ticket {ticket.id} was changed meanwhile, last by {row[0]} ({row[1]}); your change was not made.",
                f"Look at it with `supportctl show {ticket.id}`, and try again.",
            )
    return Conflict("A ticket was changed meanwhile; your change was not made.", "Try again.")


class Retargeted(NamedTuple):
    """A ticket as it was, the target that it has now, and the entries and targets that say why."""

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
    updated = db.executemany(
        f"update tickets set {', '.join(f'{name} = :{name}' for name in OWED)}, target_n = :n, entries = :entries,"
        " line = :line, row_version = row_version + 1 where id = :id and row_version = :row_version",
        (
            {name: getattr(now, name) for name in OWED}
            | {"id": ticket.id, "n": now.n, "entries": entries[-1].n, "row_version": ticket.row_version}
            | {"line": line(now.standing, ticket.channel)}
            for ticket, now, entries, _ in changes
        ),
    )
    if updated.rowcount != len(changes):
        raise _changed_meanwhile(db, (ticket for ticket, _, _, _ in changes))
    _insert_thread(db, ((ticket.id, entries, [], targets) for ticket, _, entries, targets in changes))


def _insert_thread(
    db: Desk,
    threads: Iterable[tuple[int, Sequence[Entry], Sequence[Text], Sequence[Target]]],
    new: Sequence[seals.Row] = (),
) -> None:
    batch = list(threads)
    rows: dict[str, list[tuple[Any, ...]]] = {
        "history": [(number, *entry[:6], dump(entry.data)) for number, entries, _, _ in batch for entry in entries],
        "texts": [(number, *text) for number, _, texts, _ in batch for text in texts],
        "targets": [(number, *_target_row(target)) for number, _, _, targets in batch for target in targets],
    }
    seals.append(db, seals.TICKETS, rows, new)


def _own(ticket: Ticket) -> tuple[str | None, ...]:
    """What a ticket says of itself and its history does not, as it is sealed."""
    return ticket.subject, ticket.sender, ticket.key_given, ticket.external_id


def _target_row(target: Target) -> tuple[Any, ...]:
    """A target in the order of its columns, as SQLite gives it back: its seal is of these very values."""
    reasons = dump([(r.clause, r.code, r.text) for r in target.reasons])
    return (*target[:7], int(target.registered), *target[8:12], reasons)


_WRITTEN = [
    "status",
    "channel",
    "subject",
    "sender",
    "sender_folded",
    "product",
    "product_version",
    "version_support",
    "topic",
    "language",
    "outbound",
    "key_given",
    "tags",
    "external_id",
    "assignee",
    "received_at",
    "entered_at",
    "first_response_at",
    "closed_at",
    "merged_into",
    "tier",
    "priority",
    "rank",
    "standing",
    "coverage",
    "registered",
    "target_seconds",
    "due_at",
    "policy_revision",
    "entries",
    "line",
]
OWED = (
    "tier", "priority", "rank", "standing", "coverage", "registered", "version_support", "target_seconds", "due_at",
    "policy_revision",
)  # fmt: skip
_DERIVED = ("sender_folded", "product_version", "line")
_INSERT_TICKET = (
    f"insert into tickets (id, {', '.join(_WRITTEN)}, target_n, row_version)"
    f" values (:id, {', '.join(':' + name for name in _WRITTEN)}, :target_n, 1)"
)
_UPDATE_TICKET = (
    f"update tickets set {', '.join(f'{name} = :{name}' for name in _WRITTEN)},"
    " target_n = coalesce(:target_n, target_n), row_version = row_version + 1"
    " where id = :id and row_version = :row_version returning id"
)


def _row(number: int, ticket: Ticket, target_n: int | None) -> dict[str, Any]:
    row = {name: getattr(ticket, name) for name in _WRITTEN if name not in _DERIVED}
    return row | {
        "id": number,
        "sender_folded": fold_address(ticket.sender),
        "product_version": ticket.version,
        "line": line(ticket.standing, ticket.channel),
        "tags": dump(ticket.tags),
        "target_n": target_n,
    }


dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: half of what `dumps` costs
