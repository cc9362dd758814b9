"""Begins a transaction that writes; one that meets another waits in line (see `line`)."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supportctl.store.sqlite.connection import SqliteDesk
    from supportctl.store.sqlite.line import Turn


def begin(db: "SqliteDesk") -> "Turn | None":
    """Begin with the write lock. Returns the turn to end with the transaction; None if nobody else was writing.

    Raises sqlite3.OperationalError if others hold it for all the time that the connection may wait.
    """
    limit: int = db.execute("pragma busy_timeout").fetchone()[0]  # milliseconds
    db.execute("pragma busy_timeout = 0")
    try:
        if not db.met and db.begun():
            return None
        from supportctl.store.sqlite.line import begin_in_line  # late: few writers meet another

        return begin_in_line(db, time.monotonic() + limit / 1000)
    finally:
        db.execute(f"pragma busy_timeout = {limit}")
