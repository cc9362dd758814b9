"""The text of a file as it comes, in its encoding; never more of it at once than one record may have."""

import codecs
import io
import re
from collections.abc import Iterator

from supportctl.errors import InputError
from supportctl.masking import unkeyed
from supportctl.tabular.foreign import LOOKED_AT, encoding_of, refuse_foreign

FIELD_LIMIT = 10_000_000  # characters; the longest text a ticket takes
RECORD_LIMIT = 2 * FIELD_LIMIT
CHUNK = 1 << 16

_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDE = re.compile(r"utf[-_]?(16|32)", re.IGNORECASE)
_NO_FILES = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")  # Python's own, for other uses


def parse_encoding(name: str) -> str:
    """The encoding of this name, as Python calls it. Raises InputError if it is not an encoding of text files."""
    try:
        found = codecs.lookup(name)
        "".encode(found.name)  # refuses those that turn bytes into bytes
    except (LookupError, ValueError):
        found = None
    if found is None or found.name.replace("-", "_") in _NO_FILES:
        hint = "Name one such as utf-8, utf-16-le, windows-1252, iso-8859-15, shift_jis or gb18030."
        raise InputError(f"'{unkeyed(name)}' is not a known encoding.", hint)
    return found.name


def is_text(value: str) -> bool:
    """Whether it can be stored: half a character, such as a cut emoji in JSON, cannot."""
    return value.isascii() or not _SURROGATE.search(value)


class Source:
    """A stream of bytes read as text, by lines or by chunks. Raises InputError if it is not text."""

    def __init__(self, stream: io.BufferedReader, name: str, encoding: str | None = None) -> None:
        first = stream.peek(LOOKED_AT)
        refuse_foreign(first, name)
        self._encoding = encoding or encoding_of(first, name)
        # Invalid bytes are kept as surrogates: only so is their line known when they are found.
        errors = "strict" if _WIDE.match(self._encoding) else "surrogateescape"
        self._text = io.TextIOWrapper(stream, self._encoding, errors, newline="")
        self.name = name
        self.line = 0  # how many lines were read
        self._record = (1, 0)  # the line where the record in hand begins, and its length so far

    def head(self) -> str:
        """How the file begins: its first line that is not blank, or the first part of it. Raises InputError."""
        while part := self._read(CHUNK, by_line=True):
            part = part if self.line else part.removeprefix("\ufeff")
            self.line += 1
            if part.strip():
                return part
        raise InputError(f"{self.name} is empty.", "Give a file with a header, or with JSON objects.")

    def rest_of_line(self) -> str:
        """The rest of a line that was read in part."""
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
                raise self.wrong(begun, "a row over 20 MB; perhaps a quote was never closed")
            yield line

    def chunk(self, size: int, line: int) -> str:
        """About `size` more characters, the first of them on `line`."""
        self.line = line - 1
        return self._read(size)

    def wrong(self, line: int, what: str) -> InputError:
        """The error for something wrong with the file at a line."""
        return InputError(f"{self.name}, line {line}: {what}.", "Correct the file, or export it again.")

    def _read(self, size: int, *, by_line: bool = False) -> str:
        try:
            text = self._text.readline(size) if by_line else self._text.read(size)
        except UnicodeError:
            raise self._not_text(self.line + 1) from None
        except OSError as error:
            raise InputError(f"{self.name} cannot be read: {error.strerror}.", "Check the file.") from None
        if not text.isascii() and (bad := _SURROGATE.search(text)):
            raise self._not_text(self.line + 1 + text.count("\n", 0, bad.start()))
        return text

    def _not_text(self, line: int) -> InputError:
        what = f"{self.name}, line {line} is not valid {self._encoding.upper()}."
        return InputError(what, "Save the file as UTF-8, or name its encoding, such as --encoding windows-1252.")
