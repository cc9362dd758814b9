"""JSON: an array of objects, objects one after the other as in JSON Lines, or an object that wraps a list of them.

They are read one at a time, however many; only a wrapping object is read completely first.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from supportctl.errors import InputError
from supportctl.tabular.record import COLUMN_LIMIT, FileForm, NotText, Record, folded
from supportctl.tabular.source import CHUNK, FIELD_LIMIT, RECORD_LIMIT, Source, is_text

_BLANK = re.compile(r"[ \t\r\n]*")


class _Members(list[tuple[str, Any]]):
    """An object as written: a name that occurs twice is kept twice."""


# Numbers keep their spelling, which also bounds the cost of one with thousands of digits.
_DECODER = json.JSONDecoder(object_pairs_hook=_Members, parse_int=str, parse_float=str, parse_constant=NotText)


class Objects:
    """A table of JSON objects. Values are strings, numbers as spelled, None for null, or Odd."""

    names: tuple[str, ...] | None = None

    def __init__(self, source: Source, head: str, form: FileForm) -> None:
        self.name = source.name
        self._columns, self._flat = form.columns, form.flat
        self._paths = sorted(column for column in form.columns if "." in column)
        self._source = source
        self._buffer, self._at = head, 0
        self._line = source.line  # the one at `_at`
        self._number = 0
        self._last = _Members()  # the object just read, with everything in it

    def __iter__(self) -> Iterator[Record]:
        if self._peek() != "[":
            while self._peek():
                yield from self._object()
            return
        yield from self._array()
        if self._peek():
            raise self._wrong("text follows the end of the array")

    def _object(self) -> Iterator[Record]:
        """The record at this place, or those that an object wraps."""
        record = self._record()
        wrapped = self._wrapped() if self._columns.isdisjoint(map(folded, record.names)) else []
        if not wrapped:
            yield record
            return
        if len(wrapped) > 1:
            several = ", ".join(".".join(path) for path in wrapped)
            raise self._wrong(f"the records may be in {several[:120]}")
        end = self._at, self._line
        self._at -= len(record.written)  # back to where it begins: all of it is at hand
        self._line -= record.written.count("\n")
        self._number -= 1
        self._enter(wrapped[0])
        yield from self._array()
        self._at, self._line = end

    def _wrapped(self) -> list[tuple[str, ...]]:
        """Where the list of records is in the object just read: of several the one whose first has a known column."""
        lists = list(_lists(self._last))
        heads = {column.partition(".")[0] for column in self._columns}
        known = [path for path, items in lists if items and not heads.isdisjoint(folded(name) for name, _ in items[0])]
        return known or [path for path, _ in lists]

    def _enter(self, path: Sequence[str]) -> None:
        """Go to a member of the object at this place, all of which was read before."""
        for name in path:
            self._take("{")
            while self._value()[0] != name:
                self._take(":")
                self._value()
                self._take(",")
            self._take(":")

    def _array(self) -> Iterator[Record]:
        self._take("[")
        if self._peek() == "]":
            self._take("]")
            return
        yield self._record()
        while self._take(",]") == ",":
            yield self._record()

    def rejects_head(self) -> str:
        return ""

    def rejected(self, record: Record, why: str) -> str:
        members: str = record.written.rstrip()[:-1]
        comma = ", " if record.names else ""
        return f'{members}{comma}"error": {json.dumps(why, ensure_ascii=False)}}}\n'

    def _record(self) -> Record:
        self._peek()
        line = self._line
        self._number += 1
        value, written = self._value()
        place = f"line {line} (record {self._number})"
        if not isinstance(value, _Members):
            raise self._wrong(f"record {self._number} is not an object")
        if len(value) > COLUMN_LIMIT:
            raise self._wrong(f"record {self._number} has over {COLUMN_LIMIT:,} columns")
        self._last = value
        found = _flattened(value) if self._flat else self._within(value) if self._paths else value
        return Record(place, tuple([name for name, _ in found]), [_plain(member) for _, member in found], written)

    def _within(self, value: _Members) -> _Members:
        """The members, with a nested object replaced by the column looked for in it."""
        names = {folded(name) for name, _ in value}
        found = {path: member for path in self._paths if path not in names for member in _at(value, path.split("."))}
        entered = {path.partition(".")[0] for path in found}
        own = [(n, m) for n, m in value if not (folded(n) in entered and isinstance(m, _Members))]
        return _Members([*own, *found.items()])

    def _value(self) -> tuple[Any, str]:
        """The value at this place, and how it is written; reads on until it is complete."""
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                length = len(self._buffer) - self._at
                line = self._line + self._buffer.count("\n", self._at, error.pos)
                if length > RECORD_LIMIT or not self._more():
                    what = f"not valid JSON ({error.msg.lower()}), or a record over 20 MB"
                    raise self._source.wrong(line, what) from None
            except RecursionError:
                raise self._wrong(f"record {self._number} is nested too deeply") from None
            else:
                written = self._buffer[self._at : end]
                self._move(end)
                return value, written

    def _take(self, expected: str) -> str:
        found = self._peek()
        if not found or found not in expected:
            raise self._wrong(f"expected {' or '.join(expected)} after record {self._number}")
        self._move(self._at + 1)
        return found

    def _peek(self) -> str:
        """The next character that is not blank; "" at the end of the file."""
        while True:
            found = _BLANK.match(self._buffer, self._at)
            assert found is not None  # noqa: S101  # it matches nothing, too
            self._move(found.end())
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _move(self, to: int) -> None:
        self._line += self._buffer.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        """Read on, twice as much each time, so that a long record is not parsed again too often."""
        rest = self._buffer[self._at :]
        chunk = self._source.chunk(max(CHUNK, len(rest)), self._line + rest.count("\n"))
        self._buffer, self._at = rest + chunk, 0
        return bool(chunk)

    def _wrong(self, what: str) -> InputError:
        return self._source.wrong(self._line, what)


def _at(value: Any, path: Sequence[str]) -> list[Any]:
    """The value at a path within an object, if there is one."""
    for step in path:
        members = value if isinstance(value, _Members) else ()
        inner = [member for name, member in members if folded(name) == step]
        if not inner:
            return []
        value = inner[-1]
    return [value]


def _flattened(value: _Members) -> _Members:
    flat = _Members()
    for name, member in value:
        inner = _flattened(member) if isinstance(member, _Members) else None
        flat += [(name, member)] if inner is None else [(f"{name}.{path}", one) for path, one in inner]
    return flat


def _lists(value: _Members) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The lists that contain only objects, in an object or in its objects, each with its path."""
    for name, member in value:
        if isinstance(member, _Members):
            yield from (((name, *path), items) for path, items in _lists(member))
        elif isinstance(member, list) and all(isinstance(item, _Members) for item in member):
            yield (name,), member


def _plain(value: Any) -> str | NotText | None:
    if isinstance(value, str):
        if len(value) > FIELD_LIMIT:
            return NotText("text over 10 MB")
        return value if is_text(value) else NotText("half a character, such as a cut emoji")
    if value is None or isinstance(value, NotText):
        return value
    if isinstance(value, bool):
        return NotText("true" if value else "false")
    return NotText("an object" if isinstance(value, _Members) else "a list")
