"""Merging: the question goes on being due until someone answers, an odd merger is asked about, and can be taken back."""

import pytest
from conftest import Program

LATE = "2026-03-20T16:30:00Z"


@pytest.fixture
def three(staffed: Program) -> Program:
    """1 and 2 of one sender, 3 of another; 1 is answered and closed."""
    for sender in ("site@example.com", "site@example.com", "starter@example.com"):
        staffed.once([["log", "--from", sender, "--subject", f"Of {sender[:4]}", "--body", f"words of {sender[:4]}"]])
    staffed.once([["reply", "1", "--body", "x", "--close"]], now="2026-03-06T16:31:00Z")
    return staffed


def late(desk: Program, now: str = LATE, *more: str) -> list[int]:
    return [ticket["id"] for ticket in desk.json("breaches", *more, now=now)]


@pytest.mark.parametrize(("source", "into"), [(2, 1), (3, 2), (3, 1)])
def test_an_odd_merger_needs_a_yes(three: Program, source: int, into: int) -> None:
    ran = three("merge", source, into)
    assert (ran.code, ran.out) == (2, "")
    assert ("different senders" in ran.err) == (source == 3)
    assert ("is closed" in ran.err) == (into == 1)
    assert "--yes" in ran.err
    assert three.json("show", source)["status"] == "open"
    assert three("merge", source, into, "--yes").code == 0


def test_what_cannot_be_merged_is_said_before_anything_is_asked(three: Program) -> None:
    three.all([["merge", "3", "2", "--yes"]])
    ran = three("merge", "1", "3")
    assert (ran.code, "merged into 2" in ran.err) == (2, True)
    assert three("merge", "1", "9").code == 5


@pytest.mark.parametrize("into", [1, 2])
def test_the_question_goes_on_being_due_until_the_other_is_answered(three: Program, into: int) -> None:
    three.all([["merge", "3", str(into), "--yes"]], now="2026-03-06T17:00:00Z")
    row = next(t for t in three.json("breaches", now=LATE) if t["id"] == 3)
    assert (row["sla"], row["status"], row["merged_into"], row["late_seconds"] > 0) == ("late", "merged", into, True)
    assert late(three, "2026-03-06T16:45:00Z", "--within", "9h") == [2, 3], "not merged yet"
    steps = three.json("explain", "3", now=LATE)["steps"]
    assert (steps[-1]["code"], "stays due" in steps[-1]["text"]) == ("merged-due", True)
    three.all([["note", str(into), "--body", "x"], ["reply", str(into), "--auto", "--body", "x"]], now="2026-03-19")
    assert 3 in late(three)
    three.all([["reply", str(into), "--body", "x"]], now="2026-03-19T16:00:00Z")
    assert 3 not in late(three)
    assert 3 in late(three, "2026-03-18"), "as it stood then"
    assert three.json("explain", "3", now=LATE)["steps"][-1]["code"] == "merged-answered"
    n = next(e["n"] for e in three.json("show", into, now=LATE)["history"][::-1] if e["kind"] == "replied")
    three.all([["retract", str(into), str(n), "--reason", "To the wrong one"]], now=LATE)
    assert 3 in late(three), "what was no answer answered nothing"


def test_a_question_goes_where_the_ticket_goes_that_took_it_in(three: Program) -> None:
    three.all([["merge", "3", "2", "--yes"]], now="2026-03-06T17:00:00Z")
    three.all([["merge", "2", "1", "--yes"]], now="2026-03-06T17:30:00Z")
    assert late(three) == [2, 3]
    three.all([["reply", "1", "--body", "x"]], now="2026-03-07T17:30:00Z")
    assert late(three) == []


def test_the_words_are_on_the_ticket_that_took_them_in(three: Program) -> None:
    three.all([["merge", "3", "2", "--yes"], ["merge", "2", "1", "--yes"]])
    shown = three.json("show", 1)["history"][-1]
    assert (shown["kind"], "words of star" in shown["body"], "words of site" in shown["body"]) == (
        "absorbed",
        True,
        True,
    )
    assert "words of star" in three("show", "1", "-o", "table").out


def test_a_merger_can_be_taken_back(three: Program) -> None:
    three.all([["merge", "3", "2", "--yes"]], now="2026-03-06T17:00:00Z")
    three.all([["licence", "upgrade", "STAR-0001-BBBB", "PRO"]], now="2026-03-06T18:00:00Z")
    absorbed = three.json("show", 2, now=LATE)["history"][-1]["n"]
    assert three("retract", "2", absorbed, "--reason", "x", now="2026-03-06T18:30:00Z").code == 2
    three.all([["retract", "3", "2", "--reason", "Not the same"]], now="2026-03-06T18:30:00Z")
    ticket = three.json("show", 3, now="2026-03-06T18:30:00Z")
    assert (ticket["status"], ticket["merged_into"], ticket["tier"]) == ("open", None, "PRO")
    assert three.json("show", 2, now="2026-03-06T18:30:00Z")["history"][-1]["kind"] == "retracted"
    three.all([["reply", "2", "--body", "x"]], now="2026-03-06T18:40:00Z")
    assert late(three) == [3]
    assert three("db", "check").code == 0
    three.all([["merge", "3", "2", "--yes"]], now="2026-03-06T19:00:00Z")
    assert late(three) == [3]


def test_a_merged_breach_is_told_once_and_again_when_its_answer_was_none(three: Program) -> None:
    three.all([["merge", "3", "2", "--yes"]], now="2026-03-06T17:00:00Z")
    assert late(three, LATE, "--new") == [2, 3]
    assert late(three, LATE, "--new") == []
    three.all([["reply", "2", "--body", "x"]], now=LATE)
    three.all([["retract", "2", "3", "--reason", "x"]], now=LATE)
    assert late(three, LATE, "--new") == [2, 3]
