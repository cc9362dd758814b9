"""The lines of standard input, in lists of those that are there together: nothing waits for a line to come."""

import codecs
import select
from collections.abc import Iterable, Iterator
from io import IncrementalNewlineDecoder
from typing import NamedTuple, TextIO

from supportctl.errors import InputError
from supportctl.masking import unkeyed

AT_ONCE = 500  # lines in a list
LONGEST = 10_000_000  # characters in a line
PIECE = 1 << 16  # bytes; as much as a pipe holds


class Line(NamedTuple):
    """A line of standard input, counted from 1; `raw` has a lone surrogate for each byte that is not UTF-8."""

    number: int
    raw: str
    whole: bool = True

    @property
    def fault(self) -> InputError | None:
        """What is wrong with the line if it is not UTF-8, or too long."""
        if not self.whole:
            return InputError("This line is over 10 MB.", "Give one value per line.")
        if not self.raw.isascii() and any("\ud800" <= char <= "\udfff" for char in self.raw):
            return InputError("This line is not valid UTF-8.", "Convert it to UTF-8.")
        return None

    @property
    def text(self) -> str:
        """The line as text. Raises InputError if it is not UTF-8, or too long."""
        if fault := self.fault:
            raise fault
        return self.raw

    @property
    def shown(self) -> str:
        """The line for a message: of a possible key it shows at most the last four characters."""
        return unkeyed(self.raw.encode("utf-8", "replace").decode())


def at_hand(stream: TextIO) -> Iterator[list[Line]]:
    """The lines of a stream, stripped, without blank ones: up to 500 that can be read now, as soon as there is one."""
    waiting: list[Line] = []
    for lines in _of_pieces(stream):
        waiting += lines
        while len(waiting) >= AT_ONCE or (waiting and not _more(stream)):
            yield waiting[:AT_ONCE]
            del waiting[:AT_ONCE]
    if waiting:
        yield waiting


def _of_pieces(stream: TextIO) -> Iterator[Iterable[Line]]:
    """The lines that end in each piece that can be read at once; of one that is too long only the beginning is kept."""
    number, begun = 0, ""
    for piece in _pieces(stream):
        ended, end, rest = piece.rpartition("\n")
        if end:
            texts = (begun + ended).split("\n")
            yield _lines(texts, number)
            number, begun = number + len(texts), rest
        elif len(begun) <= LONGEST:
            begun += rest
    yield _lines([begun], number)


def _lines(texts: list[str], before: int) -> Iterator[Line]:
    for number, text in enumerate(texts, before + 1):
        whole = len(text) <= LONGEST
        line = Line(number, text[: LONGEST + 1].strip(), whole)
        if line.raw or not whole:
            yield line


def _pieces(stream: TextIO) -> Iterator[str]:
    """The text of a stream as it comes; bytes that are not UTF-8 become lone surrogates."""
    utf_8 = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
    decoder = IncrementalNewlineDecoder(utf_8, translate=True)
    while read := stream.buffer.read1(PIECE):  # type: ignore[attr-defined]  # it is a BufferedReader
        yield decoder.decode(read)
    yield decoder.decode(b"", final=True)


def _more(stream: TextIO) -> bool:
    """Whether reading on would not wait. Where that cannot be told, as of a pipe on Windows, it might."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except (OSError, ValueError):
        return False
