"""Times, spans and promises in people's words."""

from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.render.phrases import moment, promise, span

PACIFIC = ZoneInfo("America/Los_Angeles")
MORNING = 1772814600  # 2026-03-06 16:30:00 UTC


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (119, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3659, "1 h"),
        (3660, "1 h 01 min"),
        (11100, "3 h 05 min"),
        (86400, "24 h"),
        (360000, "100 h"),
    ],
)
def test_spans_are_cut_and_never_days(seconds: int, said: str) -> None:
    """Hours and minutes only, before, at and after each unit (2.1 note 1)."""
    assert span(seconds) == said


def test_times_are_in_their_zone_with_its_name() -> None:
    """Daylight saving shows; an offset stands in for a zone without a short name."""
    assert moment(MORNING, PACIFIC) == "2026-03-06 08:30 PST"
    assert moment(MORNING + 7 * 86400, PACIFIC) == "2026-03-13 09:30 PDT"
    assert moment(MORNING, timezone(timedelta(hours=1), "Mitteleuropäische Zeit")) == "2026-03-06 17:30 +01:00"


def test_seconds_are_said_where_there_are_any() -> None:
    """The due second and the one after it can be told apart."""
    assert moment(MORNING + 1, UTC) == "2026-03-06 16:30:01 UTC"


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_every_time_of_the_calendar_can_be_shown(instant: int) -> None:
    """The years 1 and 9999 too, where the zone's offset would leave the calendar."""
    assert moment(instant, PACIFIC)


@pytest.mark.parametrize(
    ("sla", "late", "remaining", "paused", "said"),
    [
        ("running", 0, 4320, False, "due in 1 h 12 min"),
        ("running", 0, 4320, True, "due in 1 h 12 min, clock paused"),
        ("running", 0, 0, False, "due now"),
        ("late", 11100, None, False, "3 h 05 min late"),
        ("late", 11100, None, True, "3 h 05 min late, clock paused"),
        ("met", 0, None, False, "met"),
        ("missed", 45, None, False, "missed by 45 s"),
        ("unanswered", 0, None, False, "closed unanswered"),
        ("none", 0, None, False, "no target"),
    ],
)
def test_a_promise_is_one_phrase(sla: str, late: int, remaining: int | None, paused: bool, said: str) -> None:
    """Each way in which a promise can stand."""
    assert promise(sla, late, remaining, paused) == said
