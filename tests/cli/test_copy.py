"""`db copy`: the same desk at another place, or none there."""

import signal
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import Program, copy_desk

from supportctl.__main__ import SignalExit
from supportctl.desk import place_at
from supportctl.desk.transfer.copy import copy_desk as copy_to
from supportctl.errors import DeskUnusable
from supportctl.store import tables
from supportctl.store.sqlite.opening import open_desk

pytestmark = pytest.mark.about_the_file


@pytest.fixture
def full(desk: Program, rich_file: Path) -> Program:
    """The program on a desk on which everything has happened."""
    copy_desk(rich_file, desk.desk)
    return desk


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, secrets included; agents in the order in which they came."""
    with closing(sqlite3.connect(path)) as db:
        rows = {name: db.execute(f"select * from {name} order by rowid").fetchall() for name in tables.EVERY}
    return {name: some if name == "agents" else sorted(some, key=repr) for name, some in rows.items()}


def nothing(done: float | None = None) -> None:
    """For a copy that nobody watches."""


def test_a_copy_is_the_same_desk_with_its_secrets(full: Program, tmp_path: Path) -> None:
    before, new = everything(full.desk), Program(tmp_path / "new" / "desk.db")
    assert [name for name, rows in before.items() if not rows] == []
    ran = full("db", "copy", full.desk, new.desk, "--json")
    assert ran.code == 0, ran.err
    assert ran.json == {
        "from": str(full.desk), "desk": str(new.desk), "schema": 15, "tables": len(tables.EVERY),
        "rows": sum(map(len, before.values())), "tickets": len(before["tickets"]),
    }  # fmt: skip
    assert everything(new.desk) == everything(full.desk) == before
    assert stat.S_IMODE(new.desk.stat().st_mode) == 0o600
    states = {found["part"]: found["state"] for found in new.json("db", "check")}
    assert {state for part, state in states.items() if part not in ("sqlite", "file modes")} == {"ok"}
    assert [t["id"] for t in new.json("search", "newest")] == [1]


def test_an_empty_desk_takes_it(full: Program, tmp_path: Path) -> None:
    open_desk(tmp_path / "new.db", create=True).close()
    inode = (tmp_path / "new.db").stat().st_ino
    assert full("db", "copy", full.desk, tmp_path / "new.db").code == 0
    assert (tmp_path / "new.db").stat().st_ino == inode
    assert everything(tmp_path / "new.db") == everything(full.desk)


def test_a_desk_in_use_is_left_as_it_is(full: Program, tmp_path: Path) -> None:
    new = Program(tmp_path / "new.db")
    new("customer", "add", "ann@example.com")
    before = everything(new.desk)
    ran = full("db", "copy", full.desk, new.desk)
    assert (ran.code, ran.out) == (2, "")
    assert "is not empty" in ran.err
    assert everything(new.desk) == before


@pytest.mark.parametrize(
    ("source", "target", "code", "says"),
    [
        ("none.db", "new.db", 6, "There is no desk at none.db"),
        ("-", "new.db", 2, "FROM names no desk"),
        ("desk.db", "", 2, "TO names no desk"),
        ("desk.db", "desk.db", 2, "desk.db is the desk itself"),
        ("desk.db", "words.txt", 6, "words.txt is not an SQLite file"),
        ("words.txt", "new.db", 6, "words.txt is not an SQLite file"),
        ("desk.db", "words.txt/new.db", 6, "words.txt/new.db cannot be used"),
    ],
)
def test_what_cannot_be_copied_leaves_no_desk(
    full: Program, monkeypatch: pytest.MonkeyPatch, source: str, target: str, code: int, says: str
) -> None:
    monkeypatch.chdir(full.desk.parent)
    Path("words.txt").write_text("These are words.\n" * 10)
    ran = full("db", "copy", source, target)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert not Path("new.db").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("update customers set name = 'Mallory' where id = 1", "the table customers does not match"),
        ("update totals set total = total + 1 where name = 'desk'", "its total over all tables does not match"),
        ("update tickets set subject = 'Another' where id = 1", "ticket 1 was changed by another program"),
        ("update tickets set policy_revision = 99 where id = 1", "tickets refers to something that does not exist"),
        ("update counters set value = 1 where name = 'ticket'", "counters would reuse a number of the table tickets"),
    ],
)
def test_a_desk_that_another_program_changed_is_not_copied(
    full: Program, tmp_path: Path, change: str, says: str
) -> None:
    full.sql(change)
    ran = full("db", "copy", full.desk, tmp_path / "new.db")
    assert (ran.code, ran.out) == (6, "")
    assert f"The desk at {full.desk} is damaged" in ran.err
    assert says in ran.err
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(("new", ".new"))] == []


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3])
def test_a_signal_leaves_no_half_copy(full: Program, tmp_path: Path, share: float) -> None:
    """While the desk is read, while its rows are put into the copy, and while they are read again."""

    def interrupt(done: float | None = None) -> None:
        if done is not None and done > share:
            raise SignalExit(signal.SIGTERM)

    with pytest.raises(SignalExit):
        copy_to(place_at(full.desk), place_at(tmp_path / "new" / "desk.db"), print, interrupt)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("new")] == []


@pytest.mark.parametrize("lacking", ["told", "texts"])
def test_a_copy_that_differs_does_not_count(
    full: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    whole = tables.whole_rows
    monkeypatch.setattr(tables, "whole_rows", lambda db, table: list(whole(db, table))[table == lacking :])
    with pytest.raises(DeskUnusable, match=f"The table {lacking} of the copy is not that of the desk"):
        copy_to(place_at(full.desk), place_at(tmp_path / "new.db"), print, nothing)
    assert not (tmp_path / "new.db").exists()


def test_what_goes_wrong_in_reading_is_blamed_on_the_desk_that_is_read(
    full: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    monkeypatch.setattr(tables, "whole_rows", fail)
    with pytest.raises(DeskUnusable, match=f"The desk at {full.desk} is damaged"):
        copy_to(place_at(full.desk), place_at(tmp_path / "new.db"), print, nothing)
