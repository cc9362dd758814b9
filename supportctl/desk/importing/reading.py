"""Rows out of files: CSV with commas, semicolons or tabs, JSON arrays and JSON Lines, read as they stream.

Nothing is guessed about values: every cell is text as it stands, or None where it is absent.
"""

import csv
import json
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from io import BufferedReader, TextIOWrapper
from typing import Any, NamedTuple, NoReturn

from supportctl.errors import InputError

LINE_LIMIT = 20_000_000  # characters of one line, or of one JSON record
CELL_LIMIT = 10_000_000  # characters of one value
COLUMN_LIMIT = 1_000
_CHUNK = 1 << 16


class Row(NamedTuple):
    """One record: where it stands in the file ("line 17"), and its cells by column as named there."""

    place: str
    cells: Mapping[str, str | None]


class Source(NamedTuple):
    """A file to read: the name that errors call it by, and its bytes."""

    name: str
    stream: BufferedReader


def read_rows(source: Source) -> Generator[Row, None, None]:
    """The rows of a file, by its suffix or else by how it begins. Raises InputError naming file and line."""
    head = source.stream.peek(_CHUNK)[:_CHUNK]
    text = TextIOWrapper(source.stream, encoding=_encoding(head), newline="")
    try:
        form = _form(source.name, head)
        if form == "json":
            yield from _json_array(source.name, text)
        elif form == "jsonl":
            yield from _json_lines(source.name, text)
        else:
            yield from _csv(source.name, text, "\t" if form == "tsv" else None)
    except UnicodeDecodeError:
        raise InputError(f"{source.name} is not valid UTF-8.", "Convert it to UTF-8 and try again.") from None
    finally:
        text.detach()


def _encoding(head: bytes) -> str:
    return "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"


def _form(name: str, head: bytes) -> str:
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122  # a name, not a path: "-" may stand for it
    known = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(suffix)
    if known:
        return known
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"[": "json", b"{": "jsonl"}.get(start, "csv")


def _lines(name: str, text: TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise InputError(f"{name}, line {number} is over {LINE_LIMIT:,} characters.", "No record is that long.")
        yield line


# CSV


def _csv(name: str, text: TextIOWrapper, delimiter: str | None) -> Iterator[Row]:
    lines = _lines(name, text)
    first = next(lines, None)
    if first is None or not first.strip():
        raise InputError(f"{name} has no header.", "Its first line names the columns.")
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(_put_back(first, lines), delimiter=delimiter or _delimiter(first), strict=True)
    header: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(f"{name}, line {line}: {error}.", "Check the quotes of that record.") from None
        if cells is None:
            return
        if not header:
            header = _header(name, cells)
        elif cells:
            yield Row(f"line {line}", dict(zip(header, _fitting(name, line, cells, header), strict=True)))


def _put_back(first: str, lines: Iterable[str]) -> Iterator[str]:
    yield first
    yield from lines


def _delimiter(header: str) -> str:
    """What parts the columns of a header line: the sign that stands in it most often."""
    return max(",;\t", key=header.count)


def _header(name: str, cells: list[str]) -> list[str]:
    if len(cells) > COLUMN_LIMIT:
        raise InputError(f"{name} has {len(cells):,} columns; {COLUMN_LIMIT:,} are the most.", "Leave some out.")
    columns = [cell.strip() for cell in cells]
    folded = [column.casefold() for column in columns]
    for i, column in enumerate(folded):
        if column in folded[:i]:
            raise InputError(f"{name} names the column '{columns[i][:60]}' twice.", "Name each column once.")
    return columns


def _fitting(name: str, line: int, cells: list[str], header: list[str]) -> list[str]:
    if len(cells) != len(header):
        raise InputError(
            f"{name}, line {line} has {len(cells)} values for {len(header)} columns.",
            "Check its separators and quotes.",
        )
    return cells


# JSON


def _json_lines(name: str, text: TextIOWrapper) -> Iterator[Row]:
    decoder = _decoder()
    for number, line in enumerate(_lines(name, text), 1):
        if line.strip():
            place = f"line {number}"
            yield Row(place, _record(name, place, _decoded(decoder, name, place, line.strip())))


def _decoded(decoder: json.JSONDecoder, name: str, place: str, line: str) -> Any:
    try:
        return decoder.decode(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{name}, {place} is not JSON: {error.msg}.", "Write one object a line.") from None
    except RecursionError:
        _too_deep(name, place)


def _json_array(name: str, text: TextIOWrapper) -> Iterator[Row]:
    """The objects of an array, one after the other: only one of them is ever held."""
    decoder, buffer, number = _decoder(), "", 0
    closed = False
    while True:
        buffer = buffer.lstrip(" \t\r\n[," if number == 0 else " \t\r\n,")
        if buffer.startswith("]"):
            closed = True
            break
        try:
            if not buffer:
                raise json.JSONDecodeError("it ends too early", "", 0)
            value, end = decoder.raw_decode(buffer)
        except json.JSONDecodeError as error:
            more = text.read(max(_CHUNK, len(buffer)))
            if not more:
                raise InputError(
                    f"{name}, record {number + 1} is not JSON: {error.msg}.", "Write an array of objects."
                ) from None
            if len(buffer) > LINE_LIMIT:
                raise InputError(
                    f"{name}, record {number + 1} is over {LINE_LIMIT:,} characters, or not JSON.",
                    "Write an array of objects.",
                ) from None
            buffer += more
            continue
        except RecursionError:
            _too_deep(name, f"record {number + 1}")
        number += 1
        buffer = buffer[end:]
        yield Row(f"record {number}", _record(name, f"record {number}", value))
    if closed and (buffer[1:] + text.read(_CHUNK)).strip():
        raise InputError(f"{name} goes on after its array.", "Write one array of objects.")


def _decoder() -> json.JSONDecoder:
    """Numbers keep their spelling, whatever their length; a name that comes twice is no one's guess."""
    return json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_pairs, strict=False)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise InputError("A JSON object names the same column twice.", "Name each column once.")
    return named


def _record(name: str, place: str, value: Any) -> Mapping[str, str | None]:
    if not isinstance(value, dict):
        raise InputError(f"{name}, {place} is not an object.", "Write each record as a JSON object.")
    if len(value) > COLUMN_LIMIT:
        raise InputError(f"{name}, {place} has over {COLUMN_LIMIT:,} columns.", "Leave some out.")
    return {column.strip(): _cell(name, place, column, cell) for column, cell in value.items()}


def _cell(name: str, place: str, column: str, cell: Any) -> str | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if cell is None or isinstance(cell, str):
        if cell and not cell.isascii() and any("\ud800" <= char <= "\udfff" for char in cell):
            raise InputError(f"{name}, {place}, column {column[:60]}: not valid text.", "Mend its \\u escapes.")
        return cell
    raise InputError(
        f"{name}, {place}, column {column[:60]}: a list or an object is not a value.", "Give a text or a number."
    )


def _too_deep(name: str, place: str) -> NoReturn:
    raise InputError(f"{name}, {place} is nested too deep.", "Write each record as a flat JSON object.") from None
