"""One import from file to desk: all or nothing, unless bad rows may be set aside."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from supportctl.desk import place_at
from supportctl.desk.revisions import MovedTicket
from supportctl.desk.transfer.decision import ADDED, BATCH, BATCH_SIZE, CHANGED, REJECTED, UNCHANGED, TimesOf
from supportctl.desk.transfer.fields import (
    AS_THEY_ARE,
    Cells,
    Columns,
    RecordKind,
    Values,
)
from supportctl.desk.transfer.records import Customers, Importer, Licences, Releases
from supportctl.desk.transfer.spelling import Spelling
from supportctl.desk.transfer.tickets import Tickets
from supportctl.errors import InputError, Refused, SupportctlError
from supportctl.store import changes
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.tabular.record import Record, Table
from supportctl.tabular.rejects import Rejects

MANY = 1000  # new rows, after which an engine is told that its tables have grown


class ImportOutcome(NamedTuple):
    """The result of an import; `remarks` are notes for its user."""

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
    """An import to carry out. `rejects` takes the bad rows; without it the first one ends the import."""

    kind: RecordKind
    mapping: dict[str, str]
    ignore_extra: bool = False
    dry_run: bool = False
    redact: bool = False
    rejects: Rejects | None = None
    values: Values = AS_THEY_ARE


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
    columns = Columns(table, plan.kind, plan.mapping, plan.ignore_extra, plan.values)
    outcome = ImportOutcome(plan.kind.name, 0, 0, 0, 0, plan.dry_run)

    def bring_in() -> None:
        nonlocal outcome
        importer = _importer(db, plan, times, actor, Spelling(guarded=table.names is not None))
        for records in _batches(table):
            rows = [_read(importer, table.name, record, columns) for record in records]
            importer.look_ahead([row for row in rows if not isinstance(row, SupportctlError)])
            for record, row in zip(records, rows, strict=True):
                on_row()
                counts[_take(db, importer, plan, table.name, record, row)] += 1
                importer.settle()
        taken = counts[ADDED], counts[CHANGED], counts[UNCHANGED], counts[REJECTED]
        outcome = ImportOutcome(plan.kind.name, *taken, plan.dry_run, *importer.finish())
        if counts:
            columns.refuse_unseen()
        if outcome.added >= MANY:
            db.tables.have_grown()
        if outcome.added or outcome.changed:
            changes.record(db, actor, {changes.OTHER: "imported"})
        if plan.rejects is not None:
            plan.rejects.place()
            if counts.keys() == {REJECTED}:
                raise AllRejected(outcome, table.name, plan.rejects.path, plan.rejects.first)
        if plan.dry_run:
            raise _Undo("a dry run")

    with db.transaction():
        if not plan.dry_run:
            bring_in()
        else:
            with suppress(_Undo):
                db.as_a_whole(bring_in)
    return outcome


@contextmanager
def for_a_trial() -> Iterator[Desk]:
    """A desk with nothing on it, gone afterwards: what a dry run works on where there is none."""
    with TemporaryDirectory(prefix="supportctl-") as folder:
        place = place_at(Path(folder, "desk.db"))
        with place.in_words(), closing(place.open(create=True)) as db:
            yield db


def check_rows(plan: ImportPlan, table: Table, *, rejecting: bool = False) -> None:
    """Read a table to its end, without a desk. Raises InputError if it is unreadable, or has other columns.

    With `rejecting` records with other columns will be set aside.
    """
    columns = Columns(table, plan.kind, plan.mapping, plan.ignore_extra, plan.values)
    for record in table:
        if not rejecting:
            columns.layout(record.names)


def _batches(table: Table) -> Iterator[list[Record]]:
    """The records, some at a time. If the file cannot be read any further, those before come first."""
    batch, size = list[Record](), 0
    try:
        for record in table:
            batch.append(record)
            size += sum(map(len, record.written))
            if len(batch) >= BATCH or size > BATCH_SIZE:
                yield batch
                batch, size = [], 0
    except InputError:
        yield batch
        raise
    yield batch


def _read(importer: Importer[Any] | Tickets, name: str, record: Record, columns: Columns) -> Any:
    """A record as its importer reads it, or the error that it has."""
    try:
        return importer.read(Cells(name, record, columns.layout(record.names)))
    except (InputError, Refused) as error:
        return error


def _take(db: Desk, importer: Importer[Any] | Tickets, plan: ImportPlan, name: str, record: Record, row: Any) -> str:
    """Import one row as a whole, or set it aside as a whole: no other row is written while it may still fail."""
    try:
        if isinstance(row, SupportctlError):
            raise row
        step = importer.decide(row)
        if step.refusable:
            db.as_a_whole(step.take)
        else:
            step.take()
        return step.done
    except (InputError, Refused) as error:
        if plan.rejects is None:
            raise
        said = error.message.removeprefix(f"{name}, ")
        if said.startswith(f"{name} "):  # it is the columns of this one record
            said = record.place + said.removeprefix(name)
        plan.rejects.add(record, said)
        return REJECTED


def _importer(db: Desk, plan: ImportPlan, times: TimesOf, actor: Actor, spelling: Spelling) -> Importer[Any] | Tickets:
    sorts: dict[RecordKind, type[Importer[Any]]] = {each.kind: each for each in (Customers, Licences, Releases)}
    if sort := sorts.get(plan.kind):
        return sort(db, actor, times, spelling)
    return Tickets(db, actor, times, spelling, redact=plan.redact)
