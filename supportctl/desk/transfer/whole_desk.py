"""Moves a whole desk: out into a folder of files that outlive this program, and back into an equal desk.

Only access details of remote sessions stay behind: they end with their ticket, and nobody else may have them (8.5).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from supportctl import __version__
from supportctl.clock import iso
from supportctl.desk import place_at
from supportctl.errors import InputError
from supportctl.store import tables
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.place import Place
from supportctl.tabular.folder import Manifest, read_manifest, read_part, write_manifest, write_part

Tick = Callable[[], None]
Counting = Callable[[int], AbstractContextManager[Tick]]


class TransferResult(NamedTuple):
    """The counts of an export or import."""

    what: str
    folder: str
    tables: int
    rows: int


def export_desk(db: Desk, folder: Path, clock: int, counting: Counting) -> TransferResult:
    """Write every table into an empty folder, all as of one moment; `clock` is the true time.

    `counting` is given the number of rows, and what it gives is called at each. Raises OSError.
    """
    with db.snapshot(), counting(tables.size(db)) as tick:
        parts = {
            table: write_part(folder, table, db.tables.fields(table), tables.rows(db, table), tick)
            for table in tables.tables(db)
        }
    write_manifest(folder, SCHEMA_VERSION, parts, exported_at=iso(clock), program=f"supportctl {__version__}")
    return TransferResult("desk", str(folder), len(parts), sum(part.rows for part in parts.values()))


def import_desk(folder: Path, place: Place, counting: Counting) -> TransferResult:
    """Make the desk at `place` from an exported folder, all or nothing: it must be missing or empty.

    `counting` as for `export_desk`. Raises InputError, DeskUnusable.
    """
    manifest = read_manifest(folder, SCHEMA_VERSION)
    with place.in_words(), counting(sum(part.rows for part in manifest.parts.values())) as tick:
        if not _make(place, manifest.schema, lambda db: _fill(db, folder, manifest, tick)):
            raise InputError(
                f"The desk at {place} is not empty.",
                "Name another with --db: a whole desk is imported only into an empty one.",
            )
    return TransferResult("desk", str(folder), len(manifest.parts), sum(part.rows for part in manifest.parts.values()))


def _make(place: Place, schema: int, fill: Callable[[Desk], None]) -> bool:
    """Make a desk of that schema (see `Place.make`): by way of a file where the engine never had it."""
    if schema >= place.oldest:
        return place.make(schema, fill)
    with TemporaryDirectory(prefix="supportctl-") as folder:
        upgraded = place_at(Path(folder, "desk.db"))
        with upgraded.in_words():
            upgraded.make(schema, fill)
            with closing(upgraded.open()) as db:
                return place.make(SCHEMA_VERSION, partial(tables.put_all_of, db))


def _fill(db: Desk, folder: Path, manifest: Manifest, tick: Tick) -> None:
    """Put the rows of every file into a desk with the same schema."""
    expected = tables.tables(db)
    if set(expected) != manifest.parts.keys():
        odd = sorted(set(expected) ^ manifest.parts.keys())
        raise InputError(f"{folder} does not match its schema; these tables differ: {', '.join(odd)}.", tables.MEND)
    for table in expected:
        try:
            db.tables.put(table, read_part(folder, table, db.tables.fields(table), tick))
        except tables.RowsRefused as error:
            raise InputError(f"{folder / table}.jsonl holds data that a desk refuses: {error}.", tables.MEND) from None
    db.tables.have_grown()
