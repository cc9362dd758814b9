"""What is removed leaves the files too: pages, write-ahead log and full-text index."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from supportctl.store import counters, remote
from supportctl.store.sqlite.atomic import REMOVED, SCRUBBED, atomic
from supportctl.store.sqlite.connection import SqliteDesk, connect
from supportctl.store.sqlite.opening import open_desk
from supportctl.store.sqlite.scrub import schedule_scrub

pytestmark = pytest.mark.about_the_file


def found(desk: Path, words: set[str]) -> set[str]:
    """Which of the words stand anywhere in the files of the desk, in whatever case."""
    data = b"".join(path.read_bytes() for path in desk.parent.glob(f"{desk.name}*")).lower()
    return {word for word in words if word.lower().encode() in data}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SqliteDesk]:
    """A desk with a session-less table of secrets: its keys point nowhere, so they are not looked at."""
    db = open_desk(tmp_path / "desk.db", create=True)
    assert isinstance(db, SqliteDesk)
    db.execute("pragma foreign_keys = off")
    with closing(db):
        yield db


@pytest.mark.parametrize("seed", range(3))
def test_no_access_details_stay_in_the_files_however_sessions_come_and_go(
    desk: SqliteDesk, tmp_path: Path, seed: int
) -> None:
    """Hundreds of sessions of all sizes, ended in any order, while another program keeps the log alive."""
    random, kept = Random(seed), {}
    with closing(connect(tmp_path / "desk.db")) as other:
        for number in range(1, 300):
            word = f"swordfish{seed}x{number:04}z"
            with desk.transaction():
                desk.execute("insert into remote_sessions values (?, ?, 't', 1, null, '[]')", (number, number))
                remote.keep_secret(desk, number, "a" * random.choice([0, 9, 300, 5000]) + word)
            kept[number] = word
            other.execute("select count(*) from remote_secrets").fetchone()
            while len(kept) > 9:
                with desk.transaction():
                    remote.forget_secrets(desk, session=(gone := random.choice(list(kept))))
                del kept[gone]
        everything = {f"swordfish{seed}x{number:04}z" for number in range(1, 300)}
        assert found(tmp_path / "desk.db", everything) == set(kept.values())


def test_a_desk_written_anew_holds_nothing_of_what_was_removed(desk: SqliteDesk, tmp_path: Path) -> None:
    """In a table whose rows grow, shrink and move, where SQLite leaves stray copies behind."""
    random = Random(5)
    live, gone = set[str](), set[str]()
    for number in range(1500):
        with desk.transaction():
            if random.random() < 0.6 or not live:
                desk.execute(
                    "insert into counters values (?, 0)", (word := f"zebra{number:05}" * random.choice([1, 9, 99]),)
                )
                live.add(word)
            else:
                word = random.choice(sorted(live))
                desk.execute("update counters set name = ? where name = ?", (f"gone{number}", word))
                live.remove(word)
                gone.add(word[:10])
    with desk.transaction():
        schedule_scrub(desk, anywhere=True)
    assert not desk.remains
    assert found(tmp_path / "desk.db", gone) == set()


def test_a_removal_that_is_rolled_back_scrubs_nothing(desk: SqliteDesk) -> None:
    with pytest.raises(ZeroDivisionError), desk.transaction():
        schedule_scrub(desk, anywhere=True)
        _ = 1 // 0
    assert not desk.remains


def test_a_reader_of_the_old_state_is_waited_for_and_then_told_of(
    desk: SqliteDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The removal stands; that its bytes may still be read is not kept quiet, and the next removal clears them too."""
    monkeypatch.setattr("supportctl.store.sqlite.scrub.READERS_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from counters").fetchone()
        with desk.transaction():
            desk.execute("insert into counters values ('x', 1)")
            schedule_scrub(desk, anywhere=False)
        assert desk.remains
        reader.execute("rollback")
    with desk.transaction():
        desk.execute("delete from counters where name = 'x'")
    assert not desk.remains
    assert (tmp_path / "desk.db-wal").stat().st_size == 0


def test_every_connection_overwrites_what_it_deletes(desk: SqliteDesk) -> None:
    assert desk.execute("pragma secure_delete").fetchone() == (1,)


def test_a_removal_that_was_cut_short_is_finished_by_the_next_write(desk: SqliteDesk, tmp_path: Path) -> None:
    """Killed between its commit and its scrubbing, it is still on record as owed."""
    with atomic(desk):  # nobody scrubs after it
        schedule_scrub(desk, anywhere=True)
    desk.remains = False
    assert (counters.value(desk, REMOVED), counters.value(desk, SCRUBBED)) == (1, 0)
    with closing(connect(tmp_path / "desk.db")) as other, other.transaction():
        other.execute("insert into counters values ('anything', 1)")
    assert (counters.value(desk, REMOVED), counters.value(desk, SCRUBBED)) == (1, 1)
