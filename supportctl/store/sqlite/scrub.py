"""Getting rid of bytes: what was removed from the desk must not be found in its files either.

Three places keep what no query shows any more. The pages of a table: `pragma secure_delete`, on every connection,
overwrites what is deleted, but a page that SQLite once put together anew can hold a stray copy. The write-ahead log:
it goes back to nothing at a truncating checkpoint. The full-text index: it keeps removed words until it is merged.
"""

import sqlite3
import time

from supportctl.store import counters
from supportctl.store.desk import Desk
from supportctl.store.sqlite import search
from supportctl.store.sqlite.atomic import atomic
from supportctl.store.sqlite.connection import BUSY_SECONDS, OWED

LARGE = 5000  # pages of a desk (20 MB) from which writing it anew is worth waiting for company
COMPANY_SECONDS = 0.5  # who waits for the write lock asks for it ten times a second
READERS_SECONDS = 5.0  # how long to wait for readers of the old state; other writers wait as long
REMOVED, SCRUBBED = OWED


def left_behind(db: Desk, *, anywhere: bool) -> None:
    """Note, inside a transaction, that it removes something for good: once it is committed, the files are scrubbed.

    `anywhere` for what may have left copies in any page, and in the full-text index: then the desk is written anew.
    That stays on record until it is done, so a run that was cut short leaves it to the next write of any kind.
    """
    if anywhere:
        counters.take(db, REMOVED)
    db.remains = True


def scrub(db: Desk) -> None:
    """Free the files of what was removed. What is in the way (a reader, a full disk) leaves `db.remains` set.

    The removal itself stands either way, so nothing is raised.
    """
    db.remains = False
    try:
        _write_anew(db)
        db.remains = not _empty_log(db)
    except sqlite3.Error:
        db.remains = True


def _write_anew(db: Desk) -> None:
    """Merge the full-text index and write every page of the desk anew, unless that was done since the last removal.

    Of many removals at the same time, the first to come here does it for all that were committed by then.
    """
    if db.execute("pragma page_count").fetchone()[0] > LARGE:
        time.sleep(COMPANY_SECONDS)  # other removals come in first: the desk is written anew once for all
    with atomic(db):  # waits for who may be at it
        removals = counters.value(db, REMOVED)
        if removals == counters.value(db, SCRUBBED):
            return
    search.forget(db)
    db.execute("vacuum")
    with atomic(db):
        counters.raise_to(db, SCRUBBED, removals)


def _empty_log(db: Desk) -> bool:
    """Bring the write-ahead log into the desk and cut it to nothing; False if a reader still needs it."""
    db.execute(f"pragma busy_timeout = {int(READERS_SECONDS * 1000)}")
    try:
        busy: int = db.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        return not busy
    finally:
        db.execute(f"pragma busy_timeout = {int(BUSY_SECONDS * 1000)}")
