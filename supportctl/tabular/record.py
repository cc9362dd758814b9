"""What every file of rows gives: records with their place, and how a rejected one is written again."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

COLUMN_LIMIT = 1_000


def folded(name: str) -> str:
    """A column's name for comparison: without case, and without blanks around it."""
    return name.strip().casefold()


class NotText(NamedTuple):
    """Stands for a value that is not text, and says what it is."""

    what: str


class Record(NamedTuple):
    """One row: its place, such as "line 17", and its values by the names at the same position.

    In CSV a ragged row has more or fewer values than names. `written` is how it looked in the file.
    """

    place: str
    names: tuple[str, ...]
    values: Sequence[str | NotText | None]
    written: Any


class Table(Protocol):
    """A file of rows. `names` are its columns; None if, as in JSON, each record names its own.

    Iterating raises InputError, with file and line, when the file cannot be read any further.
    """

    name: str
    names: tuple[str, ...] | None

    def __iter__(self) -> Iterator[Record]: ...

    def rejects_head(self) -> str:
        """The first lines of a file of rejected rows."""

    def rejected(self, record: Record, why: str) -> str:
        """The record as it came, with the reason for rejecting it as its last column, `error`."""


class FileForm(NamedTuple):
    """What is known about a file before it is read: its encoding, and the folded names of the columns to look for.

    In JSON a column such as requester.email is within an object, and an object without any such column may wrap a list
    of those that have them.
    """

    encoding: str | None = None
    columns: frozenset[str] = frozenset()
    flat: bool = False  # whether everything within objects is a column of its own


def csv_line(cells: Sequence[str], delimiter: str) -> str:
    """The cells as one line of CSV."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter).writerow(cells)
    return line.getvalue()
