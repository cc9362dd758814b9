"""Where text of strangers came out unseen: what Python prints as it is, a shell runs, or a warning repeats."""

from pathlib import Path

import pytest
from conftest import Program

# Letters, marks and selectors to Python, nothing at all to the eye.
UNSEEN = "\u3164\u115f\u1160\uffa0\ufe0f\u034f"


@pytest.mark.parametrize(
    "command", [["show"], ["queue", "--limit"], ["queue", "-o"], ["report", "--by"], ["completion"]]
)
def test_an_error_shows_what_nobody_could_see(desk: Program, command: list[str]) -> None:
    """A filler counts as printable, and is not to be seen all the same."""
    ran = desk(*command, f"1{UNSEEN}")

    assert ran.code == 2
    assert not set(UNSEEN) & set(ran.err)
    assert "\\u3164" in ran.err


@pytest.mark.parametrize(
    "name", ["a`id`", "a$(id)", "a;id", "a'b", 'a"b', "a b", "a\nb", "\x1b[31m", "\u202eb", UNSEEN]
)
def test_completion_offers_nothing_that_a_shell_would_take_for_more_than_a_word(
    desk: Program, tmp_path: Path, name: str
) -> None:
    """What is offered stands on the command line as it is, without quotes."""
    templates = tmp_path / "config" / "supportctl" / "templates"
    templates.mkdir(parents=True)
    for file in (name, "plain-2.1", "größe"):
        (templates / f"{file}.txt").write_text("Hello")
    ran = desk(
        env={
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "_SUPPORTCTL_COMPLETE": "bash",
            "_SUPPORTCTL_LINE": "supportctl reply 1 --template ",
        }
    )

    assert [line.partition("\t")[0] for line in ran.out.splitlines() if line.endswith("yours")] == [
        "größe",
        "plain-2.1",
    ]


def test_no_warning_of_python_reaches_the_terminal(staffed: Program) -> None:
    """It would quote the environment as it is."""
    ran = staffed("queue", env={"PYTHONTZPATH": "\x1b[31mzones"})

    assert (ran.code, ran.err) == (0, "")
