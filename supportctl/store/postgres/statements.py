"""Statements of the shared SQL in the words of PostgreSQL, with their values in them.

psycopg2 puts values into a statement on this side of the wire, so a message to the server can consist of several
statements, and a pooler that gives every transaction another connection meets no prepared ones.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from supportctl.store.postgres import nul

# What is to be left alone (quoted text, casts), what has another name here, and the places of values.
_TOKENS = re.compile(
    r"(?P<quoted>'(?:[^']|'')*')|(?P<cast>::)|:(?P<name>[a-z_]\w*)|(?P<place>\?)|(?P<percent>%)"
    r"|(?P<hint>(?<![\w)])\+(?=[a-z(]))|\bcast\((?P<blob>[\w.]+) as blob\)|(?P<temp>\btemp\.)"
    r"|(?P<without> without rowid\b)|(?P<word>(?<![\w.\"])system_user\b)",
    re.IGNORECASE,
)
_READING = re.compile(r"\s*(select|with|values)\b", re.IGNORECASE)
_ROWS = re.compile(r"(insert into .*?) values \(([^()]*)\)( on conflict .*)?", re.IGNORECASE | re.DOTALL)

FEW = 3  # rows of an insert that the server reads sooner one by one than as arrays


class Statement(NamedTuple):
    """A statement in the form that psycopg2 fills: whether it has values by name, gives rows, and only reads."""

    text: str
    gives_rows: bool
    reads: bool


@lru_cache(maxsize=512)
def translated(statement: str) -> Statement:
    """A statement of the shared SQL (`:name` or `?` for values) as psycopg2 takes it."""
    text = _TOKENS.sub(_said, statement)
    reads = _READING.match(statement) is not None
    return Statement(text, reads or " returning " in statement, reads)


def _said(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind == "quoted":
        return found["quoted"].replace("%", "%%")
    if kind == "name":
        return f"%({found['name']})s"
    if kind == "word":
        return f'"{found["word"]}"'  # a word of SQL's own from PostgreSQL 16 on
    if kind == "blob":
        return f"convert_to({found['blob']}, 'UTF8')"
    return {"cast": "::", "place": "%s", "percent": "%%", "hint": "", "temp": "pg_temp.", "without": ""}[kind or ""]


def filled(cursor: Any, statement: str, values: Any = ()) -> str:
    """A statement with its values in it."""
    if isinstance(values, Mapping):
        given: Any = {name: _stored(value) for name, value in values.items()}
    else:
        given = tuple(map(_stored, values))
    said: bytes = cursor.mogrify(translated(statement).text, given)  # without values it still halves each percent sign
    return said.decode()


def _stored(value: Any) -> Any:
    return nul.stored(value) if type(value) is str else value


def filled_for_each(cursor: Any, statement: str, rows: Iterable[Any], at_once: int = 1000) -> Iterable[tuple[int, str]]:
    """A statement for many rows of values, as few statements as possible: each with the number of its rows."""
    several = _ROWS.fullmatch(statement)
    for some in _parts(rows, at_once):
        if several and len(some) > FEW:
            into, places, on_conflict = several.groups(default="")
            yield len(some), filled(cursor, *_by_column(into, places, on_conflict, some))
        else:
            yield len(some), ";\n".join(filled(cursor, statement, row) for row in some)


def _by_column(into: str, places: str, on_conflict: str, rows: Sequence[Any]) -> tuple[str, list[str]]:
    """An insert of many rows that gives each column as an array: read sooner than a list of as many rows, and written.

    A column without any value has no type, and is no array.
    """
    columns = [(f"c{n}", values) for n, values in enumerate(zip(*rows, strict=True))]
    arrays = {name: _array(values) for name, values in columns if any(value is not None for value in values)}
    names = (name if name in arrays else "null" for name, _ in columns)
    asked = re.sub(r"\?", lambda _: next(names), places)
    given = ", ".join(f"?::{kind}[]" for kind, _ in arrays.values())
    said = f"{into} select {asked} from unnest({given}) as _r ({', '.join(arrays)}){on_conflict}"
    return said, [literal for _, literal in arrays.values()]


def _array(values: Sequence[Any]) -> tuple[str, str]:
    """The type of the values of a column, and their array; a flag is a number."""
    if any(isinstance(value, str) for value in values):
        quoted = ["NULL" if value is None else f'"{_escaped(value)}"' for value in values]
        return "text", f"{{{','.join(quoted)}}}"
    return "bigint", f"{{{','.join(['NULL' if value is None else str(+value) for value in values])}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"")


def _parts(rows: Iterable[Any], at_once: int) -> Iterable[Sequence[Any]]:
    some: list[Any] = []
    for row in rows:
        some.append(row)
        if len(some) == at_once:
            yield some
            some = []
    if some:
        yield some


def about_what(question: tuple[str, Any], stand_in: Any, found: tuple[str, Any]) -> tuple[str, Any]:
    """A question with what finds a value, as a subselect, wherever `stand_in` is asked for."""
    statement, values = question
    finding = re.sub(r":([a-z_]\w*)", r":found_\1", found[0])
    places = {name for name, value in values.items() if value == stand_in}
    said = re.sub(r":([a-z_]\w*)", lambda name: f"({finding})" if name[1] in places else name[0], statement)
    kept = {name: value for name, value in values.items() if name not in places}
    return said, {**kept, **{f"found_{name}": value for name, value in found[1].items()}}
