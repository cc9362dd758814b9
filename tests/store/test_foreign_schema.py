"""Triggers, views and tables that are not ours: refused wherever they could act, but for views that begin with my_."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Program
from older import as_it_was

from supportctl.store.desk import SCHEMA_VERSION
from supportctl.store.sqlite import foreign_schema
from supportctl.store.sqlite import schema as schema_
from supportctl.store.sqlite.connection import in_memory

pytestmark = pytest.mark.about_the_file

ENDLESS = "with recursive n (x) as (select 1 union all select x + 1 from n) select count(*) as product from n"
CRAFTED = {
    "a trigger": "create trigger helper after insert on tickets begin update tickets set subject = 'x'; end",
    "a trigger of a reader's view": "create view my_v as select 1 as x;"
    " create trigger my_t instead of insert on my_v begin delete from told; end",
    "a guard that does more": "drop trigger texts_removed; create trigger texts_removed after update on texts"
    " begin update tickets set subject = (select body from remote_secrets); end",
    "a view": "create view helper as select 1 as x",
    "a view for a table": f"drop table releases; create view releases as {ENDLESS}",
    "a view for ours": f"drop view searchable_bugs; create view searchable_bugs as {ENDLESS}",
    "a view for others": "drop view v_licences; create view v_licences as select key from licences",
    "a view like those for others": "create view v_secrets as select body from remote_secrets",
    "a table": "create table helper (x)",
}


def change(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(statements)


@pytest.fixture
def staff(staffed: Program) -> Program:
    staffed.once([["log", "--from", "site@example.com", "--subject", "Printer", "--body", "It smokes"]])
    return staffed


@pytest.mark.parametrize("what", CRAFTED)
def test_what_is_not_ours_is_refused_by_every_door(staff: Program, tmp_path: Path, what: str) -> None:
    crafted = tmp_path / "crafted.db"
    assert staff("db", "backup", crafted).code == 0
    change(crafted, CRAFTED[what])
    for command in (
        ["queue"],
        ["log", "--from", "a@example.com", "--subject", "x"],
        ["db", "backup", tmp_path / "b.db"],
    ):
        ran = Program(crafted)(*command)
        assert (ran.code, ran.out) == (6, ""), ran.err
        assert "not one of supportctl's" in ran.err
    assert staff("db", "restore", crafted, "--yes").code == 6
    assert not (tmp_path / "b.db").exists()
    assert Program(crafted)("db", "check").code == 6
    assert staff("db", "check").code == 0


def test_an_older_desk_is_not_upgraded_with_what_is_not_its_own(staff: Program, tmp_path: Path) -> None:
    for version in (1, SCHEMA_VERSION - 1):
        old = Program(tmp_path / f"{version}.db")
        as_it_was(old.desk, version, staff.desk)
        change(old.desk, "create trigger helper after insert on counters begin delete from told; end")
        assert (old("db", "migrate").code, old("queue").code) == (6, 6)
        assert old.sql("pragma user_version") == [(version,)]
        change(old.desk, "drop trigger helper")
        assert old("queue").code == 0


def test_a_view_for_reading_and_the_statistics_of_sqlite_stay(staff: Program, tmp_path: Path) -> None:
    change(staff.desk, "create view my_open as select id, subject from v_tickets; analyze")
    assert [staff(*command).code for command in (["queue"], ["db", "check"], ["db", "backup", tmp_path / "b.db"])] == [
        0
    ] * 3
    assert staff("db", "restore", tmp_path / "b.db", "--yes").code == 0
    assert staff.sql("select subject from my_open") == [("Printer",)]


def test_the_views_for_others_are_made_again_by_a_repair(staff: Program) -> None:
    change(staff.desk, "drop view v_tickets; drop view v_history; create view v_history as select 1 as x")
    assert staff("queue").code == 6
    assert staff("db", "check", "--repair").code == 0
    assert staff.sql("select subject from v_tickets") == [("Printer",)]
    assert staff.sql("select kind from v_history") == [("received",)]
    assert staff("queue").code == 0


@pytest.mark.parametrize("schema", range(1, SCHEMA_VERSION + 1))
def test_no_part_of_any_schema_is_a_stranger_and_that_of_today_is_known_by_its_digest(schema: int) -> None:
    with closing(in_memory()) as db:
        db.execute("begin")
        schema_._apply(db, schema)
        db.execute("commit")
        assert foreign_schema.foreign_objects(db, schema) == []
        if schema == SCHEMA_VERSION:
            assert foreign_schema.digest(db) == foreign_schema.DIGEST, "put this one in the place of DIGEST"


@pytest.mark.skipif(not hasattr(signal, "SIGTERM"), reason="Windows ends processes otherwise")
def test_a_statement_that_never_ends_does_at_a_signal(staff: Program) -> None:
    code = (
        "from supportctl.store.sqlite.connection import connect; from pathlib import Path; from supportctl import __main__\n"
        f"def run(args, session): print('here', flush=True); connect(Path({str(staff.desk)!r})).execute({ENDLESS!r}).fetchone()\n"
        "from supportctl.cli.run import commands; commands.run = run\n"
        "__main__.main()"
    )
    running = subprocess.Popen([sys.executable, "-c", code], env=staff.environment(), stdout=-1, stderr=-1)
    assert running.stdout is not None and running.stdout.readline() == b"here\n"
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=30)
    assert (running.returncode, b"Traceback" in err) == (143, False), err
