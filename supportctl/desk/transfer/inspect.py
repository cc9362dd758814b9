"""Inspects a file before it is imported: its columns, the fields they may be, and a command to import it."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from supportctl.clock import parse_time_as
from supportctl.desk.transfer.decision import ReadTime
from supportctl.desk.transfer.fields import RecordKind
from supportctl.errors import InputError
from supportctl.masking import mask_key, unkeyed
from supportctl.policy.credentials.find import find_secrets, redact
from supportctl.tabular.record import Record, Table

LOOKED_AT = 500  # records
SHOWN = 3  # values of a column
_WIDTH = 40  # characters of a value
# What other systems call a field; only letters and digits count, and the first match is taken.
_CALLED: Mapping[str, str] = {
    "from": "requester email|from email|sender email|customer email|contact email|email|email address|sender|requester"
    "|reporter email|user email|from address|mail|via source from address",
    "subject": "ticket subject|title|summary|headline",
    "body": "description|message|content|text|details|comment",
    "channel": "via|source|origin|via channel|channel name",
    "product": "product name|application",
    "version": "product version|app version|release|tag",
    "topic": "category",
    "language": "locale|lang",
    "received_at": "created at|created|created time|date created|create date|creation date|opened at|opened|date opened"
    "|submitted at|received|date|timestamp|time",
    "first_response_at": "first response time|initial response time|first reply at|first replied at|first response",
    "closed_at": "closed time|closed date|closed|solved at|resolved at|resolved time|resolved|date closed|completed at",
    "assignee": "agent|assigned to|agent assigned|owner|assignee name",
    "external_id": "id|ticket id|ticket number|ticket|number|case number|case id|ticket no|uuid",
    "email": "mail|email address|customer email|user email|login",
    "name": "full name|display name|customer name|contact name|contact",
    "kind": "account type|customer type|type",
    "registered_at": "created at|created|registered|registration date|signup date|joined|date",
    "key": "licence key|license key|serial|serial number|registration key|product key|licence|license|code",
    "tier": "edition|plan|level|licence type|license type|package|product",
    "delivery_email": "email|customer email|email address|delivery address|mail",
    "order": "order id|order number|order no|invoice|invoice number",
    "issued_at": "issued|purchase date|purchased|order date|created at|created|date",
    "expires_at": "expires|expiry|expiry date|expiration|expiration date|valid until|valid to|end date",
    "status": "state",
    "released_at": "release date|released|published at|published|date|created at",
}
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %I:%M %p")


class InspectedColumn(NamedTuple):
    """A column, the field it is or may be, and a few of its values, without secrets."""

    column: str
    field: str | None
    values: tuple[str, ...]


class Inspection(NamedTuple):
    """The columns of a file, the required fields without a column, and the command to run."""

    what: str
    file: str
    columns: tuple[InspectedColumn, ...]
    missing: tuple[str, ...]
    command: str


class ImportArguments(NamedTuple):
    """The choices already made on the command line: the columns by field, and the options to keep."""

    mapping: Mapping[str, str]
    options: Sequence[str]
    has_times: bool


def inspect(table: Table, kind: RecordKind, file: str, given: ImportArguments, time: ReadTime) -> Inspection:
    """Look at the first records of a table; nothing is stored. Raises InputError if it cannot be read."""
    values = _values(table.names or (), islice(table, LOOKED_AT))
    fields = _fields(kind, given.mapping, list(values))
    columns = tuple(
        InspectedColumn(name, fields.get(name), tuple(_shown(v, fields.get(name), time) for v in some[:SHOWN]))
        for name, some in values.items()
    )
    missing = tuple(field for field in kind.required if field not in fields.values())
    return Inspection(kind.name, file, columns, missing, _command(kind, file, given, fields, values, time))


def _values(names: Iterable[str], records: Iterable[Record]) -> dict[str, list[str]]:
    values: dict[str, dict[str, None]] = {name.strip(): {} for name in names if name.strip()}
    for record in records:
        for name, value in zip(record.names, record.values, strict=False):
            some = values.setdefault(name.strip(), {})
            if isinstance(value, str) and value.strip() and len(some) < LOOKED_AT:
                some[value.strip()] = None
    return {name: list(some) for name, some in values.items() if name}


def _fields(kind: RecordKind, mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """The field of each column that has one: as mapped, by its name, or by what others call it."""
    left = {_bare(column): column for column in reversed(columns)}
    fields: dict[str, str] = {}
    for field, called in _names(kind, mapping):
        if field not in fields.values() and (column := left.pop(_bare(called), None)) is not None:
            fields[column] = field
    return fields


def _names(kind: RecordKind, mapping: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The names that each field may have, the surest first."""
    yield from mapping.items()
    open_fields = [field for field in kind.fields if field not in mapping]
    yield from ((field, field) for field in open_fields)
    yield from ((field, name) for field in open_fields for name in _CALLED.get(field, "").split("|"))


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _shown(value: str, field: str | None, time: ReadTime) -> str:
    """A value that is safe to show: keys masked, secrets left out, long texts cut."""
    start = value[: 10 * _WIDTH]
    if field == "key":
        return mask_key(value)
    if " " not in value and not _is_time(value, time) and not re.fullmatch("[0-9]{1,18}", value):
        start = unkeyed(start)
    safe = redact(start, list(find_secrets(start)))
    return safe if len(safe) <= _WIDTH else f"{safe[: _WIDTH - 1]}…"


def _is_time(value: str, time: ReadTime) -> bool:
    try:
        time(value)
    except InputError:
        return False
    return True


def _command(
    kind: RecordKind,
    file: str,
    given: ImportArguments,
    fields: Mapping[str, str],
    values: Mapping[str, list[str]],
    time: ReadTime,
) -> str:
    words = ["supportctl", "import", kind.name, file]
    for column, field in fields.items():
        if column.strip().casefold() != field:
            words += ["--map", f"{field}={column}"]
    if not given.has_times:
        for column, field in fields.items():
            if field in kind.times and (format := _format(values[column], time)):
                words += ["--times", f"{field}={format}"]
    words += given.options
    if len(fields) < len(values) and "--ignore-extra" not in words:
        words.append("--ignore-extra")
    return shlex.join(words)


def _format(values: Sequence[str], time: ReadTime) -> str | None:
    """The one format that fits values which are not unambiguous times; None if none or several fit."""
    if all(_is_time(value, time) for value in values):
        return None
    readers = {day + clock: partial(parse_time_as, format=day + clock, zone=None) for day in _DAYS for clock in _CLOCKS}
    fitting = [format for format, read in readers.items() if all(_is_time(value, read) for value in values)]
    return fitting[0] if len(fitting) == 1 else None
