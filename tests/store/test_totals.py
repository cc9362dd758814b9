"""Totals: no edit of a desk by SQL goes unseen, and nothing that the program itself does is taken for one."""

import ast
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

import full_desk
import pytest
from conftest import Program, copy_desk
from edits import EDITS

import supportctl.store
from supportctl.desk.check import histories
from supportctl.errors import InputError
from supportctl.store import counters, faults, seals, tables, totals
from supportctl.store.sqlite import check
from supportctl.store.sqlite.atomic import as_a_whole
from supportctl.store.sqlite.connection import SqliteDesk, connect
from supportctl.store.sqlite.opening import open_desk

pytestmark = pytest.mark.about_the_file

LOOKS = (faults.total_mismatches, faults.seal_mismatches, histories.check_histories, faults.numbers)


@pytest.fixture(scope="module")
def desks(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A desk on which everything happened, and the same before the last few changes; made once."""
    folder = tmp_path_factory.mktemp("edited")
    desk = Program(folder / "desk.db")
    full_desk.fill(desk, staffed_file, folder)
    copy_desk(desk.desk, folder / "old.db")
    desk.all(
        [
            ["customer", "edit", "free@example.com", "--name", "Free of Charge"],
            ["bug", "workaround", "1", "Restart it twice"],
            ["note", "4", "--body", "They called again"],
        ],
        now="2026-04-02T17:00:00Z",
    )
    return desk.desk, folder / "old.db"


@pytest.fixture(scope="module")
def unguarded(desks: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDesk]:
    """A copy of it, opened by another program that dropped the guards."""
    path = tmp_path_factory.mktemp("unguarded") / "copy.db"
    copy_desk(desks[0], path)
    with closing(sqlite3.connect(path, isolation_level=None, factory=SqliteDesk)) as db:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        db.execute("attach :old as old", {"old": str(desks[1])})
        db.execute("pragma foreign_keys = off")
        db.execute("pragma ignore_check_constraints = on")
        yield db


def found(db: SqliteDesk) -> list[str]:
    return [finding.message for finding in chain.from_iterable(look(db) for look in LOOKS)]


def test_nothing_that_the_program_does_is_taken_for_an_edit(desks: tuple[Path, Path]) -> None:
    for path in desks:
        with closing(connect(path)) as db:
            assert (list(totals.mismatches(db)), list(seals.broken_seals(db))) == ([], [])


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_by_sql_is_found(unguarded: SqliteDesk, edit: str) -> None:
    unguarded.execute("begin")
    try:
        changes = unguarded.total_changes
        for statement in EDITS[edit]:
            unguarded.execute(statement)
        assert unguarded.total_changes > changes, "it edits nothing"
        assert found(unguarded)
    finally:
        unguarded.execute("rollback")


def test_every_cell_of_every_table_is_counted(unguarded: SqliteDesk) -> None:
    for table in totals.TABLES:
        for column in totals.columns(unguarded, table):
            unguarded.execute("begin")
            other = f"case typeof({column}) when 'integer' then {column} + 1000 when 'null' then 'x' else {column} || 'x' end"
            unguarded.execute(f"update {table} set {column} = {other} where rowid = (select max(rowid) from {table})")
            assert [name for name, _, _ in totals.mismatches(unguarded)] == [table], (table, column)
            unguarded.execute("rollback")


def test_every_table_is_counted_sealed_or_held_against_its_history() -> None:
    """A table that a migration adds must be put on one of the lists."""
    sealed = {part for what in (seals.TICKETS, seals.BUGS) for part in (what.table, *what.parts)}
    spelling = {"agents"}  # how names are written: no decision rests on it
    assert {*totals.TABLES, *sealed, *spelling, "totals"} == {*tables.TABLES, *tables.NEVER}
    assert not sealed & {*totals.TABLES}


def test_whoever_writes_a_table_counts_it() -> None:
    """Each statement of the store that writes one stands where its rows are counted."""
    uncounted = []
    for path in sorted(Path(supportctl.store.__file__).parent.rglob("*.py")):
        if path.stem in ("seals", "totals", "counters", "schema", "refold", "tables", "repair", "import_rows"):
            continue  # they count for others, or see to the totals as a whole
        tree = ast.parse(path.read_text(encoding="utf-8"))
        counted = {
            part
            for node in ast.walk(tree)
            if (isinstance(node, ast.With) and "totals.changing" in ast.unparse(node.items[0]))
            or (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in ("totals.add_rows", "totals.put", "totals.remove")
            )
            for part in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in counted:
                written = re.match(r"(?:insert into|update|delete from) (\w+)", node.value)
                if written and written[1] in totals.TABLES:
                    uncounted.append((path.name, node.value[:40]))
    assert uncounted == []


def test_a_refused_part_of_a_transaction_counts_for_nothing(desks: tuple[Path, Path], tmp_path: Path) -> None:
    copy_desk(desks[0], tmp_path / "desk.db")

    def refused() -> None:
        totals.put(db, "messages", {"mark": "a", "ticket": 1, "n": 1})
        counters.take(db, "bug")
        raise InputError("It is wrong.", "Mend it.")

    with closing(open_desk(tmp_path / "desk.db")) as db:
        with db.transaction():
            totals.put(db, "messages", {"mark": "b", "ticket": 1, "n": 1})
            with pytest.raises(InputError):
                as_a_whole(db, refused)
        with pytest.raises(InputError), db.transaction():
            refused()
        with db.transaction():
            counters.take(db, "bug")
        assert db.execute("select count(*) from messages where mark in ('a', 'b')").fetchone() == (1,)
        assert list(totals.mismatches(db)) == []


def test_a_change_does_not_hide_an_earlier_edit(desks: tuple[Path, Path], tmp_path: Path) -> None:
    """What the program writes later is added to a total that does not fit, and so does not make it fit."""
    desk = Program(tmp_path / "desk.db", now="2026-04-03T17:00:00Z")
    copy_desk(desks[0], desk.desk)
    with closing(sqlite3.connect(desk.desk, isolation_level=None)) as db:
        db.execute("update customers set name = 'Eve' where email_folded = 'site@example.com'")
        db.execute("update tickets set subject = 'Other' where id = 1")
    desk.all(
        [
            ["customer", "edit", "site@example.com", "--name", "Site again"],
            ["edit", "1", "--subject", "Help again"],
            ["reply", "1", "--body", "Again"],
        ]
    )
    out = desk("db", "check").out
    assert "the table customers does not match its total: rows were changed" in out
    assert "its subject, sender, key or external id was changed by another program" in out


def test_repair_of_what_can_be_derived_leaves_nothing_to_be_found(desks: tuple[Path, Path], tmp_path: Path) -> None:
    """A counter that is raised again to where it stood is what was written."""
    desk = Program(tmp_path / "desk.db", now="2026-04-03T17:00:00Z")
    copy_desk(desks[0], desk.desk)
    with closing(sqlite3.connect(desk.desk, isolation_level=None)) as db:
        db.execute("update counters set value = value - 1 where name = 'ticket'")
        db.execute("update tickets set due_at = due_at + 60, tier = 'FREE' where id = 1")
    assert "the table counters does not match its total" in desk("db", "check").out
    desk("db", "check", "--repair")
    with closing(connect(desk.desk)) as db:
        assert found(db) == []


def test_a_total_holds_what_was_exported(desks: tuple[Path, Path], tmp_path: Path) -> None:
    """An export that was edited is found where it is imported; nothing of it tells of the secrets."""
    desk = Program(desks[0])
    assert desk("export", "desk", tmp_path / "out").code == 0
    exported = (tmp_path / "out" / "totals.jsonl").read_text(encoding="utf-8")
    assert ("customers" in exported, "remote_secrets" in exported, '"desk"' in exported) == (True, False, False)
    new = Program(tmp_path / "new.db")
    assert new("import", "desk", tmp_path / "out").code == 0
    with closing(connect(new.desk)) as db:
        assert found(db) == []


def test_totals_stay_as_they_were_made() -> None:
    """Were they made otherwise one day, every desk on record would look tampered with."""
    assert totals.total_of([(1, "größer", None), (2, "", 0)]) == totals.Total(2, 161023366749037)


def test_values_are_looked_at_too(unguarded: SqliteDesk) -> None:
    """A total that is not a number is damage, and stops no check."""
    unguarded.execute("begin")
    unguarded.execute("update totals set total = 'x' where name = 'told'")
    assert [finding.part for finding in check.values(unguarded)] == ["values"]
    unguarded.execute("rollback")
