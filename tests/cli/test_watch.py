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
from conftest import PROGRAM, Program, place_of
from desks import ENGINE

from supportctl.cli.watch.watch import watch

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are POSIX ones", allow_module_level=True)
import fcntl
import pty
import struct
import termios

ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"
RESTORED = ("\x1b[?7h", "\x1b[?25h", "\x1b[?1000l", "\x1b[?2004l")  # wrapping, cursor, mouse, pasting


class Watcher:
    """Someone who runs the program in a terminal of their own."""

    def __init__(self, desk: Program, *args: str, env: dict[str, str] | None = None, verb: str = "watch") -> None:
        command = [str(PROGRAM), verb, *args]
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

    def settle(self) -> None:
        """Wait until nothing is drawn any more, and forget what was."""
        self.until("q quit")
        while select.select([self.terminal], [], [], 1.5)[0]:
            self._read()
        self.seen = ""

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
    assert ENTERED in first and "2 open, 0 late" in first and "> 1  due in 2 h" in first
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
    assert (code, rest.count(LEFT)) == (0, 1)
    assert all(end in rest for end in RESTORED) and watcher.settings() == before
    assert busy.json("show", 1)["assignee"] is None


def test_it_follows_the_desk(busy: Program, watcher: Watcher) -> None:
    """A change by anyone shows by itself, and only what changed is written."""
    watcher.settle()
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


def test_it_outlives_its_desk(busy: Program, watcher: Watcher) -> None:
    watcher.until("q quit")
    with ENGINE.away(busy.desk):
        watcher.until("There is no desk at")
    watcher.until("q quit")


def script(folder: Path, lines: str) -> str:
    """An editor that does these shell commands; the file is $1."""
    editor = folder / "editor.sh"
    editor.write_text(f"#!/bin/sh\n{lines}\n")
    editor.chmod(0o755)
    return str(editor)


def writing(text: str) -> str:
    """What an editor does that puts a text above what it was given."""
    return f'{{ echo "{text}"; cat "$1"; }} > "$1.new" && mv "$1.new" "$1"'


def watching(desk: Program, folder: Path, editor: str, **env: str) -> Watcher:
    return Watcher(desk, env={"EDITOR": script(folder, editor), "HOME": str(folder), **env})


def test_an_answer_is_written_in_the_editor_with_the_thread_in_sight(busy: Program, tmp_path: Path) -> None:
    """And put on record as the agent decides then; the thread below is not part of it."""
    watcher = watching(busy, tmp_path, f'cp "$1" {tmp_path}/seen; {writing("Try again.")}')
    try:
        watcher.until("q quit")
        watcher.type("r")
        watcher.until("put it on record and close the ticket")
        assert "It says" in (tmp_path / "seen").read_text() and busy.json("show", 1)["first_response_at"] is None
        watcher.type("c")
        watcher.until("Ticket 1 is answered and closed.")
        shown = busy.json("show", 1)
        assert [(entry["kind"], entry["body"]) for entry in shown["history"][1:]] == [
            ("replied", "Try again."), ("closed", None),
        ]  # fmt: skip
        assert shown["history"][1]["agent"] == "tess"
    finally:
        watcher.leave()


def test_who_answered_meanwhile_is_told_before_the_answer_is_on_record(busy: Program, tmp_path: Path) -> None:
    """The text is kept, and begins the next one."""
    other = f"{PROGRAM} --agent kim reply 1 --body Done >/dev/null"
    watcher = watching(busy, tmp_path, f'grep -q Slowly "$1" || {{ {other}; {writing("Slowly")}; }}')
    try:
        watcher.until("q quit")
        watcher.type("r")
        watcher.until("kim answered meanwhile. Your answer to ticket 1:")
        watcher.type("d")
        watcher.until("Your text for ticket 1 is kept")
        watcher.type("r")
        watcher.until("put it on record and wait for the customer")
        watcher.type("w")
        watcher.until("Ticket 1 is answered and waits for the customer.")
        replies = [entry["body"] for entry in busy.json("show", 1)["history"] if entry["kind"] == "replied"]
        assert replies == ["Done", "Slowly"]
    finally:
        watcher.leave()


def test_a_text_that_is_refused_is_kept_and_asked_about_again(busy: Program, tmp_path: Path) -> None:
    watcher = watching(busy, tmp_path, writing("The password is: Tr0ub4dor&3"))
    try:
        watcher.until("q quit")
        watcher.type("jr")
        watcher.until("put it on record")
        watcher.type("s")
        watcher.until("This text contains")
        watcher.until("edit it again")
        watcher.type("\x1b")
        watcher.until("Your text for ticket 2 is kept")
        assert [entry["kind"] for entry in busy.json("show", 2)["history"]] == ["received"]
        kept = [path.read_text() for path in tmp_path.rglob("drafts/*/*.txt")]
        assert kept == ["The password is: Tr0ub4dor&3"]
    finally:
        watcher.leave()


def test_an_editor_that_is_left_empty_changes_nothing(busy: Program, tmp_path: Path) -> None:
    watcher = watching(busy, tmp_path, "true")
    try:
        watcher.until("q quit")
        watcher.type("r")
        watcher.until("The text is empty; nothing was changed.")
        watcher.type("j")
        watcher.until("> 2  ")
    finally:
        watcher.leave()


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_while_the_editor_runs_keeps_its_text(busy: Program, tmp_path: Path, name: str, code: int) -> None:
    watcher = watching(busy, tmp_path, f"{writing('Half a text')}; touch {tmp_path}/open; exec sleep 60")
    try:
        before = watcher.settings()
        watcher.until("q quit")
        watcher.type("r")
        deadline = time.monotonic() + 30
        while not (tmp_path / "open").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(watcher.process, getattr(signal, name))
        assert watcher.ended()[0] == code and watcher.settings() == before
        assert [path.read_text() for path in tmp_path.rglob("drafts/*/*.txt")] == ["Half a text"]
        assert not list(busy.desk.parent.glob("*-answering"))
    finally:
        watcher.leave()


def test_a_ticket_that_someone_else_is_answering_says_so(busy: Program, watcher: Watcher) -> None:
    """Within two seconds, and no longer than they are; whoever answers it too is asked first."""
    watcher.until("q quit")
    with place_of(busy.desk).answering([1], "kim"):
        watcher.until("[kim is answering] Printing fails")
        watcher.type("r")
        watcher.until("kim is answering ticket 1 just now.")
        watcher.until("leave it")
        watcher.type("n")
        watcher.until("q quit")
    watcher.until("  1  due in 2 h  SITE     ticket          Printing fails"[1:])


@pytest.mark.parametrize(("verb", "marks"), [("reply", 1), ("note", 0)])
def test_who_answers_on_the_command_line_is_seen_too(busy: Program, tmp_path: Path, verb: str, marks: int) -> None:
    """But not who writes a note: the customer gets no second answer from that."""
    begun, ends = tmp_path / "begun", tmp_path / "ends"
    os.mkfifo(begun)
    os.mkfifo(ends)
    editor = script(tmp_path, f"echo > {begun}; cat {ends}; exit 1")
    one = Watcher(busy, "1", "--edit", env={"EDITOR": editor, "HOME": str(tmp_path)}, verb=verb)
    try:
        begun.read_bytes()
        seen = place_of(busy.desk).being_answered()
        ends.write_bytes(b"")
        one.ended()
    finally:
        one.leave()
    assert [mark.ticket for mark in seen] == [1] * marks


def test_the_editor_says_who_else_is_answering(busy: Program, tmp_path: Path) -> None:
    with place_of(busy.desk).answering([1], "kim"):
        editor = script(tmp_path, f'cp "$1" {tmp_path}/seen')
        one = Watcher(busy, "1", env={"EDITOR": editor, "HOME": str(tmp_path)}, verb="reply")
        try:
            one.ended()
        finally:
            one.leave()
    assert "kim is answering ticket 1 just now." in (tmp_path / "seen").read_text()


def test_what_is_marked_is_changed_together_and_taken_back_together(busy: Program, watcher: Watcher) -> None:
    """What is typed ahead goes to the question, not to the keys."""
    watcher.until("q quit")
    watcher.type("*cBoth twice\r")
    watcher.until("2 tickets are closed: 1, 2.")
    watcher.until("Nothing is open.")
    assert [busy.json("show", n)["status"] for n in (1, 2)] == ["closed", "closed"]
    watcher.type("u")
    watcher.until("Take back: ")
    watcher.until("leave it")
    watcher.type("y")
    watcher.until("Taken back: ")
    assert [busy.json("show", n)["status"] for n in (1, 2)] == ["open", "open"]


def test_a_ticket_is_assigned_noted_tagged_and_linked(busy: Program, watcher: Watcher) -> None:
    busy.all([["bug", "add", "--title", "Printer driver crashes"], ["bug", "add", "--title", "Other"]])
    watcher.until("q quit")
    watcher.type("alee\r")
    watcher.until("Ticket 1 is assigned to lee.")
    watcher.type("nCalled back\r")
    watcher.until("Ticket 1 has your note.")
    watcher.type("Tvip\r")
    watcher.until("Ticket 1 is tagged vip.")
    watcher.type("bdriver\r")
    watcher.until("Ticket 1 is linked to bug 1.")
    shown = busy.json("show", 1)
    assert (shown["assignee"], shown["tags"]) == ("lee", ["vip"])
    assert [(entry["kind"], entry["agent"]) for entry in shown["history"][1:]] == [
        (kind, "tess") for kind in ("assigned", "noted", "edited", "linked")
    ]
    watcher.type("T-vip\r")
    watcher.until("Ticket 1 has no tag vip.")
    watcher.type("anobody\r")
    watcher.until("Ticket 1 is assigned to nobody.")
    assert busy.json("show", 1)["assignee"] is None


def test_a_question_that_is_left_leaves_the_keys_to_be_read(busy: Program, watcher: Watcher) -> None:
    """Also if the queue was drawn while it was asked."""
    watcher.until("q quit")
    watcher.type("a")
    watcher.until("Assign ticket 1 to")
    busy.all([["log", "--from", "site@example.com", "--subject", "Another"]])
    watcher.until("3 open, 0 late")
    watcher.type("\x1b")
    watcher.until("q quit")
    assert busy.json("show", 1)["assignee"] is None


def test_a_change_that_is_refused_is_told_in_a_line(busy: Program, watcher: Watcher) -> None:
    watcher.until("q quit")
    watcher.type("c\r")
    watcher.until("Ticket 1 has no answer yet.")
    watcher.type("b")
    watcher.until("No bug is open")
    assert busy.json("show", 1)["status"] == "open"


def test_who_did_nothing_has_nothing_to_take_back(busy: Program) -> None:
    watcher = Watcher(busy, env={"SUPPORTCTL_AGENT": "new"})
    try:
        watcher.until("q quit")
        watcher.type("u")
        watcher.until("There is nothing of yours to take back.")
    finally:
        watcher.leave()


def test_a_closed_ticket_is_found_and_opened_again(busy: Program, watcher: Watcher) -> None:
    busy.all([["close", "2", "--reason", "Twice"]])
    watcher.until("q quit")
    watcher.type("/status:closed\r")
    watcher.until("1 listed, 0 late, status:closed")
    watcher.type("o")
    watcher.until("Ticket 2 is open again.")
    assert busy.json("show", 2)["status"] == "open"


def test_it_narrows_as_you_type_and_escape_shows_what_was_there(watcher: Watcher) -> None:
    watcher.until("q quit")
    watcher.type("/print")
    watcher.until("1 open, 0 late, print")
    watcher.type("\x1b")
    watcher.until("2 open, 0 late ")


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
