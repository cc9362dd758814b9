"""How other systems write times: the unambiguous forms, and those that --times names."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache, partial
from typing import NamedTuple

from supportctl.clock import parse_time, parse_time_as, seconds_since_epoch
from supportctl.desk.transfer.decision import ReadTime
from supportctl.desk.transfer.fields import RecordKind
from supportctl.errors import InputError
from supportctl.masking import unkeyed

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CLOCK = r"(?:[t ,]+(?P<hour>\d\d?):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,]\d{1,9})?)?\s*(?P<half>[ap])?m?"
_OFFSET = r"\s*(?P<offset>z|utc|gmt|[+-]\d\d(?::?\d\d)?)?(?:\s*\([a-z ]*\))?)?"
_NAMED = rf"(?P<named>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAYS = (  # every order except numbers alone that may be day first or month first
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
    r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d\d?)(?P=sep)(?P<day>\d\d?)",
    rf"(?:[a-z]{{3,9}},? )?(?P<day>\d\d?)[- ]{_NAMED}[- ](?P<year>\d{{4}})",
    rf"(?:[a-z]{{3,9}},? )?{_NAMED} (?P<day>\d\d?),? (?P<year>\d{{4}})",
)
_SECONDS = re.compile(r"([0-9]{9,10})(?:\.[0-9]{1,9})?|([0-9]{10})[0-9]{3}")  # since 1970, or thousandths of them
# As most exports write them. All of these exist; what may not, such as the 29th of February, is read as any other form.
_CANONICAL = re.compile(
    r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII
)
HINT = "Write it as 2026-03-06T16:30:00Z, or give the format with --times '%d/%m/%Y %H:%M'."


class Formats(NamedTuple):
    """The formats of `--times`: one for all times, and those of single fields."""

    every: str | None
    of: Mapping[str, str]


def parse_formats(given: Sequence[str], kind: RecordKind) -> Formats:
    """The formats of `[FIELD=]FORMAT`. Raises InputError."""
    every, of = None, dict[str, str]()
    for text in given:
        field, equals, format = text.partition("=")
        if not equals or "%" in field:
            if every is not None:
                raise InputError(
                    "--times gives two formats for all times.", "Name a field for one of them: FIELD=FORMAT."
                )
            every = _checked(text)
        elif field.strip() not in kind.times:
            times = ", ".join(kind.times)
            raise InputError(f"'{field[:60]}' is not a time field of {kind.name}.", f"Choose from: {times}.")
        elif field.strip() in of:
            raise InputError(f"--times names the field {field.strip()} twice.", "Give one format for each field.")
        else:
            of[field.strip()] = _checked(format)
    return Formats(every, of)


def _checked(format: str) -> str:
    if "%" not in format:
        raise InputError(f"'{unkeyed(format)}' is not a time format.", "Write one such as '%d/%m/%Y %H:%M'.")
    return format


def reader_of(formats: Formats, now: int, zone: tzinfo | None) -> Callable[[str], ReadTime]:
    """How the times of each field are read."""

    def reader(field: str) -> ReadTime:
        format = formats.of.get(field, formats.every)
        read = partial(parse_usual, now=now, zone=zone) if format is None else partial(
            parse_time_as, format=format, zone=zone
        )  # fmt: skip
        return lru_cache(maxsize=4096)(read)  # an import reads some of them twice, a batch of rows apart

    return reader


def parse_usual(text: str, *, now: int, zone: tzinfo | None) -> int:
    """A time in one of the unambiguous forms, as UTC epoch seconds. Raises InputError."""
    if _CANONICAL.fullmatch(text):
        return seconds_since_epoch(datetime.fromisoformat(text[:-1]))
    if seconds := _SECONDS.fullmatch(text):
        return int(seconds[1] or seconds[2])
    try:
        return parse_time(text, now=now, zone=zone)
    except InputError:
        plain = _plain(text)
        if plain is None:
            raise InputError(f"'{unkeyed(text)}' is not a time.", HINT) from None
        return parse_time(plain, now=now, zone=zone)


def _plain(text: str) -> str | None:
    """The time in ISO 8601; None if it is not a time, or could be two."""
    folded = text.strip().lower()
    forms = (re.fullmatch(day + _CLOCK + _OFFSET, folded, re.ASCII) for day in _DAYS)
    found = next(filter(None, forms), None)
    if found is None:
        return None
    parts = found.groupdict()
    month = parts.get("month") or _MONTHS.index(parts["named"]) + 1
    day = f"{parts['year']}-{int(month):02}-{int(parts['day']):02}"
    if parts["hour"] is None:
        return day
    offset = parts["offset"] or ""
    offset = "Z" if offset.isalpha() else offset
    hour = int(parts["hour"])
    if parts["half"]:  # an hour that a twelve-hour clock does not show stays invalid
        hour = hour % 12 + 12 * (parts["half"] == "p") if 1 <= hour <= 12 else 99
    return f"{day}T{hour:02}:{parts['minute']}:{parts['second'] or '00'}{offset}"
