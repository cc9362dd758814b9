"""What any desk is read with: this program, Python and the time zone data, and how old they are."""

import platform
import zoneinfo
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from supportctl import __version__
from supportctl.clock import iso
from supportctl.store.soundness import OK, WARNING, Finding

STALE_YEARS = 2  # zone rules change several times a year


def versions(address: str, schema: int, newest: int, engine: Finding, now: int) -> Iterator[Finding]:
    """What the desk at an address is read with, and its schema beside this program's newest.

    `engine` is the engine's own version; `now` (UTC epoch seconds) tells whether the zone data is old.
    """
    yield Finding("desk", OK, address)
    yield Finding("supportctl", OK, __version__)
    yield warned("schema", str(schema), schema < newest, "older than this program", "Run `supportctl db migrate`.")
    yield Finding("python", OK, platform.python_version())
    yield engine
    version, source = zone_data()
    zones, old = f"{version or 'of unknown version'}, from {source}", zone_data_is_old(version, int(iso(now)[:4]))
    hint = "Update the system's zone data, or the tzdata package."
    yield warned("time zone data", zones, old, "out of date: hours and holidays may be off", hint)


def warned(part: str, value: str, wrong: bool, said: str, hint: str) -> Finding:
    """A version, with a warning if it is one to be warned of."""
    return Finding(part, WARNING, f"{value}: {said}", hint) if wrong else Finding(part, OK, value)


def zone_data() -> tuple[str, str]:
    """The version of the time zone data in use, such as 2025b ("" if unknown), and where it comes from."""
    for folder in map(Path, zoneinfo.TZPATH):
        if folder.is_dir():
            return _zone_version(folder), str(folder)
    with suppress(ImportError, AttributeError):
        import tzdata  # late: it may be missing or broken

        return str(tzdata.IANA_VERSION), "the tzdata package"
    return "", "nowhere"


def _zone_version(folder: Path) -> str:
    for name, before in (("tzdata.zi", "# version "), ("+VERSION", "")):
        with suppress(OSError), (folder / name).open(encoding="ascii", errors="replace") as file:
            return file.readline(80).removeprefix(before).strip()
    return ""


def zone_data_is_old(zone_version: str, year: int) -> bool:
    """Whether zone data of this version is too old to trust this year."""
    return zone_version[:4].isdecimal() and year - int(zone_version[:4]) >= STALE_YEARS
