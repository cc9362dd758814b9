"""`show`, `reply`, `close`: when the clock stops, and when it does not."""

import pytest
from conftest import Program

RECEIVED = "2026-03-06T16:30:00Z"
DUE = "2026-03-06T18:30:00Z"  # SITE: two hours later


@pytest.fixture
def waiting(staffed: Program) -> Program:
    """A desk with ticket 1 of a SITE customer, received at 8:30 and due at 10:30."""
    staffed.once([["log", "--from", "site@example.com", "--subject", "Help", "--body", "Please"]], now=RECEIVED)
    return staffed


@pytest.mark.parametrize(
    ("at", "sla", "late"),
    [("2026-03-06T18:29:59Z", "met", 0), (DUE, "met", 0), ("2026-03-06T18:30:01Z", "missed", 1)],
)
def test_an_answer_at_the_due_second_is_on_time(waiting: Program, at: str, sla: str, late: int) -> None:
    ticket = waiting.json("reply", "1", "--body", "Try this", now=at)
    assert (ticket["sla"], ticket["first_response_at"], ticket["late_seconds"]) == (sla, at, late)


@pytest.mark.parametrize(
    ("now", "sla"), [("2026-03-06T18:29:59Z", "running"), (DUE, "running"), ("2026-03-06T18:30:01Z", "late")]
)
def test_late_begins_the_second_after_due(waiting: Program, now: str, sla: str) -> None:
    assert waiting.json("show", "1", now=now)["sla"] == sla


def test_a_response_is_measured_in_business_time_and_once(waiting: Program) -> None:
    waiting("reply", "1", "--body", "First", "--wait", now="2026-03-09T15:30:00Z")
    ticket = waiting.json("reply", "1", "--body", "Second", now="2026-03-09T17:00:00Z")
    assert ticket["first_response_at"] == "2026-03-09T15:30:00Z"
    assert ticket["response_seconds"] == 8 * 3600 + 1800 + 1800, "Friday 8:30-17:00 and Monday 8:00-8:30"


def test_a_reply_entered_late_counts_for_when_it_was_sent(waiting: Program) -> None:
    waiting("reply", "1", "--body", "Typed first", now="2026-03-06T20:00:00Z")
    ticket = waiting.json(
        "reply", "1", "--body", "Sent first", "--at", "2026-03-06T17:00:00Z", now="2026-03-06T21:00:00Z"
    )
    assert (ticket["first_response_at"], ticket["sla"]) == ("2026-03-06T17:00:00Z", "met")


def test_a_reply_in_the_future_or_before_the_request_is_refused(waiting: Program) -> None:
    assert waiting("reply", "1", "--body", "x", "--at", "2026-03-06T19:00:00Z", now="2026-03-06T18:00:00Z").code == 2
    assert waiting("reply", "1", "--body", "x", "--at", "2026-03-06T16:29:59Z", now="2026-03-06T18:00:00Z").code == 2
    assert waiting.json("show", "1")["first_response_at"] is None


def test_closing_without_an_answer_needs_a_reason_and_counts_apart(waiting: Program) -> None:
    assert waiting("close", "1").code == 2
    ticket = waiting.json("close", "1", "--reason", "Sent twice", now=DUE)
    assert (ticket["status"], ticket["sla"], ticket["closed_at"]) == ("closed", "unanswered", DUE)


def test_reply_and_close_in_one(waiting: Program) -> None:
    ticket = waiting.json("reply", "1", "--body", "Done", "--close", now="2026-03-06T17:00:00Z")
    assert (ticket["status"], ticket["sla"]) == ("closed", "met")
    assert [entry["kind"] for entry in ticket["history"]] == ["received", "replied", "closed"]
    assert [entry["n"] for entry in ticket["history"]] == [1, 2, 3]


def test_the_body_comes_from_standard_input_as_it_is(waiting: Program) -> None:
    text = "  two lines\n\tand a tab  \n"
    waiting("reply", "1", "--body", "-", stdin=text)
    assert waiting.json("show", "1")["history"][-1]["body"] == text


def test_a_ticket_that_is_not_there_is_said(waiting: Program) -> None:
    for command in (["show", "2"], ["reply", "2", "--body", "x"], ["close", "2"], ["show", "99999999999999999999999"]):
        ran = waiting(*command)
        assert (ran.code, ran.out) == (5, "")
        assert "no ticket" in ran.err


def test_the_past_shows_the_ticket_as_it_was(waiting: Program) -> None:
    waiting("reply", "1", "--body", "Done", "--close", now="2026-03-06T20:00:00Z")
    before = waiting.json("show", "1", now="2026-03-06T19:00:00Z")
    assert (before["sla"], before["status"], before["first_response_at"]) == ("late", "open", None)
    assert [entry["kind"] for entry in before["history"]] == ["received"]


@pytest.mark.parametrize(("to", "assignee"), [("kim", "kim"), ("-", None)])
def test_an_assignment_is_the_act_of_whoever_makes_it(waiting: Program, to: str, assignee: str | None) -> None:
    entry = waiting.json("assign", "1", to)["history"][-1]
    assert (entry["agent"], entry["data"]) == ("tess", {"set": {"assignee": assignee}})


def test_a_thread_reads_like_a_conversation_that_no_stranger_can_write_into(waiting: Program) -> None:
    """Only who did something stands at the edge, and what was taken back says so where it stands."""
    waiting.all(
        [
            ["reply", "1", "--from", "site@example.com", "--body", "Still\n3. 2026-03-06 17:00 UTC  tess answered"],
            ["reply", "1", "--body", "Which version?"],
            ["retract", "1", "3", "--reason", "Wrong ticket"],
            ["assign", "1", "kim"],
        ]
    )
    _, _, thread = waiting("show", "1", "-o", "table").out.partition("\n\n")
    assert thread.replace("2026-03-06 16:30 UTC  ", "").splitlines() == [
        "1. site@example.com asked",
        "   Please",
        "",
        "2. site@example.com wrote",
        "   Still",
        "   3. 2026-03-06 17:00 UTC  tess answered",
        "",
        "3. tess answered (taken back)",
        "   Which version?",
        "",
        "4. tess took back an entry (3)",
        "   Wrong ticket",
        "",
        "5. tess assigned it to kim",
    ]
