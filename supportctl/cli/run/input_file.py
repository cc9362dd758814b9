"""The input of an import: a file in place, or a pipe, buffered on disk first so that no desk waits for its end."""

import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, NamedTuple

from supportctl.cli.run.session import Session
from supportctl.errors import InputError, OutputUnwritable
from supportctl.tabular.record import FileForm, Table
from supportctl.tabular.table import read_table


class InputFile(NamedTuple):
    """Bytes that can be read more than once: from `start` to `size` of a regular file."""

    name: str
    file: IO[bytes]
    start: int
    size: int

    def stream(self) -> BufferedReader:
        """All of it, from the beginning; the caller closes it."""
        handle = os.dup(self.file.fileno())
        os.lseek(handle, self.start, os.SEEK_SET)
        return open(handle, "rb")  # noqa: PTH123  # it has a descriptor, but no path


@contextmanager
def input_file(
    session: Session, path: Path, form: FileForm, look_through: Callable[[Table], None]
) -> Iterator[InputFile]:
    """The file at `path`, or for - standard input. Input that can be read only once is checked while it is buffered.

    Raises InputError, also what `look_through` raises; OutputUnwritable if there is no space to buffer it.
    """
    with ExitStack() as stack:
        file, name = open_input(session, path, stack)
        size = size_of(file)
        if size is not None:
            yield InputFile(name, file, os.lseek(file.fileno(), 0, os.SEEK_CUR), size)
            return

        kept = stack.enter_context(tempfile.TemporaryFile())  # 0600, and without a name if the system can do that
        look_through(read_table(BufferedReader(_Kept(file, kept)), name, form))
        kept.flush()
        yield InputFile(name, kept, 0, kept.tell())


def open_input(session: Session, path: Path, stack: ExitStack) -> tuple[BufferedReader, str]:
    """The bytes of the file at `path`, or for - those of standard input, and what to call them. Raises InputError."""
    if str(path) == "-":
        stream = getattr(session.stdin, "buffer", None)
        if not isinstance(stream, BufferedReader):
            raise InputError("Standard input is not open.", "Pipe the file in, or name it.")
        return stream, "standard input"
    try:
        return stack.enter_context(path.open("rb")), str(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file can have that name"
        raise InputError(f"{path} cannot be read: {why}.", "Check the name and the permissions.") from None


def size_of(stream: BufferedReader) -> int | None:
    """The size of a file in bytes; None for a pipe, and for anything else that is read only once."""
    found = os.fstat(stream.fileno())
    return found.st_size if stat.S_ISREG(found.st_mode) else None


class _Kept(io.RawIOBase):
    """A stream that keeps everything that is read from it."""

    def __init__(self, stream: IO[bytes], keep: IO[bytes]) -> None:
        self._stream, self._keep = stream, keep

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what a BufferedReader passes
        try:
            data = self._stream.read1(len(buffer)) if isinstance(self._stream, BufferedReader) else b""
        except OSError as error:
            raise InputError(
                f"Standard input cannot be read: {error.strerror}.", "Pipe the file in, or name it."
            ) from None
        buffer[: len(data)] = data
        try:
            self._keep.write(data)
        except OSError as error:
            what = f"Standard input cannot be buffered: {error.strerror}."
            raise OutputUnwritable(what, "Free some space in the temporary folder, or name a file.") from None
        return len(data)
