"""The formats for programs: JSON, JSON Lines, plain lines and CSV, each written record by record."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from supportctl.clock import iso
from supportctl.render.columns import Column, Kind, View
from supportctl.render.safe import json_safe, visible

_encode = json.JSONEncoder(ensure_ascii=False).encode
_AS_IT_IS = frozenset({Kind.TEXT, Kind.NUMBER, Kind.SPAN, Kind.FLAG, Kind.DATA})
# What a spreadsheet takes for the beginning of a formula, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write(view: View, records: Iterable[Any], out: TextIO, format: str, *, many: bool) -> None:
    """Write records as json (one array, or with not `many` one object), jsonl or plain. Raises ValueError."""
    match format:
        case "json" if many:
            _write_array(view, records, out)
        case "json" | "jsonl":
            write_object = _objects(view)
            out.writelines(f"{write_object(record)}\n" for record in records)
        case "plain":
            columns = view.named(view.plain)
            out.writelines("\t".join([visible(_flat(c, r)) for c in columns]) + "\n" for r in records)
        case _:
            raise ValueError(format)


def _write_array(view: View, records: Iterable[Any], out: TextIO) -> None:
    """A record a line, so that a long list is never held whole, and can be read and compared."""
    before, write_object = "[\n", _objects(view)
    for record in records:
        out.write(before + write_object(record))
        before = ",\n"
    out.write("[]\n" if before == "[\n" else "\n]\n")


def _objects(view: View) -> Callable[[Any], str]:
    """What writes a record of this view as JSON; which columns need care is found out once, not for every record."""
    readers = [(c.name, c.get or c.value, None if c.kind in _AS_IT_IS else c) for c in view.columns]

    def write_object(record: Any) -> str:
        return _json({name: _plain_data(care, record) if care else get(record) for name, get, care in readers})

    return write_object


def _json(value: Any) -> str:
    return json_safe(_encode(value))


def _plain_data(column: Column, record: Any) -> Any:
    """A value as JSON holds it: times in UTC, spans in seconds, None where it is absent."""
    value = column.value(record)
    if value is None:
        return None
    match column.kind:
        case Kind.TIME:
            return iso(value)
        case Kind.LIST:
            return list(value)
        case Kind.REASONS:
            return [{"clause": r.clause, "code": r.code, "text": r.text} for r in value]
        case _:
            return value


def _flat(column: Column, record: Any) -> str:
    """A value as one field of text: absent is empty."""
    value = _plain_data(column, record)
    if value is None:
        return ""
    match column.kind:
        case Kind.FLAG:
            return "yes" if value else "no"
        case Kind.LIST:
            return ",".join(value)
        case Kind.REASONS:
            return "; ".join([f"({r['clause']}) {r['text']}" for r in value])
        case Kind.DATA:
            return _json(value)
        case _:
            return str(value)


def write_csv(view: View, records: Iterable[Any], out: TextIO, *, raw: bool) -> None:
    """A header and a row a record; values that a spreadsheet would run get an apostrophe, unless `raw`."""
    import csv

    writer = csv.writer(_LineFeeds(out))
    writer.writerow([column.name for column in view.columns])
    for record in records:
        writer.writerow([_field(column, record, raw) for column in view.columns])


def _field(column: Column, record: Any, raw: bool) -> str:
    text = _flat(column, record)
    guarded = not raw and column.kind not in (Kind.NUMBER, Kind.SPAN) and text.lstrip(" ").startswith(_FORMULA)
    return f"'{text}" if guarded else text


class _LineFeeds:
    """Ends rows in a line feed. The writer itself must think of CR LF, or it leaves a CR within a value unquoted."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, row: str) -> None:
        self._out.write(row.removesuffix("\r\n") + "\n")
