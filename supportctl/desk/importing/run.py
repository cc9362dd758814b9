"""One import from file to desk: all or nothing, unless the bad rows may be put aside."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from supportctl.desk.importing.fields import (
    AS_THEY_ARE,
    CUSTOMERS,
    LICENCES,
    RELEASES,
    Cells,
    Columns,
    Kind,
    Values,
)
from supportctl.desk.importing.records import Customers, Importer, Licences, Releases
from supportctl.desk.importing.spelling import Spelling
from supportctl.desk.importing.step import ADDED, CHANGED, REJECTED, UNCHANGED, TimesOf
from supportctl.desk.importing.tickets import Tickets
from supportctl.desk.revisions import Moved
from supportctl.errors import InputError, Refused, SupportctlError
from supportctl.store.actor import Actor
from supportctl.store.atomic import as_a_whole
from supportctl.store.transaction import transaction
from supportctl.tabular.record import Record, Table
from supportctl.tabular.rejects import Rejects


class Outcome(NamedTuple):
    """What an import did; `remarks` is what its user should know of it."""

    what: str
    added: int
    changed: int
    unchanged: int
    rejected: int
    dry_run: bool
    moved: tuple[Moved, ...] = ()
    remarks: tuple[str, ...] = ()


class AllRejected(InputError):
    """No row of a file could be taken; the rejected ones are put aside all the same."""

    def __init__(self, outcome: Outcome, name: str, rejects: Path, first: str) -> None:
        rows = "The only row" if outcome.rejected == 1 else f"All {outcome.rejected:,} rows"
        super().__init__(
            f"{rows} of {name} cannot be taken; the first: {first}",
            f"See {rejects}; `supportctl import {outcome.what} FILE --inspect` shows how the file is read.",
        )
        self.outcome = outcome


class Plan(NamedTuple):
    """What to import, and how. `rejects` takes the bad rows; without it the first one ends the import."""

    kind: Kind
    mapping: dict[str, str]
    ignore_extra: bool = False
    dry_run: bool = False
    redact: bool = False
    rejects: Rejects | None = None
    values: Values = AS_THEY_ARE


class _Undo(SupportctlError):
    """Leaves the transaction of a dry run."""


def run_import(
    db: sqlite3.Connection,
    plan: Plan,
    table: Table,
    times: TimesOf,
    actor: Actor,
    on_row: Callable[[], None] = lambda: None,
) -> Outcome:
    """Import the rows of a table in one transaction. Raises InputError or Refused naming file, line, column and value.

    Rejected rows are written before the rest is kept: whatever ends the run, none is lost.
    """
    counts: Counter[str] = Counter()
    columns = Columns(table, plan.kind, plan.mapping, plan.ignore_extra, plan.values)
    outcome = Outcome(plan.kind.name, 0, 0, 0, 0, plan.dry_run)

    def bring_in() -> None:
        nonlocal outcome
        importer = _importer(db, plan, times, actor, Spelling(guarded=table.names is not None))
        for record in table:
            on_row()
            counts[_take(db, importer, plan, table.name, record, columns)] += 1
            importer.settle()
        taken = counts[ADDED], counts[CHANGED], counts[UNCHANGED], counts[REJECTED]
        outcome = Outcome(plan.kind.name, *taken, plan.dry_run, *importer.finish())
        if counts:
            columns.refuse_unseen()
        if plan.rejects is not None:
            plan.rejects.place()
            if counts.keys() == {REJECTED}:
                raise AllRejected(outcome, table.name, plan.rejects.path, plan.rejects.first)
        if plan.dry_run:
            raise _Undo("a dry run")

    with transaction(db):
        if not plan.dry_run:
            bring_in()
        else:
            with suppress(_Undo):
                as_a_whole(db, bring_in)
    return outcome


def look_through(plan: Plan, table: Table, *, rejecting: bool = False) -> None:
    """Read a table to its end, without a desk. Raises InputError where it cannot be, or has other columns.

    With `rejecting` records of other columns will be put aside.
    """
    columns = Columns(table, plan.kind, plan.mapping, plan.ignore_extra, plan.values)
    for record in table:
        if not rejecting:
            columns.layout(record.names)


def _take(
    db: sqlite3.Connection, importer: Importer | Tickets, plan: Plan, name: str, record: Record, columns: Columns
) -> str:
    """Take one row as a whole, or put it aside as a whole: no other row is written while it may still fail."""
    try:
        step = importer.decide(Cells(name, record, columns.layout(record.names)))
        as_a_whole(db, step.take)
        return step.done
    except (InputError, Refused) as error:
        if plan.rejects is None:
            raise
        said = error.message.removeprefix(f"{name}, ")
        if said.startswith(f"{name} "):  # it is the columns of this one record
            said = record.place + said.removeprefix(name)
        plan.rejects.add(record, said)
        return REJECTED


def _importer(
    db: sqlite3.Connection, plan: Plan, times: TimesOf, actor: Actor, spelling: Spelling
) -> Importer | Tickets:
    if sort := {CUSTOMERS: Customers, LICENCES: Licences, RELEASES: Releases}.get(plan.kind):
        return sort(db, actor, times, spelling)
    return Tickets(db, actor, times, spelling, redact=plan.redact)
