"""Putting right what can be derived from the rest of the desk; inside the caller's transaction."""

import sqlite3
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from supportctl.policy.ticket import Ticket
from supportctl.store import search, tickets
from supportctl.store.connection import transaction


class Mendable(Protocol):
    """Something wrong that knows how it is put right."""

    @property
    def mend(self) -> Callable[[sqlite3.Connection], object] | None: ...


Found = TypeVar("Found", bound=Mendable)


def in_one_transaction(db: sqlite3.Connection, find: Callable[[sqlite3.Connection], list[Found]]) -> list[Found]:
    """Find what is wrong while nobody else can write, and mend it, each thing once: all of it or nothing."""
    with transaction(db):
        found = find(db)
        done: set[Any] = set()
        for wrong in found:
            if wrong.mend is not None and wrong.mend not in done:
                done.add(wrong.mend)
                wrong.mend(db)
    return found


def reindex(db: sqlite3.Connection) -> None:
    """Make every ordinary index anew from its table."""
    db.execute("reindex")


def rebuild_index(db: sqlite3.Connection) -> None:
    """Make the full-text index anew from the texts."""
    search.rebuild(db)


def declare(db: sqlite3.Connection, kind: str, name: str) -> None:
    """Make a guard, an index or a view as this program declares it, in the place of what has its name."""
    from supportctl.store.migrations import declared

    db.execute(f"drop {kind} if exists {name}")
    db.execute(declared(kind, name))


def store(db: sqlite3.Connection, ticket: Ticket, target_n: int) -> None:
    """Store a ticket as its history makes it."""
    tickets.save(db, ticket, target_n, [], [], [])


def rewrite(db: sqlite3.Connection, number: int) -> None:
    """Store a ticket as it is, and so what is derived from its own values alone."""
    ticket = tickets.find(db, number)
    if ticket is not None:
        tickets.save(db, ticket, None, [], [], [])


def to_wal(db: sqlite3.Connection) -> None:
    """Let readers and writers not wait for each other; it stays with the file. Nobody else may have it open."""
    db.execute("pragma journal_mode = wal")
