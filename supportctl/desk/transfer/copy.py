"""Copies a whole desk to another place, whatever engine keeps either: the same desk, with its access details.

All or nothing; it counts only when the copy has been read again: each row of each table, and the seals.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from supportctl.desk.opening import Say, open_at
from supportctl.errors import DeskUnusable, InputError
from supportctl.store import seals, tables, totals
from supportctl.store.desk import Desk
from supportctl.store.place import Place, Tick
from supportctl.store.totals import Total

# How long each part takes for a row: to read the desk, to fill the copy, to read that again, and to index it.
READING, FILLING, PROVING, INDEXING = 1, 3, 3, 9

AT_ONCE = 1000  # rows, so that telling the progress takes no time


class CopiedDesk(NamedTuple):
    """A copy of a desk: from where, to where, and what is in it."""

    source: str
    desk: str
    schema: int
    tables: int
    rows: int
    tickets: int


class _Progress:
    """How much of the work is done, told to a tick as a share."""

    def __init__(self, rows: int, tick: Tick) -> None:
        self._whole, self._done, self._tick = max(1, rows * (READING + FILLING + PROVING + INDEXING)), 0, tick

    def add(self, rows: int, weight: int) -> None:
        self._done += rows * weight
        self._tick(self._done / self._whole)

    def index(self, done: float | None = None) -> None:
        """Note how much of the indexes is made, if that is known."""
        before = (READING + FILLING + PROVING) / (READING + FILLING + PROVING + INDEXING)
        self._tick(before + (1 - before) * (done or 0))


def copy_desk(source: Place, target: Place, say: Say, tick: Tick) -> CopiedDesk:
    """Copy the desk at `source`, as it is at one moment, to `target`, where there must be none or an empty one.

    Raises InputError if there is something, DeskUnusable; then `target` is as it was.
    """
    if source.address() == target.address():
        raise InputError(f"{target} is the desk itself.", "Name another place for the copy.")
    with open_at(source, say) as db, db.snapshot():
        counts = {table: tables.count(db, table) for table in tables.EVERY}
        schema, progress = db.tables.schema, _Progress(sum(counts.values()), tick)
        expected = _totals(db, source, counts, progress)
        with target.in_words():
            made = target.make(schema, partial(_fill, db, source, expected, progress), progress.index)
    if not made:
        raise InputError(
            f"The desk at {target} is not empty.", "Name another place: a desk is copied only to an empty one."
        )
    return CopiedDesk(
        source.address(), target.address(), schema, len(counts), sum(counts.values()), counts["tickets"]
    )  # fmt: skip


def _totals(db: Desk, place: Place, counts: Mapping[str, int], progress: _Progress) -> dict[str, Total]:
    """The total as it is of each table that no seals prove. Raises DeskUnusable if another program has changed one."""
    for said in tables.contradictions(db):
        raise _damaged(place, said)
    standing = {}
    proven = _proven_by_seals(db)
    for table in tables.EVERY:
        if table not in proven:
            standing[table] = tables.standing(db, table)
        progress.add(counts[table], READING)
    for name, _, _ in totals.mismatches(db, known=standing):
        said = "its total over all tables does not match" if name == totals.DESK else f"the table {name} does not match"
        raise _damaged(place, f"{said}: another program changed it")
    return standing


def _fill(db: Desk, place: Place, expected: Mapping[str, Total], progress: _Progress, copy: Desk) -> None:
    """Put all rows of the desk at `place` into the empty tables of its copy, and read them again."""
    for table in tables.EVERY:
        try:
            copy.tables.put(table, _rows(db, place, table, progress))
        except tables.RowsRefused as error:
            raise _damaged(place, f"its table {table} has rows that a desk refuses: {error}") from error
    copy.tables.have_grown()  # so that it is read in its order
    for table, total in expected.items():
        if tables.standing(copy, table) != total:
            raise _other(place, table)
        progress.add(total.rows, PROVING)
    for broken in seals.broken_seals(copy):
        for table in _proven_by_seals(db):
            if tables.standing(db, table) != tables.standing(copy, table):
                raise _other(place, table)
        raise _damaged(place, f"{broken.table.removesuffix('s')} {broken.id} was changed by another program")


def _proven_by_seals(db: Desk) -> set[str]:
    """The tables with a seal over all that is in their rows: where it fits, and has its own total, they need none."""
    return {
        table
        for what in (seals.TICKETS, seals.BUGS)
        for table, columns in map(what.rows, what.parts)
        if {*columns} == {field.name for field in db.tables.fields(table)}
    }


def _rows(db: Desk, place: Place, table: str, progress: _Progress) -> Iterator[tuple[Any, ...]]:
    """The rows of a table. What goes wrong with them is blamed on their own desk, not on the one that takes them."""
    with place.in_words():
        rows = iter(tables.whole_rows(db, table))
        while some := list(islice(rows, AT_ONCE)):
            yield from some
            progress.add(len(some), FILLING)


def _other(place: Place, table: str) -> DeskUnusable:
    return DeskUnusable(
        f"The table {table} of the copy is not that of the desk at {place}.",
        "Nothing was copied. Run it again; if that does not help, use `supportctl export desk`.",
    )


def _damaged(place: Place, why: str) -> DeskUnusable:
    return DeskUnusable(
        f"The desk at {place} is damaged: {why}.",
        "Nothing was copied. See `supportctl db check`; `export desk` and `import desk` move a desk as it is.",
    )
