"""Times, durations and zones as people and scripts write them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import supportctl
from supportctl.clock import duration, find_zone, iso, parse_duration, parse_time, to_instant
from supportctl.errors import InputError
from supportctl.masking import unkeyed

NOW = 1_772_814_600  # 2026-03-06T16:30:00Z
FIRST, LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999
PACIFIC, COPENHAGEN = ZoneInfo("America/Los_Angeles"), ZoneInfo("Europe/Copenhagen")


def read(text: str, zone: str = "UTC", now: int = NOW) -> str:
    return iso(parse_time(text, now=now, zone=ZoneInfo(zone)))


# TIME


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-06T16:30:00Z", "2026-03-06T16:30:00Z"),
        ("2026-03-06t16:30:00z", "2026-03-06T16:30:00Z"),
        ("2026-03-06 16:30:00Z", "2026-03-06T16:30:00Z"),
        ("2026-03-06T16:30Z", "2026-03-06T16:30:00Z"),
        ("2026-03-06T08:30:00-08:00", "2026-03-06T16:30:00Z"),
        ("2026-03-06T08:30:00-0800", "2026-03-06T16:30:00Z"),
        ("2026-03-06T08:30:00-08", "2026-03-06T16:30:00Z"),
        ("2026-03-06T22:15:00+05:45", "2026-03-06T16:30:00Z"),
        ("2026-03-07T16:29:00+23:59", "2026-03-06T16:30:00Z"),
        ("2026-03-06T16:30:00-00:00", "2026-03-06T16:30:00Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("now", "2026-03-06T16:30:00Z"),
        ("NOW", "2026-03-06T16:30:00Z"),
        ("0s", "2026-03-06T16:30:00Z"),
        ("90m", "2026-03-06T15:00:00Z"),
        ("2h", "2026-03-06T14:30:00Z"),
        ("7d", "2026-02-27T16:30:00Z"),
    ],
)
def test_the_forms_of_a_time(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text", ["2026-03-06T16:30:00.999Z", "2026-03-06T16:30:00,5Z", "2026-03-06T16:30:00.123456789Z"]
)
def test_a_fraction_is_cut_and_never_rounds_up(text: str) -> None:
    assert read(text) == "2026-03-06T16:30:00Z"


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-06 08:30", "America/Los_Angeles", "2026-03-06T16:30:00Z"),
        ("2026-03-06T08:30:15", "America/Los_Angeles", "2026-03-06T16:30:15Z"),
        ("2026-07-06 08:30", "America/Los_Angeles", "2026-07-06T15:30:00Z"),
        ("2026-03-06", "America/Los_Angeles", "2026-03-06T08:00:00Z"),
        ("2026-03-06", "Asia/Kathmandu", "2026-03-05T18:15:00Z"),
        ("2026-03-08 01:59:59", "America/Los_Angeles", "2026-03-08T09:59:59Z"),  # before the gap
        ("2026-03-08 02:00:00", "America/Los_Angeles", "2026-03-08T10:00:00Z"),  # what is skipped is its end
        ("2026-03-08 02:59:59", "America/Los_Angeles", "2026-03-08T10:00:00Z"),
        ("2026-03-08 03:00:00", "America/Los_Angeles", "2026-03-08T10:00:00Z"),
        ("2026-11-01 00:59:59", "America/Los_Angeles", "2026-11-01T07:59:59Z"),
        ("2026-11-01 01:30:00", "America/Los_Angeles", "2026-11-01T08:30:00Z"),  # what occurs twice is its first
        ("2026-11-01 02:00:00", "America/Los_Angeles", "2026-11-01T10:00:00Z"),
        ("2026-10-04 02:15", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),  # a gap of half an hour
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),  # a day without its midnight
        ("2011-12-30 12:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),  # a day that never was
    ],
)
def test_without_an_offset_a_time_is_local(text: str, zone: str, expected: str) -> None:
    assert read(text, zone) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "tomorrow",
        "2026",
        "2026-03",
        "2026-3-6",
        "20260306",
        "2026-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "0000-01-01",
        "10000-01-01",
        "-2026-01-01",
        "2026-03-06T24:00:00Z",
        "2026-03-06T16:60:00Z",
        "2026-12-31T23:59:60Z",
        "2026-03-06T16Z",
        "2026-03-06Z",
        "2026-03-06T16:30:00+24:00",
        "2026-03-06T16:30:00+01:60",
        "2026-03-06T16:30:00 +01:00",
        "2026-03-06T16:30:00\N{MINUS SIGN}01:00",
        "2026-03-06T16:30:00.Z",
        "2026-03-06T16:30:00Z\n",
        " 2026-03-06",
        "2026-03-06T16:30:00Z[UTC]",
        "٢٠٢٦-03-06",
        "２026-03-06",
        "2026–03–06",
        "2026-03-06T16:30:00Z\0",
        "-2h",
        "2 h",
        "1h30m",
        "2H",
        "1.5h",
        "2w",
        "２h",
        "h",
        "1000000000s",
        "999999999d",
        "now ",
        "9" * 5000,
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """The error names the value, cut where it is long or could be a key, and the forms that are taken."""
    with pytest.raises(InputError) as error:
        read(text)
    assert repr(unkeyed(text))[1:3] in repr(error.value.message)
    assert len(error.value.message) < 150
    assert "7d" in error.value.hint


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("0001-01-01T00:00:00+00:01", "UTC"),
        ("9999-12-31T23:59:59-00:01", "UTC"),
        ("0001-01-01", "Asia/Tokyo"),
        ("9999-12-31T23:59:59", "America/Los_Angeles"),
    ],
)
def test_what_an_offset_leads_out_of_the_calendar_is_refused(text: str, zone: str) -> None:
    with pytest.raises(InputError):
        read(text, zone)


@given(st.integers(FIRST, LAST))
def test_an_instant_written_and_read_again_is_the_same(instant: int) -> None:
    assert parse_time(iso(instant), now=0, zone=None) == instant


@given(st.integers(FIRST + 86_400, LAST - 86_400), st.integers(-1439, 1439))
def test_any_offset_names_the_same_instant(instant: int, minutes: int) -> None:
    there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)
    text = there.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert parse_time(text, now=0, zone=None) == instant


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_an_input_error(text: str) -> None:
    try:
        assert FIRST <= parse_time(text, now=NOW, zone=PACIFIC) <= LAST
    except InputError as error:
        assert error.hint
    try:
        assert parse_duration(text) >= 0
    except InputError as error:
        assert error.hint


@given(
    st.integers(0, 4_102_444_800), st.sampled_from(["Europe/Copenhagen", "Australia/Lord_Howe", "Africa/Casablanca"])
)
def test_a_local_time_is_found_again_at_one_of_its_two_occurrences(instant: int, name: str) -> None:
    zone = ZoneInfo(name)
    local = datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)
    assert instant in (to_instant(local, zone), to_instant(local, zone, last=True))


@pytest.fixture
def machine_in_copenhagen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("Windows sets its zone otherwise")
    monkeypatch.setenv("TZ", "Europe/Copenhagen")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine_in_copenhagen")
@pytest.mark.parametrize(
    "text", ["2026-01-15 12:00", "2026-03-29 01:59", "2026-03-29 02:30", "2026-03-29 03:00", "2026-10-25 02:30"]
)
def test_the_machines_own_zone_is_read_by_the_same_rules(text: str) -> None:
    """Among them a time that it skips and one that occurs twice."""
    assert parse_time(text, now=0, zone=None) == parse_time(text, now=0, zone=COPENHAGEN)
    local = datetime.fromisoformat(text)
    assert to_instant(local, None, last=True) == to_instant(local, COPENHAGEN, last=True)


# DURATION


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("90s", 90),
        ("45m", 2700),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1h30m15s", 5415),
        ("1h1s", 3601),
        ("100m", 6000),
        ("007h", 25_200),
        ("9999999999s", 9_999_999_999),
    ],
)
def test_the_forms_of_a_duration(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "0", "90", "2d", "1w", "-2h", "+2h", "2 h", "30m1h", "1h1h", "1.5h", "2H", "h", "２h", "2h\n", "1" * 11 + "s"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a duration") as error:
        parse_duration(text)
    assert "no days" in error.value.hint


# Zones


def test_a_zone_is_found_by_its_name() -> None:
    assert find_zone("America/Los_Angeles").key == "America/Los_Angeles"
    assert datetime.fromtimestamp(NOW, find_zone("Etc/GMT+8")).utcoffset() == timedelta(hours=-8)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "Mars/Olympus",
        "America",
        "America/",
        "/America/Los_Angeles",
        "../zoneinfo/UTC",
        "America/../UTC",
        "/etc/localtime",
        "zone.tab",
        "tzdata.zi",
        "leapseconds",
        "America/Los_Angeles\n",
        "America/Los_Angeles\0",
        "\udce9",
        "Ünited/Zone",
        "A" * 5000,
        "A/" * 5000 + "A",
    ],
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    """Among them ways out of the zone data's directory, and files in it that are no zones."""
    with pytest.raises(InputError, match="There is no time zone") as error:
        find_zone(name)
    assert "America/Los_Angeles" in error.value.hint
    assert len(error.value.message) < 100


@pytest.mark.parametrize("path", ["", str(Path(os.sep, "nowhere", "zoneinfo"))])
def test_a_machine_without_zone_data_reads_the_package(path: str) -> None:
    """Neither no path, as on Windows, nor one that does not exist, as in small containers, takes the slow way."""
    script = (
        "import sys; from supportctl.clock import find_zone; "
        "print(find_zone('Europe/Copenhagen').key, 'importlib.resources' in sys.modules)"
    )
    env = {**os.environ, "PYTHONTZPATH": path, "PYTHONPATH": str(Path(supportctl.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Europe/Copenhagen", "False"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 min"),
        (1, "1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (3661, "1 h 01 min 1 s"),
        (86_400, "24 h"),
        (90_000, "25 h"),
    ],
)
def test_a_duration_is_written_in_hours_never_in_days(seconds: int, text: str) -> None:
    assert duration(seconds) == text
