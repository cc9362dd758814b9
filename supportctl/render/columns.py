"""What a record looks like: its columns, declared once and read by every format."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from enum import StrEnum
from itertools import chain, islice
from typing import Any, NamedTuple


class Kind(StrEnum):
    """What a column contains, so that each format can write it in its own way."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"  # UTC epoch seconds
    SPAN = "span"  # whole seconds
    FLAG = "flag"
    LIST = "list"  # of strings
    DATA = "data"  # anything that JSON can hold, its times already in ISO form
    REASONS = "reasons"  # of policy.model.Reason


TEXT, NUMBER, TIME, SPAN = Kind.TEXT, Kind.NUMBER, Kind.TIME, Kind.SPAN
FLAG, LIST, DATA, REASONS = Kind.FLAG, Kind.LIST, Kind.DATA, Kind.REASONS


class Column(NamedTuple):
    """One named value of a record; by default `get` is the attribute, or the key, of that name.

    `note` is what the help says of it beside its name.
    """

    name: str
    kind: Kind = TEXT
    title: str = ""
    get: Callable[[Any], Any] | None = None
    note: str = ""

    def value(self, record: Any) -> Any:
        """The record's value, None if it is absent. A record that lacks the column is a bug."""
        if self.get is not None:
            return self.get(record)
        return record[self.name] if isinstance(record, dict) else getattr(record, self.name)

    @property
    def heading(self) -> str:
        """The title that people read: by default `received_at` is "Received"."""
        return self.title or self.name.removesuffix("_at").removesuffix("_seconds").replace("_", " ").capitalize()


class Unanswered(NamedTuple):
    """In a list for programs, replaces a record that does not exist: the error, as JSON data."""

    data: dict[str, Any]


def peeked(records: Iterable[Any]) -> tuple[bool, Iterator[Any]]:
    """Whether there are any records, and all of them; only the first is read to find out."""
    rows = iter(records)
    first = list(islice(rows, 1))
    return bool(first), chain(first, rows)


class View(NamedTuple):
    """How one kind of record is shown. All `columns`, in order, make the JSON and the CSV: scripts rely on them.

    The other fields name columns. `plain` are those of plain lines, which only ever grow at the end; `table` (by
    default as plain) those of a table on every screen, and `wide` those that follow if there is room. `people` declares
    columns for people only, such as "due in 1 h 12 min". `style` gives a record's urgency: late, soon, no, done or "";
    colour only repeats what the words say, and `urgent` names the column that says it: in a document or a card nothing
    else is coloured. `title` heads a document, `note` stands below its table, `nothing` says that there are no records.

    Long values keep `readable` cells before another wide column gets room. With `one_line` each record of a table is
    one line, and its longest values are cut; else they are folded.

    `card` are those of a single record, one below the other (by default all, reasons last). `head`, if any, gives lines
    to stand in its place, each with the style of its importance. `below` follows over the full width: its lines without
    indent are headings. `cards` means that several records are cards too, one after another: a row has no room for what
    they say. `short` is the column that says in one to three lines what a person at a terminal has just done.
    """

    columns: tuple[Column, ...]
    plain: tuple[str, ...]
    table: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    people: tuple[Column, ...] = ()
    style: Callable[[Any], str] | None = None
    title: str = ""
    note: str = ""
    nothing: str = "Nothing to list."
    card: tuple[str, ...] = ()
    urgent: str = ""
    below: str = ""
    cards: bool = False
    short: str = ""
    one_line: bool = False
    readable: int = 40
    head: Callable[[Any, tzinfo | None], Iterable[tuple[str, str]]] | None = None

    def named(self, names: tuple[str, ...]) -> list[Column]:
        """The columns with these names, in this order. Raises KeyError."""
        declared = self._declared
        return [declared[name] for name in names]

    def names(self) -> list[str]:
        """The columns that can be chosen: those of JSON, then those that a table for people has besides."""
        shown = {*self.table, *self.wide}
        return [column.name for column in self.columns] + [c.name for c in self.people if c.name in shown]

    def chosen(self, names: Sequence[str]) -> "View":
        """The view with these columns alone, in this order and in every format. Raises KeyError."""
        chosen = tuple(names)
        return self._replace(
            columns=tuple(self.named(chosen)),
            plain=chosen,
            table=chosen,
            wide=(),
            people=(),
            card=chosen,
            head=None,
            below="",
            cards=False,
            short="",
        )

    @property
    def _declared(self) -> dict[str, Column]:
        return {column.name: column for column in (*self.columns, *self.people)}

    def urgency(self, record: Any) -> str:
        """The record's style, "" for none."""
        return self.style(record) if self.style else ""
