"""The messages that were taken in: each by its mark, with the entry of the ticket that it became."""

import sqlite3
from collections.abc import Iterable

from supportctl.store import totals


def ticket_of(db: sqlite3.Connection, marks: Iterable[str]) -> int | None:
    """The number of the ticket that the first known of these messages belongs to."""
    for mark in marks:
        row = db.execute("select ticket from messages where mark = :mark", {"mark": mark}).fetchone()
        if row:
            number: int = row[0]
            return number
    return None


def add(db: sqlite3.Connection, mark: str, ticket: int, n: int) -> None:
    """Remember a message and the entry that it became, inside the caller's transaction."""
    totals.put(db, "messages", {"mark": mark, "ticket": ticket, "n": n})
