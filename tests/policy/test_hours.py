"""1.5 and hard question 3: business time, its edges, and a slow second opinion on every kind of calendar.

The second opinion steps through the minutes of UTC, asks the zone what its clocks show, and applies the rules to that.
"""

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportctl.errors import DeskUnusable, InputError
from supportctl.policy.file import builtin
from supportctl.policy.hours import WEEKDAYS, Calendar

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
Hours = dict[str, Any]
DEFAULT: Hours = builtin()[1]["hours"]


def week(zone: str, *spans: str, holidays: tuple[Any, ...] = (), **days: list[str]) -> Hours:
    """Hours with the same spans on every day, but on those that `days` names."""
    return {"timezone": zone, **{day: days.get(day, list(spans)) for day in WEEKDAYS}, "holidays": list(holidays)}


def instant(text: str) -> int:
    """UTC seconds of a time with an offset, or of one in UTC."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def calendar(hours: Hours) -> Calendar:
    return Calendar.from_hours(hours)


@pytest.fixture(scope="module")
def pacific() -> Calendar:
    """The built-in calendar: Monday to Friday, 8:00 to 17:00 in Los Angeles."""
    return calendar(DEFAULT)


# The edges of the working day


@pytest.mark.parametrize(
    ("start", "seconds", "due"),
    [
        ("2026-03-06T15:00:00-08:00", 2 * HOUR, "2026-03-06T17:00:00-08:00"),  # Friday, to its last second
        ("2026-03-06T15:00:00-08:00", 2 * HOUR + 1, "2026-03-09T08:00:01-07:00"),  # over a change of the clocks
        ("2026-03-06T15:00:01-08:00", 2 * HOUR, "2026-03-09T08:00:01-07:00"),
        ("2026-03-06T16:59:59-08:00", 1, "2026-03-06T17:00:00-08:00"),
        ("2026-03-06T17:00:00-08:00", 1, "2026-03-09T08:00:01-07:00"),  # closing is exclusive
        ("2026-03-06T17:00:01-08:00", 1, "2026-03-09T08:00:01-07:00"),
        ("2026-03-06T07:59:59-08:00", 1, "2026-03-06T08:00:01-08:00"),
        ("2026-03-06T08:00:00-08:00", 1, "2026-03-06T08:00:01-08:00"),  # opening is inclusive
        ("2026-03-06T08:00:01-08:00", 1, "2026-03-06T08:00:02-08:00"),
        ("2026-03-07T12:00:00-08:00", 9 * HOUR, "2026-03-09T17:00:00-07:00"),
        ("2026-03-06T08:00:00-08:00", 9 * HOUR, "2026-03-06T17:00:00-08:00"),
        ("2026-03-06T08:00:00-08:00", 24 * HOUR, "2026-03-10T14:00:00-07:00"),  # 2 days and 6 h of a 9-hour day
        ("2026-03-08T12:00:00-07:00", 0, "2026-03-08T12:00:00-07:00"),  # no time at all stays where it is
        ("2026-03-06T17:00:00-08:00", 0, "2026-03-06T17:00:00-08:00"),
    ],
)
def test_so_much_working_time_later(pacific: Calendar, start: str, seconds: int, due: str) -> None:
    assert pacific.add(instant(start), seconds) == instant(due)
    assert pacific.between(instant(start), instant(due)) == seconds


@pytest.mark.parametrize(
    ("at", "closes", "opens"),
    [
        ("2026-03-06T07:59:59-08:00", None, "2026-03-06T08:00:00-08:00"),
        ("2026-03-06T08:00:00-08:00", "2026-03-06T17:00:00-08:00", None),
        ("2026-03-06T08:00:01-08:00", "2026-03-06T17:00:00-08:00", None),
        ("2026-03-06T16:59:59-08:00", "2026-03-06T17:00:00-08:00", None),
        ("2026-03-06T17:00:00-08:00", None, "2026-03-09T08:00:00-07:00"),
        ("2026-03-06T17:00:01-08:00", None, "2026-03-09T08:00:00-07:00"),
        ("2026-12-31T15:59:59-08:00", "2026-12-31T17:00:00-08:00", None),  # over the end of a year of UTC
        ("2026-12-31T16:00:00-08:00", "2026-12-31T17:00:00-08:00", None),
    ],
)
def test_open_from_the_first_second_until_before_the_last(
    pacific: Calendar, at: str, closes: str | None, opens: str | None
) -> None:
    assert pacific.is_open(instant(at)) is (closes is not None)
    assert pacific.closes_at(instant(at)) == (closes and instant(closes))
    assert pacific.opens_at(instant(at)) == (opens and instant(opens))


def test_nothing_lies_between_a_moment_and_itself_or_an_earlier_one(pacific: Calendar) -> None:
    noon = instant("2026-03-06T12:00:00-08:00")
    assert (pacific.between(noon, noon), pacific.between(noon, noon - HOUR)) == (0, 0)


def test_a_working_day_is_one_stretch_even_where_a_year_of_utc_ends_within(pacific: Calendar) -> None:
    whole = (instant("2026-12-31T08:00:00-08:00"), instant("2026-12-31T17:00:00-08:00"))
    assert list(pacific.segments(whole[0] - DAY // 2, whole[1] + DAY // 2)) == [whole]
    assert list(pacific.segments(whole[0] + 1, whole[1] - 1)) == [(whole[0] + 1, whole[1] - 1)]
    assert list(pacific.segments(*whole)) == [whole]
    assert list(pacific.segments(whole[1], whole[1] + HOUR)) == list(pacific.segments(whole[0] - 1, whole[0])) == []
    assert list(pacific.segments(whole[1], whole[0])) == []


# Spans that meet, and none at all


@pytest.mark.parametrize(
    ("hours", "at", "closes"),
    [
        (week("Etc/UTC", "08:00-12:00", "12:00-17:00"), "2026-03-06T09:00", "2026-03-06T17:00"),
        (week("Etc/UTC", "00:00-06:00", "22:00-24:00"), "2026-03-06T23:00", "2026-03-07T06:00"),
        (week("Etc/UTC", "00:00-24:00", sat=[], sun=[]), "2026-03-02T00:00", "2026-03-07T00:00"),
        (week("Etc/UTC", "00:00-24:00"), "2026-03-06T09:00", None),
        (week("Pacific/Apia", "00:00-24:00"), "2011-12-30T09:00", None),
        (week("Etc/UTC", "00:00-24:00", holidays=("2026-03-06",)), "2026-03-05T09:00", "2026-03-06T00:00"),
        (week("Etc/UTC", "00:00-24:00", holidays=("2026-03-06",)), "2026-03-07T00:00", None),
        (week("Etc/UTC", "00:00-24:00", holidays=("2029-03-06",)), "2026-03-05T09:00", "2029-03-06T00:00"),
        (week("Etc/UTC", "00:00-24:00", holidays=("2027-01-03",)), "2026-12-20T09:00", "2027-01-03T00:00"),
        (
            week("Etc/UTC", "00:00-24:00", holidays=({"date": "2026-03-06", "hours": ["00:00-12:00"]},)),
            "2026-03-05T09:00",
            "2026-03-06T12:00",
        ),
        (week("Etc/UTC", "00:00-24:00", mon=["00:00-12:00", "12:00-24:00"]), "2026-03-05T09:00", None),
        (week("Etc/UTC", "00:00-24:00", sun=["00:00-23:59"]), "2026-12-31T09:00", "2027-01-03T23:59"),
        (week("Etc/UTC", "00:00-24:00", thu=[], fri=[]), "2025-12-31T09:00", "2026-01-01T00:00"),  # at a year's end
    ],
)
def test_adjoining_spans_are_one(hours: Hours, at: str, closes: str | None) -> None:
    assert calendar(hours).is_open(instant(at))
    assert calendar(hours).closes_at(instant(at)) == (closes and instant(closes))


def test_around_the_clock_business_time_is_time() -> None:
    always = calendar(week("America/Los_Angeles", "00:00-24:00"))
    start = instant("2026-03-06T12:34:56")
    assert always.add(start, 10 * WEEK) == start + 10 * WEEK
    assert list(always.segments(start, start + 60 * WEEK)) == [(start, start + 60 * WEEK)]


def test_a_holiday_is_closed_a_half_day_has_its_own_hours() -> None:
    half = {"date": "2026-12-24", "hours": ["08:00-12:00"]}
    extra = {"date": "2026-12-26", "hours": ["10:00-11:00"]}  # a Saturday
    hours = calendar({**DEFAULT, "holidays": ["2026-12-25", half, extra]})
    start = instant("2026-12-24T11:00:00-08:00")
    assert hours.add(start, HOUR) == start + HOUR
    assert hours.add(start, HOUR + 1) == instant("2026-12-26T10:00:01-08:00")
    assert hours.add(start, 2 * HOUR + 1) == instant("2026-12-28T08:00:01-08:00")
    assert hours.opens_at(start + HOUR) == instant("2026-12-26T10:00:00-08:00")


def test_a_holiday_listed_twice_is_one() -> None:
    once, twice = ({**DEFAULT, "holidays": ["2026-12-25"] * times} for times in (1, 2))
    start = instant("2026-12-24T12:00:00-08:00")
    assert calendar(once).add(start, 9 * HOUR) == calendar(twice).add(start, 9 * HOUR)


def test_a_long_holiday_is_passed_over() -> None:
    """Even one of years, in which the calendar holds nothing."""
    days = [(date(2026, 1, 1) + timedelta(days=i)).isoformat() for i in range(365 * 3)]
    hours = calendar({**DEFAULT, "holidays": days})
    assert hours.opens_at(instant("2027-06-01T12:00")) == instant("2029-01-01T08:00:00-08:00")
    assert hours.between(instant("2026-01-02T00:00"), instant("2028-12-31T00:00")) == 0


# Changes of the clocks, written out


@pytest.mark.parametrize(
    ("hours", "day", "length"),
    [
        (week("Europe/Copenhagen", "00:00-24:00"), "2026-03-29", 23 * HOUR),
        (week("Europe/Copenhagen", "00:00-24:00"), "2026-10-25", 25 * HOUR),
        (week("Europe/Copenhagen", "02:15-02:45"), "2026-03-29", 0),  # all of it skipped
        (week("Europe/Copenhagen", "02:15-03:15"), "2026-03-29", 15 * MINUTE),
        (week("Europe/Copenhagen", "01:45-02:15"), "2026-03-29", 15 * MINUTE),
        (week("Europe/Copenhagen", "02:15-02:45"), "2026-10-25", 90 * MINUTE),  # first opening to second closing
        (week("Europe/Copenhagen", "02:00-03:00"), "2026-10-25", 2 * HOUR),
        (week("Europe/Copenhagen", "01:00-02:00"), "2026-10-25", 2 * HOUR),  # 2:00 itself occurs twice
        (week("Europe/Copenhagen", "02:10-02:20", "02:40-02:50"), "2026-10-25", 100 * MINUTE),  # none counts twice
        (week("Australia/Lord_Howe", "00:00-24:00"), "2026-10-04", 23 * HOUR + 30 * MINUTE),
        (week("Australia/Lord_Howe", "00:00-24:00"), "2026-04-05", 24 * HOUR + 30 * MINUTE),
        (week("America/Sao_Paulo", "00:00-24:00"), "2018-11-04", 23 * HOUR),  # begins at 1:00
        (week("America/Sao_Paulo", "00:00-24:00"), "2018-02-17", 25 * HOUR),  # ends at its second midnight
        (week("Pacific/Apia", "00:00-24:00"), "2011-12-30", 0),  # never was
        (week("Antarctica/Troll", "00:00-24:00"), "2026-03-29", 22 * HOUR),
    ],
)
def test_a_day_on_which_the_clocks_change(hours: Hours, day: str, length: int) -> None:
    """Only that day has hours here, so that what is open in the days around is its own."""
    alone = week(hours["timezone"], sun=[], mon=["23:58-23:59"])
    alone["holidays"] = [{"date": day, "hours": hours["mon"]}]
    around = [(date.fromisoformat(day) + timedelta(days=i)).isoformat() for i in (-2, -1, 1, 2)]
    alone["holidays"] += around
    noon = instant(f"{day}T12:00")
    assert calendar(alone).between(noon - 36 * HOUR, noon + 36 * HOUR) == length


# The second opinion


HALF_DAYS = tuple(
    {"date": day, "hours": hours}
    for day, hours in [
        ("2024-02-29", ["08:00-12:00"]),
        ("2026-03-29", ["00:00-12:00"]),
        ("2026-12-31", ["08:00-12:00", "13:00-14:00"]),
        ("2026-10-25", ["02:30-24:00"]),
    ]
)
CALENDARS: dict[str, Hours] = {
    "default": DEFAULT,
    "default, holidays": {**DEFAULT, "holidays": ["2026-01-01", "2024-02-29", "2099-12-31", *HALF_DAYS[1:]]},
    "Copenhagen, night": week("Europe/Copenhagen", "00:00-02:30", "02:45-04:00", "20:00-24:00"),
    "Copenhagen, split days": week("Europe/Copenhagen", "08:00-12:00", "12:30-17:00", holidays=HALF_DAYS, sun=[]),
    "Lord Howe, all day": week("Australia/Lord_Howe", "00:00-24:00", sat=["01:45-02:15"]),
    "Lord Howe, the half hour": week("Australia/Lord_Howe", "01:30-02:00", "02:10-02:20", "23:00-24:00"),
    "Casablanca": week("Africa/Casablanca", "01:00-02:30", "08:00-17:00", "22:00-24:00", sun=["02:30-03:00"]),
    "Sao Paulo, midnights": week("America/Sao_Paulo", "00:00-00:30", "23:30-24:00"),
    "Sao Paulo, whole days but Sundays": week("America/Sao_Paulo", "00:00-24:00", sun=[]),
    "Havana, the first hour twice": week("America/Havana", "00:00-24:00", sun=["00:30-01:00"], mon=[]),
    "Apia, skipped day": week("Pacific/Apia", "09:00-24:00", fri=["00:00-24:00"], sat=["00:00-01:00"]),
    "Dublin, winter time is the exception": week("Europe/Dublin", "00:30-01:30", "08:00-17:00"),
    "Troll, two hours": week("Antarctica/Troll", "00:00-01:30", "02:00-02:30", "03:30-24:00"),
    "St Johns, a minute past": week("America/St_Johns", "00:00-00:01", "00:02-01:30", "23:00-24:00"),
    "Cairo": week("Africa/Cairo", "00:00-01:00", "09:00-17:00", fri=[], sat=["23:00-24:00"]),
    "Kathmandu": week("Asia/Kathmandu", "10:00-17:00", sat=[]),
    "Easter Island, evening": week("Pacific/Easter", "00:00-08:00", "21:30-24:00"),
    "UTC, around the clock": week("Etc/UTC", "00:00-24:00", holidays=("2000-01-01", "2026-12-31")),
    "UTC-14, one hour a week": week("Etc/GMT-14", sun=["23:00-24:00"]),
    "literal PST": {**DEFAULT, "timezone": "Etc/GMT+8"},
}
ALWAYS_ASKED = ("1970-01-02", "1999-12-31", "2011-12-29", "2024-02-28", "2026-12-31", "2087-05-04", "2100-02-28")
CHANGES_ASKED = (1970, 2018, 2026, 2037, 2100)


def changes(zone: ZoneInfo) -> Iterator[int]:
    """The beginnings (UTC) of the days within which an offset changes, in some years."""
    for year in CHANGES_ASKED:
        days = [instant(f"{year}-01-01T00:00") + i * DAY for i in range(366)]
        offsets = [datetime.fromtimestamp(day, zone).utcoffset() for day in days]
        yield from (day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after)


def windows() -> Iterator[Any]:
    """Every calendar around changes of its clocks, leap days, ends of years, and wherever chance leads."""
    chance = random.Random(15)
    for name, hours in CALENDARS.items():
        asked = [instant(f"{day}T00:00") for day in ALWAYS_ASKED] + list(changes(ZoneInfo(hours["timezone"])))
        asked += [chance.randrange(0, instant("2100-12-01T00:00")) // DAY * DAY for _ in range(2)]
        chance.shuffle(asked)
        for start in asked:
            low, high = start - 9 * HOUR, start + 40 * HOUR
            yield pytest.param(name, low, high, id=f"{name}-{datetime.fromtimestamp(start, UTC):%Y-%m-%d}")


WINDOWS = list(windows())
grown = cache(lambda name: calendar(CALENDARS[name]))


def known(name: str) -> Calendar:
    """The default one is kept for all windows, so that it grows either way; the others begin anew, which is quick."""
    return grown(name) if name == "default" else calendar(CALENDARS[name])


@cache
def stretches(name: str, low: int, high: int) -> list[tuple[int, int]]:
    """The open stretches of low <= t < high, found by looking at the local clock every minute."""
    hours, margin = CALENDARS[name], 3 * HOUR  # what occurs twice is found whole if it begins before or goes on after
    zone = ZoneInfo(hours["timezone"])
    clock: dict[datetime, list[int]] = {}  # what it shows, and when
    for t in range(low - margin, high + margin, MINUTE):
        clock.setdefault(datetime.fromtimestamp(t, zone).replace(tzinfo=None, fold=0), []).append(t)
    shown = sorted(clock)
    open_minutes: set[int] = set()
    day = datetime.fromtimestamp(low, zone).date() - timedelta(days=1)
    while day <= datetime.fromtimestamp(high, zone).date() + timedelta(days=1):
        for opening, closing in spans_of(hours, day):
            first, last = (clock.get(local) or [after(local, shown, clock, high)] for local in (opening, closing))
            open_minutes.update(range(first[0], last[-1], MINUTE))
        day += timedelta(days=1)
    return joined(sorted(t for t in open_minutes if low <= t < high))


def spans_of(hours: Hours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The spans of a local day on its own clock; 24:00 is the next midnight."""
    texts = hours[WEEKDAYS[day.weekday()]]
    for entry in hours["holidays"]:
        if day.isoformat() == (entry if isinstance(entry, str) else entry["date"]):
            texts = [] if isinstance(entry, str) else entry["hours"]
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a local clock, read by the eye
    for text in texts:
        (h, m), (hh, mm) = (map(int, part.split(":")) for part in text.split("-"))
        yield midnight + timedelta(hours=h, minutes=m), midnight + timedelta(hours=hh, minutes=mm)


def after(skipped: datetime, shown: list[datetime], clock: dict[datetime, list[int]], high: int) -> int:
    """The first minute after a gap, or beyond the one end of what was looked at or the other."""
    i = bisect_right(shown, skipped)
    return clock[shown[i]][0] if i < len(shown) else high


def joined(minutes: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for t in minutes:
        if runs and runs[-1][1] == t:
            runs[-1] = (runs[-1][0], t + MINUTE)
        else:
            runs.append((t, t + MINUTE))
    return runs


@pytest.mark.parametrize(("name", "low", "high"), WINDOWS)
def test_it_agrees_with_looking_at_the_clock_every_minute(name: str, low: int, high: int) -> None:
    hours, expected = known(name), stretches(name, low, high)
    assert list(hours.segments(low, high)) == expected
    edges = sorted({low, high - 1, *(edge + i for run in expected for edge in run for i in (-1, 0, 1))})
    for t in (edge for edge in edges if low <= edge < high):
        run = next((run for run in expected if run[0] <= t < run[1]), None)
        assert hours.is_open(t) == (run is not None)
        if run and run[1] < high:
            assert hours.closes_at(t) == run[1]
        elif not run and t < max((start for start, _ in expected), default=low):
            assert hours.opens_at(t) == min(start for start, _ in expected if start > t)


@pytest.mark.parametrize(("name", "low", "high"), WINDOWS[::3])
def test_adding_and_measuring_agree_with_counting(name: str, low: int, high: int) -> None:
    hours, expected, chance = known(name), stretches(name, low, high), random.Random(low)
    for _ in range(20):
        start, end = sorted(chance.randrange(low, high) for _ in range(2))
        assert hours.between(start, end) == sum(max(0, min(b, end) - max(a, start)) for a, b in expected)
        left = [(max(a, start), b) for a, b in expected if b > start]
        total = sum(b - a for a, b in left)
        wanted = chance.randint(0, total)
        assert hours.add(start, wanted) == counted(left, wanted, start)
        assert hours.add(start, total) == counted(left, total, start), "to the last open second"


def counted(left: list[tuple[int, int]], wanted: int, start: int) -> int:
    due = start
    for opening, closing in left:
        if wanted == 0:
            return due
        due = min(closing, opening + wanted)
        wanted -= due - opening
    assert wanted == 0
    return due


def test_a_hundred_and_thirty_years_are_the_sum_of_their_working_days(pacific: Calendar) -> None:
    first, last = date(1970, 1, 1), date(2101, 1, 1)
    working = sum(
        (first + timedelta(days=i)).weekday() < 5 for i in range((last - first).days)
    )  # no change of the clocks falls into these hours
    start, end = instant("1970-01-01T00:00:00-08:00"), instant("2101-01-01T00:00:00-08:00")
    assert pacific.between(start, end) == working * 9 * HOUR
    assert pacific.add(start, working * 9 * HOUR) == instant("2100-12-31T17:00:00-08:00")


# The algebra


TIMES = st.integers(instant("2024-12-20T00:00"), instant("2027-01-10T00:00"))
SPANS = st.integers(0, 400 * HOUR)


@st.composite
def day_spans(draw: st.DrawFn) -> list[str]:
    """A day of up to three spans that do not overlap, at quarters of an hour."""
    marks = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return [f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}" for a, b in pairs]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any week that opens, in a zone of some habits, with holidays and half days."""
    zone = draw(st.sampled_from(sorted({hours["timezone"] for hours in CALENDARS.values()})))
    days = {day: draw(day_spans()) for day in WEEKDAYS}
    days[draw(st.sampled_from(WEEKDAYS))] = [draw(st.sampled_from(["00:00-24:00", "08:00-17:00", "01:00-02:30"]))]
    dates = draw(st.sets(st.dates(date(2025, 1, 1), date(2026, 12, 31)), max_size=4))
    holidays = [{"date": d.isoformat(), "hours": draw(day_spans())} for d in sorted(dates)]
    return calendar({"timezone": zone, **days, "holidays": holidays})


brief = settings(max_examples=40)


@brief
@given(calendars(), TIMES, TIMES, TIMES)
def test_measuring_is_additive(hours: Calendar, a: int, b: int, c: int) -> None:
    a, b, c = sorted((a, b, c))
    assert hours.between(a, c) == hours.between(a, b) + hours.between(b, c)
    assert 0 <= hours.between(a, c) <= c - a


@brief
@given(calendars(), TIMES, SPANS)
def test_what_was_added_is_measured_again(hours: Calendar, start: int, seconds: int) -> None:
    assert hours.between(start, hours.add(start, seconds)) == seconds


@brief
@given(calendars(), TIMES, TIMES)
def test_what_was_measured_leads_to_the_end_or_the_last_open_second_before_it(hours: Calendar, a: int, b: int) -> None:
    start, end = sorted((a, b))
    back = hours.add(start, hours.between(start, end))
    assert start <= back <= end
    assert hours.between(back, end) == 0


@brief
@given(calendars(), TIMES, SPANS, SPANS)
def test_adding_never_moves_back_and_adds_up(hours: Calendar, start: int, a: int, b: int) -> None:
    due = hours.add(start, a)
    assert start <= due <= hours.add(start, a + b)
    assert hours.add(due, b) == hours.add(start, a + b) or b == 0
    assert due <= hours.add(start + 1, a) or a == 0


@brief
@given(calendars(), TIMES, TIMES)
def test_the_stretches_add_up_and_keep_apart(hours: Calendar, a: int, b: int) -> None:
    start, end = sorted((a, b))
    pieces = list(hours.segments(start, end))
    assert sum(closing - opening for opening, closing in pieces) == hours.between(start, end)
    edges = [start - 1, *(edge for piece in pieces for edge in piece), end + 1]
    assert all(before < after for before, after in pairwise(edges)), "in order, none adjoining"


@brief
@given(calendars(), TIMES)
def test_open_and_closed_agree_with_measuring(hours: Calendar, at: int) -> None:
    closes, opens = hours.closes_at(at), hours.opens_at(at)
    assert hours.between(at, at + 1) == hours.is_open(at)
    if opens is not None:
        assert closes is None and opens > at and hours.is_open(opens) and hours.between(at, opens) == 0
    elif closes is not None:
        assert closes > at and not hours.is_open(closes) and hours.between(at, closes) == closes - at
    else:
        assert hours.between(at, at + WEEK) == WEEK, "what never closes is open all week"


@settings(max_examples=30)
@given(
    st.sampled_from(sorted(CALENDARS)),
    st.lists(st.integers(instant("2015-01-01T00:00"), instant("2035-01-01T00:00")), max_size=3),
    TIMES,
)
def test_answers_do_not_depend_on_what_was_asked_before(name: str, before: list[int], at: int) -> None:
    fresh, used = calendar(CALENDARS[name]), calendar(CALENDARS[name])
    for other in before:
        used.is_open(other)
    assert used.add(at, 30 * HOUR) == fresh.add(at, 30 * HOUR)
    assert used.between(at - WEEK, at) == fresh.between(at - WEEK, at)
    assert used.closes_at(at) == fresh.closes_at(at)
    assert list(used.segments(at, at + WEEK)) == list(fresh.segments(at, at + WEEK))


# The ends of time


@pytest.mark.parametrize("year", ["0002", "1582", "1883", "9000", "9998"])
def test_far_years_have_working_days_too(year: str) -> None:
    """1883 is when Los Angeles left its own solar time. A fresh calendar: the years between are not asked for."""
    hours, start = calendar(DEFAULT), instant(f"{year}-06-01T00:00")
    due = hours.add(start, 24 * HOUR)
    assert hours.between(start, due) == 24 * HOUR
    assert hours.is_open(due - 1) and (hours.opens_at(start) is None) == hours.is_open(start)


@pytest.mark.parametrize(
    "ask",
    [
        lambda hours: hours.add(instant("0001-06-01T00:00"), 1),
        lambda hours: hours.between(instant("0001-06-01T00:00"), instant("2026-01-01T00:00")),
        lambda hours: hours.is_open(instant("9999-06-01T00:00")),
        lambda hours: hours.opens_at(instant("9999-06-01T00:00")),
        lambda hours: hours.closes_at(instant("0001-01-01T00:00")),
        lambda hours: list(hours.segments(instant("2026-01-01T00:00"), instant("9999-12-31T00:00"))),
        lambda hours: hours.add(instant("9998-12-30T00:00"), 100 * HOUR),
        lambda hours: hours.add(instant("2026-01-01T00:00"), 9_999_999_999 * HOUR),
        lambda hours: hours.between(0, 10**15),
        lambda hours: hours.is_open(-(10**30)),
    ],
)
def test_beyond_the_calendar_is_refused_at_once(ask: Callable[[Calendar], object]) -> None:
    with pytest.raises(InputError, match="beyond the calendar"):
        ask(calendar(DEFAULT))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(DeskUnusable, match="Mars/Olympus, a time zone that this machine does not have"):
        calendar({**DEFAULT, "timezone": "Mars/Olympus"})


# Far years

FAR = st.integers(-62_000_000_000, 253_000_000_000)  # the years 6 to 9986
ZONES = ("America/Los_Angeles", "Africa/Casablanca", "Australia/Lord_Howe")


@cache
def far(zone: str) -> Calendar:
    return calendar(week(zone, "08:00-17:00", sat=[], holidays=("2026-12-25",)))


@cache
def walked(zone: str) -> Calendar:
    """The same, but it takes no year for far."""
    hours = calendar(week(zone, "08:00-17:00", sat=[], holidays=("2026-12-25",)))
    hours._early, hours._late = -(10**12), 10**12
    return hours


@brief
@given(st.sampled_from(ZONES), st.integers(-21_000_000_000, 23_000_000_000), SPANS)
def test_far_years_are_read_off_near_ones_and_no_answer_changes(zone: str, at: int, seconds: int) -> None:
    """The years 1305 to 2698: what is read off near years is what walking there gives."""
    read, slow = far(zone), walked(zone)
    assert read.add(at, seconds) == slow.add(at, seconds)
    assert (read.is_open(at), read.closes_at(at)) == (slow.is_open(at), slow.closes_at(at))
    assert read.between(min(0, at), max(0, at)) == slow.between(min(0, at), max(0, at))
    assert read.between(at, at + 40 * DAY) == slow.between(at, at + 40 * DAY)
    assert list(read.segments(at, at + 9 * DAY)) == list(slow.segments(at, at + 9 * DAY))


@brief
@given(st.sampled_from(ZONES), FAR, FAR, FAR)
def test_measuring_is_additive_over_thousands_of_years(zone: str, a: int, b: int, c: int) -> None:
    a, b, c = sorted((a, b, c))
    assert far(zone).between(a, b) + far(zone).between(b, c) == far(zone).between(a, c)


@pytest.mark.parametrize("start", ["0006-01-01", "1970-01-01", "8000-01-01"])
def test_what_was_added_over_a_thousand_years_is_measured_again(pacific: Calendar, start: str) -> None:
    seconds = 9 * HOUR * 260 * 1000
    due = pacific.add(instant(start), seconds)
    assert pacific.between(instant(start), due) == seconds
    assert pacific.between(instant(start), due - 1) == seconds - 1


def test_the_list_never_leaves_the_centuries_around_us() -> None:
    """That bounds the time and the memory of any question."""
    hours = calendar(DEFAULT)
    hours.between(instant("0002-01-02"), instant("9998-12-30"))
    assert len(hours._opens) < 1200 * 261
