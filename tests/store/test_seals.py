"""Seals: whatever is changed of what was written about a ticket or a bug, its seal says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Program, copy_desk, opened
from desks import ENGINE
from older import as_it_was

from supportctl.store import seals, totals
from supportctl.store.desk import Desk
from supportctl.store.seals import BUGS, OWN, TICKETS, BrokenSeal

PARTS = [(what, part) for what in (TICKETS, BUGS) for part in what.parts]
CELLS = [(what, part, name) for what in (TICKETS, BUGS) for part in what.every for name in what.rows(part)[1][1:]]


@pytest.fixture(scope="module")
def written(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tickets and two bugs, with a text of each."""
    desk = Program(tmp_path_factory.mktemp("written") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    desk.all(
        [
            ["log", "--from", "site@example.com", "--subject", "Help", "--body", "Bitte, größer \N{SPARKLES}"],
            ["log", "--from", "free@example.com", "--subject", "Other", "--body", "Please"],
            ["reply", "1", "--from", "site@example.com", "--body", "Really"],
            ["bug", "add", "--title", "It crashes", "--workaround", "Wait"],
            ["bug", "add", "--title", "It hangs", "--workaround", "Kill it", "--agent", "kim"],
        ]
    )
    return desk.desk


@pytest.fixture
def db(written: Path, tmp_path: Path) -> Iterator[Desk]:
    """A copy of it, without its guards."""
    copy_desk(written, tmp_path / "copy.db")
    with ENGINE.unguarded(tmp_path / "copy.db") as db:
        yield db


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell[1]}.{cell[2]}")
def test_every_cell_is_sealed(db: Desk, cell: tuple[seals.SealedTable, str, str]) -> None:
    what, part, column = cell
    assert list(seals.broken_seals(db)) == []
    table, (of, *_) = what.rows(part)
    last = f"{of} = 1" if part == OWN else f"{of} = 1 and n = (select max(n) from {part} where {of} = 1)"
    (was,) = db.execute(f"select {column} from {table} where {last}").fetchone()
    other = 7 if was is None else was + 1 if isinstance(was, int) else f"{was}x"
    db.execute(f"update {table} set {column} = :other where {last}", {"other": other})
    assert list(seals.broken_seals(db)) == [BrokenSeal(what.table, 1, part)]


@pytest.mark.parametrize(("what", "part"), PARTS, ids=lambda value: value if isinstance(value, str) else "")
def test_rows_put_in_taken_away_or_moved_break_the_seal(db: Desk, what: seals.SealedTable, part: str) -> None:
    columns = what.parts[part]
    for change, owners in (
        (f"insert into {part} ({what.of}, {columns}) select {what.of}, n + 50, {columns[3:]} from {part} where {what.of} = 1 limit 1", [1]),
        (f"delete from {part} where {what.of} = 1 and n > 50", []),
        (f"delete from {part} where {what.of} = 2", [2]),
        (f"update {part} set {what.of} = 2", [1, 2]),
    ):  # fmt: skip
        db.execute(change)
        assert sorted(seals.broken_seals(db)) == [BrokenSeal(what.table, owner, part) for owner in owners], change


def test_comparing_tells_how_much_is_done(db: Desk) -> None:
    told: list[float] = []
    assert list(seals.broken_seals(db, told.append)) == []
    assert told == sorted(told)
    assert told == [1]


@pytest.mark.about_the_file
def test_an_older_desk_is_sealed_as_it_stands(written: Path, tmp_path: Path) -> None:
    """With the very seals that its entries would have got had they been sealed as they were written."""
    as_it_was(tmp_path / "old.db", 7, written)
    desk = Program(tmp_path / "old.db")
    desk.all([["db", "migrate"]])
    with opened(written) as before, opened(desk.desk) as after:
        for what in (TICKETS, BUGS):
            every = f"select * from {what.seals} order by 1"
            assert after.execute(every).fetchall() == before.execute(every).fetchall() != []


def test_seals_stay_as_they_were_made() -> None:
    """Were they made otherwise one day, all that was written before it would look tampered with."""
    rows = [(1, 1, None, "größer\n"), (1, 2, 0, "")]
    assert seals._fold("", map(totals.in_bytes, rows)) == "be8ff69ad0377efc5fe99f8d7d035f77"
