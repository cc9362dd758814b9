"""One import from file to desk: all or nothing, unless the bad rows may be put aside."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, Protocol

from supportctl.desk.importing.fields import (
    AS_THEY_ARE,
    CUSTOMERS,
    LICENCES,
    RELEASES,
    Cells,
    Columns,
    Kind,
    Layout,
    Values,
)
from supportctl.desk.importing.records import Customers, Licences, ReadTime, Releases
from supportctl.desk.importing.spelling import Spelling
from supportctl.desk.importing.tickets import Tickets
from supportctl.errors import InputError, Refused
from supportctl.store.actor import Actor
from supportctl.store.connection import as_a_whole, transaction
from supportctl.tabular.rejects import Rejects
from supportctl.tabular.table import Record, Table


class Outcome(NamedTuple):
    """What an import did."""

    what: str
    added: int
    changed: int
    unchanged: int
    rejected: int
    dry_run: bool


class Plan(NamedTuple):
    """What to import, and how. `rejects` takes the bad rows; without it the first one ends the import."""

    kind: Kind
    mapping: dict[str, str]
    ignore_extra: bool = False
    dry_run: bool = False
    redact: bool = False
    rejects: Rejects | None = None
    values: Values = AS_THEY_ARE


class Importer(Protocol):
    """Takes rows of one kind into the desk."""

    def take(self, cells: Cells) -> str:
        """Store one row: added, changed or unchanged. Raises InputError, Refused."""

    def finish(self) -> None:
        """Store what waits, and let what depends on the rows follow."""


class _Undo(Exception):
    """Leaves the transaction of a dry run."""


def run_import(
    db: sqlite3.Connection,
    plan: Plan,
    table: Table,
    time: ReadTime,
    actor: Actor,
    on_row: Callable[[], None] = lambda: None,
) -> Outcome:
    """Import the rows of a table in one transaction. Raises InputError or Refused naming file, line, column and value.

    Rejected rows are written before the rest is kept: whatever ends the run, none is lost.
    """
    counts: Counter[str] = Counter()
    columns = _columns(plan, table)
    try:
        with transaction(db):
            importer = _importer(db, plan, time, actor, Spelling(guarded=table.names is not None))
            for record in table:
                on_row()
                counts[_take(db, importer, plan, table.name, record, columns.layout(record.names))] += 1
            importer.finish()
            if counts:
                columns.refuse_unseen()
            if plan.rejects is not None:
                plan.rejects.place()
            if plan.dry_run:
                raise _Undo
    except _Undo:
        pass
    added, changed, unchanged, rejected = (counts[what] for what in ("added", "changed", "unchanged", "rejected"))
    return Outcome(plan.kind.name, added, changed, unchanged, rejected, plan.dry_run)


def look_through(plan: Plan, table: Table) -> None:
    """Read a table to its end, without a desk. Raises InputError where it cannot be, or has other columns."""
    columns = _columns(plan, table)
    for record in table:
        columns.layout(record.names)


def _columns(plan: Plan, table: Table) -> Columns:
    columns = Columns(table.name, plan.kind, plan.mapping, plan.ignore_extra, plan.values)
    if table.names is not None:
        columns.header(table.names)
    return columns


def _take(db: sqlite3.Connection, importer: Importer, plan: Plan, name: str, record: Record, layout: Layout) -> str:
    if plan.rejects is None:
        return importer.take(Cells(name, record, layout))
    try:
        return as_a_whole(db, lambda: importer.take(Cells(name, record, layout)))
    except (InputError, Refused) as error:
        plan.rejects.add(record, error.message.removeprefix(f"{name}, "))
        return "rejected"


def _importer(db: sqlite3.Connection, plan: Plan, time: ReadTime, actor: Actor, spelling: Spelling) -> Importer:
    if plan.kind is CUSTOMERS:
        return Customers(db, actor, time, spelling)
    if plan.kind is LICENCES:
        return Licences(db, actor, time, spelling)
    if plan.kind is RELEASES:
        return Releases(db, actor, time)
    return Tickets(db, actor, time, spelling, redact=plan.redact)
