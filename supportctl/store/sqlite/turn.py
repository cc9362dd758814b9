"""Begins a transaction that writes; those who meet a writer wait in line.

SQLite lets whoever waits sleep ever longer, and try again: a late comer overtakes, and the desk idles meanwhile. So the
one who meets a writer queues for the lock of an empty file beside the desk, which the system gives in order and takes
from a process that ends, however it ends; the first in line alone tries, every millisecond. Who meets nobody needs no
file. Where there can be none (Windows, a read-only folder, some network shares), SQLite waits in its way.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from supportctl.store.desk import Desk

APART = 0.001  # seconds between two tries of the first in line


def begin(db: Desk) -> None:
    """Begin with the write lock.

    Raises sqlite3.OperationalError if others hold it for all the time that the connection may wait.
    """
    limit: int = db.execute("pragma busy_timeout").fetchone()[0]  # milliseconds
    db.execute("pragma busy_timeout = 0")
    try:
        if not _begun(db):
            _begin_in_line(db, time.monotonic() + limit / 1000)
    finally:
        db.execute(f"pragma busy_timeout = {limit}")


def _begun(db: Desk) -> bool:
    try:
        db.execute("begin immediate")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _begin_in_line(db: Desk, until: float) -> None:
    with _first_in_line(db, until) as first:
        while first and time.monotonic() < until:
            if _begun(db):
                return
            time.sleep(APART)
        db.execute(f"pragma busy_timeout = {max(0, int((until - time.monotonic()) * 1000))}")
        db.execute("begin immediate")


@contextmanager
def _first_in_line(db: Desk, until: float) -> Iterator[bool]:
    """Wait to be the first in line for the desk; False if there is no line, or no turn before `until`."""
    try:
        import fcntl  # late: not on Windows

        desk = Path(db.execute("pragma database_list").fetchone()[2])
        mode = desk.stat().st_mode & 0o666  # who may write to the desk may wait for it
        file = os.fdopen(os.open(desk.with_name(f"{desk.name}-queue"), os.O_RDWR | os.O_CREAT, mode))
    except (ImportError, OSError):
        yield False
        return
    from threading import Thread  # late: few writers meet another

    ours, abandoned = False, False

    def wait() -> None:
        nonlocal ours
        with suppress(OSError):  # a share without locks
            fcntl.flock(file, fcntl.LOCK_EX)
            ours = True
        if abandoned:
            file.close()

    # flock waits without a limit, and a process that was stopped may hold it: another thread waits for it.
    waiting = Thread(target=wait, daemon=True)
    waiting.start()
    try:
        waiting.join(until - time.monotonic())
        yield ours
    finally:
        abandoned = True
        if not waiting.is_alive():
            file.close()
