"""What a changed calendar makes of a due time: the rule of hard question 4 for closures."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.desk.holidays import new_due
from supportctl.policy.hours import WEEKDAYS, Calendar

HOUR, DAY = 3600, 86400
MONDAY = 1_767_571_200  # 2026-01-05T00:00:00Z


def calendar(*holidays: Any) -> Calendar:
    """Monday to Friday, 8 to 16 UTC."""
    week = {day: ["08:00-16:00"] if day not in ("sat", "sun") else [] for day in WEEKDAYS}
    return Calendar.from_hours({"timezone": "Etc/UTC", **week, "holidays": holidays})


def at(day: int, hour: float) -> int:
    """An hour of January 2026; the 5th is a Monday."""
    return MONDAY + (day - 5) * DAY + int(hour * HOUR)


@pytest.mark.parametrize(
    ("holiday", "start", "due", "expected"),
    [
        ("2026-01-06", at(5, 15), at(6, 9), at(7, 9)),  # the day between
        ("2026-01-06", at(5, 8), at(5, 16), at(5, 16)),  # due as the day before closes
        ("2026-01-06", at(7, 8), at(7, 10), at(7, 10)),  # begun after it
        ("2026-01-06", at(6, 10), at(6, 12), at(7, 10)),  # received on it: counts from the next opening
        ("2026-01-10", at(9, 15), at(12, 9), at(12, 9)),  # a Saturday takes nothing away
        ({"date": "2026-01-06", "hours": ["08:00-08:30"]}, at(5, 15), at(6, 9), at(7, 8.5)),
        ({"date": "2026-01-06", "hours": ["08:00-09:00"]}, at(5, 15), at(6, 9), at(6, 9)),  # due as it closes
        ({"date": "2026-01-06", "hours": ["08:00-08:59"]}, at(5, 15), at(6, 9), at(7, 8) + 60),
    ],
)
def test_a_closure_adds_the_working_time_that_it_takes_away(holiday: Any, start: int, due: int, expected: int) -> None:
    assert new_due(calendar(), calendar(holiday), start, due, start) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(5, 15), at(6, 9)),  # beforehand: as if there had never been one
        (at(6, 7), at(6, 9)),
        (at(6, 10), at(6, 11)),  # on the day: the hour that was left counts from now
        (at(6, 16), at(7, 9)),  # afterwards: nothing is given
    ],
)
def test_a_closure_that_goes_gives_time_from_then_on(now: int, expected: int) -> None:
    assert new_due(calendar("2026-01-06"), calendar(), at(5, 15), at(7, 9), now) == expected


days = st.integers(5, 25).map(lambda day: f"2026-01-{day:02}")
instants = st.integers(MONDAY - DAY, MONDAY + 20 * DAY)


@given(days, instants, st.integers(1, 40 * HOUR), instants)
def test_an_added_closure_keeps_the_promised_working_time(day: str, start: int, target: int, now: int) -> None:
    before, after = calendar(), calendar(day)
    due = before.add(start, target)
    moved = new_due(before, after, start, due, now)
    assert moved >= due
    assert moved == after.add(start, target)


@given(days, instants, st.integers(1, 40 * HOUR), instants)
def test_a_removed_closure_never_moves_later_nor_into_the_past(day: str, start: int, target: int, now: int) -> None:
    before, after = calendar(day), calendar()
    due = before.add(start, target)
    moved = new_due(before, after, start, due, now)
    assert after.add(start, target) <= moved <= due
    assert moved == due or moved > now


@given(days, instants, st.integers(1, 40 * HOUR))
def test_adding_and_removing_at_once_leaves_a_due_time_as_it_was(day: str, start: int, target: int) -> None:
    before, with_holiday = calendar(), calendar(day)
    due = before.add(start, target)
    moved = new_due(before, with_holiday, start, due, start)
    assert new_due(with_holiday, before, start, moved, start) == due
