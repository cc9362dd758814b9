"""Putting tickets on record, and changes to them with the history that says why: values to rows."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from supportctl.policy.history import Entry, Target
from supportctl.policy.identity import fold_address
from supportctl.policy.ticket import Ticket
from supportctl.policy.triage import line
from supportctl.store import counters, seals
from supportctl.store.tickets import Text

BATCH = 1000  # tickets that are written at a time, so that a long change can show how far it is


class NewTicket(NamedTuple):
    """A whole ticket to put on record; its number is given when it is."""

    ticket: Ticket
    entries: Sequence[Entry]
    texts: Sequence[Text]
    targets: Sequence[Target]


def insert(db: sqlite3.Connection, new: Sequence[NewTicket]) -> list[int]:
    """Put whole tickets on record, inside the caller's transaction; returns their numbers."""
    first = counters.take(db, "ticket", len(new))
    numbers = list(range(first, first + len(new)))
    pairs = list(zip(numbers, new, strict=True))
    db.executemany(_INSERT_TICKET, (_row(n, item.ticket, item.targets[-1].n) for n, item in pairs))
    _insert_thread(db, ((n, item.entries, item.texts, item.targets) for n, item in pairs))
    if numbers:
        from supportctl.store import search

        search.add_tickets(db, numbers[0], numbers[-1])
    return numbers


def save(
    db: sqlite3.Connection,
    ticket: Ticket,
    target_n: int | None,
    entries: Sequence[Entry],
    texts: Sequence[Text],
    targets: Sequence[Target],
) -> bool:
    """Store a changed ticket with the entries that changed it; False if someone else changed it in between."""
    if not texts and _subject(db, ticket.id) == ticket.subject:
        return _save(db, ticket, target_n, entries, texts, targets)
    from supportctl.store.search import reindexing

    with reindexing(db, ticket.id):
        return _save(db, ticket, target_n, entries, texts, targets)


def _subject(db: sqlite3.Connection, number: int) -> str | None:
    row = db.execute("select subject from tickets where id = :id", {"id": number}).fetchone()
    return row[0] if row else None


def _save(
    db: sqlite3.Connection,
    ticket: Ticket,
    target_n: int | None,
    entries: Sequence[Entry],
    texts: Sequence[Text],
    targets: Sequence[Target],
) -> bool:
    row = db.execute(
        _UPDATE_TICKET, {**_row(ticket.id, ticket, target_n), "row_version": ticket.row_version}
    ).fetchone()
    if row is None:
        return False
    _insert_thread(db, [(ticket.id, entries, texts, targets)])
    return True


def retarget(
    db: sqlite3.Connection, changes: Sequence[tuple[Ticket, Entry, Target]], tick: Callable[[], None] = lambda: None
) -> None:
    """Give many tickets each a new target with the entry that says why, inside the caller's transaction."""
    for at in range(0, len(changes), BATCH):
        _retarget(db, changes[at : at + BATCH])
        for _ in changes[at : at + BATCH]:
            tick()


def _retarget(db: sqlite3.Connection, changes: Sequence[tuple[Ticket, Entry, Target]]) -> None:
    db.executemany(
        f"update tickets set {', '.join(f'{name} = :{name}' for name in OWED)}, target_n = :n, entries = :n,"
        " line = :line, row_version = row_version + 1 where id = :id and row_version = :row_version",
        (
            {name: getattr(target, name) for name in OWED}
            | {"id": ticket.id, "n": entry.n, "row_version": ticket.row_version}
            | {"line": line(target.standing, ticket.channel)}
            for ticket, entry, target in changes
        ),
    )
    _insert_thread(db, ((ticket.id, [entry], [], [target]) for ticket, entry, target in changes))


def _insert_thread(
    db: sqlite3.Connection, threads: Iterable[tuple[int, Sequence[Entry], Sequence[Text], Sequence[Target]]]
) -> None:
    batch = list(threads)
    rows: dict[str, list[tuple[Any, ...]]] = {
        "history": [(number, *entry[:6], dump(entry.data)) for number, entries, _, _ in batch for entry in entries],
        "texts": [(number, *text) for number, _, texts, _ in batch for text in texts],
        "targets": [(number, *_target_row(target)) for number, _, _, targets in batch for target in targets],
    }
    seals.append(db, seals.TICKETS, rows)


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
