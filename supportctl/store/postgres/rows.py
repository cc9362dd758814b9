"""Rows as they come from the server: of one statement, or of several as JSON in one row."""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import md5
from typing import Any

from supportctl.store.postgres import nul


class RowsRead:
    """Rows that are here already, or come when they are asked for."""

    def __init__(self, rows: Iterable[Any], rowcount: int = -1, description: Any = None) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount
        self.description = description

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def __next__(self) -> Any:
        return next(self._rows)


def rows_of(cursor: Any) -> RowsRead:
    """The rows that a cursor has, all of them."""
    if cursor.description is None:
        return RowsRead([], cursor.rowcount)
    rows = cursor.fetchall()
    kinds = [column.type_code for column in cursor.description]
    if rows and (_BYTEA in kinds or _TEXT in kinds):
        rows = list(zip(*(map(_read, kinds, zip(*rows, strict=True))), strict=True))
    return RowsRead(rows, cursor.rowcount, cursor.description)


_BYTEA, _TEXT = 17, 25  # the only types by which text is kept


def _read(kind: int, values: Sequence[Any]) -> Sequence[Any]:
    """The values of a column. Rows come by the thousand, and hardly one has a NUL: all are looked through at once."""
    if kind == _TEXT and nul.ESCAPE in "".join(filter(None, values)):
        return [value and nul.read(value) for value in values]
    if kind == _BYTEA:
        return [None if value is None else nul.read_bytes(bytes(value)) for value in values]
    return values


def as_json(said: str) -> str:
    """The expression for all rows of a statement as one JSON text; null where there are none."""
    return f"(select json_agg(_r)::text from ({said}) _r)"


def digest(text: str | None) -> str:
    """The digest of such a text, as the server's `md5` makes it; empty for none."""
    return md5(text.encode(), usedforsecurity=False).hexdigest() if text is not None else ""


def rows_in(text: str | None) -> list[Any]:
    return [] if text is None else json.loads(nul.read_json(text), object_pairs_hook=_values)


def _values(pairs: list[tuple[str, Any]]) -> tuple[Any, ...]:
    """The values of a row; two columns may have one name, and a flag is a number."""
    return tuple(int(value) if value is True or value is False else value for _, value in pairs)
