"""One import from file to desk: all or nothing, unless the bad rows may be put aside."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from supportctl.desk.importing.fields import Cells, Columns, Kind
from supportctl.desk.importing.reading import Row
from supportctl.desk.importing.records import Customers, Licences, ReadTime, Releases
from supportctl.desk.importing.tickets import Tickets
from supportctl.errors import SupportctlError
from supportctl.store.actor import Actor
from supportctl.store.connection import transaction

Reject = Callable[[Row, str], None]


class Outcome(NamedTuple):
    """What an import did."""

    what: str
    added: int
    changed: int
    unchanged: int
    rejected: int
    dry_run: bool


class _Undo(Exception):
    """Leaves the transaction of a dry run."""


class Plan(NamedTuple):
    """What to import, and how. `reject` takes the bad rows; without it the first one ends the import."""

    kind: Kind
    name: str
    mapping: dict[str, str]
    ignore_extra: bool = False
    dry_run: bool = False
    redact: bool = False
    reject: Reject | None = None


def run_import(db: sqlite3.Connection, plan: Plan, rows: Iterable[Row], time: ReadTime, actor: Actor) -> Outcome:
    """Import the rows in one transaction. Raises InputError or Refused naming file, line, column and value."""
    counts = {"added": 0, "changed": 0, "unchanged": 0, "rejected": 0}
    try:
        with transaction(db):
            importer = _importer(db, plan, time, actor)
            columns = Columns(plan.name, plan.kind, plan.mapping, plan.ignore_extra)
            for row in rows:
                counts[_take(db, importer, plan, row, columns.cells(row))] += 1
            importer.finish()
            if plan.dry_run:
                raise _Undo
    except _Undo:
        pass
    return Outcome(plan.kind.name, **counts, dry_run=plan.dry_run)


def _take(db: sqlite3.Connection, importer: Any, plan: Plan, row: Row, cells: Cells) -> str:
    if plan.reject is None:
        done: str = importer.take(cells)
        return done
    db.execute("savepoint row")
    try:
        done = importer.take(cells)
    except SupportctlError as error:
        db.execute("rollback to row")
        plan.reject(row, error.message)
        done = "rejected"
    db.execute("release row")
    return done


def _importer(db: sqlite3.Connection, plan: Plan, time: ReadTime, actor: Actor) -> Any:
    match plan.kind.name:
        case "customers":
            return Customers(db, actor, time)
        case "licences":
            return Licences(db, actor, time)
        case "releases":
            return Releases(db, actor, time)
        case _:
            return Tickets(db, actor, time, redact=plan.redact)
