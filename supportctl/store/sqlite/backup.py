"""Whole copies of a desk: made while others write, checked before they count, and restored."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from supportctl.errors import SENSELESS, DeskUnusable
from supportctl.files import SIDECARS, atomic_file, sidecar
from supportctl.store.background import at_length
from supportctl.store.place import Copy, Tick
from supportctl.store.sqlite.connection import (
    APPLICATION_ID,
    BUSY_SECONDS,
    HELD,
    ForeignFile,
    NewerSchema,
    SqliteDesk,
    check_desk,
    check_owner,
    connect,
    schema_of,
    translate_errors,
)
from supportctl.store.sqlite.foreign_schema import refuse_foreign_objects
from supportctl.store.sqlite.schema import migrate
from supportctl.store.views_file import writing_copy

STEP = 2000  # pages copied at a time: eight megabytes between two looks at the clock
FIRST_STEP = 16  # pages written at a time: fewer than any desk has, so that the first step is not the last


def copy_into(db: SqliteDesk, new: Path, named: Path, tick: Tick | None = None) -> None:
    """Copy a desk, page by page, into the empty file `new`, which messages call `named`.

    Raises OutputUnwritable if the copy cannot be written, else what SQLite raises.
    """
    with closing(sqlite3.connect(new, isolation_level=None)) as copy, db.snapshot(), writing_copy(named):
        copy.execute("pragma journal_mode = off")  # an unfinished copy is thrown away
        copy.execute("pragma synchronous = off")  # a finished one is written to disk at once
        db.execute("select 1 from sqlite_master").fetchone()  # from here on it is the copy's moment
        db.backup(copy, pages=STEP, progress=lambda _, left, pages: tick(1 - left / pages) if tick and pages else None)


def prove(path: Path, tick: Tick | None = None, *, named: Path | None = None) -> Copy:
    """Read a finished copy through, and describe it. Raises DeskUnusable if it is damaged or not ours.

    Messages call it `named`: a fault in a true copy is a fault in the desk.
    """
    with translate_errors(named or path), closing(_opened(path)) as db:
        application: int = db.execute("pragma application_id").fetchone()[0]
        schema = schema_of(db)
        found = at_length(db, lambda db: db.execute("pragma integrity_check(1)").fetchone()[0], tick)
        if application != APPLICATION_ID or found != "ok":
            what = f"{named or path} is damaged: {found.splitlines()[-1]}."
            raise DeskUnusable(what, "Run `supportctl db check`.")
        refuse_foreign_objects(db, named or path, schema)
        tickets: int = db.execute("select count(*) from tickets").fetchone()[0]
    return Copy(path, path.stat().st_size, schema, tickets)


def _opened(path: Path, how: str = "immutable=1") -> SqliteDesk:
    """A connection to a copy that nobody else knows: by default it writes nothing and locks nothing."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}", uri=True, timeout=BUSY_SECONDS,
        isolation_level=None, factory=SqliteDesk, check_same_thread=False,
    )  # fmt: skip


# Restoring


def fetch(source: Path, new: Path, desk: Path, tick: Tick | None) -> tuple[Copy, int]:
    """Copy a backup into the empty file `new`, checked and upgraded to this program's schema; returns its old schema.

    Messages call it the `desk` that it will be.
    """

    with _as_a_backup(source):
        with translate_errors(source):
            check_owner(source)
            journal = sidecar(source, "-journal")
            if journal.exists() and journal.stat().st_size:  # half-written, its old pages beside it
                raise DeskUnusable(f"{source} was cut off in mid-write: {journal.name} is still beside it.", ANOTHER)
            with closing(_looked_into(source)) as db:
                copy_into(db, new, desk, tick)
        before = prove(new, tick, named=source).schema
        with closing(connect(new)) as db:
            db.counts = False
            migrate(db)
            db.execute("pragma journal_mode = wal")
        return prove(new, tick, named=source), before


def _looked_into(source: Path) -> SqliteDesk:
    """A connection that only reads a file while others may write it: it may be the desk of others at work."""
    log = sidecar(source, "-wal")
    if log.exists() and log.stat().st_size:
        return _opened(source, "mode=ro")  # the last to close another connection would write the log into the file
    db = _opened(source, "mode=rw")  # what that puts beside it is removed with it
    try:
        db.execute("select 1 from sqlite_master").fetchone()
    except BaseException as error:
        db.close()
        if not isinstance(error, sqlite3.OperationalError) or error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise
        db = _opened(source)  # nothing can be put beside it: the disk is read-only or full
        db.freeze(source)
    return db


@contextmanager
def _as_a_backup(source: Path) -> Iterator[None]:
    """Report faults in the file as faults in a backup: another one has to be named, not another desk."""
    try:
        yield
    except NewerSchema:
        raise
    except DeskUnusable as error:
        if isinstance(error.__cause__, sqlite3.OperationalError | OSError):
            raise  # locked, not permitted, disk full: it may be a good one
        raise DeskUnusable(error.message, ANOTHER) from None
    except (*SENSELESS, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise  # the disk is full, for example
        # It has our name and schema, but not our tables or values.
        raise DeskUnusable(f"{source} is damaged: it holds something other than a desk.", ANOTHER) from error


ANOTHER = "Nothing was changed; name another backup that `supportctl db backup` made."


def is_writable(desk: Path) -> bool:
    """Whether SQLite can rewrite the desk. Raises DeskUnusable for another program's file, which stays as it is."""
    try:
        with translate_errors(desk):
            check_desk(desk)
            with closing(connect(desk)) as db:
                db.execute("select count(*) from sqlite_master").fetchone()
    except ForeignFile:
        raise
    except DeskUnusable as error:
        if isinstance(error.__cause__, sqlite3.OperationalError | OSError):
            raise  # locked, not permitted: it may work for someone else
        return False
    return True


def write_through(new: Path, desk: Path, kept: Path, tick: Tick | None) -> None:
    """Write the pages of `new` into the desk in one transaction; the old ones are copied while no one can write."""
    deadline = time.monotonic() + BUSY_SECONDS
    done = False

    def each_step(status: int, left: int, pages: int) -> None:
        nonlocal done
        if status & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            if time.monotonic() > deadline:
                raise DeskUnusable(f"The desk at {desk} is locked by another program.", HELD)
        elif not done:
            done = True  # the desk is locked for writing, and nobody sees a change yet
            with closing(connect(desk)) as old, atomic_file(kept, over=False) as copy:
                copy_into(old, copy, kept, tick)
        elif tick and pages:
            tick(1 - left / pages)

    with closing(_opened(new)) as source, closing(connect(desk)) as db:
        source.backup(db, pages=FIRST_STEP, progress=each_step)


def move_aside(desk: Path, kept: Path) -> None:
    """Rename a desk that cannot be opened, its log first: a log without its desk would be applied to the next one."""
    for suffix in (*SIDECARS, ""):
        part = desk.with_name(desk.name + suffix)
        if os.path.lexists(part):
            part.rename(kept.with_name(kept.name + suffix)).chmod(0o600)
