"""Short answers: a write says on a terminal in one to three lines what it did; everything else is as it was."""

import os
from io import StringIO

import pytest
from conftest import Program, on_a_terminal

from supportctl.render import show
from supportctl.render.columns import Column, View

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals to run a program on")
LATER = "2026-03-06T17:30:00Z"  # an hour after it came in


@pytest.fixture
def waiting(staffed: Program) -> Program:
    """A desk with two tickets of a SITE customer, and a terminal without colours."""
    staffed.once([["log", "--from", "site@example.com", "--subject", f"Help {n}", "--body", "x"] for n in (1, 2)])
    staffed.env = {"NO_COLOR": "1", "TERM": "xterm"}
    staffed.now = LATER
    return staffed


DUE = "due in 1 h (2026-03-06 18:30 UTC)"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["note", "1", "--body", "x"], f"#1 noted, {DUE}"),
        (["assign", "1", "tess"], f"#1 assigned to tess, {DUE}"),
        (["assign", "1", "-"], f"#1 back in the queue, {DUE}"),
        (["reply", "1", "--body", "x"], "#1 answered, met (1 h of 2 h)"),
        (["reply", "1", "--body", "x", "--close"], "#1 answered and closed, met (1 h of 2 h)"),
        (["reply", "1", "--body", "x", "--wait"], "#1 answered, met (1 h of 2 h), waiting for the customer"),
        (["close", "1", "--reason", "x"], "#1 closed, never answered"),
        (["edit", "1", "--topic", "bug", "--tag", "a"], f"#1 corrected (topic, tags), {DUE}"),
        (["edit", "1", "--product", "remote-utilities"], f"#1 unchanged, {DUE}"),
        (["spam", "1"], "#1 set aside as spam, no target"),
        (["merge", "1", "2"], "#1 merged into #2, never answered"),
        (["redact", "1", "1", "--yes"], f"#1 without the text of entry 1, {DUE}"),
        (["note", "1-2", "--body", "x"], f"#1 noted, {DUE}\n#2 noted, {DUE}"),
        (["customer", "edit", "free@example.com", "--name", "Fay"], "free@example.com (Fay): customer"),
        (["licence", "revoke", "SITE-0001-AAAA", "--yes"], "SITE licence ****AAAA of site@example.com: revoked"),
        (
            ["licence", "add", "PLUS-0002-AAAA", "--tier", "PLUS", "--email", "starter@example.com"],
            "PLUS licence ****AAAA of starter@example.com: active",
        ),
    ],
    ids=lambda value: "-".join(value[:3]) if isinstance(value, list) else None,
)
def test_a_write_says_what_it_did_and_how_the_ticket_stands(waiting: Program, command: list[str], said: str) -> None:
    assert on_a_terminal(waiting, *command) == f"{said}\n"


def test_a_late_answer_says_by_how_much(waiting: Program) -> None:
    waiting.now = "2026-03-06T19:00:00Z"
    assert on_a_terminal(waiting, "note", "1", "--body", "x") == "#1 noted, 30 min late\n"
    assert on_a_terminal(waiting, "reply", "1", "--body", "x") == "#1 answered, missed by 30 min (2 h 30 min of 2 h)\n"


def test_what_was_taken_back_is_said(waiting: Program) -> None:
    waiting.all([["reply", "1", "--body", "x", "--close"]])
    assert on_a_terminal(waiting, "undo", "--yes") == "Taken back: #1 answered and closed.\n"
    waiting.all([["reply", "1", "--body", "x", "--close"]])
    said = on_a_terminal(waiting, "retract", "1", "7", "--reason", "x")
    assert said == "#1 without entry 7, met (1 h of 2 h)\n"


def test_a_new_request_says_its_target_and_what_an_agent_must_know(waiting: Program) -> None:
    command = ["log", "--from", "site@example.com", "--subject", "New"]
    assert on_a_terminal(waiting, *command) == "#3 SITE, due in 2 h (2026-03-06 19:30 UTC)\n"
    more = ["--from", "free@example.com", "--subject", "Other", "--topic", "hardware", "--version", "6.1.0.0"]
    first, *others = on_a_terminal(waiting, "log", *more).splitlines()
    assert first.startswith("#4 FREE, ")
    assert " ".join(others) == "Not entitled to an answer; hardware is not covered; version 6.1.0.0 is unsupported."


@pytest.mark.parametrize(
    "command", [["note", "1", "--body", "x"], ["customer", "edit", "free@example.com", "--name", "F"]]
)
def test_the_whole_record_is_shown_to_who_asks_for_it(waiting: Program, command: list[str]) -> None:
    short = on_a_terminal(waiting, *command)
    assert short.count("\n") == 1
    for asked in (["--show"], ["-o", "table"]):
        assert on_a_terminal(waiting, *command, *asked).count("\n") > 2
    assert on_a_terminal(waiting, *command, "-o", "json").startswith("{")


def test_a_pipe_gets_what_it_always_got(waiting: Program) -> None:
    plain = waiting("note", "1", "--body", "x").out
    assert plain.split("\t")[0] == "1"
    assert waiting("note", "1", "--body", "x", "--show").out == plain
    assert waiting("note", "1", "--body", "x", "-o", "table").out.startswith("#1  Help 1\n")


def test_words_of_strangers_cannot_control_the_terminal() -> None:
    view = View((Column("said"),), ("said",), short="said")
    out = StringIO()
    show(view, [{"said": "F\x1b]52;c;x\x07\nb\u202e"}], format="table", out=out, many=True, short=True)
    assert out.getvalue().splitlines()[0].startswith("F")
    assert not {"\x1b", "\x07", "\u202e"} & set(out.getvalue())


def test_reading_is_as_it_was(waiting: Program) -> None:
    assert on_a_terminal(waiting, "show", "1").count("\n") > 5
    assert waiting("show", "1", "--show").code == 2
