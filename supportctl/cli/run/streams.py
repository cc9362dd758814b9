"""The standard streams: UTF-8 on every machine, and a failing output distinguished from any other failing file."""

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from supportctl.errors import OutputUnwritable


class ReaderGone(BaseException):
    """The reader of our output closed the pipe: it has all it needs, so the run ends with exit code 0."""


class Output(io.TextIOBase):
    """Standard output. Its failures are OutputUnwritable (exit 7), or ReaderGone when the pipe was closed early."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # TextIO's is an attribute; this one is read only
        return "utf-8"

    def isatty(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    def fileno(self) -> int:
        return self._open().fileno()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        stream = self._open()
        try:
            return stream.write(text)
        except OSError as error:
            raise _reason(error) from None

    def flush(self) -> None:
        try:
            if self.stream is not None:
                self.stream.flush()
        except OSError as error:
            raise _reason(error) from None

    def _open(self) -> TextIO:
        if self.stream is None or self.stream.closed:
            raise OutputUnwritable("Standard output is not open.", "Send the output to a terminal, a file or a pipe.")
        return self.stream


def _reason(error: OSError) -> BaseException:
    # Windows reports a closed pipe as an invalid argument.
    if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL):
        return ReaderGone()
    return OutputUnwritable(
        f"Standard output cannot be written: {error.strerror}.", "Free some disk space, or write elsewhere."
    )


def prepare() -> None:
    """UTF-8 and bare line feeds, whatever the locale or the console; and no closed descriptor left to be reused."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is None:
            # The next file opened would get its number, and our output would go into, say, the desk.
            os.open(os.devnull, os.O_RDWR)
    _reconfigure(sys.stdin, errors="strict")
    _reconfigure(sys.stdout, errors="backslashreplace", newline="\n")
    _reconfigure(sys.stderr, errors="backslashreplace")


def _reconfigure(stream: TextIO | None, **settings: Any) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", **settings)


def act_on_sequences() -> bool:
    """Whether a terminal interprets escape sequences: the console of Windows does on request, from Windows 10 on."""
    if sys.platform != "win32":
        return True
    import ctypes  # late: only Windows needs it

    kernel, mode = ctypes.windll.kernel32, ctypes.c_ulong()
    handle = kernel.GetStdHandle(-11)
    return bool(kernel.GetConsoleMode(handle, ctypes.byref(mode)) and kernel.SetConsoleMode(handle, mode.value | 4))


def quietly(write: Callable[[], object]) -> None:
    """Write when nobody is left to hear of a failure."""
    try:
        write()
    except (OSError, ValueError, AttributeError, ReaderGone, OutputUnwritable):
        return
