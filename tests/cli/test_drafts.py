"""A text that does not get on record is never lost: the real program at a terminal, with an editor that misbehaves."""

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
from conftest import PROGRAM, Program, copy_desk, held

if sys.platform == "win32":
    pytest.skip("terminals and signals as POSIX has them", allow_module_level=True)
import pty

EDITOR = """
import os, pathlib, signal, sys, time
path = pathlib.Path(sys.argv[-1])
text = path.read_text("utf-8")
here = pathlib.Path(__file__).parent
(here / "given.txt").write_text(text)
{code}
path.write_text(text)
{then}
"""


@pytest.fixture
def asked(staffed: Program) -> Program:
    staffed.once([["log", "--from", "site@example.com", "--subject", "Help", "--body", "Please", "--channel", "forum"]])
    return staffed


class AtTerminal:
    """A run at a terminal, with an editor that does `code` to its `text`, saves it, and `then` something else."""

    def __init__(self, desk: Program, *args: str, code: str = "", then: str = "") -> None:
        script = desk.desk.parent / "editor.py"
        script.write_text(EDITOR.format(code=code, then=then))
        env = desk.environment() | {"EDITOR": shlex.join([sys.executable, str(script)]), "TERM": "xterm"}
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.execve(PROGRAM, [str(PROGRAM), *args], env)

    def end(self) -> tuple[int, str]:
        """Its exit code, and what stood on the terminal."""
        shown = b""
        while True:
            try:
                piece = os.read(self.terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        code = os.waitstatus_to_exitcode(status)
        return code, " ".join(shown.decode().split())


def draft(desk: Program) -> str:
    """The text that is kept, in a file that only its owner may read; "" if there is none."""
    found = [path for path in desk.desk.parent.rglob("drafts/*/*") if path.is_file()]
    assert len(found) <= 1
    for path in found:
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        return path.read_text("utf-8").strip()
    return ""


def given(desk: Program) -> str:
    return (desk.desk.parent / "given.txt").read_text("utf-8")


def last(desk: Program) -> object:
    return desk.json("show", 1)["history"][-1]["body"]


@pytest.mark.parametrize("command", ["reply", "note"])
def test_at_a_terminal_the_editor_opens_with_the_thread(asked: Program, command: str) -> None:
    code, shown = AtTerminal(asked, command, "1", code="text = 'Yes' + text").end()
    assert (code, last(asked), draft(asked)) == (0, "Yes", ""), shown
    assert "site@example.com asked" in given(asked)


ENDS = {
    "an editor that crashes": ("os.kill(os.getpid(), signal.SIGSEGV)", None, 2),
    "an editor that fails": ("sys.exit(1)", None, 2),
    "Control-C": ("print('SAVED', flush=True); time.sleep(30)", b"\x03", 130),
    "terminated": ("print('SAVED', flush=True); time.sleep(30)", signal.SIGTERM, 143),
    "hung up": ("print('SAVED', flush=True); time.sleep(30)", signal.SIGHUP, 129),
    "killed": ("print('SAVED', flush=True); time.sleep(3)", signal.SIGKILL, -9),
}


@pytest.mark.parametrize("command", ["reply", "note"])
@pytest.mark.parametrize("end", ENDS)
def test_what_was_saved_is_offered_again_however_it_ended(asked: Program, end: str, command: str) -> None:
    then, strike, expected = ENDS[end]
    run = AtTerminal(asked, command, "1", code="text = 'Half a text' + text", then=then)
    if strike is not None:
        while b"SAVED" not in os.read(run.terminal, 4096):
            pass
        if isinstance(strike, bytes):
            os.write(run.terminal, strike)
        else:
            os.kill(run.pid, strike)
    code, shown = run.end()
    assert code == expected, shown
    assert end == "killed" or f"`supportctl {command} 1` offers it again" in shown
    assert draft(asked).startswith("Half a text")
    other = "note" if command == "reply" else "reply"
    assert asked(other, 1, "--draft", "use").code == 5, "a note must not become an answer"
    code, shown = AtTerminal(asked, command, "1", code="text = text.replace('Half a text', 'All')").end()
    assert (code, last(asked), draft(asked)) == (0, "All", ""), shown
    assert "Your draft is in the editor" in shown
    assert given(asked).startswith("Half a text\n") and given(asked).count("Please") == 1


def test_a_refused_secret_goes_back_to_the_editor_and_stays_a_draft(asked: Program) -> None:
    code, shown = AtTerminal(
        asked, "reply", "1", code="text = text if 'sesame' in text else 'Password: sesame77' + text"
    ).end()
    assert (code, "8.6" in shown, "offers it again" in shown) == (4, True, True), shown
    assert (draft(asked), last(asked)) == ("Password: sesame77", "Please")
    code, _ = AtTerminal(asked, "reply", "1", code="text = text.replace('sesame77', '(hidden)')").end()
    assert (code, last(asked), draft(asked)) == (0, "Password: (hidden)", "")


def test_an_empty_text_drops_the_draft(asked: Program) -> None:
    AtTerminal(asked, "reply", "1", code="text = 'Half' + text", then="sys.exit(1)").end()
    code, shown = AtTerminal(asked, "reply", "1", code="text = ''").end()
    assert (code, draft(asked)) == (2, ""), shown


def test_a_template_left_as_it_was_is_no_draft(asked: Program) -> None:
    code, _ = AtTerminal(asked, "reply", "1", "--template", "english", "--edit", then="sys.exit(1)").end()
    assert (code, draft(asked)) == (2, "")


def test_where_it_cannot_be_told_what_the_text_is_it_is_kept_but_never_offered(asked: Program) -> None:
    """The thread has notes that the customer must not see."""
    code, shown = AtTerminal(asked, "reply", "1", code="text = 'Yes' + text.replace('>8', '')").end()
    assert (code, "What the editor saved is in" in shown) == (2, True)
    assert draft(asked).startswith("Yes")
    assert asked("reply", 1, "--draft", "use").code == 5


def test_a_request_is_not_lost_either(asked: Program) -> None:
    words = ["log", "--from", "site@example.com", "--subject", "New", "--channel", "forum", "--edit"]
    code, shown = AtTerminal(asked, *words, code="text = text if 'sesame' in text else 'Password: sesame77'").end()
    assert (code, draft(asked)) == (4, "Password: sesame77"), shown
    code, shown = AtTerminal(asked, *words, code="text = text.replace('sesame77', '(hidden)')").end()
    assert (code, asked.json("show", 2)["body"], draft(asked)) == (0, "Password: (hidden)", ""), shown


def test_an_older_draft_with_another_text_is_set_aside(asked: Program) -> None:
    for text in ("One, password: sesame77", "Two, password: sesame77"):
        assert asked("reply", 1, "--body", text).code == 4
    found = {path.name.split(".", 1)[1]: path.read_text() for path in asked.desk.parent.rglob("drafts/*/*")}
    assert found == {"txt": "Two, password: sesame77", "older-1.txt": "One, password: sesame77"}


def test_agents_and_desks_have_drafts_of_their_own(asked: Program, tmp_path: Path) -> None:
    asked("reply", 1, "--body", "Password: sesame77")
    assert asked("reply", 1, "--draft", "use", "--redact", "--agent", "kim").code == 5
    other = tmp_path / "other" / "desk.db"
    other.parent.mkdir()
    copy_desk(asked.desk, other)
    assert asked("--db", Program(other).address, "reply", 1, "--draft", "use", "--redact").code == 5
    assert asked("reply", 1, "--draft", "use", "--redact", "--agent", "TESS").code == 0
    assert draft(asked) == ""


def test_a_locked_desk_costs_no_text(asked: Program) -> None:
    with held(asked.desk):
        code, shown = AtTerminal(asked, "reply", "1", code="text = 'Yes' + text").end()
    assert (code, "offers it again" in shown, draft(asked)) == (6, True, "Yes"), shown
