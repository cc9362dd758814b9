"""Writers who meet one another wait in line, and for a limited time, whatever holds the line."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from threading import Timer

import pytest

from supportctl.errors import DeskUnusable
from supportctl.store.sqlite import turn
from supportctl.store.sqlite.connection import SqliteDesk, translate_errors

fcntl = pytest.importorskip("fcntl", reason="Windows has no such lock: there SQLite waits in its own way")

pytestmark = pytest.mark.about_the_file
with_own_sync = pytest.mark.skipif(not hasattr(os, "fdatasync"), reason="there SQLite syncs each commit itself")


@pytest.fixture
def other(db: SqliteDesk) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the desk."""
    file = db.execute("pragma database_list").fetchone()[2]
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as connection:
        yield connection


def queue(folder: Path) -> Path:
    return folder / "desk.db-queue"


def take(line: Path) -> None:
    """Take the line at once, and leave it. Raises BlockingIOError if somebody has it."""
    with line.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def meet(db: SqliteDesk, other: sqlite3.Connection) -> None:
    """Let a change wait for that of another program."""
    other.execute("begin immediate")
    Timer(0.02, other.execute, ["commit"]).start()
    with db.transaction():
        pass


def limit(db: SqliteDesk) -> int:
    found: int = db.execute("pragma busy_timeout").fetchone()[0]
    return found


def test_who_meets_nobody_needs_no_file(db: SqliteDesk, tmp_path: Path) -> None:
    with db.transaction():
        pass
    assert not queue(tmp_path).exists() and limit(db) == 20_000


def test_who_meets_a_writer_begins_when_that_one_has_ended(
    db: SqliteDesk, other: sqlite3.Connection, tmp_path: Path
) -> None:
    """What is waited for is what is read; and the line is free again when this one has written, too."""
    other.execute("begin immediate")
    other.execute("insert into agents (name, folded) values ('kim', 'kim')")
    Timer(0.05, other.execute, ["commit"]).start()
    with db.transaction():
        assert db.execute("select 1 from agents where name = 'kim'").fetchone()
        with pytest.raises(BlockingIOError):
            take(queue(tmp_path))
    take(queue(tmp_path))
    assert queue(tmp_path).stat().st_mode == (tmp_path / "desk.db").stat().st_mode
    assert limit(db) == 20_000


def test_who_has_met_a_writer_waits_in_line_from_then_on(
    db: SqliteDesk, other: sqlite3.Connection, tmp_path: Path
) -> None:
    meet(db, other)
    with db.transaction(), pytest.raises(BlockingIOError):
        take(queue(tmp_path))


@with_own_sync
def test_a_change_in_line_is_safe_when_it_is_answered_and_nobody_waits_for_the_disk(
    db: SqliteDesk, other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []

    def sync(file: int) -> None:
        assert os.path.samestat(os.fstat(file), (tmp_path / "desk.db-wal").stat())
        take(queue(tmp_path))
        other.execute("begin immediate")
        synced.append(other.execute("select name from agents").fetchall())
        other.execute("rollback")

    monkeypatch.setattr(os, "fdatasync", sync)
    meet(db, other)
    with db.transaction():
        db.execute("insert into agents (name, folded) values ('kim', 'kim')")
    assert synced == [[], [("kim",)]]
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.execute("insert into agents (name, folded) values ('lee', 'lee')")
        raise ZeroDivisionError
    assert len(synced) == 2
    assert db.execute("pragma synchronous").fetchone() == (2,)


@with_own_sync
@pytest.mark.parametrize("read", [False, True])
def test_a_log_that_the_disk_refused_is_moved_into_the_desk(
    db: SqliteDesk, other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, read: bool
) -> None:
    """If it cannot be, because somebody reads what was before, the change may or may not be on record."""

    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    meet(db, other)
    monkeypatch.setattr(os, "fdatasync", fail)
    db.execute("pragma busy_timeout = 50")
    if read:
        other.execute("begin")
        other.execute("select * from agents").fetchall()
    told = pytest.raises(DeskUnusable, match="cannot be written to disk") if read else nullcontext()
    with told, translate_errors(tmp_path / "desk.db"), db.transaction():
        db.execute("insert into agents (name, folded) values ('kim', 'kim')")
    with closing(sqlite3.connect(f"{(tmp_path / 'desk.db').as_uri()}?immutable=1", uri=True)) as alone:
        assert alone.execute("select name from agents").fetchall() == ([] if read else [("kim",)])


def test_a_line_that_never_moves_delays_nobody_beyond_the_limit(
    db: SqliteDesk, other: sqlite3.Connection, tmp_path: Path
) -> None:
    """As when the first in it was stopped: whoever finds the desk free at the end of the limit writes all the same."""
    db.execute("pragma busy_timeout = 100")
    with queue(tmp_path).open("w") as line:
        fcntl.flock(line, fcntl.LOCK_EX)
        other.execute("begin immediate")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            turn.begin(db)
        Timer(0.02, other.execute, ["commit"]).start()
        turn.begin(db)
        db.execute("rollback")


def test_without_a_line_it_waits_all_the_same(db: SqliteDesk, other: sqlite3.Connection, tmp_path: Path) -> None:
    queue(tmp_path).mkdir()  # a file that cannot be opened
    other.execute("begin immediate")
    Timer(0.02, other.execute, ["commit"]).start()
    with db.transaction():
        pass
    assert limit(db) == 20_000


def test_what_is_not_a_lock_is_raised_as_it_is(db: SqliteDesk) -> None:
    db.execute("begin")
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        turn.begin(db)
