"""Which columns of a file are which fields, and reading their values; a bad one is reported with its place."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from supportctl.errors import InputError, SupportctlError
from supportctl.tabular.record import Record, Table, folded

T = TypeVar("T")
Readers = Mapping[str, Callable[[str], Any]]
Values = Mapping[str, Mapping[str, str]]  # by field, the meaning of another system's values
AS_THEY_ARE: Values = MappingProxyType({})
ANY = "*"  # stands for every value not listed
VERBATIM = frozenset({"subject", "body"})  # texts that stay as they are, blanks and all
WHOLE = frozenset(
    {"external_id", "name", "assignee", "order"}
)  # these stay as they are too, but blanks alone count as empty


class RecordKind(NamedTuple):
    """A kind of import: its name, its fields, and those that every row must have."""

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...]

    @property
    def times(self) -> tuple[str, ...]:
        """The fields that are times."""
        return tuple(field for field in self.fields if field.endswith("_at"))


CUSTOMERS = RecordKind("customers", ("email", "name", "kind", "registered_at"), ("email",))
LICENCES = RecordKind(
    "licences", ("key", "tier", "delivery_email", "order", "issued_at", "expires_at", "status"), ("key",)
)
RELEASES = RecordKind("releases", ("product", "version", "released_at"), ("product", "version"))
TICKETS = RecordKind(
    "tickets",
    (
        "from", "subject", "body", "channel", "product", "version", "topic", "language", "received_at",
        "first_response_at", "closed_at", "assignee", "external_id",
    ),
    ("from", "subject", "received_at"),
)  # fmt: skip
KINDS = {kind.name: kind for kind in (CUSTOMERS, LICENCES, RELEASES, TICKETS)}


def parse_map(pairs: Sequence[str], kind: RecordKind) -> dict[str, str]:
    """The columns of `FIELD=COLUMN` by field. Raises InputError."""
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, _, column = (part.strip() for part in pair.partition("="))
        if not column or field not in kind.fields:
            raise InputError(
                f"'{pair[:60]}' is not FIELD=COLUMN for {kind.name}.", f"The fields are {', '.join(kind.fields)}."
            )
        if field in mapping:
            raise InputError(f"--map names the field {field} twice.", "Map each field once.")
        mapping[field] = column
    return mapping


def parse_values(given: Sequence[str], kind: RecordKind) -> dict[str, dict[str, str]]:
    """The meanings of `FIELD:THEIRS=OURS`, by field and folded value. Raises InputError."""
    values: dict[str, dict[str, str]] = {}
    for text in given:
        field, colon, rest = text.partition(":")
        theirs, equals, ours = rest.rpartition("=")
        if not colon or not equals or field.strip() not in kind.fields:
            raise InputError(
                f"'{text[:60]}' is not FIELD:THEIRS=OURS for {kind.name}.", f"The fields are {', '.join(kind.fields)}."
            )
        meanings = values.setdefault(field.strip(), {})
        if folded(theirs) in meanings:
            raise InputError(f"--value defines '{theirs.strip()[:60]}' twice.", "Define it once.")
        meanings[folded(theirs)] = ours.strip()
    return values


def columns_of(kind: RecordKind, mapping: Mapping[str, str]) -> dict[str, str]:
    """The folded name of the column for each field."""
    return {field: folded(mapping.get(field, field)) for field in kind.fields}


class FieldPlace(NamedTuple):
    """Where a record has a field, what is left out around its values, and what these mean."""

    field: str
    position: int
    trim: Callable[[str], str]
    meanings: Mapping[str, str]


class Layout(NamedTuple):
    """Where a record with certain columns has its fields, and which columns must be empty."""

    kind: RecordKind
    places: tuple[FieldPlace, ...]
    blank: tuple[int, ...] = ()


def _trim_of(field: str) -> Callable[[str], str]:
    """What is left of a field's value without blanks that do not count."""
    if field in VERBATIM:
        return str
    return _unless_blank if field in WHOLE else str.strip


def _unless_blank(text: str) -> str:
    return text if text.strip() else ""


class Columns:
    """From the columns of a file to fields: compared ignoring case and blanks, and found once for all equal rows.

    Raises InputError for a repeated or unknown column; a header must have what is required and what is mapped.
    """

    def __init__(
        self, table: Table, kind: RecordKind, mapping: Mapping[str, str], ignore_extra: bool, values: Values
    ) -> None:
        self._name, self._kind, self._ignore, self._values = table.name, kind, ignore_extra, values
        self._wanted = columns_of(kind, mapping)
        self._unseen = {folded(column): column for column in mapping.values()}
        self.layout = lru_cache(maxsize=100)(self._resolve)  # a JSON file may have any number of them
        if table.names is not None:
            self._check_header(table.names)

    def _check_header(self, names: tuple[str, ...]) -> None:
        found = {place.field for place in self.layout(names).places}
        missing = [field for field in self._kind.required if field not in found]
        self.refuse_unseen()
        missing += [field for field in self._values if field not in (*found, *missing)]
        if missing:
            hint = f"Name it, or map it: --map {missing[0]}=COLUMN."
            raise InputError(f"{self._name} has no column for {' and '.join(missing)}.", hint)

    def refuse_unseen(self) -> None:
        """Refuse a mapping to a column that never came. Raises InputError."""
        for column in self._unseen.values():
            raise InputError(f"{self._name} has no column '{column[:60]}', which --map names.", "Check its spelling.")

    def _resolve(self, names: tuple[str, ...]) -> Layout:
        if not self._ignore and not {folded(name) for name in names} & set(self._wanted.values()):
            # The names may well be values, such as a key or a text: none is repeated.
            raise InputError(
                f"{self._name} has none of the columns that {self._kind.name} have.",
                f"Name them in the header, or map them with --map FIELD=COLUMN: {', '.join(self._kind.fields)}.",
            )
        positions: dict[str, int] = {}
        for position, name in enumerate(map(folded, names)):
            if name in positions and name in self._wanted.values():
                raise InputError(f"{self._name} has two columns '{names[position].strip()[:60]}'.", "Name each once.")
            positions.setdefault(name, position)
        places = [
            FieldPlace(field, positions[name], _trim_of(field), self._values.get(field, {}))
            for field, name in self._wanted.items()
            if name in positions
        ]
        for name in positions:
            self._unseen.pop(name, None)
        used = {place.position for place in places}
        extra = [name.strip() for position, name in enumerate(names) if position not in used and name.strip()]
        if extra and not self._ignore:
            raise InputError(
                f"{self._name} has a column '{extra[0][:60]}', which {self._kind.name} do not have.",
                "Map it with --map FIELD=COLUMN, or ignore it with --ignore-extra. The fields are "
                f"{', '.join(self._kind.fields)}.",
            )
        nameless = [position for position, name in enumerate(names) if not name.strip() and not self._ignore]
        return Layout(self._kind, tuple(places), tuple(nameless))


NAMELESS = "Name the column in the header, or ignore such columns with --ignore-extra."


class Cells:
    """The values of one row by field, without blank ones. Raises InputError for a malformed row."""

    def __init__(self, name: str, record: Record, layout: Layout) -> None:
        self.place = record.place
        self._name, self._record, self._layout = name, record, layout
        self.given: dict[str, str] = {}
        values = record.values
        if len(values) != len(record.names):
            raise self._ragged()
        if layout.blank and any(values[position] for position in layout.blank):
            raise self.wrong(None, "there is a value in a column without a name.", NAMELESS)
        for field, position, trim, meanings in layout.places:
            value = values[position]
            if isinstance(value, str):
                value = trim(value)
                if meanings:  # `*` means every other value, but not a blank
                    value = meanings.get(folded(value), meanings.get(ANY, value) if value else value)
                if value:
                    self.given[field] = value
            elif value is not None:
                raise self.wrong(field, f"{value.what} cannot be imported.", "Give text or a number.")

    def facts(self, readers: Readers) -> dict[str, Any]:
        """The values that are given or required, as read, by field. Raises InputError."""
        for field in self._layout.kind.required:
            if field not in self.given:
                raise self._missing(field)
        facts = {}
        field = ""
        try:
            for field, text in self.given.items():
                facts[field] = readers[field](text)
        except SupportctlError as error:
            raise self.placed(error, field) from None
        return facts

    def read(self, field: str, reader: Callable[[str], T]) -> T:
        """A value as read. Raises InputError if it is missing, and what the reader raises, with its place."""
        if field not in self.given:
            raise self._missing(field)
        try:
            return reader(self.given[field])
        except SupportctlError as error:
            raise self.placed(error, field) from None

    def _missing(self, field: str) -> SupportctlError:
        return self.wrong(field, "it is missing.", "Give every row a value.")

    def placed(self, error: SupportctlError, field: str | None = None) -> SupportctlError:
        """The same error, with its place."""
        said = error.message
        if said[1:2].islower() or said[1:2] == " ":  # it continues after a colon
            said = said[:1].lower() + said[1:]
        message = f"{self._name}, {self.place}{self._column(field)}: {said}"
        return type(error)(message, error.hint, clause=error.clause)

    def wrong(self, field: str | None, what: str, hint: str) -> SupportctlError:
        """The error about the row, or about a value of it."""
        return self.placed(InputError(what, hint), field)

    def _column(self, field: str | None) -> str:
        if field is None:
            return ""
        places = (place.position for place in self._layout.places if place.field == field)
        named = next((self._record.names[at].strip() for at in places), field)
        return f", column {named[:60]}"

    def _ragged(self) -> InputError:
        names, count = self._record.names, len(self._record.values)
        column = names[count].strip()[:60] if count < len(names) else str(len(names) + 1)
        return InputError(
            f"{self._name}, {self.place}, column {column}: the row has {count} values for {len(names)} columns.",
            "Check the separators and quotes of the row.",
        )
