"""Finds the faults of a desk's file: its pages, keys, values, indexes, schema and full text.

Set-wise, in one pass over each table and in little memory, however many tickets there are. Nothing is written or
locked here; `store.sqlite.repair` does what a finding says to repair. This is SQLite's own: `store.faults` has what any
engine's desk can have wrong.
"""

import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import cast

from supportctl.clock import FIRST, LAST
from supportctl.store import tables
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.soundness import BY_REPAIR, WARNING, Finding, Mend, damage
from supportctl.store.sqlite import repair, search
from supportctl.store.sqlite.atomic import scrub_owed
from supportctl.store.sqlite.connection import SqliteDesk
from supportctl.store.sqlite.foreign_schema import foreign_objects
from supportctl.store.sqlite.schema import objects
from supportctl.store.sqlite.scrub import schedule_scrub
from supportctl.store.sqlite.search import FtsIndex
from supportctl.tabular.folder import Field

FAULTS = 100  # how many faults of one kind in the file's pages are reported


# The file


def pages(db: Desk) -> Iterator[Finding]:
    """What SQLite finds wrong in the file's pages and ordinary indexes, reading all of them; and how it is written."""
    faults = [row[0] for row in db.execute(f"pragma integrity_check({FAULTS})")]
    # What an index should say is in its table.
    mend = repair.reindex if all(" index " in f" {fault} " for fault in faults) else None
    yield from (damage("file", fault, mend=mend) for fault in faults if fault != "ok")
    mode = db.execute("pragma journal_mode").fetchone()[0]
    if mode != "wal" and not cast(SqliteDesk, db).is_frozen:
        yield Finding("file", WARNING, f"its journal mode is {mode}, so that readers wait for writers", BY_REPAIR)
    if scrub_owed(db):
        said = "text removed for good is still in it: the run that removed it was cut short"
        hint = "The next write clears it, or `supportctl db check --repair`."
        yield Finding("file", WARNING, said, hint, mend=partial(schedule_scrub, anywhere=False))


def foreign_keys(db: Desk) -> Iterator[Finding]:
    """Rows that refer to a missing row."""
    counts: dict[tuple[str, str], int] = {}
    for table, parent in db.tables.broken_references():
        counts[table, parent] = counts.get((table, parent), 0) + 1
    for (table, parent), count in counts.items():
        yield damage("foreign keys", f"{count} of {table} refer to rows of {parent} that do not exist")


def values(db: Desk) -> Iterator[Finding]:
    """Columns with values that supportctl never writes.

    A type other than the schema declares, invalid JSON or JSON of another kind, an impossible moment or day.
    """
    for table in tables.tables(db):
        wrong = {field.name: f"({field.name} is not null and {_misfit(field)})" for field in db.tables.fields(table)}
        if db.execute(f"select 1 from {table} where {' or '.join(wrong.values())} limit 1").fetchone() is None:
            continue  # nearly always, and three times as fast as counting
        counts = db.execute(f"select {', '.join(f'sum{each}' for each in wrong.values())} from {table}").fetchone()
        for name, count in zip(wrong, counts, strict=True):
            if count:
                yield damage("values", f"{count} of {table}.{name} have values that supportctl never writes")


def _misfit(field: Field) -> str:
    name = field.name
    if field.json is not None:
        kind = "object" if field.json is dict else "array"
        return f"case when json_valid({name}) then json_type({name}) <> '{kind}' else 1 end"
    if field.kind is str:
        return f"(typeof({name}) <> 'text'" + (f" or date({name}) is not {name})" if name == "date" else ")")
    moment = name == "at" or name.endswith("_at")
    return f"(typeof({name}) <> 'integer'" + (f" or {name} not between {FIRST} and {LAST})" if moment else ")")


def schema(db: Desk) -> Iterator[Finding]:
    """Triggers, tables, indexes and views that are missing or changed, and those that are not ours."""

    query = "select type, name, sql from main.sqlite_master where sql is not null"
    there = {(kind, name): sql for kind, name, sql in db.execute(query)}
    for kind, name, sql in objects(SCHEMA_VERSION, query):
        found = there.get((kind, name))
        if found is None or (kind != "table" and found.split() != sql.split()):
            what = f"the {kind} {name} is {'another one' if found else 'missing'}"
            yield damage(_part_of(kind), what, mend=_made_anew(kind, name, sql))
    for kind, name, named_as_ours in foreign_objects(db, SCHEMA_VERSION):
        if not named_as_ours:
            hint = "Find out who made it, and drop it. A view may stay if its name begins with my_."
            yield damage(_part_of(kind), f"the {kind} {name} is not one of supportctl's", hint=hint)


def _part_of(kind: str) -> str:
    return "guards" if kind == "trigger" else "schema"


def _made_anew(kind: str, name: str, sql: str) -> Mend | None:
    """How to make a missing part of the schema again; a table only if everything in it is derived."""
    if kind != "table":
        return partial(repair.declare, kind=kind, name=name, sql=sql)
    ours = any(name in (index.name, *index.tables) for index in (search.TICKETS, search.BUGS))
    return repair.rebuild_index if ours else None


def full_text(db: Desk) -> Iterator[Finding]:
    """Full-text indexes that cannot be read, or do not match the texts."""
    for index in (search.TICKETS, search.BUGS):
        if not _in_step(db, index):
            what = index.name.removesuffix("_index")
            said = f"the index of {what} does not match their texts: one of the two was changed"
            hint = (
                "If text or a subject was tampered with, restore a backup: see the findings about the history. "
                "Otherwise `supportctl db check --repair` rebuilds it from the texts as they are."
            )
            yield damage("full text", said, mend=repair.rebuild_index, hint=hint)


def _in_step(db: Desk, index: FtsIndex) -> bool:
    """FTS5 checks an index only by a statement that writes, which would lock everyone out for as long as it takes.

    So it is given a copy of the index, in a temporary table of this connection, that points into the desk's own texts.
    """
    for statement in search.SCHEMA.split(";\n"):
        words = statement.split()
        if words[:3] == ["create", "view", index.view]:
            db.execute(statement.replace("create view", "create temp view"))
        elif words[:4] == ["create", "virtual", "table", index.name]:
            db.execute(statement.replace("create virtual table ", "create virtual table temp."))
    try:
        for table in index.tables:
            db.execute(f"delete from temp.{table}")
            db.execute(f"insert into temp.{table} select * from main.{table}")
        return search.is_current(db, (index,))
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_ERROR:
            raise
        return False  # one of its tables is missing, or unreadable for FTS5
    finally:  # their names are those of the desk's own
        db.execute(f"drop table temp.{index.name}")
        db.execute(f"drop view temp.{index.view}")
