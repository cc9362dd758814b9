"""One import from file to desk: all or nothing, unless bad rows may be set aside."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from supportctl.desk.revisions import MovedTicket
from supportctl.desk.transfer.decision import ADDED, CHANGED, REJECTED, UNCHANGED, Ending, RowDecision, TimesOf
from supportctl.desk.transfer.fields import (
    AS_THEY_ARE,
    CUSTOMERS,
    LICENCES,
    RELEASES,
    Cells,
    Columns,
    RecordKind,
    Values,
)
from supportctl.desk.transfer.records import Customers, Licences, Releases
from supportctl.desk.transfer.spelling import Spelling
from supportctl.desk.transfer.tickets import Tickets
from supportctl.errors import InputError, Refused, SupportctlError
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.sqlite.atomic import as_a_whole
from supportctl.store.sqlite.transaction import transaction
from supportctl.tabular.record import Record, Table
from supportctl.tabular.rejects import Rejects


class ImportOutcome(NamedTuple):
    """What an import did; `remarks` are notes for its user."""

    what: str
    added: int
    changed: int
    unchanged: int
    rejected: int
    dry_run: bool
    moved: tuple[MovedTicket, ...] = ()
    remarks: tuple[str, ...] = ()


class AllRejected(InputError):
    """No row of a file could be imported; the rejected ones are written all the same."""

    def __init__(self, outcome: ImportOutcome, name: str, rejects: Path, first: str) -> None:
        one = outcome.rejected == 1
        super().__init__(
            f"The only row of {name} has an error: {first}"
            if one
            else f"All {outcome.rejected:,} rows of {name} have errors; the first: {first}",
            f"See {rejects}; `supportctl import {outcome.what} FILE --inspect` shows how the file is read.",
        )
        self.outcome = outcome


class ImportPlan(NamedTuple):
    """What to import, and how. `rejects` takes the bad rows; without it the first one ends the import."""

    kind: RecordKind
    mapping: dict[str, str]
    ignore_extra: bool = False
    dry_run: bool = False
    redact: bool = False
    rejects: Rejects | None = None
    values: Values = AS_THEY_ARE


class Importer(Protocol):
    """Imports rows of one kind."""

    def decide(self, cells: Cells) -> RowDecision:
        """What one row does; nothing of it is written yet. Raises InputError, Refused."""

    def settle(self) -> None:
        """Store what is pending once it is a batch."""

    def finish(self) -> Ending:
        """Store what is pending, and let what depends on the rows follow."""


class _Undo(SupportctlError):
    """Leaves the transaction of a dry run."""


def run_import(
    db: Desk,
    plan: ImportPlan,
    table: Table,
    times: TimesOf,
    actor: Actor,
    on_row: Callable[[], None] = lambda: None,
) -> ImportOutcome:
    """Import the rows of a table in one transaction. Raises InputError or Refused naming file, line, column and value.

    Rejected rows are written before the rest is committed: none is lost, however the run ends.
    """
    counts: Counter[str] = Counter()
    columns = _columns(plan, table)
    outcome = ImportOutcome(plan.kind.name, 0, 0, 0, 0, plan.dry_run)

    def bring_in() -> None:
        nonlocal outcome
        importer = _importer(db, plan, times, actor, Spelling(guarded=table.names is not None))
        for record in table:
            on_row()
            counts[_take(db, importer, plan, table.name, record, columns)] += 1
            importer.settle()
        outcome = _outcome(plan, counts, importer.finish())
        if counts:
            columns.refuse_unseen()
        if plan.rejects is not None:
            _put_aside(plan.rejects, outcome, table.name)
        if plan.dry_run:
            raise _Undo("a dry run")

    with transaction(db):
        if not plan.dry_run:
            bring_in()
        else:
            with suppress(_Undo):
                as_a_whole(db, bring_in)
    return outcome


def _outcome(plan: ImportPlan, counts: Counter[str], ending: Ending) -> ImportOutcome:
    added, changed, unchanged, rejected = (counts[what] for what in (ADDED, CHANGED, UNCHANGED, REJECTED))
    return ImportOutcome(
        plan.kind.name, added, changed, unchanged, rejected, plan.dry_run, ending.moved, ending.remarks
    )


def look_through(plan: ImportPlan, table: Table, *, rejecting: bool = False) -> None:
    """Read a table to its end, without a desk. Raises InputError if it is unreadable, or has other columns.

    With `rejecting` records with other columns will be set aside.
    """
    columns = _columns(plan, table)
    for record in table:
        if not rejecting:
            columns.layout(record.names)


def _put_aside(rejects: Rejects, outcome: ImportOutcome, name: str) -> None:
    """Write the rejected rows to their file. Raises AllRejected if there are no others."""
    rejects.place()
    if outcome.rejected and not outcome.added + outcome.changed + outcome.unchanged:
        raise AllRejected(outcome, name, rejects.path, rejects.first)


def _columns(plan: ImportPlan, table: Table) -> Columns:
    columns = Columns(table.name, plan.kind, plan.mapping, plan.ignore_extra, plan.values)
    if table.names is not None:
        columns.header(table.names)
    return columns


def _take(db: Desk, importer: Importer, plan: ImportPlan, name: str, record: Record, columns: Columns) -> str:
    """Import one row as a whole, or set it aside as a whole: no other row is written while it may still fail."""
    try:
        step = importer.decide(Cells(name, record, columns.layout(record.names)))
        as_a_whole(db, step.write)
        return step.done
    except (InputError, Refused) as error:
        if plan.rejects is None:
            raise
        plan.rejects.add(record, _placed(error.message, name, record))
        return REJECTED


def _placed(message: str, name: str, record: Record) -> str:
    """The error in a row, without the name of its file."""
    if message.startswith(f"{name} "):  # it is the columns of this one record
        return record.place + message.removeprefix(name)
    return message.removeprefix(f"{name}, ")


def _importer(db: Desk, plan: ImportPlan, times: TimesOf, actor: Actor, spelling: Spelling) -> Importer:
    if plan.kind is CUSTOMERS:
        return Customers(db, actor, times, spelling)
    if plan.kind is LICENCES:
        return Licences(db, actor, times, spelling)
    if plan.kind is RELEASES:
        return Releases(db, actor, times)
    return Tickets(db, actor, times, spelling, redact=plan.redact)
