"""Which columns of a file are which fields, and reading their cells; a bad one is named with its place."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, TypeVar

from supportctl.desk.importing.reading import Row
from supportctl.errors import InputError, SupportctlError

T = TypeVar("T")
SECRET = frozenset({"key", "body"})  # values that no message repeats
VERBATIM = frozenset({"subject", "body"})  # texts that stay as they are, blanks and all


class Kind(NamedTuple):
    """What an import takes: its name, its fields, and those that every row must have."""

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...]


CUSTOMERS = Kind("customers", ("email", "name", "kind", "registered_at"), ("email",))
LICENCES = Kind(
    "licences",
    ("key", "tier", "delivery_email", "order", "issued_at", "expires_at", "status"),
    ("key", "tier"),
)
RELEASES = Kind("releases", ("product", "version", "released_at"), ("product", "version"))
TICKETS = Kind(
    "tickets",
    (
        "from", "subject", "body", "channel", "product", "version", "topic", "language", "received_at",
        "first_response_at", "closed_at", "assignee", "external_id",
    ),
    ("from", "subject", "received_at"),
)  # fmt: skip
KINDS = {kind.name: kind for kind in (CUSTOMERS, LICENCES, RELEASES, TICKETS)}


def parse_map(pairs: Sequence[str], kind: Kind) -> dict[str, str]:
    """`FIELD=COLUMN` as column (folded) to field. Raises InputError."""
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not column or field not in kind.fields:
            raise InputError(
                f"'{pair[:60]}' is not FIELD=COLUMN of {kind.name}.", f"The fields are {', '.join(kind.fields)}."
            )
        if field in mapping.values() or column.casefold() in mapping:
            raise InputError(f"'{pair[:60]}' maps a field or a column twice.", "Map each once.")
        mapping[column.casefold()] = field
    return mapping


class Cells:
    """The cells of one row by field, and their readers: each names file, place, column and value when it refuses."""

    def __init__(self, name: str, row: Row, by_field: Mapping[str, str]) -> None:
        self._name, self._row, self._by_field = name, row, by_field

    def text(self, field: str) -> str | None:
        """The cell, without blanks around it unless it is a text of its own; None where it is absent or blank."""
        column = self._by_field.get(field)
        value = self._row.cells.get(column) if column is not None else None
        if value is None or field in VERBATIM:
            return value
        return value.strip() or None

    def required(self, field: str) -> str:
        """The cell of a field that every row must have. Raises InputError."""
        value = self.text(field)
        if value is None or (value == "" and field in VERBATIM):
            raise InputError(f"{self._place(field)}: missing.", "Give every row a value there.")
        return value

    def read(self, field: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of the cell, None where it is blank. Raises InputError."""
        value = self.text(field)
        return None if value is None else self._read(field, value, read)

    def must_read(self, field: str, read: Callable[[str], T]) -> T:
        """What `read` makes of a required cell. Raises InputError."""
        return self._read(field, self.required(field), read)

    def _read(self, field: str, value: str, read: Callable[[str], T]) -> T:
        try:
            return read(value)
        except SupportctlError as error:
            raise self.placed(error, field) from None

    def placed(self, error: SupportctlError, field: str | None = None) -> SupportctlError:
        """The same error, saying where."""
        return type(error)(f"{self._place(field)}: {error.message}", error.hint, clause=error.clause)

    def wrong(self, field: str, what: str, hint: str) -> InputError:
        """An error about this cell."""
        value = self.text(field)
        shown = "" if field in SECRET or value is None else f" '{value[:60]}'"
        return InputError(f"{self._place(field)}{shown}: {what}.", hint)

    def all(self, kind: Kind) -> list[str | None]:
        """Every field in order, as given: what makes two rows the same."""
        return [self.text(field) for field in kind.fields]

    def _place(self, field: str | None = None) -> str:
        column = f", column {self._by_field[field][:60]}" if field in self._by_field else f", {field}" if field else ""
        return f"{self._name}, {self._row.place}{column}"


class Columns:
    """From the columns of a file to fields; the same answer for all rows that have the same columns."""

    def __init__(self, name: str, kind: Kind, mapping: Mapping[str, str], ignore_extra: bool) -> None:
        self._name, self._kind, self._mapping, self._ignore = name, kind, mapping, ignore_extra
        self._known: dict[tuple[str, ...], dict[str, str]] = {}

    def cells(self, row: Row) -> Cells:
        """The row by field. Raises InputError for a column that is not known, or a required one that is missing."""
        columns = tuple(row.cells)
        if columns not in self._known:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[columns] = self._resolve(columns)
        return Cells(self._name, row, self._known[columns])

    def _resolve(self, columns: Collection[str]) -> dict[str, str]:
        by_field: dict[str, str] = {}
        extra = []
        for column in columns:
            folded = column.casefold()
            field = self._mapping.get(folded)
            if field is None and folded in self._kind.fields and folded not in self._mapping.values():
                field = folded
            if field is None:
                extra.append(column)
            else:
                by_field[field] = column
        self._refuse(by_field, extra)
        return by_field

    def _refuse(self, by_field: Mapping[str, str], extra: Sequence[str]) -> None:
        missing = [field for field in self._kind.required if field not in by_field]
        if missing:
            raise InputError(
                f"{self._name} has no column for {' and '.join(missing)}.", "Name it, or map it: --map FIELD=COLUMN."
            )
        if extra and not self._ignore:
            raise InputError(
                f"{self._name} has a column '{extra[0][:60]}' that {self._kind.name} do not have.",
                "Map it with --map FIELD=COLUMN, or add --ignore-extra.",
            )
