"""The whole desk, table by table: what an export contains, and how it comes back; the engine's own part is `Tables`.

The columns are read from the desk itself, so none can be forgotten; a test compares the tables below with the schema.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from supportctl.errors import InputError
from supportctl.store import counters, policies, totals
from supportctl.store.desk import Desk
from supportctl.store.policies import BEGINNING
from supportctl.store.totals import Total
from supportctl.tabular.folder import Field

# Tables that others refer to come first.
TABLES = (
    "counters", "policies", "closures", "customers", "licences", "licence_terms", "applied_keys", "account_kinds",
    "releases",
    "tickets", "history", "texts", "targets", "removals", "imported_rows", "messages", "told",
    "bugs", "bug_history", "bug_texts", "bug_tickets", "remote_sessions",
    "ticket_seals", "bug_seals", "totals", "agents", "changes",
)  # fmt: skip
# Access details go only through the ticket, and end with it: they never leave the desk (8.5, 8.6).
NEVER = ("remote_secrets",)
# Nor does a digest of them, which is in their total, and in that of the desk.
LEFT_OUT = {"totals": f" where name not in ('{totals.DESK}', 'remote_secrets')"}
# Columns whose text is JSON, and of what kind.
JSON = {
    "policies.data": dict, "closures.hours": list, "tickets.tags": list, "history.data": dict, "targets.reasons": list,
    "bug_history.data": dict, "remote_sessions.reasons": list, "changes.parts": dict,
}  # fmt: skip
EVERY = (*TABLES, *NEVER)
NUMBERED = {
    "ticket": "tickets", "licence": "licences", "customer": "customers", "bug": "bugs", "closure": "closures",
    "remote": "remote_sessions",
}  # fmt: skip


class RowsRefused(Exception):
    """A table does not take these rows."""


class Tables(Protocol):
    """What an engine knows of the tables of an open desk, and its way to fill them."""

    @property
    def schema(self) -> int:
        """The number of the desk's schema: how many migrations made it."""

    def names(self) -> set[str]:
        """The tables that are there, also those that are not ours."""

    def fields(self, table: str) -> list[Field]:
        """The columns of a table, and what each takes."""

    def key(self, table: str) -> list[str]:
        """The columns of a table's key, in its order."""

    def put(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a table as they are, in the caller's transaction. Broken references may show only at its end.

        Raises RowsRefused, and what the rows raise.
        """

    def broken_references(self) -> Iterator[tuple[str, str]]:
        """For each row that refers to a missing one: its table, and the table of the missing row."""

    def temporary(self, name: str, columns: str) -> None:
        """Make an empty table that only this connection sees and that goes with it, in place of one of that name."""

    def given(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[int]]) -> str:
        """What statements name in their `from` for rows of numbers, each with a key of its own in the first column.

        It holds for the snapshot, and only for reading: nothing is written to the desk, which may be a copy that takes
        nothing.
        """

    def counted(
        self, values: Sequence[str], tickets: str, where: str, parameters: Mapping[str, Any]
    ) -> Iterable[tuple[Sequence[Any], int]]:
        """How many tickets `t`, of which `tickets` joins a row each, have the same values in these expressions.

        They come in the order of the first of their tickets, by number. Values are numbers or text.
        """

    def have_grown(self) -> None:
        """Many rows came in: an engine that plans by how many there are looks anew, with the caller's transaction."""

    def published(self, view: str) -> str:
        """The `select` of a view for other programs, with `{now}` and `{at}` in it (see `store.views`)."""


def tables(db: Desk) -> list[str]:
    """The tables of this desk; one of an earlier schema may not have all."""
    here = db.tables.names()
    return [name for name in TABLES if name in here]


def count(db: Desk, table: str) -> int:
    """How many rows a table has."""
    rows: int = db.execute(f"select count(*) from {table}").fetchone()[0]
    return rows


def size(db: Desk) -> int:
    """How many rows all tables have."""
    return sum(count(db, table) for table in tables(db))


def rows(db: Desk, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table, one at a time and always in the same order, without what is never exported."""
    names = ", ".join(field.name for field in db.tables.fields(table))
    where = LEFT_OUT.get(table, "")
    return iter(db.execute(f"select {names} from {table}{where} order by {_order(db, table)}"))


def whole_rows(db: Desk, table: str) -> Iterator[tuple[Any, ...]]:
    """The same with all there is: for a copy that stays as private as the desk."""
    names = ", ".join(field.name for field in db.tables.fields(table))
    return iter(db.execute(f"select {names} from {table} order by {_order(db, table)}"))


def _order(db: Desk, table: str) -> str:
    """What the rows of a table are sorted by: its key, but agents as they came, for the first spelling counts."""
    return "rowid" if table == "agents" else ", ".join(db.tables.key(table))


def check(db: Desk, *, references: bool = True) -> None:
    """Refuse an import with contradictions that the schema does not catch. Raises InputError."""
    for said in contradictions(db, of="{}.jsonl", references=references):
        raise InputError(f"{said}.", MEND)


def dangling(table: str) -> str:
    """What is said of a table, as it is called there, that refers to a missing row."""
    return f"{table} refers to something that does not exist"


def contradictions(db: Desk, *, of: str = "the table {}", references: bool = True) -> Iterator[str]:
    """In words, what contradicts itself in a desk although its schema allows it; tables are called `of`.

    Without `references` these are known to be sound.
    """
    if references:
        yield from (dangling(of.format(table)) for table, _ in db.tables.broken_references())
    for name, table in NUMBERED.items():
        last = db.execute(f"select max(id) from {table}").fetchone()[0]
        if last is not None and last > counters.value(db, name):
            yield f"{of.format('counters')} would reuse a number of {of.format(table)}"
    untargeted = "left join targets g on g.ticket = t.id and g.n = t.target_n where g.n is null"
    if db.execute(f"select 1 from tickets t {untargeted} limit 1").fetchone():
        yield f"{of.format('tickets')} has a ticket without a target"
    try:
        policies.all_in_order(db)
        policies.in_force(db, BEGINNING)
    except (LookupError, TypeError, ValueError, AttributeError, InputError):
        yield f"{of.format('policies')} has no usable policy"


MEND = "Export the desk again; an export is not meant to be edited."


def is_empty(db: Desk) -> bool:
    """Whether the desk is new: it has its built-in policy and nothing more."""
    filled = [name for name in tables(db) if name not in ("agents", "counters", "totals") and count(db, name)]
    return filled == ["policies"] and count(db, "policies") == 1 and not any(counters.value(db, n) for n in NUMBERED)


def clear(db: Desk) -> None:
    """Take out, in the caller's transaction, what a new desk begins with, so that it can be filled with another's."""
    for table in ("agents", "counters", "policies", "totals"):
        db.execute(f"delete from {table}")


def copy_into_empty(source: Desk, db: Desk) -> bool:
    """Copy a whole desk into an empty one, in the caller's transaction; False if that is no longer empty.

    The full text has to be made from it.
    """
    if not is_empty(db):
        return False
    clear(db)
    put_all_of(source, db)
    return True


def put_all_of(source: Desk, db: Desk) -> None:
    """Put all rows of a desk into the empty tables of another, in the caller's transaction."""
    for table in EVERY:
        db.tables.put(table, whole_rows(source, table))
    db.tables.have_grown()


def standing(db: Desk, table: str) -> Total:
    """The total that matches a table as it is, also one that has none on record; reads all of it."""
    return totals.standing(db, table, [field.name for field in db.tables.fields(table)])
