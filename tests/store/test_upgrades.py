"""Every schema that this repository ever had is brought to today's, once, after a copy of what was there."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Program, copy_desk
from older import as_it_was, tables
from sqlite_utils import Database

from supportctl.store.desk import SCHEMA_VERSION

pytestmark = pytest.mark.about_the_file


@pytest.fixture(scope="module")
def today(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk of today's schema with some work on it; made once."""
    desk = Program(tmp_path_factory.mktemp("today") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    desk.all(
        [
            ["log", "--from", "site@example.com", "--subject", "Printer", "--body", "It smokes"],
            ["log", "--from", "starter@example.com", "--subject", "Screen", "--body", "It is black"],
            ["reply", "1", "--body", "Unplug it"],
            ["licence", "upgrade", "STAR-0001-BBBB", "PRO"],
            ["close", "1"],
        ]
    )
    return desk.desk


def dump(path: Path, names: list[str]) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        return {name: db.execute(f"select * from {name} order by 1, 2").fetchall() for name in names}


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
@pytest.mark.parametrize("command", [("db", "migrate"), ("queue",)], ids=" ".join)
def test_a_desk_of_every_past_schema_is_brought_to_todays(
    desk: Program, today: Path, version: int, command: tuple[str, ...]
) -> None:
    """By its own command and by any other; nothing is lost, and a copy as it was lies beside it."""
    as_it_was(desk.desk, version, today)
    assert (desk("db", "check").code, desk("db", "check").out.count("older than this program")) == (0, 1)
    with closing(sqlite3.connect(desk.desk)) as db:
        then = tables(db)
    before = dump(desk.desk, then)
    ran = desk(*command)
    assert (ran.code, "The desk is copied, then upgraded" in ran.err) == (0, True), ran.err
    kept = desk.desk.with_name(f"desk.db.v{version}.bak")
    assert str(kept) in ran.out + ran.err
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("pragma user_version").fetchone() == (version,)
    assert dump(kept, then) == before
    with closing(sqlite3.connect(desk.desk)) as db:
        assert db.execute("pragma user_version").fetchone() == (SCHEMA_VERSION,)
        # policies gained a column, and changes are on record from schema 12 on
        since = ("policies", "totals", *(["changes"] if version < 12 else []))
        now = [name for name in tables(db) if name not in since]
    assert dump(desk.desk, now) == dump(today, now)
    differing = {row[0] for row in {*dump(desk.desk, ["totals"])["totals"]} ^ {*dump(today, ["totals"])["totals"]}}
    other = {"changes", "desk"} if version < 12 else set()
    assert differing == other | ({"policies"} if version == 1 else set()), "summed as they would have been as written"
    assert desk("db", "check").code == 0
    assert [found["id"] for found in desk.json("search", "black")] == [2]
    assert desk.json("db", "migrate")["kept"] is None


def test_an_older_desk_is_upgraded_once_whoever_comes(desk: Program, today: Path) -> None:
    """Many at the same time: one copy, of the desk as it was, and everyone goes on."""
    as_it_was(desk.desk, 1, today)
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: desk("queue"), range(8)))
    assert [ran.code for ran in runs] == [0] * 8, [ran.err for ran in runs if ran.code]
    assert sum("is copied" in ran.err for ran in runs) == 1, "the others are not told of what they only wait for"
    assert [path.name for path in desk.desk.parent.glob("*.bak*")] == ["desk.db.v1.bak"]
    with closing(sqlite3.connect(desk.desk.with_name("desk.db.v1.bak"))) as db:
        assert db.execute("pragma user_version").fetchone() == (1,)


@pytest.mark.parametrize("changed", [False, True])
def test_an_upgrade_that_is_killed_leaves_one_copy_that_the_next_one_takes(
    desk: Program, today: Path, changed: bool
) -> None:
    """Unless the desk has changed since: then it is not a copy of what is upgraded."""
    as_it_was(desk.desk, 1, today)
    code = (
        "import os; from supportctl.store.sqlite import schema; from supportctl.__main__ import main\n"
        "schema._migrate = lambda _: os._exit(9)\n"
        "main()"
    )
    killed = subprocess.run([sys.executable, "-c", code, "db", "migrate"], env=desk.environment(), timeout=60)
    assert killed.returncode == 9
    if changed:
        with closing(sqlite3.connect(desk.desk)) as db:
            db.execute("update counters set value = value + 1")
            db.commit()

    kept = desk.desk.with_name("desk.db.v1.bak.2" if changed else "desk.db.v1.bak")
    assert desk.json("db", "migrate")["kept"] == str(kept)
    assert len(list(desk.desk.parent.glob("desk.db.v1.bak*"))) == 1 + changed
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("pragma user_version").fetchone() == (1,)


def test_an_older_backup_is_restored_to_todays_schema(desk: Program, today: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    as_it_was(old, 2, today)
    done = desk.json("db", "restore", old)
    assert (done["schema_before"], done["schema"], done["tickets"]) == (2, SCHEMA_VERSION, 2)
    assert desk("db", "check").code == 0
    with closing(sqlite3.connect(old)) as db:
        assert db.execute("pragma user_version").fetchone() == (2,)


def test_the_guards_are_there_again_after_a_table_was_rebuilt(desk: Program, today: Path) -> None:
    """As sqlite-utils rebuilds one, which drops its triggers without a word: the check says so, and mends it."""
    copy_desk(today, desk.desk)
    with closing(sqlite3.connect(desk.desk)) as db:
        db.execute("pragma foreign_keys = off")
        Database(db)["history"].transform(rename={})  # type: ignore[union-attr]  # a table, no view
        db.commit()
    assert "history_no_update" in desk("db", "check").out
    desk("db", "check", "--repair")
    with closing(sqlite3.connect(desk.desk)) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("insert or replace into history select ticket, n, 0, 0, kind, agent, system_user, data from history")
