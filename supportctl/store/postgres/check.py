"""Finds the faults of a shared desk: its schema, its references and its values; `store.faults` has what any desk can
have wrong.

What SQLite only finds, the server refuses from the start: a value of another type, a reference to nothing, a change of
the history. What is looked for is what remains possible for whoever owns the desk or the server.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial
from json import loads
from typing import TYPE_CHECKING, Any, cast

import psycopg2

from supportctl.clock import FIRST, LAST
from supportctl.errors import DeskUnusable
from supportctl.store import tables
from supportctl.store.desk import Desk
from supportctl.store.full_text import BUGS, TICKETS, Index
from supportctl.store.postgres import catalogue, roles
from supportctl.store.postgres import full_text as words
from supportctl.store.postgres.catalogue import Deviation
from supportctl.store.postgres.moment import Moment
from supportctl.store.postgres.rights import RIGHTS, ROLES
from supportctl.store.postgres.script import Script
from supportctl.store.soundness import WARNING, Finding, Mend, damage
from supportctl.tabular.folder import Field

if TYPE_CHECKING:
    from supportctl.store.postgres.desk import PostgresDesk

# Made again from what they are declared as; a table only if everything in it is derived.
_MADE_AGAIN = ("index", "function", "view", "constraint", "trigger")
_OF_WORDS = ("tickets_words", "bugs_words", "words_totals")
_STRANGE = "Find out who made it, and drop it. A view may stay if its name begins with my_."


def schema(db: Desk) -> Iterator[Finding]:
    """What the desk consists of: what is missing or changed, and what is not ours."""
    desk = _ours(db)
    for deviation in catalogue.deviations(desk):
        kind, name = deviation.of.kind, deviation.of.name
        if deviation.declared is None:
            yield damage(_part_of(kind), f"the {kind} {name} is not one of supportctl's", hint=_STRANGE)
        else:
            what = f"the {kind} {name} is {'another one' if deviation.there else 'missing'}"
            yield damage(_part_of(kind), what, mend=_made_again(deviation))
    for table in catalogue.references_off(desk):
        hint = f"Let an administrator of the server run `alter table {catalogue.SCHEMA}.{table} enable trigger all`."
        yield damage("guards", f"the foreign keys of the table {table} are switched off", hint=hint)
    if catalogue.is_by_name(desk.address):
        hint = "Let the owner of the desk check it on the server that takes changes: that compares everything."
        said = "only compared by name: a schema to compare with cannot be created here"
        yield Finding("guards", WARNING, said, hint)


def has_strangers(db: Desk) -> bool:
    """Whether anything in the desk's schema is not ours."""
    return any(each.declared is None for each in catalogue.deviations(_ours(db)))


def _part_of(kind: str) -> str:
    return "guards" if kind in ("trigger", "function", "rule", "policy") else "schema"


def _made_again(deviation: Deviation) -> Mend | None:
    what = deviation.declared
    if what is None or (what.kind not in _MADE_AGAIN and what.name not in _OF_WORDS):
        return None
    if what.definition is None:
        return _leave_to_the_owner
    if what.kind == "table" and what.name in _OF_WORDS and deviation.there is None:
        return partial(_make_again, statements=_statements_of(what.name))
    if what.kind == "table":
        return None
    return partial(_make_again, statements=catalogue.again(what, deviation.there is not None))


def _leave_to_the_owner(_: Desk) -> None:
    raise DeskUnusable(
        "Only the owner of the desk can repair its guards, indexes and views.",
        "Let the owner run `supportctl db check --repair`; nothing was changed.",
    )


def _statements_of(table: str) -> str:
    """What makes a table of words, with its index or its first rows."""
    every = words.SCHEMA.strip().split(";\n\n")
    return ";\n".join(
        each for each in every if re.match(rf"(create table|create index \w+ on|insert into) {table}\b", each)
    )


def _make_again(db: Desk, statements: str) -> None:
    desk = _ours(db)
    if isinstance(desk.script, Script):
        desk.script.add(statements)
        _give_rights(desk)


def _give_rights(db: "PostgresDesk") -> None:
    """Give the roles, if there are any, their rights on what was made again.

    Not where a table is missing that no repair brings back: then there is nothing to give rights on.
    """
    named = {table for of_role in RIGHTS.values() for some in of_role.values() for table in some}
    names = ", ".join(f"role_name('{role}')" for role in ROLES)
    (there,) = db.execute(f"select count(*) from pg_roles where rolname in ({names})").fetchone()
    if there == len(ROLES) and named <= db.tables.names():
        roles.make(db)


def full_text(db: Desk) -> Iterator[Finding]:
    """Words that do not match the texts."""
    for index in (BUGS, TICKETS):
        if not _in_step(db, index):
            said = f"the index of {index.name} does not match their texts: one of the two was changed"
            hint = (
                "If text or a subject was tampered with, restore a backup: see the findings about the history. "
                "Otherwise `supportctl db check --repair` rebuilds it from the texts as they are."
            )
            yield damage("full text", said, mend=words.rebuild, hint=hint)


def _in_step(db: Desk, index: Index) -> bool:
    try:
        return words.is_current(db, index)
    except psycopg2.ProgrammingError:  # one of its tables is missing, or another one
        _go_on(db)
        return False


def _go_on(db: Desk) -> None:
    """Go on with the same moment after a statement that failed."""
    if isinstance(moment := _ours(db).script, Moment):
        moment.begin_again()


def foreign_keys(db: Desk) -> Iterator[Finding]:
    """Rows that refer to a missing row: the server refuses them unless its guards are switched off."""
    for (table, parent), count in Counter(db.tables.broken_references()).items():
        yield damage("foreign keys", f"{count} of {table} refer to rows of {parent} that do not exist")


def values(db: Desk) -> Iterator[Finding]:
    """Columns with values that supportctl never writes: invalid JSON or JSON of another kind, an impossible moment or
    day.
    """
    known = db.tables
    for table in tables.EVERY:
        wrong = {field.name: misfit for field in known.fields(table) if (misfit := _misfit(field))}
        if not wrong or _none(db, f"select 1 from {table} where {' or '.join(wrong.values())} limit 1"):
            continue
        for field in known.fields(table):
            rows = db.execute(f"select {field.name} from {table} where {field.name} is not null")
            if field.name in wrong and (count := sum(not _fits(field, value) for (value,) in rows)):
                yield damage("values", f"{count} of {table}.{field.name} have values that supportctl never writes")


def _none(db: Desk, statement: str) -> bool:
    """Whether a statement gives no row; one that fails at a value has found it."""
    try:
        return db.execute(statement).fetchone() is None
    except psycopg2.DataError:
        _go_on(db)
        return False


def _misfit(field: Field) -> str | None:
    """The condition on a column that a value we never write meets, or fails at."""
    name = field.name
    if field.json is not None:
        return f"json_typeof({name}::json) <> '{'object' if field.json is dict else 'array'}'"
    if name == "date":
        return (
            f"case when {name} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$'"
            f" then to_char(to_date({name}, 'YYYY-MM-DD'), 'YYYY-MM-DD') <> {name} else true end"
        )
    return f"{name} not between {FIRST} and {LAST}" if _is_moment(field) else None


def _is_moment(field: Field) -> bool:
    return field.name == "at" or field.name.endswith("_at")


def _fits(field: Field, value: Any) -> bool:
    """The same for one value."""
    try:
        if field.json is not None:
            return isinstance(loads(str(value)), field.json)
        if field.name == "date":
            return date.fromisoformat(str(value)).isoformat() == str(value)
        return FIRST <= int(value) <= LAST
    except (ValueError, RecursionError):
        return False


def _ours(db: Desk) -> "PostgresDesk":
    return cast("PostgresDesk", db)
