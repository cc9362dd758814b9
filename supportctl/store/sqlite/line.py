"""The line of those who want to write, and met a writer: they begin one after the other, at once and in order.

SQLite lets whoever waits sleep ever longer, and try again: a late comer overtakes, and the desk idles meanwhile. So
they queue for the lock of an empty file beside the desk, which the system gives in order and takes from a process that
ends, however it ends. The first keeps it until its transaction has ended, which wakes the next; before that it tries
every millisecond, for somebody who met nobody may still write. Where there can be no line (Windows, a read-only folder,
some network shares), SQLite waits in its way.

Nor does the line wait for the disk. With `synchronous = full` SQLite syncs its log before it lets go of the desk; here
that follows. A change is answered when it is safe, as ever; what it builds on stands before it in the same log, and one
sync does for all that others have written by then.
"""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supportctl.store.sqlite.connection import SqliteDesk

APART = 0.001  # seconds between two tries of the first in line
# Pages of the log (16 MB) after which the one who wrote the last moves them into the desk. Nobody in line writes
# meanwhile, so the log begins anew. SQLite waits for a quarter of that, but many changes are of the same pages.
PAGES = 4000


class Turn:
    """A turn to write, from when it is waited for: the lock of the line, and the desk's log if it is synced here."""

    def __init__(self, db: "SqliteDesk") -> None:
        self._db = db
        self._desk: str = db.execute("pragma database_list").fetchone()[2]
        self._line: IO[Any] | None = None
        self._log = _log(db, self._desk)

    def begin(self, until: float) -> None:
        """Begin with the write lock as the first in line, or else at the moment `until`, if nobody holds it then.

        Raises sqlite3.OperationalError.
        """
        if self._log is not None:
            self._db.execute("pragma synchronous = normal")  # all but the sync of each commit
        self._line = _first_in_line(self._desk, until)
        while self._line and time.monotonic() < until:
            if self._db.begun():
                return
            time.sleep(APART)
        self._db.execute(f"pragma busy_timeout = {max(0, int((until - time.monotonic()) * 1000))}")
        self._db.execute("begin immediate")

    def end(self, *, committed: bool) -> None:
        """Let the next one write; what was committed then survives a power cut.

        Raises sqlite3.OperationalError if the disk may not keep it.
        """
        if self._line:
            self._line.close()
        if self._log is None:
            return
        try:
            self._db.execute("pragma synchronous = full")
            if committed:
                self._sync(self._log)
        finally:
            os.close(self._log)

    def _sync(self, log: int) -> None:
        try:
            os.fdatasync(log)
        except OSError as error:
            # Others may build on what is lost now, so the log must not be what keeps it.
            busy, written, moved = self._db.execute("pragma wal_checkpoint(full)").fetchone()
            if busy or written != moved:
                failed = sqlite3.OperationalError("disk I/O error")
                failed.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC  # as SQLite would say it
                raise failed from error


def _log(db: "SqliteDesk", desk: str) -> int | None:
    """The log that SQLite writes to, open; None if it has none, or where nothing but SQLite can sync it."""
    if not hasattr(os, "fdatasync") or db.execute("pragma journal_mode").fetchone()[0] != "wal":
        return None
    return os.open(f"{desk}-wal", os.O_RDONLY)


def begin_in_line(db: "SqliteDesk", until: float) -> Turn:
    """Begin with the write lock when it is this one's turn (see `Turn.begin`)."""
    if not db.met:
        db.met = True
        db.execute(f"pragma wal_autocheckpoint = {PAGES}")
    turn = Turn(db)
    try:
        turn.begin(until)
    except BaseException:
        turn.end(committed=False)
        raise
    return turn


def _first_in_line(desk: str, until: float) -> IO[Any] | None:
    """Wait to be the first in line for the desk; None if there is no line, or no turn before `until`."""
    try:
        import fcntl  # late: not on Windows

        mode = Path(desk).stat().st_mode & 0o666  # who may write to the desk may wait for it
        file = os.fdopen(os.open(f"{desk}-queue", os.O_RDWR | os.O_CREAT, mode))
    except (ImportError, OSError):
        return None
    from threading import Thread  # late: few writers meet another

    first, ours, abandoned = False, False, False

    def wait() -> None:
        nonlocal first
        with suppress(OSError):  # a share without locks
            fcntl.flock(file, fcntl.LOCK_EX)
            first = True
        if abandoned:
            file.close()

    # flock waits without a limit, and a process that was stopped may hold it: another thread waits for it.
    waiting = Thread(target=wait, daemon=True)
    waiting.start()
    try:
        waiting.join(until - time.monotonic())
        ours = first
    finally:
        abandoned = not ours
        if abandoned and not waiting.is_alive():
            file.close()
    return file if ours else None
