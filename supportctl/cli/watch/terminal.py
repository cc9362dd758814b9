"""The terminal of a full-screen program: keys in, changed lines out, and everything restored afterwards."""

import os
import re
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from supportctl.cli.run.streams import act_on_sequences
from supportctl.errors import OutputUnwritable

if sys.platform == "win32":
    import msvcrt
    import time
else:
    import select
    import signal
    import termios
    import tty

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"  # the alternate screen, no cursor, no wrapping
_LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_FRAME = "\x1b[?2026h{}\x1b[?2026l"  # drawn in one go by terminals that know how; others ignore it
_HALF_A_KEY = 0.05  # seconds that the rest of a key may take to arrive

_KEY = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[@-~]|.", re.DOTALL)
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
_CODES = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "M": "enter",
    "1~": "home", "7~": "home", "4~": "end", "8~": "end", "5~": "page up", "6~": "page down",
}  # fmt: skip
_CONTROLS = {
    "\r": "enter", "\n": "enter", "\x7f": "backspace", "\b": "backspace", "\x15": "clear", "\x0c": "refresh",
    "\x1b": "escape", "\x02": "page up", "\x06": "page down", "\x10": "up", "\x0e": "down", "\t": "",
}  # fmt: skip
_SCAN_CODES = {
    "H": "up", "P": "down", "M": "right", "K": "left", "G": "home", "O": "end", "I": "page up", "Q": "page down",
}  # fmt: skip


class TerminalClosed(Exception):
    """The terminal is gone: its window was closed, or the connection was lost."""


def keys_of(text: str) -> tuple[list[str], str]:
    """The keys that a terminal sent, and what may be the beginning of another one.

    A key is a character, or a name: up, enter, page down. Keys without a meaning are left out.
    """
    begun = _BEGUN.search(text)
    whole = text[: begun.start()] if begun else text
    return [key for key in map(_named, _KEY.findall(whole)) if key], text[len(whole) :]


def _named(key: str) -> str:
    if len(key) == 1:
        return _CONTROLS.get(key, key if key.isprintable() else "")
    code = key[2:].partition(";")[0] + "~" if key.endswith("~") else key[-1]
    return _CODES.get(code.replace("~~", "~"), "")


class _Screen:
    """What is shown. Only lines that changed are written."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown: list[str] = []
        self._shown_at = (0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines, as they are now. Raises Closed."""
        try:
            columns, lines = os.get_terminal_size(self._out.fileno())
        except OSError:
            raise TerminalClosed from None
        return columns or 80, lines or 24

    def repaint(self) -> None:
        """Redraw everything next time, whatever else was written to the screen."""
        self._shown = []

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines from the top, none wider than the screen. Raises Closed."""
        frame = []
        if not self._shown or self._shown_at != self.size:
            self._shown, self._shown_at = [], self.size
            frame.append("\x1b[0m\x1b[2J")
        for at, line in enumerate(lines):
            if at >= len(self._shown) or self._shown[at] != line:
                frame.append(f"\x1b[{at + 1};1H\x1b[2K{line}")
        if frame:
            self._shown = list(lines)
            self._write(_FRAME.format("".join(frame)))

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except OutputUnwritable:
            raise TerminalClosed from None


if sys.platform == "win32":

    class Terminal(_Screen):
        """A Windows console, which is polled for keys."""

        def __init__(self, _: TextIO, out: TextIO) -> None:
            super().__init__(out)

        @contextmanager
        def held(self) -> Iterator[None]:
            """Take over the whole screen and every key for the block. Raises Closed."""
            act_on_sequences()
            try:
                self._write(_ENTER)
                yield
            finally:
                with suppress(TerminalClosed):
                    self._write(_LEAVE)

        def keys(self, seconds: float) -> list[str]:
            """The keys pressed, waiting this long for the first; none if the size changed meanwhile. Raises Closed."""
            end, size = time.monotonic() + seconds, self.size
            while not msvcrt.kbhit():
                if time.monotonic() >= end or self.size != size:
                    return []
                time.sleep(0.04)
            found = []
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                found.append(_SCAN_CODES.get(msvcrt.getwch(), "") if key in "\0\xe0" else _named(key))
            return [key for key in found if key]

else:

    class Terminal(_Screen):
        """A POSIX terminal. Signals only leave a note: they are handled between two keys."""

        def __init__(self, stdin: TextIO, out: TextIO) -> None:
            super().__init__(out)
            self._in = stdin.fileno()
            self._decode = getincrementaldecoder("utf-8")("ignore").decode
            self._begun = ""
            self._word, self._leave_word = os.pipe()
            self._signals: list[int] = []

        @contextmanager
        def held(self) -> Iterator[None]:
            """Take over the whole screen and every key for the block. Raises Closed."""
            self._settings = termios.tcgetattr(self._in)
            told = (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)
            before = {number: signal.signal(number, self._note) for number in told}
            try:
                self._enter()
                yield
            finally:
                # A second Ctrl-C must not interrupt restoring the terminal.
                stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
                signal.pthread_sigmask(signal.SIG_BLOCK, stops)
                self._leave()
                for number, handler in before.items():
                    signal.signal(number, handler)
                os.close(self._word)
                os.close(self._leave_word)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)

        def keys(self, seconds: float) -> list[str]:
            """The keys pressed, waiting this long for the first; none if the size changed meanwhile. Raises Closed."""
            found, self._begun = keys_of(self._begun + self._read(seconds))
            if self._begun and not found:
                found, self._begun = keys_of(self._begun + self._read(_HALF_A_KEY))
                if self._begun == "\x1b":  # nothing followed: it is the key itself
                    found, self._begun = [*found, "escape"], ""
            return found

        def _read(self, seconds: float) -> str:
            ready, _, _ = select.select([self._in, self._word], [], [], seconds)
            if self._word in ready:
                os.read(self._word, 512)
                self._obey()
            if self._in not in ready:
                return ""
            try:
                data = os.read(self._in, 4096)
            except OSError:
                raise TerminalClosed from None
            if not data:
                raise TerminalClosed
            return self._decode(data)

        def _note(self, number: int, _: object) -> None:
            self._signals.append(number)
            os.write(self._leave_word, b".")

        def _obey(self) -> None:
            asked, self._signals = self._signals, []
            if signal.SIGTSTP in asked:
                self._leave()
                os.kill(os.getpid(), signal.SIGSTOP)
            elif signal.SIGCONT in asked:
                self._enter()

        def _enter(self) -> None:
            try:
                tty.setcbreak(self._in, termios.TCSANOW)
            except termios.error:
                raise TerminalClosed from None
            self.repaint()
            self._write(_ENTER)

        def _leave(self) -> None:
            with suppress(TerminalClosed):
                self._write(_LEAVE)
            with suppress(termios.error):
                termios.tcsetattr(self._in, termios.TCSANOW, self._settings)
                termios.tcflush(self._in, termios.TCIFLUSH)  # what was typed for us is not for the shell


@contextmanager
def full_screen(stdin: TextIO, out: TextIO) -> Iterator[Terminal]:
    """The terminal for the block; restored afterwards, however the block ends."""
    terminal = Terminal(stdin, out)
    with terminal.held():
        yield terminal
