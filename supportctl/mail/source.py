"""The messages of a stream or a folder, one after the other: one from a mail server's pipe, an mbox, a Maildir."""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from supportctl.errors import InputError

MESSAGE_LIMIT = 25_000_000  # bytes of one message; the rest is nearly always attachments
LINE_LIMIT = 500_000  # lines of one message
_PART = 1 << 16

# What begins a message of an mbox: an address and a time of day, so that a sentence in a body does not match.
_POSTMARK = re.compile(rb"From (\S*) .*[0-9]{1,2}:[0-9]{2}")
_QUOTED = re.compile(rb">+From ")
MAILDIR = ("new", "cur")
_MARKS = re.compile(r"[:;!]2,([A-Za-z]*)$")  # what was done with a message; a colon cannot be in a name on Windows


class Raw(NamedTuple):
    """The bytes of one message, the address in its postmark if any, and whether its end was cut off."""

    data: bytes
    place: str
    postmark: str = ""
    cut: bool = False


def split(stream: io.BufferedIOBase, name: str) -> Iterator[Raw]:
    """The messages of a stream. An mbox is one whose first line is a postmark; anything else is one message.

    Raises InputError for an empty stream, or one that cannot be read.
    """
    try:
        first = _first_line(stream)
        if not first:
            raise InputError(
                f"{name} contains no message.", "Give one message as a mail server delivers it, or an mbox."
            )
        if first.startswith(b"From "):
            yield from _mbox(stream, name, first)
        else:
            begun = b"" if first.startswith(b">From ") else first  # a postmark that was quoted on the way
            yield _whole(begun + stream.read(MESSAGE_LIMIT + 1 - len(begun)), name, "")
            while stream.read(_PART):  # to the end: the writer must not find the pipe closed
                pass
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.", "Check the file.") from None


def is_maildir(folder: Path) -> bool:
    """Whether a folder is a Maildir, as mail servers deliver to."""
    return any((folder / part).is_dir() for part in MAILDIR)


def maildir(folder: Path) -> list[Path]:
    """The messages of a Maildir in the order of delivery, read or not. Raises InputError.

    Left out is what its owner put in the bin (T) or has not sent yet (D); folders below it are others.
    """
    found: list[Path] = []
    try:
        for part in MAILDIR:
            if (folder / part).is_dir():
                found += (
                    path for path in (folder / part).iterdir() if path.is_file() and not path.name.startswith(".")
                )
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror}.", "Check the permissions.") from None
    return sorted((path for path in found if not _set_apart(path)), key=_delivered)


def read_delivered(path: Path) -> Raw | None:
    """A message of a Maildir; None if it is gone. One that a mail program has just marked has another name by now.

    Raises InputError.
    """
    for _ in range(3):
        try:
            with path.open("rb") as file:
                return _whole(file.read(MESSAGE_LIMIT + 1), str(path), "")
        except FileNotFoundError:
            name = _MARKS.sub("", path.name)
            moved = (each for part in MAILDIR for each in _named(path.parents[1] / part, name))
            path = next(moved, path)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.", "Check the permissions.") from None
    return None


def _named(folder: Path, name: str) -> list[Path]:
    with suppress(OSError):
        return [path for path in folder.iterdir() if _MARKS.sub("", path.name) == name]
    return []


def _set_apart(path: Path) -> bool:
    marks = _MARKS.search(path.name)
    return marks is not None and not {"T", "D"}.isdisjoint(marks[1])


def _delivered(path: Path) -> tuple[int, str]:
    """By the time that a name begins with; names without one come last."""
    begun = re.match(r"[0-9]{1,15}", path.name)
    return int(begun[0]) if begun else 1 << 60, path.name


def _first_line(stream: io.BufferedIOBase) -> bytes:
    """The first line that is not blank, without a byte order mark."""
    while line := stream.readline(_PART):
        line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            return line
    return b""


def _mbox(stream: io.BufferedIOBase, name: str, postmark: bytes) -> Iterator[Raw]:
    """The messages of an mbox: a line quoted because it began with "From " loses its quote."""
    begun, number, count = 1, 1, 0  # its line, its number, how many lines were read
    lines: list[bytes] = []
    size, blank = 0, False
    for count, line in enumerate(iter(lambda: stream.readline(_PART), b""), 2):
        if blank and _POSTMARK.match(line):
            yield _whole(b"".join(lines), f"{name}, message {number} (line {begun})", _sender(postmark))
            postmark, begun, number, lines, size = line, count, number + 1, [], 0
        elif size <= MESSAGE_LIMIT:
            lines.append(line[1:] if _QUOTED.match(line) else line)
            size += len(line)
        blank = not line.strip()
    place = f"{name}, message {number} (line {begun})" if number > 1 else name
    yield _whole(b"".join(lines), place, _sender(postmark))


def _sender(postmark: bytes) -> str:
    found = _POSTMARK.match(postmark)
    return found[1].decode("utf-8", "replace") if found else ""


def _whole(data: bytes, place: str, postmark: str) -> Raw:
    kept = data[:MESSAGE_LIMIT]
    if kept.count(b"\n") > LINE_LIMIT:
        kept = b"\n".join(kept.split(b"\n", LINE_LIMIT)[:LINE_LIMIT])
    return Raw(kept, place, postmark, cut=len(kept) < len(data))
