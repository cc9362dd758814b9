"""Writers who meet one another wait in line, and for a limited time, whatever holds the line."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest

from supportctl.store.sqlite import turn
from supportctl.store.sqlite.connection import SqliteDesk

fcntl = pytest.importorskip("fcntl", reason="Windows has no such lock: there SQLite waits in its own way")

pytestmark = pytest.mark.about_the_file


@pytest.fixture
def other(db: SqliteDesk) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the desk."""
    file = db.execute("pragma database_list").fetchone()[2]
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as connection:
        yield connection


def queue(folder: Path) -> Path:
    return folder / "desk.db-queue"


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
    """The line is free again at once, though this one still writes; and what is waited for is what is read."""
    other.execute("begin immediate")
    other.execute("insert into agents (name, folded) values ('kim', 'kim')")
    Timer(0.05, other.execute, ["commit"]).start()
    with db.transaction():
        assert db.execute("select 1 from agents where name = 'kim'").fetchone()
        with queue(tmp_path).open() as line:
            fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert queue(tmp_path).stat().st_mode == (tmp_path / "desk.db").stat().st_mode
    assert limit(db) == 20_000


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
