"""What happened stays as it was written, whichever program opens the desk; texts go through one door only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Program, copy_desk
from desks import ENGINE

REWRITES = [
    "update history set at = at - 60 where ticket = 1",
    "update history set agent = 'nobody'",
    "delete from history",
    "delete from history where ticket = 1 and n = 2",
    "insert into history select ticket, n, 0, 0, kind, agent, system_user, data from history where true"
    " on conflict (ticket, n) do update set at = 0",
    "update targets set due_at = due_at + 9999",
    "delete from targets",
    "update bug_history set kind = 'fixed'",
    "delete from bug_history",
    "update bug_texts set body = 'other'",
    "update bug_texts set n = 7",
    "delete from bug_texts",
    "update texts set body = 'other' where n = 1",
    "update texts set body = 'once more' where n = 2",
    "update texts set ticket = 7",
    "delete from texts",
    "update removals set done = 0",
    "update removals set done = 1, n = 1",
    "delete from removals",
    "insert into removals (ticket, n, mark, done) values (1, 1, 2, 0)",
    "insert into removals (ticket, n, mark, done) values (1, 1, 50, 0)",
]


@pytest.fixture(scope="module")
def redacted_file(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk with a redacted ticket and a bug; made once."""
    desk = Program(tmp_path_factory.mktemp("redacted") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    desk.all(
        [
            ["log", "--from", "site@example.com", "--subject", "Help", "--body", "Please"],
            ["reply", "1", "--body", "Try this"],
            ["note", "1", "--body", "Noted"],
            ["redact", "1", "2", "--yes"],
            ["bug", "add", "--title", "It crashes", "--workaround", "Wait"],
        ]
    )
    return desk.desk


@pytest.fixture
def redacted(redacted_file: Path, desk: Program) -> Program:
    """A copy of it."""
    copy_desk(redacted_file, desk.desk)
    return desk


@pytest.fixture
def desk_file(redacted: Program) -> Iterator[sqlite3.Connection]:
    """A copy of it, opened by another program with SQLite's own settings."""
    with closing(sqlite3.connect(redacted.desk, isolation_level=None)) as db:
        yield db


def snapshot(db: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    tables = ("history", "texts", "targets", "removals", "bug_history", "bug_texts")
    return [db.execute(f"select * from {table} order by 1, 2").fetchall() for table in tables]


@pytest.mark.parametrize("statement", REWRITES)
def test_no_program_rewrites_what_happened(redacted: Program, statement: str) -> None:
    before = redacted.dump()
    with pytest.raises(ENGINE.refusal):
        redacted.sql(statement)
    assert redacted.dump() == before


@pytest.mark.about_the_file
@pytest.mark.parametrize("recursive", ["on", "off"])
@pytest.mark.parametrize(
    "statement",
    [
        *REWRITES,
        "update or ignore history set at = 0",
        "insert or replace into history select ticket, n, 0, 0, kind, agent, system_user, data from history where true",
        "replace into history (rowid, ticket, n, at, entered_at, kind, agent, system_user, data) values (2, 1, 99, 0, 0, 'noted', 'x', 'x', '{}')",
        "insert or replace into targets select ticket, n, set_at, tier, priority, rank, standing, coverage, registered, version_support, 1, 1, policy_revision, reasons from targets",
        "insert or replace into bug_texts select bug, n, 'other' from bug_texts",
        "update or replace texts set n = 2 where n = 3",
        "insert or replace into texts (ticket, n, author, body) values (1, 1, null, 'other')",
        "replace into texts (rowid, ticket, n, author, body) values (1, 1, 4, null, 'other')",
        "insert or replace into removals (ticket, n, mark, done) values (1, 2, 4, 0)",
    ],
)
def test_no_statement_that_sqlite_knows_rewrites_what_happened(
    desk_file: sqlite3.Connection, statement: str, recursive: str
) -> None:
    desk_file.execute(f"pragma recursive_triggers = {recursive}")
    before = snapshot(desk_file)
    with pytest.raises(sqlite3.IntegrityError):
        desk_file.execute(statement)
    assert snapshot(desk_file) == before


def test_a_text_can_go_once_for_each_entry_that_says_so(redacted: Program) -> None:
    """The door is in the history: who opens it has signed, and it shuts behind them."""
    redacted.sql("insert into history select 1, 5, at, at, 'redacted', 'x', 'x', '{}' from history where n = 3")
    redacted.sql("insert into removals (ticket, n, mark, done) values (1, 3, 5, 0)")
    redacted.sql("update texts set body = '' where n = 3")
    with pytest.raises(ENGINE.refusal):
        redacted.sql("update texts set body = 'Noted' where n = 3")
