"""Times and durations as people and scripts write them, and zones by name; inside, an instant is UTC epoch seconds."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from os import SEEK_END, environ, pathsep
from os import name as name_of_system
from os.path import isdir
from pathlib import Path
from sys import modules
from typing import TYPE_CHECKING, Any

from supportctl.errors import DeskUnusable, InputError
from supportctl.masking import unkeyed

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # naive UTC: subtracting two naive ones is elapsed time
NEVER = 1 << 62  # UTC epoch seconds; later than anything on record
FIRST, LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999, which a calendar can name
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# Patterns are compiled on first use: most runs read no time at all.
_MOMENT = (  # of ASCII digits, in capitals
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?"
)
_AGO = r"([0-9]{1,9})([smhd])"
_DURATION = r"(?:([0-9]{1,10})h)?(?:([0-9]{1,10})m)?(?:([0-9]{1,10})s)?"
_ZONE_DEPTH = 4  # deeper names would nest packages endlessly
_TZPATH = "PYTHONTZPATH"  # what zoneinfo asks for first
# Where systems keep their zones, as Python's own default has it.
_ZONES = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")
_ANY_ZONE = "Etc/UTC"  # every system with zones has this one
NO_ZONES = "Install or update its time zone data: the system's, or with pip install --upgrade tzdata."
TIME_CODES = "Give --times with %d %m %Y %H %M %S and what separates them; %I %p for 12 hours, %z for an offset."
TIME_FORMS = "Write 2026-03-06T16:30:00Z, 2026-03-06 16:30 (in --tz), 2026-03-06, now, or back from now: 90m, 2h, 7d."


def parse_time(text: str, *, now: int, zone: tzinfo | None) -> int:
    """TIME from the command line as UTC epoch seconds; without an offset in `zone` (None: the machine's own).

    A local time that the zone skips is the first instant after the gap; of one that occurs twice, it is the first.
    Fractions of a second are cut. Raises InputError.
    """
    if text.lower() == "now":
        return now
    if back := time_back(text):
        count, unit = back
        return _in_range(now - count * UNITS[unit], text)
    found = re.fullmatch(_MOMENT, text.upper(), re.ASCII)
    if not found:
        raise InputError(f"'{unkeyed(text)}' is not a time.", TIME_FORMS)
    *numbers, offset = found.groups()
    try:
        local = datetime(*(int(part or 0) for part in numbers))  # type: ignore[arg-type]  # noqa: DTZ001  # six numbers, of local time
        if offset is not None:
            return _in_range(seconds_since_epoch(local) - _offset(offset), text)
        return to_instant(local, zone)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"'{unkeyed(text)}' is a time that does not exist.", TIME_FORMS) from None


def time_back(text: str) -> tuple[int, str] | None:
    """The count and the unit (s, m, h or d) of a time given back from now, such as 90d; None for any other."""
    found = re.fullmatch(_AGO, text) if text[-1:] in UNITS else None
    return (int(found[1]), found[2]) if found else None


def date_alone(text: str) -> date | None:
    """The date that `text` is, None if it is not one."""
    with suppress(ValueError):
        if len(text) == 10 and re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    return None


def end_of_day(day: date, zone: tzinfo) -> int:
    """The first second after a day in `zone`, as UTC epoch seconds; for the last possible day, its last second."""
    try:
        return to_instant(datetime(day.year, day.month, day.day) + timedelta(days=1), zone)  # noqa: DTZ001  # local
    except OverflowError:
        return LAST


def parse_time_as(text: str, *, format: str, zone: tzinfo | None) -> int:
    """A time in `format` (of `datetime.strptime`) as UTC epoch seconds; without an offset in `zone`.

    Raises InputError.
    """
    try:
        if not text.isascii():
            raise ValueError(text)
        read = datetime.strptime(text, format)  # noqa: DTZ007  # local time unless the format has an offset
        if read.tzinfo is not None:
            return _in_range(int((read - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 1), text)
        return _in_range(to_instant(read.replace(microsecond=0), zone), text)
    except (ValueError, OverflowError, OSError, re.error):
        raise InputError(f"'{unkeyed(text)}' is not a time written as {unkeyed(format)}.", TIME_CODES) from None


def _offset(text: str) -> int:
    if text in "Zz":
        return 0
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    return (-1 if text[0] == "-" else 1) * (hours * 3600 + minutes * 60)


def seconds_since_epoch(local: datetime) -> int:
    """The seconds from 1970 to a naive time: UTC epoch seconds if it is UTC."""
    elapsed = local - EPOCH
    return elapsed.days * 86400 + elapsed.seconds


def _in_range(instant: int, text: str) -> int:
    if not FIRST <= instant <= LAST:
        raise InputError(f"'{unkeyed(text)}' is outside the years 1 to 9999.", TIME_FORMS)
    return instant


def to_instant(local: datetime, zone: tzinfo | None, *, last: bool = False) -> int:
    """A naive local time in `zone` as UTC epoch seconds; with `last` the second occurrence of one that occurs twice.

    One that the zone skips is the first instant after the gap. Raises OverflowError at the ends of the calendar.
    """
    fold = int(last)
    instant = _at(local.replace(fold=fold), zone)
    if _local(instant, zone) == local:
        return instant
    # In a gap the two folds read the offsets before and after the change, which is between their results.
    low, high = sorted((_at(local.replace(fold=0), zone), _at(local.replace(fold=1), zone)))
    return _change_between(low, high, zone)


def _at(local: datetime, zone: tzinfo | None) -> int:
    aware = local.replace(tzinfo=zone) if zone is not None else local.astimezone()
    return seconds_since_epoch(local.replace(fold=0)) - int((aware.utcoffset() or timedelta(0)).total_seconds())


def _local(instant: int, zone: tzinfo | None) -> datetime:
    return (EPOCH + timedelta(seconds=instant)).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def _change_between(low: int, high: int, zone: tzinfo | None) -> int:
    """The first instant of the later offset, if the offset changes once in low < t <= high."""
    before = _local(low, zone) - (EPOCH + timedelta(seconds=low))
    while high - low > 1:
        middle = (low + high) // 2
        if _local(middle, zone) - (EPOCH + timedelta(seconds=middle)) == before:
            low = middle
        else:
            high = middle
    return high


def parse_duration(text: str) -> int:
    """DURATION from the command line in seconds: 90s, 45m, 2h, 1h30m. Raises InputError."""
    found = re.fullmatch(_DURATION, text)
    if not found or not text:
        raise InputError(f"'{unkeyed(text)}' is not a duration.", "Write 90s, 45m, 2h or 1h30m; no days.")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def duration(seconds: int) -> str:
    """A duration as people read it: 3 h 05 min, 2 h, 12 min 30 s, 45 s, 0 min.

    Never in days: a day of working time is not a calendar day (2.1 note 1).
    """
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{hours} h"] * bool(hours)
    if minutes:
        parts.append(f"{minutes:02} min" if hours else f"{minutes} min")
    return " ".join([*parts, *[f"{left} s"] * bool(left)]) or "0 min"


def iso(instant: int) -> str:
    """An instant as scripts read it: 2026-03-06T16:30:00Z."""
    return f"{(EPOCH + timedelta(seconds=instant)).isoformat()}Z"


@lru_cache(maxsize=32)
def find_zone(name: str) -> "ZoneInfo":
    """The zone with an IANA name, from the system's zone data or else from the tzdata package. Raises InputError."""
    zoneinfo = _zoneinfo()
    if not any(map(isdir, zoneinfo.TZPATH)):  # its default names places that need not exist
        _use_tzdata()
    try:
        if not _could_be_zone(name) or _cut_off(name, zoneinfo.TZPATH):
            raise ValueError(name)
        found: ZoneInfo = zoneinfo.ZoneInfo(name)
        return found
    except Exception:  # zoneinfo may raise anything for a damaged file, such as struct.error
        if name != _ANY_ZONE and not _has_zones():
            raise InputError("This machine has no time zone data.", NO_ZONES) from None
        raise InputError(
            f"There is no time zone '{unkeyed(name)}'.", "Write its IANA name, such as America/Los_Angeles or Etc/UTC."
        ) from None


def policy_zone(name: str) -> "ZoneInfo":
    """The zone of a policy's hours: it existed when the policy was set, but may not here. Raises DeskUnusable."""
    try:
        return find_zone(name)
    except InputError:
        raise DeskUnusable(
            f"The policy's hours are in {name[:60]}, a time zone that this machine does not have.", NO_ZONES
        ) from None


def _has_zones() -> bool:
    try:
        return bool(find_zone(_ANY_ZONE))
    except InputError:
        return False


def _could_be_zone(name: str) -> bool:
    """Whether it has the form of a zone name: nothing else may become the name of a file to read."""
    parts = name.split("/")
    letters = name.translate(dict.fromkeys(map(ord, "/_+-")))
    return name.isascii() and letters.isalnum() and name[0].isalpha() and all(parts) and len(parts) <= _ZONE_DEPTH


def _cut_off(name: str, folders: Sequence[str]) -> bool:
    """Whether the zone's file is truncated: zoneinfo would wait for the rest forever."""

    for folder in folders:
        with suppress(OSError), Path(folder, name).open("rb") as file:
            version = file.read(5)[4:]
            file.seek(-1, SEEK_END)
            return version >= b"2" and file.read() != b"\n"
    return False


def _zoneinfo() -> Any:
    """The module, without its first step: loading the interpreter's build settings to find the system's zones."""
    usual = not {_TZPATH, "zoneinfo"} & {*environ, *modules} and name_of_system == "posix"
    if usual:
        environ[_TZPATH] = pathsep.join(_ZONES)
    import zoneinfo  # late: a run in UTC reads no zone

    if usual:
        del environ[_TZPATH]
    return zoneinfo


def _use_tzdata() -> None:
    """Read zones straight from the tzdata package: zoneinfo's own way there costs eight times as much."""
    import zoneinfo  # late: a run in UTC reads no zone

    with suppress(ImportError):  # then there are none at all
        import tzdata  # late: a run in UTC reads no zone

        zoneinfo.reset_tzpath([Path(tzdata.__path__[0], "zoneinfo").absolute()])
