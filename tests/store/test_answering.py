"""The mark that someone is answering a ticket: seen by others, and gone with the run that made it, however that ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from supportctl.desk import place_at
from supportctl.desk.tickets.answering import others_answering
from supportctl.store.sqlite import answering
from supportctl.store.sqlite.answering import being_answered

pytestmark = pytest.mark.about_the_file  # the marks are in a folder beside it

HELD = """
import sys
from pathlib import Path
from supportctl.store.sqlite.answering import answering
with answering(Path(sys.argv[1]), [5, 6], "kim"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


def start(desk: Path) -> "subprocess.Popen[str]":
    """A run that answers tickets 5 and 6, once it holds its mark."""
    command = [sys.executable, "-c", HELD, str(desk)]
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None and run.stdout.readline() == "held\n"
    return run


def left_beside(desk: Path) -> list[str]:
    return sorted(path.name for path in desk.parent.rglob("*"))


def test_others_see_who_is_answering_and_nobody_sees_themselves(desk: Path) -> None:
    with start(desk) as run:
        assert others_answering(place_at(desk), "tess") == {5: "kim", 6: "kim"}
        assert others_answering(place_at(desk), "KIM") == {}
        run.communicate()
    assert others_answering(place_at(desk), "tess") == {}
    assert left_beside(desk) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_the_mark_of_a_run_that_is_killed_ends_with_it(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once; its file is removed later, when it cannot be one that is just being made."""
    with start(desk) as run:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    assert being_answered(desk) == [] and len(left_beside(desk)) == 2
    monkeypatch.setattr(answering, "LEFT_OVER", -1)
    assert being_answered(desk) == [] and left_beside(desk) == []


def test_of_several_who_answer_one_ticket_the_first_is_named(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start(desk):
        monkeypatch.setattr("time.time", lambda: 1 << 40)
        with answering.answering(desk, [6, 7], "lee"):
            assert [(each.ticket, each.agent) for each in being_answered(desk)] == [
                (5, "kim"), (6, "kim"), (6, "lee"), (7, "lee"),
            ]  # fmt: skip
            assert others_answering(place_at(desk), "tess") == {5: "kim", 6: "kim", 7: "lee"}


def test_where_no_mark_can_be_made_people_answer_all_the_same(desk: Path) -> None:
    desk.with_name(f"{desk.name}-answering").write_text("a file in its way")
    with answering.answering(desk, [5], "kim"):
        assert being_answered(desk) == []


def test_what_is_no_mark_is_left_alone(desk: Path) -> None:
    folder = desk.with_name(f"{desk.name}-answering")
    folder.mkdir()
    (folder / "12-note").write_text("not SQLite, but long enough to be looked at")
    assert being_answered(desk) == [] and (folder / "12-note").exists()


def test_the_mark_is_for_its_owner_alone(desk: Path) -> None:
    with answering.answering(desk, [5], "kim"):
        folder = desk.with_name(f"{desk.name}-answering")
        modes = [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())]
        assert os.name != "posix" or modes == [0o700, 0o600]
