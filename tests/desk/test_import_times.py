"""How other systems write times: what cannot be mistaken is read, what can is refused until --times says."""

import re
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.clock import parse_time
from supportctl.desk.transfer import times
from supportctl.desk.transfer.fields import KINDS
from supportctl.desk.transfer.spelling import retyped
from supportctl.desk.transfer.times import Formats, parse_formats, parse_usual, reader_of
from supportctl.errors import InputError
from supportctl.render.lines import spreadsheet_safe

TICKETS = KINDS["tickets"]


def instant(text: str) -> int:
    return parse_time(text, now=0, zone=None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-06T16:30:00+0400", "2026-03-06T12:30:00Z"),
        ("2026-03-06 16:30:00 +0400", "2026-03-06T12:30:00Z"),
        ("2026-03-06 16:30 UTC", "2026-03-06T16:30:00Z"),
        ("2026-03-06 16:30:00 GMT", "2026-03-06T16:30:00Z"),
        ("2026-03-06 7:29Z", "2026-03-06T07:29:00Z"),
        ("2026-03-06 7:29:05 -03", "2026-03-06T10:29:05Z"),
        ("20260306T163000Z", "2026-03-06T16:30:00Z"),
        ("20260306T1630Z", "2026-03-06T16:30:00Z"),
        ("20260306163000Z", None),
        ("2026/3/6 16:30 UTC", "2026-03-06T16:30:00Z"),
        ("2026.03.06 16:30:00.123456 UTC", "2026-03-06T16:30:00Z"),
        ("2026-03-06, 4:30 PM UTC", "2026-03-06T16:30:00Z"),
        ("2026-03-06 12:05 am UTC", "2026-03-06T00:05:00Z"),
        ("2026-03-06 13:05 pm UTC", None),
        ("Fri, 06 Mar 2026 16:30:00 +0000", "2026-03-06T16:30:00Z"),
        ("Fri, 6 Mar 2026 16:30:00 +0100 (CET)", "2026-03-06T15:30:00Z"),
        ("March 6, 2026 4:30 PM GMT", "2026-03-06T16:30:00Z"),
        ("06-Mar-2026 16:30 UTC", "2026-03-06T16:30:00Z"),
        ("1772814600", "2026-03-06T16:30:00Z"),
        ("1772814600.75", "2026-03-06T16:30:00Z"),
        ("1772814600123", "2026-03-06T16:30:00Z"),
        ("06/03/2026 16:30", None),
        ("2026-02-30 16:30 UTC", None),
        ("2026-03-06 25:00 UTC", None),
        ("2026", None),
        ("soon", None),
        ("٢٠٢٦-03-06 16:30 UTC", None),
    ],
)
def test_a_form_that_cannot_be_mistaken_is_read(text: str, meant: str | None) -> None:
    if meant is not None:
        assert parse_usual(text, now=0, zone=None) == instant(meant)
        return
    with pytest.raises(InputError):
        parse_usual(text, now=0, zone=None)


def test_a_field_has_its_own_format_and_the_others_the_plain_one() -> None:
    formats = parse_formats(["%d/%m/%Y %H:%M %z", "closed_at=%m-%d-%Y %H:%M %z"], TICKETS)
    read = reader_of(formats, 0, None)
    assert read("received_at")("07/03/2026 16:30 +0000") == instant("2026-03-07T16:30:00Z")
    assert read("closed_at")("03-07-2026 16:30 +0000") == instant("2026-03-07T16:30:00Z")
    assert parse_formats(["%Y=%m"], TICKETS) == Formats("%Y=%m", {})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["%d", "%m"], "two formats for all times"),
        (["closed_at=%d", "closed_at=%d"], "closed_at twice"),
        (["subject=%d"], "'subject' is not a time field of tickets"),
        (["shoe=%d"], "'shoe' is not a time field of tickets"),
        (["iso"], "'iso' is not a time format"),
        ([""], "is not a time format"),
        (["closed_at="], "is not a time format"),
    ],
)
def test_formats_that_will_not_do_are_named(given: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_formats(given, TICKETS)


@pytest.mark.parametrize(
    ("id", "typed"),
    [
        ("0035", "35"), ("007", "7.0"), ("2E5", "200000"), ("12e3", "1.20E+04"), ("1.50", "1.5"), ("+49", "49"),
        ("123456789012", "1.23457E+11"), ("1234567890123456789", "1234567890123450000"),
        ("1234567890123456", "1.23457E+15"), ("3-4", "2026-04-03"), ("3-4", "04-Mar"), ("MAR-1", "1-Mar"),
        ("1/2", "2026-01-02"), ("2026-03-06", "06/03/2026"),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_makes_of_an_id_is_known(id: str, typed: str) -> None:
    assert retyped(id, typed)
    assert retyped(typed, id)


@pytest.mark.parametrize(
    ("id", "other"),
    [
        ("35", "36"), ("35", "350"), ("A35", "35"), ("ab", "AB"), ("123456789012", "123456789013"), ("1-2", "1-3"),
        ("1000000", "1000001"), ("T-0035", "T-35"), ("", "0"), ("12", "120"),
    ],
)  # fmt: skip
def test_ids_that_differ_by_themselves_are_two(id: str, other: str) -> None:
    assert not retyped(id, other)


# Moments as most exports write them, and what differs from one by a character.
NEARLY = st.builds(
    lambda text, at, char: text[:at] + char + text[at + 1 :],
    st.from_regex(
        r"(0000|0001|1969|2024|2026|9999)-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z", fullmatch=True
    ),
    st.integers(0, 20),
    st.sampled_from(["", "0", "1", "3", "9", "-", "+", "T", "t", "z", " ", "\u0663", "W"]),
)


def read_or_refused(text: str) -> int | str:
    try:
        return parse_usual(text, now=0, zone=None)
    except InputError as error:
        return error.message


@given(NEARLY)
def test_the_most_usual_form_is_read_as_any_other(text: str) -> None:
    quick = read_or_refused(text)
    with patch.object(times, "_CANONICAL", re.compile("(?!)")):
        assert quick == read_or_refused(text)


@pytest.mark.parametrize("text", ["2026-03-06T16:30:00Z", "0001-01-01T00:00:00Z", "9999-12-28T23:59:59Z"])
def test_the_most_usual_form_takes_the_short_way(text: str) -> None:
    with patch.object(times, "parse_time", side_effect=AssertionError):
        assert parse_usual(text, now=0, zone=None) == instant(text)


@given(st.text(st.sampled_from("'=+-@\\x0u1ar\t\r\n \u202e|a")))
def test_what_was_made_safe_shows_it(text: str) -> None:
    """So only a text that begins with an apostrophe or contains a backslash may have been another."""
    safe = spreadsheet_safe(text)
    assert safe == text or safe.startswith("'") or "\\" in safe
