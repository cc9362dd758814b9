"""The formats for programs: JSON, JSON Lines, plain lines and CSV, each written record by record."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any, TextIO

from supportctl.clock import iso
from supportctl.errors import SupportctlError
from supportctl.render.columns import Column, Kind, Unanswered, View
from supportctl.render.safe import cell_safe, json_safe, visible

if TYPE_CHECKING:
    Writers = Mapping[type, Callable[[Any], str]]  # how JSON expresses a value, by its type

_encode = json.JSONEncoder(ensure_ascii=False).encode
# What a spreadsheet takes for the beginning of a formula, including full-width forms.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write(view: View, records: Iterable[Any], out: TextIO, format: str, *, many: bool) -> None:
    """Write records as json (one array, or without `many` one object), jsonl or plain. Raises ValueError."""
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
    """A record per line, so that a long list is never held whole, and can be read and compared."""
    before, write_object, failure = "[\n", _objects(view), None
    try:
        for record in records:
            out.write(before + write_object(record))
            before = ",\n"
    except SupportctlError as error:  # the error goes to standard error; what came before it is still a whole array
        failure = error
    out.write("[]\n" if before == "[\n" else "\n]\n")
    if failure is not None:
        raise failure


def _objects(view: View) -> Callable[[Any], str]:
    """A function that writes a record of this view as JSON; what each column needs is worked out once."""
    columns = [(column.get or column.value, _AS_JSON.get(column.kind, _BY_TYPE)) for column in view.columns]
    template = _template(tuple([column.name for column in view.columns]))

    def write_object(record: Any) -> str:
        if isinstance(record, Unanswered):
            return _json(record.data)
        return json_safe(template % tuple([by_type[type(value := get(record))](value) for get, by_type in columns]))

    return write_object


def _json(value: Any) -> str:
    return json_safe(_json_of(value))


def _json_of(value: Any) -> str:
    return _BY_TYPE[type(value)](value)


def _object(data: dict[str, Any]) -> str:
    return _template(tuple(data)) % tuple([_BY_TYPE[type(value)](value) for value in data.values()])


@lru_cache(maxsize=256)
def _template(names: tuple[str, ...]) -> str:
    """An object with these names, which has places for their values."""
    pairs = [f"{quoted(name)}: ".replace("%", "%%") + "%s" for name in names]
    return f"{{{', '.join(pairs)}}}"


@lru_cache(maxsize=256)  # tickets in a list share most of theirs
def _reasons(reasons: tuple[Any, ...]) -> str:
    return _encode([{"clause": r.clause, "code": r.code, "text": r.text} for r in reasons])


_TEXT: "Writers" = {str: quoted, type(None): lambda _: "null"}
# The encoder makes a writer anew for every value: it takes longer than to write most of them.
_BY_TYPE: "Writers" = defaultdict(
    lambda: _encode,
    {
        **_TEXT,
        int: repr,
        bool: {True: "true", False: "false"}.__getitem__,
        dict: _object,
        list: lambda values: f"[{', '.join(map(_json_of, values))}]",
    },
)
# How JSON expresses types that it lacks: times in UTC. Everything else is written as it is.
_AS_JSON: "dict[Kind, Writers]" = {
    Kind.TIME: defaultdict(lambda: lambda instant: f'"{iso(instant)}"', _TEXT),
    Kind.LIST: defaultdict(lambda: lambda texts: f"[{', '.join(map(quoted, texts))}]", _TEXT),
    Kind.REASONS: defaultdict(lambda: _reasons, _TEXT),
}


def _flat(column: Column, record: Any) -> str:
    """A value as one text field: times in UTC, spans in seconds, empty if absent."""
    value = column.value(record)
    if value is None:
        return ""
    match column.kind:
        case Kind.TIME:
            return iso(value)
        case Kind.FLAG:
            return "yes" if value else "no"
        case Kind.LIST:
            return ",".join(value)
        case Kind.REASONS:
            return "; ".join([f"({r.clause}) {r.text}" for r in value])
        case Kind.DATA:
            return _json(value)
        case _:
            return str(value)


def write_csv(view: View, records: Iterable[Any], out: TextIO, *, raw: bool) -> None:
    """A header and a row per record. Unless `raw`, formulas get an apostrophe, and control characters show."""
    import csv  # late: each run writes one format

    writer = csv.writer(_LineFeeds(out))
    writer.writerow([column.name for column in view.columns])
    as_it_is = [raw or column.kind in (Kind.NUMBER, Kind.SPAN) for column in view.columns]
    for record in records:
        texts = [_flat(column, record) for column in view.columns]
        writer.writerow([t if plain else spreadsheet_safe(t) for t, plain in zip(texts, as_it_is, strict=True)])


def spreadsheet_safe(text: str) -> str:
    """The text as a cell that no spreadsheet runs and that cannot control a terminal."""
    runs = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)  # some ignore blanks before it
    return cell_safe(f"'{text}" if runs else text)


class _LineFeeds:
    """Ends rows in a line feed. The writer itself must use CR LF, or it leaves a CR within a value unquoted."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, row: str) -> None:
        self._out.write(row.removesuffix("\r\n") + "\n")
