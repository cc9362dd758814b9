"""JSON: one array of objects, or objects one after the other as in JSON Lines; read one at a time, however many."""

import json
import re
from collections.abc import Iterator
from typing import Any

from supportctl.errors import InputError
from supportctl.tabular.source import CHUNK, FIELD_LIMIT, RECORD_LIMIT, Source, is_text
from supportctl.tabular.table import COLUMN_LIMIT, Odd, Record

_BLANK = re.compile(r"[ \t\r\n]*")


class _Members(list[tuple[str, Any]]):
    """An object as it is written: a name that stands there twice is still there twice."""


# Numbers keep their spelling, which also bounds the cost of one with thousands of digits.
_DECODER = json.JSONDecoder(object_pairs_hook=_Members, parse_int=str, parse_float=str, parse_constant=Odd)


class Objects:
    """A table of JSON objects. Values are texts, numbers as they are spelled, None for null, or Odd."""

    names: tuple[str, ...] | None = None

    def __init__(self, source: Source, head: str) -> None:
        self.name = source.name
        self._source = source
        self._buffer, self._at = head, 0
        self._line = source.line  # the one at which `_at` stands
        self._number = 0

    def __iter__(self) -> Iterator[Record]:
        if self._peek() != "[":
            while self._peek():
                yield self._record()
            return
        self._take("[")
        if self._peek() != "]":
            yield self._record()
            while self._take(",]") == ",":
                yield self._record()
        else:
            self._take("]")
        if self._peek():
            raise self._wrong("text follows the end of the array")

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
            raise self._wrong(f"record {self._number} is no object")
        if len(value) > COLUMN_LIMIT:
            raise self._wrong(f"record {self._number} has over {COLUMN_LIMIT:,} columns")
        return Record(place, tuple([name for name, _ in value]), [_plain(member) for _, member in value], written)

    def _value(self) -> tuple[Any, str]:
        """The value that begins here, and how it is written; more is read until it is whole."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                length = len(self._buffer) - self._at
                wrong = self._malformed(error)
                if length > RECORD_LIMIT or not self._more():
                    raise wrong from None
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
        """Read on, twice as much each time: a long record is not tried more often than its length can pay for."""
        rest = self._buffer[self._at :]
        chunk = self._source.chunk(max(CHUNK, len(rest)), self._line + rest.count("\n"))
        self._buffer, self._at = rest + chunk, 0
        return bool(chunk)

    def _malformed(self, error: json.JSONDecodeError) -> InputError:
        line = self._line + self._buffer.count("\n", self._at, error.pos)
        return self._source.wrong(line, f"not valid JSON ({error.msg.lower()}), or a record of over 20 MB")

    def _wrong(self, what: str) -> InputError:
        return self._source.wrong(self._line, what)


def _plain(value: Any) -> str | Odd | None:
    if isinstance(value, str):
        if len(value) > FIELD_LIMIT:
            return Odd("a text of over 10 MB")
        return value if is_text(value) else Odd("half a character, such as a cut emoji")
    if value is None or isinstance(value, Odd):
        return value
    if isinstance(value, bool):
        return Odd("true" if value else "false")
    return Odd("an object" if isinstance(value, _Members) else "a list")
