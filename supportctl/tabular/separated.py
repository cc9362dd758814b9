"""Rows of cells between commas, semicolons, tabs or pipes (RFC 4180), under a header."""

import csv
import re
from collections.abc import Iterator
from itertools import chain

from supportctl.tabular.record import COLUMN_LIMIT, Record, csv_line
from supportctl.tabular.source import FIELD_LIMIT, Source

_QUOTED = re.compile(r'"[^"]*"?')
_SAID = re.compile(r'"?sep=([^\w\s"]|\t)"?', re.IGNORECASE)  # as Excel writes and reads it, above the header
_MEANINGS = {
    "unexpected end of data": "a quote is never closed",
    "expected after": "text follows a closing quote; double a quote inside quoted text",
    "field larger than": "a field over 10 MB",
}


class Separated:
    """A table of separated text. The standard csv module reads its rows: quoted line breaks and all."""

    def __init__(self, source: Source, head: str) -> None:
        csv.field_size_limit(FIELD_LIMIT)
        said = _SAID.fullmatch(head.rstrip("\r\n"))
        if said:
            head = source.head()
        if not head.endswith(("\n", "\r")):
            head += source.rest_of_line()
        self.name = source.name
        self._source = source
        self._delimiter = said[1] if said else _delimiter(head)
        self._reader = csv.reader(chain([head], source.lines()), delimiter=self._delimiter, strict=True)
        self._header = tuple(self._next(source.line) or ())
        self.names: tuple[str, ...] | None = self._header
        if len(self._header) > COLUMN_LIMIT:
            raise source.wrong(source.line, f"over {COLUMN_LIMIT:,} columns")

    def __iter__(self) -> Iterator[Record]:
        while True:
            self._source.begin_record()
            line = self._source.line + 1
            cells = self._next(line)
            if cells is None:
                return
            while len(cells) > len(self._header) and not cells[-1].strip():
                cells.pop()  # some programs end each row with a separator
            if any(cells):  # spreadsheets leave empty rows behind
                yield Record(f"line {line}", self._header, cells, cells)

    def rejects_head(self) -> str:
        return csv_line([*self._header, "error"], self._delimiter)

    def rejected(self, record: Record, why: str) -> str:
        # So that the error stays in its own column, surplus cells of the row go into its last one.
        width = len(self._header)
        cells, surplus = list(record.written[:width]), record.written[width:]
        cells[-1] = self._delimiter.join([cells[-1], *surplus])
        return csv_line([*cells, *[""] * (width - len(cells)), why], self._delimiter)

    def _next(self, line: int) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as error:
            meaning = next((meaning for known, meaning in _MEANINGS.items() if known in str(error)), str(error))
            raise self._source.wrong(line, meaning) from None


def _delimiter(head: str) -> str:
    """The separator that occurs most in the header outside quotes; without any there is a single column."""
    bare = _QUOTED.sub("", head)
    return max(",;\t|", key=bare.count)
