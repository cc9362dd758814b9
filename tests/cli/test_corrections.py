"""A correction that is corrected, taken back, or made while nothing waited leaves nothing behind (hard question 4)."""

from itertools import permutations
from typing import Any

import pytest
from conftest import Program

ASKED = "2026-03-06T16:30:00Z"  # a Friday, 8:30 in Los Angeles; SITE is due at 10:30, STARTER at 16:30
SITE, STARTER = "2026-03-06T18:30:00Z", "2026-03-07T00:30:00Z"
WHAT = ("from", "subject", "channel", "topic", "coverage", "tier", "target_seconds", "due_at", "sla")
EDITS = (
    ["--from", "free@example.com", "--subject", "B"],
    ["--channel", "email", "--topic", "network"],
    ["--from", "site@example.com", "--subject", "C"],
)


def at(minute: int) -> str:
    return f"2026-03-06T17:{minute:02}:00Z"


def log(desk: Program, sender: str = "starter@example.com") -> None:
    desk.once([["log", "--from", sender, "--subject", "A"]], now=ASKED)


def seen(desk: Program, now: str) -> dict[str, Any]:
    ticket = desk.json("show", 1, now=now)
    return {name: ticket[name] for name in WHAT}


@pytest.mark.parametrize("order", list(permutations((2, 3, 4))))
def test_corrections_taken_back_in_any_order_are_as_if_they_had_never_been(
    staffed: Program, order: tuple[int, ...]
) -> None:
    log(staffed)
    before = seen(staffed, ASKED)
    for minute, edit in enumerate(EDITS):
        staffed.once([["edit", "1", *edit]], now=at(minute))
    for minute, n in enumerate(order, 10):
        staffed.all([["retract", "1", str(n), "--reason", "x"]], now=at(minute))
        assert staffed("db", "check").code == 0
    assert [seen(staffed, at(minute)) for minute in (0, 1, 2, 30)] == [before] * 4


@pytest.mark.parametrize("gone", [2, 3, 4])
def test_without_one_of_them_the_others_are_as_if_it_had_never_been(staffed: Program, gone: int) -> None:
    log(staffed)
    for minute, edit in enumerate(EDITS):
        staffed.once([["edit", "1", *edit]], now=at(minute))
    staffed.all([["retract", "1", str(gone), "--reason", "x"]], now=at(10))
    found = [seen(staffed, at(minute)) for minute in (0, 1, 2, 30)]
    staffed.all([["log", "--from", "starter@example.com", "--subject", "A"]], now=ASKED)
    for minute, edit in enumerate(EDITS):
        if minute + 2 != gone:
            staffed.all([["edit", "2", *edit]], now=at(minute))
    again = [staffed.json("show", 2, now=at(minute)) for minute in (0, 1, 2, 30)]
    assert found == [{name: ticket[name] for name in WHAT} for ticket in again]


@pytest.mark.parametrize(
    ("end", "again"),
    [
        (["reply", "1", "--body", "x"], ["retract", "1", "2", "--reason", "x"]),
        (["close", "1", "--reason", "x"], ["retract", "1", "2", "--reason", "x"]),
        (["close", "1", "--reason", "x"], ["reopen", "1"]),
        (["close", "1", "--reason", "x"], ["reply", "1", "--from", "site@example.com", "--body", "x"]),
    ],
)
def test_what_was_corrected_while_nothing_waited_counts_when_it_waits_again(
    staffed: Program, end: list[str], again: list[str]
) -> None:
    log(staffed)
    staffed.all([end], now=at(10))
    staffed.all([["edit", "1", "--from", "site@example.com"]], now=at(20))
    assert seen(staffed, at(20))["due_at"] == STARTER
    staffed.all([again], now=at(30))
    assert (seen(staffed, at(30))["tier"], seen(staffed, at(30))["due_at"]) == ("SITE", SITE)
    assert staffed("db", "check").code == 0


def test_a_correction_entered_late_is_followed_by_those_of_after_it(staffed: Program) -> None:
    log(staffed)
    staffed.all([["edit", "1", "--channel", "forum"]], now=at(40))
    staffed.all([["edit", "1", "--from", "site@example.com"]], now=at(20))
    asked = {minute: seen(staffed, at(minute)) for minute in (10, 30, 50)}
    assert {minute: (then["tier"], then["channel"], then["due_at"]) for minute, then in asked.items()} == {
        10: ("STARTER", "ticket", STARTER),
        30: ("SITE", "ticket", SITE),
        50: ("SITE", "forum", SITE),
    }
    assert staffed("db", "check").code == 0


def test_who_wrote_is_not_corrected_before_it_was_corrected_otherwise(staffed: Program) -> None:
    """Whose request it was from the first to the second of them, nobody could say."""
    log(staffed)
    staffed.all([["edit", "1", "--from", "site@example.com"]], now=at(40))
    before = seen(staffed, at(50))
    ran = staffed("edit", 1, "--from", "free@example.com", now=at(20))
    assert (ran.code, seen(staffed, at(50))) == (2, before)
    assert "retract 1 2" in ran.err
