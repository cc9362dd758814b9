"""Where text of strangers came out unseen: what Python prints as it is, a shell runs, or a warning repeats."""

import os
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


@pytest.mark.parametrize(
    "words", [["queue", "{}"], ["queue", "--{}"], ["{}"], ["bug", "{}"], ["import", "tickets", "{}"]]
)
def test_a_word_of_any_length_is_repeated_in_a_line(desk: Program, words: list[str]) -> None:
    """A body that lost its quotes, say."""
    ran = desk(*(word.format("x" * 10_000) for word in words))

    assert (ran.code, "xxx…" in ran.err) == (2, True)
    assert len(ran.err) < 450


@pytest.mark.parametrize("command", [["queue"], ["search", "help"]])
def test_a_limit_beyond_all_counting_is_none(staffed: Program, command: list[str]) -> None:
    """Python and SQLite end at 2 ** 63, and said so as a fault of ours."""
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help"]])

    assert len(staffed.json(*command, "--limit", 2**63)) == 1
    assert len(staffed.json(*command, "--limit", "9" * 99)) == 1


def test_a_key_where_an_address_belongs_is_masked(staffed: Program) -> None:
    """Both stand in the same mail; what has nothing of a key is named as it is."""
    for command in (
        ["log", "--subject", "Help", "--from"],
        ["customer", "show"],
        ["reply", "1", "--body", "x", "--from"],
    ):
        assert "'****AAAA' is not" in staffed(*command, "SITE-0001-AAAA").err
        assert "'ann.example2.com' is not" in staffed(*command, "ann.example2.com").err


@pytest.mark.parametrize(
    "command",
    [
        ["show"], ["reply", "--body", "x"], ["check"], ["queue", "--tier"], ["search"], ["bug", "show"],
        ["log", "--from", "ann@example.com", "--subject", "x", "--product"],
        ["log", "--from", "ann@example.com", "--subject", "x", "--version"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_key_where_a_number_or_a_word_of_the_policy_belongs_is_masked(staffed: Program, command: list[str]) -> None:
    key = "tier:SITE-0001-AAAA" if command == ["search"] else "SITE-0001-AAAA"
    ran = staffed(*command, key)
    assert (ran.code, "'****AAAA'" in ran.err, "SITE-0001" in ran.err) == (2, True, False), ran.err


@pytest.mark.skipif(os.name != "posix", reason="an environment of bytes")
def test_an_agent_of_bytes_that_are_no_text_is_refused(staffed: Program) -> None:
    """It was a fault of ours, and only when it was to be written."""
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help"]])
    for command in (
        ["note", "1", "--body", "x"],
        ["log", "--from", "a@example.com", "--subject", "x"],
        ["next", "--take"],
    ):
        ran = staffed(*command, env={"SUPPORTCTL_AGENT": os.fsdecode(b"k\xff")})
        assert (ran.code, "SUPPORTCTL_AGENT is not valid UTF-8" in ran.err) == (2, True)


def test_a_search_for_too_many_values_is_refused(staffed: Program) -> None:
    """Thousands of them were more than SQLite takes in a question; the same one again is one."""
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help", "--tag", "x"]])

    assert len(staffed.json("search", "tag:x " * 9_000)) == 1
    ran = staffed("search", " ".join(f"tag:x{n}" for n in range(9_000)))
    assert (ran.code, "over 24 values of tag" in ran.err) == (2, True)


@pytest.mark.parametrize(
    "command",
    [["report", "--by"], ["completion"], ["hours", "holiday", "add"], ["queue", "--limit"], ["queue"], ["queue", "-o"]],
)
@pytest.mark.parametrize("glued", ["", "--"])
def test_a_key_in_a_wrong_place_is_not_repeated(desk: Program, command: list[str], glued: str) -> None:
    ran = desk(*command, f"{glued}RU-PRO-1234-ABCD-9")

    assert (ran.code, "1234-ABCD" in ran.err) == (2, False), ran.err
