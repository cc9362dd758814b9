"""Stretches of the calendar: every moment lies in exactly one, also where the clocks change."""

from bisect import bisect_right
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.policy.periods import UNITS, fitting, stretches

PACIFIC = ZoneInfo("America/Los_Angeles")
ZONES = st.sampled_from([UTC, PACIFIC, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")])
MOMENTS = st.integers(-2_000_000_000, 4_000_000_000)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-04-01T06:59:59Z", "2026-03"),
        ("2026-04-01T07:00:00Z", "2026-04"),
        ("2026-03-01T07:59:59Z", "2026-02"),
        ("2026-03-01T08:00:00Z", "2026-03"),
    ],
)
def test_months_begin_at_midnight_of_the_zone(moment: str, name: str) -> None:
    """Los Angeles is eight hours behind in winter and seven in summer."""
    assert [month.name for month in stretches("month", at(moment), at(moment), PACIFIC)] == [name]


@pytest.mark.parametrize(
    ("unit", "names"),
    [
        ("day", ["2025-12-31", "2026-01-01"]),
        ("week", ["2025-12-29"]),
        ("month", ["2025-12", "2026-01"]),
        ("quarter", ["2025 Q4", "2026 Q1"]),
        ("year", ["2025", "2026"]),
    ],
)
def test_names_over_new_year(unit: str, names: list[str]) -> None:
    found = stretches(unit, at("2025-12-31T12:00:00Z"), at("2026-01-01T12:00:00Z"), UTC)
    assert [stretch.name for stretch in found] == names


@given(st.sampled_from(UNITS), MOMENTS, st.integers(0, 40_000_000), ZONES)
def test_the_stretches_hold_all_between_and_leave_none_out(unit: str, low: int, span: int, zone: ZoneInfo) -> None:
    found = stretches(unit, low, low + span, zone)
    starts = [stretch.start for stretch in found]
    assert starts == sorted(set(starts))
    assert bisect_right(starts, low) == 1, "the first one holds the beginning"
    assert starts[-1] <= low + span
    beyond = stretches(unit, low, low + span + 400 * 86_400, zone)
    assert beyond[: len(found)] == found
    assert beyond[len(found)].start > low + span, "the last one holds the end"


@given(MOMENTS, st.integers(0, 3_000_000_000), ZONES, st.integers(2, 40))
def test_a_chart_gets_no_more_than_it_takes_and_ends_with_the_end(
    low: int, span: int, zone: ZoneInfo, limit: int
) -> None:
    found = fitting(low, low + span, zone, limit)
    assert 1 <= len(found) <= limit
    assert found[-1] == stretches(found[0].unit, low + span, low + span, zone)[0]


@pytest.mark.parametrize(
    ("days", "unit"), [(0, "day"), (25, "day"), (26, "week"), (170, "week"), (190, "month"), (900, "quarter")]
)
def test_the_finest_unit_that_fits(days: int, unit: str) -> None:
    monday = at("2026-03-02T00:00:00Z")
    assert fitting(monday, monday + days * 86_400, UTC, 26)[0].unit == unit


@pytest.mark.parametrize("moment", [-62_135_596_800, 253_402_300_799])
@pytest.mark.parametrize("unit", UNITS)
def test_the_ends_of_the_calendar_are_no_fault(unit: str, moment: int) -> None:
    assert len(stretches(unit, moment, moment, PACIFIC)) == 1
