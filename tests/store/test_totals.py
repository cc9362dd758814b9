"""Totals: no edit of a desk by SQL goes unseen, and nothing that the program itself does is taken for one."""

import ast
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import full_desk
import pytest
from conftest import Program, copy_desk, opened
from desks import ENGINE
from edits import EDITS

import supportctl.store
from supportctl.desk.check import histories
from supportctl.errors import InputError
from supportctl.store import counters, faults, seals, tables, totals
from supportctl.store.desk import Desk
from supportctl.store.sqlite import check

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
def unguarded(desks: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A copy of it, whose guards another program dropped."""
    path = tmp_path_factory.mktemp("unguarded") / "copy.db"
    copy_desk(desks[0], path)
    ENGINE.strip(path)
    return Program(path)


def found(db: Desk) -> list[str]:
    return [finding.message for finding in chain.from_iterable(look(db) for look in LOOKS)]


def test_nothing_that_the_program_does_is_taken_for_an_edit(desks: tuple[Path, Path]) -> None:
    for path in desks:
        with opened(path) as db:
            assert (list(totals.mismatches(db)), list(seals.broken_seals(db))) == ([], [])


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_by_sql_is_found(unguarded: Program, desks: tuple[Path, Path], desk: Program, edit: str) -> None:
    copy_desk(unguarded.desk, desk.desk)
    ENGINE.attack(desk.desk, ";".join(EDITS[edit]), desks[1])
    assert desk.dump() != unguarded.dump(), "it edits nothing"
    with opened(desk.desk) as db:
        assert found(db)


def test_every_cell_of_every_table_is_counted(unguarded: Program, desks: tuple[Path, Path], desk: Program) -> None:
    copy_desk(unguarded.desk, desk.desk)
    with opened(desks[0]) as db:
        keys = {table: db.tables.key(table) for table in totals.TABLES}
    with ENGINE.unguarded(desk.desk) as db:
        for table in totals.TABLES:
            for column in totals.columns(db, table):
                where, was = _last(db, table, keys[table], column)
                other = 1007 if was is None else was + 1000 if isinstance(was, int) else f"{was}x"
                change = f"update {table} set {column} = :value where {where}"
                db.execute(change, {"value": other})
                assert [name for name, _, _ in totals.mismatches(db)] == [table], (table, column)
                where, _ = _last(db, table, keys[table], column) if column in keys[table] else (where, None)
                db.execute(f"update {table} set {column} = :value where {where}", {"value": was})


def _last(db: Desk, table: str, key: Sequence[str], column: str) -> tuple[str, Any]:
    """How to name the last row of a table, by its key, and what its column holds."""
    last = ", ".join(f"{name} desc" for name in key)
    *values, value = db.execute(f"select {', '.join(key)}, {column} from {table} order by {last} limit 1").fetchone()
    return " and ".join(f"{name} = {each!r}" for name, each in zip(key, values, strict=True)), value


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

    with opened(tmp_path / "desk.db") as db:
        with db.transaction():
            totals.put(db, "messages", {"mark": "b", "ticket": 1, "n": 1})
            with pytest.raises(InputError):
                db.as_a_whole(refused)
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
    desk.sql("update customers set name = 'Eve' where email_folded = 'site@example.com'")
    desk.sql("update tickets set subject = 'Other' where id = 1")
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
    desk.sql("update counters set value = value - 1 where name = 'ticket'")
    desk.sql("update tickets set due_at = due_at + 60, tier = 'FREE' where id = 1")
    assert "the table counters does not match its total" in desk("db", "check").out
    desk("db", "check", "--repair")
    with opened(desk.desk) as db:
        assert found(db) == []


def test_a_total_holds_what_was_exported(desks: tuple[Path, Path], tmp_path: Path) -> None:
    """An export that was edited is found where it is imported; nothing of it tells of the secrets."""
    desk = Program(desks[0])
    assert desk("export", "desk", tmp_path / "out").code == 0
    exported = (tmp_path / "out" / "totals.jsonl").read_text(encoding="utf-8")
    assert ("customers" in exported, "remote_secrets" in exported, '"desk"' in exported) == (True, False, False)
    new = Program(tmp_path / "new.db")
    assert new("import", "desk", tmp_path / "out").code == 0
    with opened(new.desk) as db:
        assert found(db) == []


def test_totals_stay_as_they_were_made() -> None:
    """Were they made otherwise one day, every desk on record would look tampered with."""
    assert totals.total_of([(1, "größer", None), (2, "", 0)]) == totals.Total(2, 161023366749037)


@pytest.mark.about_the_file
def test_values_are_looked_at_too(unguarded: Program, desk: Program) -> None:
    """A total that is not a number is damage, and stops no check."""
    copy_desk(unguarded.desk, desk.desk)
    with ENGINE.unguarded(desk.desk) as db:
        db.execute("update totals set total = 'x' where name = 'told'")
        assert [finding.part for finding in check.values(db)] == ["values"]
