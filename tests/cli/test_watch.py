"""`watch` in a real terminal: what appears, what keys do to the desk, and how it leaves the terminal behind."""

import os
import re
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROGRAM, Program

from supportctl.cli.watch.watch import watch

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are POSIX ones", allow_module_level=True)
import fcntl
import pty
import struct
import termios

ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"


class Watcher:
    """Someone who runs the program in a terminal of their own."""

    def __init__(self, desk: Program, *args: str, env: dict[str, str] | None = None) -> None:
        command = [str(PROGRAM), "watch", *args]
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(command[0], command, desk.environment() | {"TERM": "xterm"} | (env or {}))
        self.seen = ""
        self.resize(80, 24)
        self.code: int | None = None

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def until(self, wanted: str, seconds: float = 30) -> str:
        """What appears up to and with `wanted`."""
        deadline = time.monotonic() + seconds
        while wanted not in self.seen:
            assert time.monotonic() < deadline, f"no {wanted!r} in {self.seen!r}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.seen += self._read()
        before, found, self.seen = self.seen.partition(wanted)
        return before + found

    def _read(self) -> str:
        try:
            return os.read(self.terminal, 65536).decode(errors="replace")
        except OSError:  # Linux's way to say that the program has gone
            raise AssertionError(f"it ended; before that came {self.seen!r}") from None

    def ended(self) -> tuple[int, str]:
        """The exit code, and the rest of what it wrote."""
        rest = self.seen
        while select.select([self.terminal], [], [], 30)[0]:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                break
            if not data:
                break
            rest += data.decode(errors="replace")
        _, status = os.waitpid(self.process, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code, rest

    def settings(self) -> list[object]:
        return list(termios.tcgetattr(self.terminal))

    def leave(self) -> None:
        if self.code is None:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self.terminal)


@pytest.fixture
def busy(staffed: Program) -> Program:
    """Ticket 1 of a SITE customer and ticket 2 of a STARTER customer, both due today."""
    staffed.once(
        [
            ["log", "--from", "site@example.com", "--subject", "Printing fails", "--body", "It says\x1b]0;x\x07 no."],
            ["log", "--from", "starter@example.com", "--subject", "A question", "--channel", "forum"],
        ]
    )
    return staffed


@pytest.fixture
def watcher(busy: Program) -> Iterator[Watcher]:
    one = Watcher(busy)
    yield one
    one.leave()


def test_a_day_at_the_queue(busy: Program, watcher: Watcher) -> None:
    """See it, choose, take, filter, read a ticket, and leave the terminal as it was."""
    before = watcher.settings()
    first = watcher.until("q quit")
    assert first.startswith(ENTERED) and "2 open, 0 late" in first and "> 1  due in 2 h" in first
    assert watcher.settings() != before, "no echo, and each key at once"
    watcher.type("\x1b[B")
    watcher.until("> 2  due in 8 h")
    watcher.type("t")
    watcher.until("Ticket 2 is yours.")
    assert busy.json("show", 2)["assignee"] == "tess"
    watcher.type("/tier:site\r")
    assert "1 open, 0 late, tier:site" in watcher.until("> 1  ")
    watcher.type("\r")
    assert "\x1b]0;x" not in watcher.until("It says\\x1b]0;x\\x07 no.")
    watcher.type("q")
    watcher.until("q quit")
    watcher.type("q")
    code, rest = watcher.ended()
    assert (code, rest.endswith(f"\x1b[?7h\x1b[?25h{LEFT}")) == (0, True)
    assert busy.json("show", 1)["assignee"] is None


def test_it_follows_the_desk(busy: Program, watcher: Watcher) -> None:
    """A change by anyone shows by itself, and only what changed is written."""
    watcher.until("q quit")
    busy.all([["assign", "2", "kim"]])
    assert "Printing fails" not in watcher.until("kim")
    busy.all([["close", "1", "--reason", "Twice"]])
    watcher.until("1 open, 0 late")


def test_a_ticket_that_another_took_is_not_taken(busy: Program, watcher: Watcher) -> None:
    watcher.until("q quit")
    busy.all([["assign", "1", "kim"]])
    watcher.type("t")
    watcher.until("kim has ticket 1.")
    assert busy.json("show", 1)["assignee"] == "kim"


def test_a_filter_that_cannot_be_is_told_and_forgotten(watcher: Watcher) -> None:
    watcher.until("q quit")
    watcher.type("/tier:sight\r")
    watcher.until("There is no tier 'sight' in the policy. Did you mean SITE?")
    watcher.type("j")
    watcher.until("q quit")


def test_it_outlives_its_desk(busy: Program, watcher: Watcher, tmp_path: Path) -> None:
    watcher.until("q quit")
    aside = tmp_path / "aside.db"
    busy.desk.rename(aside)
    watcher.until("There is no desk at")
    assert not busy.desk.exists()
    aside.rename(busy.desk)
    watcher.until("q quit")


def test_a_window_of_another_size_is_filled(watcher: Watcher) -> None:
    watcher.until("q quit")
    watcher.resize(150, 30)
    assert "2026-03-06 18:30 UTC" in watcher.until("\x1b[30;1H")


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize("keys", ["", "/abc", "\r"])
def test_a_signal_leaves_the_terminal_as_it_was(watcher: Watcher, name: str, code: int, keys: str) -> None:
    watcher.until("q quit")
    watcher.type(keys)
    os.kill(watcher.process, getattr(signal, name))
    ended, rest = watcher.ended()
    assert ended == code and rest.count(LEFT) == 1 and rest.endswith("Nothing was left half-done.\r\n")


def test_ctrl_c_is_the_same(watcher: Watcher) -> None:
    watcher.until("q quit")
    watcher.type("\x03")
    code, rest = watcher.ended()
    assert (code, LEFT in rest) == (130, True)


def test_a_terminal_that_goes_away_ends_it(busy: Program) -> None:
    watcher = Watcher(busy)
    watcher.until("q quit")
    os.close(watcher.terminal)
    _, status = os.waitpid(watcher.process, 0)
    assert os.waitstatus_to_exitcode(status) == 129


def test_it_can_be_suspended_and_comes_back(watcher: Watcher) -> None:
    watcher.until("q quit")
    watcher.type("\x1a")
    watcher.until(LEFT)
    _, status = os.waitpid(watcher.process, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    os.kill(watcher.process, signal.SIGCONT)
    assert ENTERED in watcher.until("q quit")


@pytest.mark.parametrize("line", re.findall("^ *supportctl watch(.*)", watch.__doc__ or "", re.MULTILINE))
def test_every_example_of_its_help_works(busy: Program, line: str) -> None:
    watcher = Watcher(busy, *line.split())
    try:
        watcher.until("q quit")
        watcher.type("q")
        assert watcher.ended()[0] == 0
    finally:
        watcher.leave()


@pytest.mark.parametrize(("env", "colours"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_asked_for(busy: Program, env: dict[str, str], colours: bool) -> None:
    watcher = Watcher(busy, env=env)
    try:
        painted = re.sub("\x1b\\[0m\x1b\\[2J", "", watcher.until("q quit"))
        assert ("\x1b[1m" in painted, "> 1  " in painted) == (colours, True)
    finally:
        watcher.leave()


@pytest.mark.parametrize(
    ("args", "env", "code"),
    [
        ([], {"TERM": "dumb"}, 2),
        (["--tier", "sight"], {}, 2),
        (["--mine", "--unassigned"], {}, 2),
        (["--db", "x"], {}, 6),
    ],
)
def test_what_is_wrong_from_the_start_is_said_before_the_screen_is_taken(
    busy: Program, args: list[str], env: dict[str, str], code: int
) -> None:
    watcher = Watcher(busy, *args, env=env)
    try:
        ended, said = watcher.ended()
        assert (ended, ENTERED in said) == (code, False) and said.startswith("supportctl: ")
    finally:
        watcher.leave()
