"""A long answer page by page, as git shows it: through PAGER, or less, and only what is longer than the screen."""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import IO, TextIO, cast

from supportctl.cli.run.streams import ReaderGone
from supportctl.cli.run.which import in_path, split_command
from supportctl.errors import InputError
from supportctl.render.table import unplaced

USUAL = ("more",) if sys.platform == "win32" else ("less", "more")
NONE = ("", "cat")  # who sets PAGER to one of these wants none
# As git sets them where the user has not: quit if one screen is enough, pass colours, leave the text on the screen.
ENVIRONMENT = {"LESS": "FRX", "LV": "-c"}
_SEQUENCE = re.compile("\x1b\\[[0-9;]*[mG]")


def pager(environ: Mapping[str, str]) -> list[str]:
    """The pager's command, as words; empty for none. One that does not exist is no error, only no pager."""
    given = environ.get("PAGER")
    if (given is not None and given.strip() in NONE) or not (environ.get("TERM") or os.name == "nt"):
        return []
    for command in USUAL if given is None else (given,):
        with suppress(InputError):
            program, *args = split_command(command, "PAGER")
            if found := in_path(program, environ):
                return [found, *args]
    return []


class Paged(io.TextIOBase):
    """Standard output on a terminal: held back until it is longer than the screen, then shown by the pager.

    What is flushed before that is on the screen at once, and no pager is started any more. A thread feeds the pager, so
    that nothing of the desk is held while a person reads. After the person left the pager, writing raises ReaderGone.
    """

    def __init__(self, out: TextIO, command: list[str], screen: os.terminal_size, environ: Mapping[str, str]) -> None:
        self.out, self.command, self.screen = out, command, screen
        self.environ = {**ENVIRONMENT, **environ}
        self._held: list[str] = []
        self._lines = self._open = 0  # lines of the screen that are filled, and characters on the one begun
        self._reader: _Reader | None = None
        self._direct = False
        self._afterwards: list[Callable[[], None]] = []

    @property
    def encoding(self) -> str:  # type: ignore[override]  # TextIO's is an attribute; this one is read only
        return "utf-8"

    @property
    def reading(self) -> bool:
        """Whether a person reads what was written so far in the pager."""
        return self._reader is not None

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do this once the person has left the pager."""
        self._afterwards.append(act)

    def isatty(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._reader is not None:
            self._reader.feed(text)
        elif self._direct:
            self.out.write(text)
        else:
            self._held.append(text)
            self._lines += self._height(text)
            if self._lines >= self.screen.lines:  # the last line of the screen is the prompt's
                self._start()
        return len(text)

    def flush(self) -> None:
        if self._reader is None:
            self._let_out()
            self.out.flush()

    def finish(self, *, stop: bool = False) -> TextIO:
        """Wait until the person has left the pager, or `stop` it; returns the terminal's own output."""
        if self._reader is None:
            self._let_out()
        else:
            self._reader.end(stop)
            for act in self._afterwards:
                act()
        return self.out

    def _height(self, text: str) -> int:
        """The lines of the screen that a text fills after the one begun."""
        first, *rest = (_SEQUENCE.sub("", text) if "\x1b" in text else text).split("\n")
        *whole, self._open = (len(first) + self._open, *map(len, rest))
        return sum(max(1, -(-cells // self.screen.columns)) for cells in whole)

    def _start(self) -> None:
        self.out.flush()
        try:
            self._reader = _Reader(self.command, self.environ)
        except OSError:  # not a program after all
            self._let_out()
            return
        held, self._held = self._held, []
        self._reader.feed("".join(held))

    def _let_out(self) -> None:
        self._direct = True
        held, self._held = self._held, []
        for text in held:
            self.out.write(text)


class _Reader:
    """A running pager. It has the keyboard, Ctrl-C included: that stops its search, and not us."""

    def __init__(self, command: list[str], environ: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, env=dict(environ))  # noqa: S603  # the user's own
        self.heard = signal.signal(signal.SIGINT, signal.SIG_IGN)  # only now: the pager must not ignore it
        self.texts: SimpleQueue[str | None] = SimpleQueue()
        self.gone = False
        self.feeder = Thread(target=self._pass_on, daemon=True)
        self.feeder.start()

    def feed(self, text: str) -> None:
        """Pass on a text. Raises ReaderGone."""
        if self.gone:
            raise ReaderGone
        self.texts.put(text)

    def end(self, stop: bool) -> None:
        """Wait until the person leaves; a signal that ends this run ends the pager too."""
        self.texts.put(None)
        try:
            if stop:
                self.process.terminate()
            self.process.wait()
        except BaseException:
            self.process.terminate()
            self.process.wait()
            raise
        finally:
            signal.signal(signal.SIGINT, self.heard)

    def _pass_on(self) -> None:
        pipe = cast(IO[bytes], self.process.stdin)
        try:
            with pipe:
                while (text := self.texts.get()) is not None:
                    pipe.write(unplaced(text).encode("utf-8", "backslashreplace"))
        except OSError:  # left before the end
            self.gone = True
