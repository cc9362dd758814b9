"""A ticket opened again follows what changed while it was closed: hard questions 4 and 5."""

import pytest
from conftest import Program

CLOSED, OPENED = "2026-03-06T16:35:00Z", "2026-03-06T17:00:00Z"


@pytest.fixture
def closed(staffed: Program) -> Program:
    """Ticket 1 of a FREE customer, received Friday 8:30, due Tuesday 14:30 (daylight saving), closed unanswered."""
    staffed.once([["log", "--from", "free@example.com", "--subject", "Help"]])
    staffed.once([["close", "1", "--reason", "Sent twice"]], now=CLOSED)
    return staffed


WAYS = [["reopen", "1"], ["reply", "1", "--from", "free@example.com", "--body", "Not twice"]]


@pytest.mark.parametrize("way", WAYS)
def test_a_licence_bought_meanwhile_counts_from_the_reopening(closed: Program, way: list[str]) -> None:
    key = ["licence", "add", "PRO-1-CCCC", "--tier", "PRO", "--email", "free@example.com"]
    closed.all([key], now="2026-03-06T16:40:00Z")
    ticket = closed.json(*way, now=OPENED)
    assert (ticket["tier"], ticket["due_at"], ticket["sla"]) == ("PRO", "2026-03-06T20:00:00Z", "running")
    assert [entry["kind"] for entry in ticket["history"]][-2:] == [
        {"reopen": "reopened", "reply": "customer-replied"}[way[0]],
        "retargeted",
    ]
    assert closed.json("show", "1", now="2026-03-06T16:50:00Z")["tier"] == "FREE", "looking back to when it was closed"


@pytest.mark.parametrize("way", WAYS)
def test_a_holiday_added_meanwhile_moves_it_as_all_that_waited(closed: Program, way: list[str]) -> None:
    closed.all([["log", "--from", "free@example.com", "--subject", "Other", "--received", "2026-03-06T16:30:00Z"]])
    closed.all([["hours", "holiday", "add", "2026-03-09"]], now="2026-03-06T16:45:00Z")
    ticket = closed.json(*way, now=OPENED)
    assert ticket["due_at"] == closed.json("show", "2", now=OPENED)["due_at"] == "2026-03-11T21:30:00Z"
    assert any(r["code"] == "holiday-added" and r["clause"] == "1.5" for r in ticket["reasons"])
    steps = closed.json("explain", "1", now=OPENED)["steps"]
    assert any(step["code"] == "due" and step["end"] == "2026-03-11T21:30:00Z" for step in steps)


def test_a_holiday_counts_once_however_often_it_is_closed(closed: Program) -> None:
    closed.all([["hours", "holiday", "add", "2026-03-09"]], now="2026-03-06T16:45:00Z")
    closed.all([["reopen", "1"]], now=OPENED)
    closed.all([["close", "1", "--reason", "x"]], now="2026-03-06T17:10:00Z")
    assert closed.json("reopen", "1", now="2026-03-06T17:20:00Z")["due_at"] == "2026-03-11T21:30:00Z"


def test_a_holiday_removed_meanwhile_brings_it_back(closed: Program) -> None:
    closed.all([["reopen", "1"], ["hours", "holiday", "add", "2026-03-09"]], now=OPENED)
    closed.all([["close", "1", "--reason", "x"]], now="2026-03-06T17:10:00Z")
    closed.all([["hours", "holiday", "remove", "2026-03-09"]], now="2026-03-06T17:15:00Z")
    assert closed.json("reopen", "1", now="2026-03-06T17:20:00Z")["due_at"] == "2026-03-10T21:30:00Z"


def test_a_revision_set_meanwhile_judges_it(closed: Program) -> None:
    text = closed("policy", "show", "-o", "toml").out
    assert text.count('target = "24h"') == 3
    ran = closed(
        "policy", "set", "-", stdin=text.replace('target = "24h"', 'target = "5h"'), now="2026-03-06T16:40:00Z"
    )
    assert ran.code == 0, ran.err
    ticket = closed.json("reopen", "1", now=OPENED)
    assert (ticket["policy_revision"], ticket["due_at"]) == (2, "2026-03-06T22:00:00Z")


def test_opened_again_with_nothing_changed_its_clock_runs_on(closed: Program) -> None:
    ticket = closed.json("reopen", "1", now=OPENED)
    assert (ticket["due_at"], ticket["history"][-1]["kind"]) == ("2026-03-10T21:30:00Z", "reopened")


def test_an_answered_one_stays_frozen(staffed: Program) -> None:
    staffed.all([["log", "--from", "free@example.com", "--subject", "Help"]])
    staffed.all([["reply", "1", "--body", "So", "--close"]], now=CLOSED)
    staffed.all([["hours", "holiday", "add", "2026-03-09"]], now="2026-03-06T16:45:00Z")
    assert staffed.json("reopen", "1", now=OPENED)["due_at"] == "2026-03-10T21:30:00Z"


def test_an_answer_taken_back_follows_a_holiday_added_meanwhile(staffed: Program) -> None:
    staffed.all([["log", "--from", "free@example.com", "--subject", "Help"]])
    staffed.all([["reply", "1", "--body", "Meant for another"]], now=CLOSED)
    staffed.all([["hours", "holiday", "add", "2026-03-09"]], now="2026-03-06T16:45:00Z")
    ticket = staffed.json("retract", "1", "2", "--reason", "wrong ticket", now=OPENED)
    assert (ticket["due_at"], ticket["first_response_at"]) == ("2026-03-11T21:30:00Z", None)
