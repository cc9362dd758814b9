"""The text of a file as it comes: UTF-8, or UTF-16 that says so; never more of it at once than one record may have."""

import codecs
import io
import re
from collections.abc import Iterator

from supportctl.errors import InputError

FIELD_LIMIT = 10_000_000  # characters; the longest text a ticket takes
RECORD_LIMIT = 2 * FIELD_LIMIT
CHUNK = 1 << 16

_SURROGATE = re.compile("[\ud800-\udfff]")


def is_text(value: str) -> bool:
    """Whether it can be stored: half a character, as a cut emoji in JSON leaves it, cannot."""
    return value.isascii() or not _SURROGATE.search(value)


class Source:
    """A stream of bytes read as text, by lines or by chunks. Raises InputError where it is none."""

    def __init__(self, stream: io.BufferedReader, name: str) -> None:
        utf16 = stream.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        # What is not UTF-8 is let through as surrogates: only so is its line known when it is found.
        encoding, errors = ("utf-16", "strict") if utf16 else ("utf-8-sig", "surrogateescape")
        self._text = io.TextIOWrapper(stream, encoding, errors, newline="")
        self.name = name
        self.line = 0  # how many lines were read
        self._record = (1, 0)  # the line at which the record in hand begins, and how long it is by now

    def head(self) -> str:
        """How the file begins: its first line that is not blank, or the first part of it. Raises InputError."""
        while part := self._read(CHUNK, by_line=True):
            self.line += 1
            if part.strip():
                return part
        raise InputError(f"{self.name} is empty.", "Give a file with a header, or with JSON objects.")

    def rest_of_line(self) -> str:
        """What follows on the line that was read in part."""
        return self._read(RECORD_LIMIT, by_line=True)

    def begin_record(self) -> None:
        """The next line begins a record."""
        self._record = (self.line + 1, 0)

    def lines(self) -> Iterator[str]:
        """The lines with their ends as they are. Raises InputError for a record that never seems to end."""
        while line := self._read(RECORD_LIMIT + 1, by_line=True):
            self.line += 1
            begun, length = self._record
            self._record = (begun, length + len(line))
            if length + len(line) > RECORD_LIMIT:
                raise self.wrong(begun, "a row of over 20 MB; perhaps a quote was never closed")
            yield line

    def chunk(self, size: int, line: int) -> str:
        """About `size` characters more, the first of them on `line`."""
        self.line = line - 1
        return self._read(size)

    def wrong(self, line: int, what: str) -> InputError:
        """What is wrong with the file at a line."""
        return InputError(f"{self.name}, line {line}: {what}.", "Correct the file, or export it anew.")

    def _read(self, size: int, *, by_line: bool = False) -> str:
        try:
            text = self._text.readline(size) if by_line else self._text.read(size)
        except UnicodeDecodeError:
            raise self._not_text("UTF-16", self.line + 1) from None
        except OSError as error:
            raise InputError(f"{self.name} cannot be read: {error.strerror}.", "Check the file.") from None
        if not text.isascii() and (bad := _SURROGATE.search(text)):
            raise self._not_text("UTF-8", self.line + 1 + text.count("\n", 0, bad.start()))
        return text

    def _not_text(self, encoding: str, line: int) -> InputError:
        return InputError(f"{self.name}, line {line} is not valid {encoding}.", "Save the file as UTF-8.")
