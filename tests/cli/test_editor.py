"""`--edit`: what the editor is given, and what is taken of what it leaves."""

import io
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Program

from supportctl.cli.run.commands import run
from supportctl.cli.run.drafts import CUT
from supportctl.cli.run.session import Session
from supportctl.errors import InputError, NotOnRecord, Refused


class Terminal(io.StringIO):
    """A stream with a person at it."""

    def isatty(self) -> bool:
        return True


def edited(desk: Program, folder: Path, code: str, *args: str) -> str:
    """Run it at a terminal with an editor whose text of the file, `text`, `code` changes; what it was given."""
    script = folder / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        f"pathlib.Path({str(folder / 'given.txt')!r}).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())\n"
        f"text = pathlib.Path(sys.argv[1]).read_text('utf-8')\n{code}\n"
        "pathlib.Path(sys.argv[1]).write_text(text, 'utf-8')\n"
    )
    env = {"SUPPORTCTL_DB": desk.address, "SUPPORTCTL_NOW": desk.now, "SUPPORTCTL_TZ": "UTC"}
    made = Session(stdin=Terminal(), stdout=Terminal(), stderr=Terminal())
    made.environ = env | {"EDITOR": shlex.join([sys.executable, str(script)])}
    assert run([*args, "--edit"], made) == 0
    return (folder / "given.txt").read_text("utf-8")


@pytest.fixture
def asked(staffed: Program) -> Program:
    staffed.once([["log", "--from", "site@example.com", "--subject", "Help", "--body", "Please"]])
    staffed.once([["note", "1", "--body", "He is cross"]])
    return staffed


def last(desk: Program) -> object:
    return desk.json("show", "1")["history"][-1]["body"]


@pytest.mark.parametrize("command", ["reply", "note"])
def test_who_writes_sees_the_thread_and_only_what_is_written_is_kept(
    asked: Program, tmp_path: Path, command: str
) -> None:
    given = edited(asked, tmp_path, "text = 'Dear Sita,\\n\\nyes.' + text", command, "1")
    above, _, below = given.partition(CUT)
    assert above.strip() == ""
    assert "Ticket 1: Help\n\n1. 2026-03-06 16:30 UTC  site@example.com asked\n   Please\n" in below
    assert "   He is cross" in below
    assert last(asked) == "Dear Sita,\n\nyes."


def test_a_canned_answer_is_changed_above_the_thread(asked: Program, tmp_path: Path) -> None:
    given = edited(asked, tmp_path, "text = text.replace('Hello', 'Dear')", "reply", "1", "--template", "english")
    assert given.startswith("Hello Sita,")
    assert str(last(asked)).startswith("Dear Sita,") and CUT not in str(last(asked))


def test_where_the_text_ends_nowhere_nothing_is_sent(asked: Program, tmp_path: Path) -> None:
    """Or the desk's own notes would go to the customer."""
    with pytest.raises(InputError, match="line that marks the end of your text is gone"):
        edited(asked, tmp_path, f"text = 'Yes' + text.replace({CUT!r}, '')", "reply", "1")
    for nothing in ("pass", "text = ''"):
        with pytest.raises(InputError, match="The text is empty"):
            edited(asked, tmp_path, nothing, "reply", "1")
    assert last(asked) == "He is cross"


def test_no_text_is_written_for_a_ticket_that_is_not_there(asked: Program, tmp_path: Path) -> None:
    with pytest.raises(NotOnRecord):
        edited(asked, tmp_path, "text = 'Yes'", "reply", "9")
    assert not (tmp_path / "given.txt").exists()


def by_hand(desk: Program, monkeypatch: pytest.MonkeyPatch, hand: Callable[[str], str], *args: str, **env: str) -> None:
    """Run it with `hand` in the editor's place."""

    def write(command: list[str]) -> None:
        path = Path(command[-1])
        path.write_text(hand(path.read_text("utf-8")), "utf-8")

    monkeypatch.setattr("supportctl.cli.run.programs._run", write)
    made = Session(stdin=Terminal(), stdout=Terminal(), stderr=Terminal())
    made.environ = {"SUPPORTCTL_DB": desk.address, **env}
    assert run([*args, "--edit"], made) == 0


def test_what_is_refused_goes_back_to_the_editor(asked: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long answer must not be lost for a word in it; one left as it was is refused for good."""
    asked.all([["edit", "1", "--channel", "forum"]])
    given: list[str] = []

    def hand(text: str) -> str:
        given.append(text)
        return f"Do use the password: sesame77{text}" if len(given) == 1 else text.replace("sesame77", "(hidden)")

    by_hand(asked, monkeypatch, hand, "reply", "1", SUPPORTCTL_NOW=asked.now)
    above, _, below = given[1].partition(CUT)
    assert above.strip() == "Do use the password: sesame77"
    assert "which must not be kept on forum" in below and "site@example.com asked" in below
    assert last(asked) == "Do use the password: (hidden)"
    with pytest.raises(Refused):
        by_hand(
            asked, monkeypatch, lambda text: text if "Password" in text else f"Password: sesame77{text}", "reply", "1"
        )


@pytest.mark.about_the_file  # where this machine's clock counts: a shared desk goes by that of its server
def test_an_answer_is_given_when_it_is_written_not_when_it_was_begun(
    asked: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or one begun just before it is due would be met however long it takes."""
    clock = [1772821800.0]  # 2026-03-06T18:30:00Z, when it is due
    monkeypatch.setattr("time.time", lambda: clock[0])

    def hand(text: str) -> str:
        clock[0] += 60
        return f"Yes{text}"

    by_hand(asked, monkeypatch, hand, "reply", "1")
    ticket = asked.json("show", "1", now="2026-03-06T19:00:00Z")
    assert (ticket["first_response_at"], ticket["sla"]) == ("2026-03-06T18:31:00Z", "missed")


@pytest.mark.parametrize(
    ("hand", "says"),
    [
        (lambda path: path.write_bytes(b"caf\xe9"), "UTF-8"),
        (lambda path: path.unlink(), "no text"),
        (lambda path: (path.unlink(), path.mkdir()), "no text"),
        (lambda path: path.write_bytes(b"x" * 11_000_000), "10 MB"),
    ],
    ids=["not UTF-8", "gone", "a folder", "huge"],
)
def test_what_an_editor_leaves_that_is_no_text_is_refused(
    asked: Program, monkeypatch: pytest.MonkeyPatch, hand: Callable[[Path], object], says: str
) -> None:
    monkeypatch.setattr("supportctl.cli.run.programs._run", lambda command: hand(Path(command[-1])))
    made = Session(stdin=Terminal(), stdout=Terminal(), stderr=Terminal())
    made.environ = {"SUPPORTCTL_DB": asked.address}
    with pytest.raises(InputError, match=says):
        run(["reply", "1", "--edit"], made)


@pytest.mark.parametrize("editor", ["ed 'itor", "no-such-editor-anywhere", "''"])
def test_an_editor_that_cannot_be_is_said(asked: Program, editor: str) -> None:
    made = Session(stdin=Terminal(), stdout=Terminal(), stderr=Terminal())
    made.environ = {"SUPPORTCTL_DB": asked.address, "EDITOR": editor, "PATH": os.defpath}
    with pytest.raises(InputError, match=r"(?i)editor"):
        run(["reply", "1", "--edit"], made)


@pytest.mark.skipif(os.name != "posix", reason="a program is a file that may be run, as POSIX has it")
@pytest.mark.parametrize("path", ["", ".", "bin"])
def test_no_editor_is_taken_from_the_current_folder(
    asked: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Whoever may write there could have put it there."""
    for folder in (tmp_path, tmp_path / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "planted").write_text(f"#!/bin/sh\necho run > {tmp_path}/run\n")
        (folder / "planted").chmod(0o700)
    monkeypatch.chdir(tmp_path)
    made = Session(stdin=Terminal(), stdout=Terminal(), stderr=Terminal())
    made.environ = {"SUPPORTCTL_DB": asked.address, "EDITOR": "planted", "PATH": path}
    with pytest.raises(InputError, match="is not in PATH"):
        run(["reply", "1", "--edit"], made)
    assert not (tmp_path / "run").exists()
