"""A tier that changes while a ticket waits: it is judged where its target was set, and no mean hides what was broken."""

from typing import Any

import pytest
from conftest import Program

MONDAY = "2026-03-09T15:00:00Z"  # 8:00 in Los Angeles


def at(hour: int, minute: int = 0, day: int = 9) -> str:
    """So many hours after opening."""
    return f"2026-03-{day:02d}T{15 + hour:02d}:{minute:02d}:00Z"


def rows(desk: Program, now: str = "2026-03-11T15:00:00Z") -> dict[str, Any]:
    return {row["group"]: row for row in desk.json("report", now=now)}


@pytest.fixture
def ten(staffed: Program) -> Program:
    """Ten tickets of a Monday morning: 1 to 5 of STARTER, due in 8 hours; 6 to 10 of FREE."""
    for sender in ("starter@example.com", "free@example.com"):
        for _ in range(5):
            staffed.once([["log", "--from", sender, "--subject", "Help"]], now=MONDAY)
    return staffed


def test_an_upgrade_is_measured_from_the_upgrade(ten: Program) -> None:
    """Upgraded after an hour to 2 hours: all five were answered 90 minutes later, in time, and so the mean is kept."""
    ten.all([["licence", "upgrade", "STAR-0001-BBBB", "SITE"]], now=at(1))
    for n in range(1, 6):
        ten.all([["reply", str(n), "--body", "x"]], now=at(2, 30))
    site = rows(ten)["SITE"]
    assert (site["met"], site["mean_seconds"], site["mean_target_seconds"]) == (5, 5400, 7200)
    assert site["mean_kept"] is True


def test_what_was_promised_to_a_better_tier_is_broken_in_the_row_of_that_tier(ten: Program) -> None:
    """Revoked after an hour, answered after 9: STARTER's 8 hours were broken, and FREE's 24 kept nothing by it."""
    ten.all([["licence", "revoke", "STAR-0001-BBBB", "--yes"]], now=at(1))
    for n in range(1, 6):
        ten.all([["reply", str(n), "--body", "x"]], now=at(0, 30, day=10))
    found = rows(ten)
    starter = found["STARTER"]
    assert (starter["n"], starter["missed"], starter["mean_kept"], starter["target_seconds"]) == (5, 5, False, 8 * 3600)
    assert (found["FREE"]["n"], found["FREE"]["running"], found["FREE"]["mean_kept"]) == (5, 5, None)


def test_a_due_time_that_is_kept_stays_with_the_tier_that_promised_it(ten: Program) -> None:
    """Upgraded half an hour before it was due: STARTER's own due time is earlier than the new one, and counts."""
    ten.all([["licence", "upgrade", "STAR-0001-BBBB", "SITE"]], now=at(7, 30))
    for n in range(1, 6):
        ten.all([["reply", str(n), "--body", "x"]], now=at(7, 45))
    found = rows(ten)
    assert "SITE" not in found
    assert (found["STARTER"]["met"], found["STARTER"]["mean_seconds"]) == (5, 27900)


def test_an_answer_after_hours_did_not_keep_its_target(ten: Program) -> None:
    """Due at 16:00 to the second or answered after 17:00 that no working time passed: late is late."""
    ten.all([["log", "--from", "site@example.com", "--subject", "Due at closing"]], now=at(7))
    ten.all([["reply", "11", "--body", "x"]], now="2026-03-10T03:00:00Z")
    site = rows(ten)["SITE"]
    assert (site["missed"], site["mean_kept"], site["mean_seconds"]) == (1, False, 7201)


def test_a_holiday_added_afterwards_keeps_no_mean_that_was_broken(ten: Program) -> None:
    for n in range(1, 6):
        ten.all([["reply", str(n), "--body", "x"]], now=at(2, day=10))
    ten.all([["hours", "holiday", "add", "2026-03-10"]], now=at(3, day=10))
    starter = rows(ten)["STARTER"]
    assert (starter["missed"], starter["mean_kept"]) == (5, False)


def test_a_past_now_reports_by_what_was_promised_then(ten: Program) -> None:
    ten.all([["licence", "upgrade", "STAR-0001-BBBB", "SITE"]], now=at(1))
    assert set(rows(ten, now=at(0, 59))) == {"STARTER", "FREE"}
    assert set(rows(ten, now=at(1))) == {"SITE", "FREE"}
