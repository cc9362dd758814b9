"""`queue`, `next`, and what happens to a thread: assign, edit, merge, reopen, retract."""

import pytest
from conftest import Program


def test_the_queue_is_in_the_order_of_the_policy(staffed: Program) -> None:
    """3.4, 4.6: entitled tickets by rank, then posts, then best effort, then not entitled."""
    for sender, channel in (
        ("nobody@example.com", "ticket"),
        ("site@example.com", "email"),
        ("free@example.com", "forum"),
        ("site@example.com", "forum"),
        ("reseller@example.com", "ticket"),
        ("starter@example.com", "ticket"),
        ("site@example.com", "ticket"),
    ):
        staffed.all([["log", "--from", sender, "--subject", "x", "--channel", channel]])
    assert [ticket["id"] for ticket in staffed.json("queue")] == [7, 6, 5, 4, 3, 2, 1]
    assert [ticket["id"] for ticket in staffed.json("queue", "--tier", "SITE", "--limit", "2")] == [7, 4]
    assert staffed.json("next")["id"] == 7


def test_what_is_never_due_comes_last_of_its_rank(staffed: Program) -> None:
    """What the desk began has no due time until the customer writes (hard question 5)."""
    for more in (["--outbound"], ["--received", "1h"], [], ["--outbound"], ["--received", "2h"]):
        staffed.all([["log", "--from", "site@example.com", "--subject", "x", *more]])
    staffed.all([["log", "--from", "starter@example.com", "--subject", "x"]])
    assert [ticket["id"] for ticket in staffed.json("queue")] == [2, 5, 3, 1, 4, 6]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("policy", [1, 4, 2, 3]),
        ("rank", [1, 4, 3, 2]),
        ("due", [4, 2, 1, 3]),
        ("received", [3, 2, 1, 4]),
        ("assignee", [3, 2, 1, 4]),
        ("DUE", [4, 2, 1, 3]),
    ],
)
def test_the_queue_can_be_sorted(staffed: Program, sort: str, expected: list[int]) -> None:
    """By due, what was answered or is never due comes last; equals stay in the order of the policy."""
    staffed.all(
        [
            ["log", "--from", "site@example.com", "--subject", "1", "--received", "10m"],
            ["log", "--from", "starter@example.com", "--subject", "2", "--received", "20m", "--assignee", "kim"],
            ["log", "--from", "site@example.com", "--subject", "3", "--channel", "email", "--received", "30m"],
            ["log", "--from", "site@example.com", "--subject", "4"],
            ["assign", "3", "Ann"],
            ["reply", "1", "--body", "x"],
        ]
    )
    assert [ticket["id"] for ticket in staffed.json("queue", "--sort", sort)] == expected


def test_an_order_that_does_not_exist_names_those_that_do(staffed: Program) -> None:
    ran = staffed("queue", "--sort", "recieved")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean received? Choose from: policy, due, received, rank, assignee." in ran.err


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        (["queue", "--tier", "STARER"], "STARTER"),
        (["breaches", "--channel", "fourm"], "forum"),
        (["log", "--from", "a@example.com", "--subject", "x", "--topic", "instalation"], "installation"),
        (["check", "7.6", "--product", "remote-utilites"], "remote-utilities"),
        (["licence", "upgrade", "SITE-0001-AAAA", "PLU"], "PLUS"),
        (["search", "tier:SIT"], "SITE"),
    ],
    ids=" ".join,
)
def test_a_name_of_the_policy_that_is_mistyped_is_answered_with_what_was_meant(
    staffed: Program, command: list[str], meant: str
) -> None:
    ran = staffed(*command)
    assert ran.code == 2 and f"Did you mean {meant}?" in ran.err


@pytest.fixture
def open_ticket(staffed: Program) -> Program:
    """A desk with ticket 1 of a SITE customer, due at 18:30Z, and ticket 2 of a STARTER customer."""
    staffed.once(
        [
            ["log", "--from", "site@example.com", "--subject", "One"],
            ["log", "--from", "starter@example.com", "--subject", "Two"],
        ]
    )
    return staffed


def test_assigning_and_giving_back(open_ticket: Program) -> None:
    assert open_ticket.json("assign", "1", "kim")["assignee"] == "kim"
    assert [t["id"] for t in open_ticket.json("queue", "--unassigned")] == [2]
    assert [t["id"] for t in open_ticket.json("queue", "--mine", "--agent", "kim")] == [1]
    assert open_ticket.json("assign", "1", "-")["assignee"] is None


def test_a_corrected_topic_and_channel_are_judged_again(open_ticket: Program) -> None:
    ticket = open_ticket.json("edit", "1", "--topic", "network", "--version", "6.1")
    assert (ticket["coverage"], ticket["version_support"], ticket["due_at"]) == (
        "not-covered", "unsupported", "2026-03-06T18:30:00Z",
    )  # fmt: skip
    by_mail = open_ticket.json("edit", "1", "--channel", "email")
    assert (by_mail["standing"], by_mail["due_at"], by_mail["sla"]) == ("best-effort", None, "none")
    back = open_ticket.json("edit", "1", "--channel", "ticket", now="2026-03-06T18:00:00Z")
    assert back["due_at"] == "2026-03-06T18:30:00Z", "judged from when it was received, not from the correction"


def test_a_corrected_sender_is_judged_as_if_right_from_the_start(open_ticket: Program) -> None:
    """What was promised to a customer by mistake binds nobody."""
    ticket = open_ticket.json("edit", "1", "--from", "free@example.com")
    assert (ticket["tier"], ticket["due_at"]) == ("FREE", "2026-03-10T21:30:00Z")
    better = open_ticket.json("edit", "2", "--from", "site@example.com")
    assert (better["tier"], better["due_at"]) == ("SITE", "2026-03-06T18:30:00Z")


def test_merged_tickets_leave_the_lists_and_take_no_more(open_ticket: Program) -> None:
    merged = open_ticket.json("merge", "2", "1", "--yes")
    assert (merged["status"], merged["merged_into"], merged["sla"]) == ("merged", 1, "unanswered")
    assert [t["id"] for t in open_ticket.json("queue")] == [1]
    for command in (["merge", "1", "1"], ["merge", "1", "2"], ["merge", "2", "1"], ["reply", "2", "--body", "x"]):
        assert open_ticket(*command).code == 2, command


def test_reopened_keeps_its_first_response_or_runs_on(open_ticket: Program) -> None:
    later = "2026-03-06T19:00:00Z"
    open_ticket.all(
        [["reply", "1", "--body", "x", "--close"], ["close", "2", "--reason", "twice"]], now="2026-03-06T17:00:00Z"
    )
    assert open_ticket.json("reopen", "1", now=later)["sla"] == "met"
    assert open_ticket.json("reopen", "2", now="2026-03-09T20:00:00Z")["sla"] == "late"
    assert open_ticket("reopen", "2", now="2026-03-09T20:00:00Z").code == 2


def test_a_retracted_answer_stays_visible_and_the_clock_runs_again(open_ticket: Program) -> None:
    open_ticket.all([["reply", "1", "--body", "wrong ticket"]], now="2026-03-06T17:00:00Z")
    ticket = open_ticket.json("retract", "1", "2", "--reason", "mistake", now="2026-03-06T19:00:00Z")
    assert (ticket["first_response_at"], ticket["sla"]) == (None, "late")
    assert [entry["kind"] for entry in ticket["history"]] == ["received", "replied", "retracted"]
    assert open_ticket("retract", "1", "2", "--reason", "again", now="2026-03-06T19:00:00Z").code == 2
    assert open_ticket("retract", "1", "9", "--reason", "x").code == 5


def test_notes_and_automatic_messages_do_not_stop_the_clock(open_ticket: Program) -> None:
    open_ticket.all([["note", "1", "--body", "Looked"], ["reply", "1", "--auto", "--body", "We got it"]])
    assert open_ticket.json("show", "1")["first_response_at"] is None


def test_the_clock_of_an_outbound_ticket_starts_when_the_customer_writes(open_ticket: Program) -> None:
    out = open_ticket.json("log", "--from", "site@example.com", "--subject", "Survey", "--outbound")
    assert (out["sla"], out["due_at"]) == ("none", None)
    open_ticket.all([["reply", "3", "--body", "Please answer"]])
    wrote = open_ticket.json("reply", "3", "--from", "site@example.com", "--body", "Why?", now="2026-03-06T17:30:00Z")
    assert (wrote["due_at"], wrote["sla"]) == ("2026-03-06T19:30:00Z", "running")
    answered = open_ticket.json("reply", "3", "--body", "Because", now="2026-03-06T18:00:00Z")
    assert answered["sla"] == "met"


def test_explain_goes_hour_by_hour_and_cites_clauses(open_ticket: Program) -> None:
    steps = open_ticket.json("explain", "2")["steps"]
    assert all(step["clause"] for step in steps)
    spent = [step for step in steps if step["code"] == "working-time"]
    assert sum(step["seconds"] for step in spent) == 8 * 3600
    assert {"2.1", "1.5", "4.5"} <= {step["clause"] for step in steps}


@pytest.mark.parametrize(
    ("ask", "due_at"),
    [
        (["--tier", "free"], "2026-03-10T21:30:00Z"),
        (["site@example.com"], "2026-03-06T18:30:00Z"),
        (["STAR-0001-BBBB"], "2026-03-07T00:30:00Z"),
        (["--tier", "site@example.com"], "2026-03-06T18:30:00Z"),
        (["--tier", "star-0001-bbbb"], "2026-03-07T00:30:00Z"),
    ],
)
def test_due_is_a_promise_without_a_ticket(staffed: Program, ask: list[str], due_at: str) -> None:
    assert staffed.json("due", *ask)["due_at"] == due_at
    assert staffed("queue").out == ""


@pytest.mark.parametrize("take", [["--take"], []])
def test_the_next_ticket_is_shown_to_people_with_what_was_asked(staffed: Program, take: list[str]) -> None:
    """To scripts it is the ticket alone."""
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help", "--body", "It fails"]])
    assert "  site@example.com asked\n   It fails\n" in staffed("next", *take, "-o", "table").out
    staffed.all([["assign", "1", "-"]])
    assert "body" not in staffed.json("next", *take)
