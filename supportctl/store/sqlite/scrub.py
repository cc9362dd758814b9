"""Removes bytes: what was removed from the desk must not be found in its files either.

Three places keep what no query shows any more. The pages of a table: `pragma secure_delete`, on every connection,
overwrites what is deleted, but a page that SQLite once reorganised can contain a stray copy. The write-ahead log: a
truncating checkpoint empties it. The full-text index: it keeps removed words until it is merged.
"""

import sqlite3
import time
from typing import TYPE_CHECKING

from supportctl.store import counters
from supportctl.store.sqlite import search
from supportctl.store.sqlite.atomic import REMOVED, SCRUBBED, atomic

if TYPE_CHECKING:
    from supportctl.store.sqlite.connection import SqliteDesk

LARGE = 5000  # pages of a desk (20 MB) above which a rewrite is worth waiting for others to share it
COMPANY_SECONDS = 0.5  # whoever waits for the write lock asks ten times a second
READERS_SECONDS = 5.0  # how long to wait for readers of the old state; other writers wait as long


def schedule_scrub(db: "SqliteDesk", *, anywhere: bool) -> None:
    """Note, inside a transaction, that it removes something for good: after the commit the files are scrubbed.

    `anywhere` means that copies may be in any page, and in the full-text index: then the desk is rewritten. That stays
    on record until it is done, so that the next write finishes what an interrupted run has left.
    """
    if anywhere:
        counters.take(db, REMOVED)
    db.remains = True


def scrub(db: "SqliteDesk") -> None:
    """Remove deleted bytes from the files. An obstacle (a reader, a full disk) leaves `db.remains` set.

    The removal itself counts either way, so nothing is raised.
    """
    db.remains = False
    try:
        _write_anew(db)
        db.remains = not _empty_log(db)
    except sqlite3.Error:
        db.remains = True


def _write_anew(db: "SqliteDesk") -> None:
    """Merge the full-text index and rewrite every page of the desk, unless that was done since the last removal.

    Of many simultaneous removals, the first to come here does it for all that were committed by then.
    """
    if db.execute("pragma page_count").fetchone()[0] > LARGE:
        time.sleep(COMPANY_SECONDS)  # let other removals in first: the desk is rewritten once for all
    with atomic(db):  # waits for whoever may be doing it
        removals = counters.value(db, REMOVED)
        if removals == counters.value(db, SCRUBBED):
            return
    search.forget(db)
    db.execute("vacuum")
    with atomic(db):
        counters.raise_to(db, SCRUBBED, removals)


def _empty_log(db: "SqliteDesk") -> bool:
    """Write the write-ahead log into the desk and empty it; False if a reader still needs it."""
    patience = db.execute("pragma busy_timeout").fetchone()[0]
    db.execute(f"pragma busy_timeout = {int(READERS_SECONDS * 1000)}")
    try:
        busy: int = db.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        return not busy
    finally:
        db.execute(f"pragma busy_timeout = {patience}")
