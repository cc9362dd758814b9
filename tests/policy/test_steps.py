"""An explanation's steps: every stretch that counts or does not, each with its clause, in the policy's own zone."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.policy.file import builtin
from supportctl.policy.hours import WEEKDAYS, Calendar
from supportctl.policy.model import policy_from
from supportctl.policy.steps import Step, promise_steps, reason_steps
from supportctl.policy.verdict import Reason

HOUR = 3600
ALWAYS: dict[str, Any] = {"timezone": "Etc/UTC", **{day: ["00:00-24:00"] for day in WEEKDAYS}, "holidays": []}
DATA = builtin()[1]
BUILTIN = policy_from(DATA)
CALENDAR = Calendar.from_hours(BUILTIN.hours)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def steps(start: str, target: int, hours: dict[str, Any] | None = None) -> list[Step]:
    policy = policy_from(DATA | {"hours": DATA["hours"] | (hours or {})})
    return list(promise_steps(policy, Calendar.from_hours(policy.hours), instant(start), target))


def told(start: str, target: int, hours: dict[str, Any] | None = None) -> list[str]:
    return [step.text for step in steps(start, target, hours)]


def test_reasons_are_the_first_steps() -> None:
    reasons = (Reason("4.5", "delivery-email", "It is the delivery address."), Reason("2.1", "tier-target", "PRO."))
    assert [(step.clause, step.code, step.text) for step in reason_steps(reasons)] == [
        ("4.5", "delivery-email", "It is the delivery address."),
        ("2.1", "tier-target", "PRO."),
    ]
    assert all(step.start is step.end is step.seconds is None for step in reason_steps(reasons))


def test_within_a_day_there_is_one_stretch() -> None:
    """Friday 15:00 and two hours are Friday 17:00: no weekend is told, since none counts in."""
    start = instant("2026-03-06T15:00:00-08:00")
    due = start + 2 * HOUR
    assert steps("2026-03-06T15:00:00-08:00", 2 * HOUR) == [
        Step("1.5", "counts-from", "Counts from Fri 2026-03-06 15:00 PST.", start),
        Step("1.5", "working-time", "Fri 15:00-17:00  2 h", start, due, 2 * HOUR),
        Step("2.1", "due", "Due Fri 2026-03-06 17:00 PST, after 2 h of working time.", due, due, 2 * HOUR),
    ]


def test_over_a_weekend_and_a_change_of_the_clocks() -> None:
    assert told("2026-03-06T16:30:15-08:00", 2 * HOUR) == [
        "Counts from Fri 2026-03-06 16:30:15 PST.",
        "Fri 16:30:15-17:00  29 min 45 s",
        "Weekend, not counted",
        "Mon 08:00-09:30:15  1 h 30 min 15 s",
        "Due Mon 2026-03-09 09:30:15 PDT, after 2 h of working time.",
    ]


HALF = {"date": "2026-12-24", "hours": ["08:00-12:00"]}


@pytest.mark.parametrize(
    ("start", "hours", "gap"),
    [
        ("2026-03-03T17:00:00-08:00", {}, "Night"),
        ("2026-03-04T03:00:00-08:00", {}, "Closed"),  # that same morning
        ("2026-03-07T10:00:00-08:00", {}, "Weekend"),
        ("2026-03-08T23:00:00-07:00", {}, "Weekend"),
        ("2026-03-09T03:00:00-07:00", {}, "Closed"),
        ("2026-03-07T18:00:00-08:00", {"sat": ["08:00-17:00"], "sun": ["08:00-17:00"]}, "Night"),
        ("2026-03-06T18:00:00-08:00", {"sat": ["08:00-17:00"]}, "Night"),
        ("2026-03-03T18:00:00-08:00", {"wed": []}, "Closed"),
        ("2026-03-03T12:15:00-08:00", {"tue": ["08:00-12:00", "13:00-17:00"]}, "Closed"),
        ("2026-12-24T18:00:00-08:00", {"holidays": ["2026-12-25"]}, "Holiday"),
        ("2026-12-25T10:00:00-08:00", {"holidays": ["2026-12-25"]}, "Holiday"),
        ("2026-12-24T13:00:00-08:00", {"holidays": [HALF]}, "Holiday"),
        ("2026-12-23T18:00:00-08:00", {"holidays": [HALF]}, "Night"),  # before a half day, as before any other
        ("2026-12-24T07:00:00-08:00", {"holidays": [HALF]}, "Closed"),
    ],
)
def test_what_is_not_counted_has_its_name(start: str, hours: dict[str, Any], gap: str) -> None:
    closed = steps(start, HOUR, hours)[1]
    assert (closed.code, closed.text, closed.seconds) == ("closed", f"{gap}, not counted", 0)


@pytest.mark.parametrize(
    ("start", "target", "stretch"),
    [
        ("2026-03-04T20:00+00:00", 4 * HOUR, "Wed 20:00-24:00  4 h"),
        ("2026-03-04T20:00+00:00", 4 * HOUR + 1, "Wed 20:00-Thu 00:00:01  4 h 1 s"),
        ("2026-03-04T10:00+00:00", 24 * HOUR, "Wed 10:00-Thu 10:00  24 h"),
        ("2026-12-31T20:00+00:00", 8 * HOUR, "Thu 20:00-Fri 04:00  8 h"),  # one stretch over the end of a year
        ("2026-03-04T10:00+00:00", 168 * HOUR, "Wed 10:00-Wed 2026-03-11 10:00  168 h"),  # not that same Wednesday
    ],
)
def test_a_stretch_over_midnight_is_one_and_names_the_day_it_ends(start: str, target: int, stretch: str) -> None:
    assert told(start, target, ALWAYS)[1:-1] == [stretch]


def test_times_are_told_in_the_policys_zone() -> None:
    hours = {"timezone": "Europe/Copenhagen"}
    assert told("2026-03-06T16:30:00+00:00", HOUR, hours)[0] == "Counts from Fri 2026-03-06 17:30 CET."


@given(st.integers(instant("2020-01-01T00:00+00:00"), instant("2030-01-01T00:00+00:00")), st.integers(1, 200 * HOUR))
def test_the_steps_lead_from_the_start_to_the_due_time_without_a_hole(start: int, target: int) -> None:
    first, *middle, last = promise_steps(BUILTIN, CALENDAR, start, target)
    assert first.start == start and last.start == last.end == CALENDAR.add(start, target)
    assert sum(step.seconds or 0 for step in middle) == last.seconds == target
    assert middle[0].start == start and middle[-1].end == last.start
    assert all(before.end == after.start and before.code != after.code for before, after in pairwise(middle))
    assert {step.clause for step in (first, *middle)} == {"1.5"} and last.clause == "2.1"
