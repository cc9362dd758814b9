"""`hours open`, `add` and `between`: answers about business time, with a desk, without one, and of any policy file."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Program

ONLY_HOURS = """
[hours]
timezone = "Europe/Copenhagen"
mon = ["08:00-12:00", "12:00-16:00"]
tue = ["22:00-24:00"]
wed = ["00:00-06:00"]
holidays = ["2026-03-16", { date = "2026-03-23", hours = ["08:00-10:00"] }, "2026-03-16"]
"""
ALWAYS = '[hours]\ntimezone = "Etc/UTC"\n' + "".join(
    f'{day} = ["00:00-24:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
)


@pytest.fixture
def danish(tmp_path: Path) -> Path:
    """A file that holds hours only: Mondays 8 to 16, one closed, one half; the night from Tuesday to Wednesday."""
    path = tmp_path / "danish.toml"
    path.write_text(ONLY_HOURS, encoding="utf-8")
    return path


@pytest.fixture
def always(tmp_path: Path) -> Path:
    """A file with hours around the clock."""
    path = tmp_path / "always.toml"
    path.write_text(ALWAYS, encoding="utf-8")
    return path


def test_no_desk_is_needed_and_none_is_made(desk: Program, danish: Path) -> None:
    desk.json("hours", "open")
    desk.json("hours", "add", "2h", "--policy", danish)
    assert desk.untouched


# open


@pytest.mark.parametrize(
    ("at", "code", "closes", "opens"),
    [
        ("2026-03-06T15:59:59Z", 3, None, "2026-03-06T16:00:00Z"),
        ("2026-03-06T16:00:00Z", 0, "2026-03-07T01:00:00Z", None),
        ("2026-03-07T00:59:59Z", 0, "2026-03-07T01:00:00Z", None),
        ("2026-03-07T01:00:00Z", 3, None, "2026-03-09T15:00:00Z"),
    ],
)
def test_open_from_the_first_second_until_before_the_last(
    desk: Program, at: str, code: int, closes: str | None, opens: str | None
) -> None:
    ran = desk("hours", "open", at, "--json")
    assert (ran.code, ran.err) == (code, "")
    assert ran.json == {"open": code == 0, "closes_at": closes, "opens_at": opens}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-09T09:00:00Z", (True, "2026-03-09T15:00:00Z", None)),  # a morning and an afternoon are one
        ("2026-03-10T22:00:00Z", (True, "2026-03-11T05:00:00Z", None)),  # over midnight too
        ("2026-03-11T05:00:00Z", (False, None, "2026-03-17T21:00:00Z")),  # Monday the 16th is a holiday
        ("2026-03-23T08:59:59Z", (True, "2026-03-23T09:00:00Z", None)),  # a half day
        ("2026-03-23T09:00:00Z", (False, None, "2026-03-24T21:00:00Z")),
        ("2026-03-30T05:59:59Z", (False, None, "2026-03-30T06:00:00Z")),  # summer time began the day before
    ],
)
def test_open_by_a_file_with_only_hours(desk: Program, danish: Path, at: str, expected: tuple[Any, ...]) -> None:
    answer = desk.json("hours", "open", at, "--policy", danish)
    assert (answer["open"], answer["closes_at"], answer["opens_at"]) == expected


def test_what_never_closes_says_so(desk: Program, always: Path) -> None:
    ran = desk("hours", "open", "--policy", always, "--json")
    assert (ran.code, ran.json) == (0, {"open": True, "closes_at": None, "opens_at": None})


def test_open_asks_about_now_unless_told_otherwise(desk: Program) -> None:
    assert desk("hours", "open").code == 0
    assert desk("hours", "open", now="2026-03-07T12:00:00Z").code == 3
    assert desk("hours", "open", "2026-03-07 12:00").code == 3
    assert desk("hours", "open", "1h").code == 3, "an hour ago it was half past seven"
    assert desk("hours", "open", "2030-01-07T20:00:00Z").code == 0, "a question takes any time"


def test_open_when_piped_is_one_line_with_its_columns(desk: Program) -> None:
    assert desk("hours", "open").out == "yes\t2026-03-07T01:00:00Z\t\n"
    assert desk("hours", "open", "2026-03-07T12:00:00Z").out == "no\t\t2026-03-09T15:00:00Z\n"


# add


@pytest.mark.parametrize(
    ("at", "duration", "seconds", "due"),
    [
        ("2026-03-06T23:00:00Z", "2h", 7200, "2026-03-07T01:00:00Z"),  # Friday 15:00 and 2 h: Friday 17:00
        ("2026-03-06T23:00:00Z", "2h1s", 7201, "2026-03-09T15:00:01Z"),
        ("2026-03-07T01:00:00Z", "1s", 1, "2026-03-09T15:00:01Z"),
        ("2026-03-06T15:59:59Z", "90s", 90, "2026-03-06T16:01:30Z"),
        ("2026-03-07T12:00:00Z", "0s", 0, "2026-03-07T12:00:00Z"),  # nothing gives the start, open or not
        ("2026-03-06T16:00:00Z", "24h", 86_400, "2026-03-10T21:00:00Z"),
    ],
)
def test_add_gives_the_due_time(desk: Program, at: str, duration: str, seconds: int, due: str) -> None:
    assert desk.json("hours", "add", duration, "--at", at) == {"start": at, "seconds": seconds, "due_at": due}


def test_add_counts_from_now_in_the_policys_hours_and_reads_local_times(desk: Program, danish: Path) -> None:
    added = desk.json("hours", "add", "1h", "--policy", danish)
    assert added == {"start": "2026-03-06T16:30:00Z", "seconds": 3600, "due_at": "2026-03-09T08:00:00Z"}
    local = desk.json("hours", "add", "1h", "--at", "2026-03-09 11:30", "--tz", "Europe/Copenhagen", "--policy", danish)
    assert (local["start"], local["due_at"]) == ("2026-03-09T10:30:00Z", "2026-03-09T11:30:00Z")


def test_add_when_piped_is_one_line_with_its_columns(desk: Program) -> None:
    assert desk("hours", "add", "45m").out == "2026-03-06T17:15:00Z\t2026-03-06T16:30:00Z\t2700\n"


# between


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-03-06T23:00:00Z", "2026-03-09T15:00:01Z", 7201),
        ("2026-03-06T16:00:00Z", "2026-03-06T16:00:01Z", 1),  # opening is inclusive
        ("2026-03-07T01:00:00Z", "2026-03-09T15:00:00Z", 0),  # closing exclusive
        ("2026-03-06T17:00:00Z", "2026-03-06T17:00:00Z", 0),
        ("2026-01-01T00:00:00-08:00", "2027-01-01T00:00:00-08:00", 261 * 9 * 3600),
    ],
)
def test_between_counts_working_time(desk: Program, start: str, end: str, seconds: int) -> None:
    answer = desk.json("hours", "between", start, end)
    assert answer.keys() == {"start", "end", "seconds"} and answer["seconds"] == seconds


def test_between_keeps_to_the_policy_named(desk: Program, danish: Path) -> None:
    weeks = [
        desk.json("hours", "between", f"2026-03-{day:02}", f"2026-03-{day + 7:02}", "--policy", danish)["seconds"]
        for day in (2, 9, 16, 23)
    ]
    assert [seconds // 3600 for seconds in weeks] == [16, 16, 8, 10], "a holiday, then a half day"


def test_between_when_piped_is_one_line_with_its_columns(desk: Program) -> None:
    assert desk("hours", "between", "2h", "now").out == "1800\t2026-03-06T14:30:00Z\t2026-03-06T16:30:00Z\n"


# Whose hours


def test_a_desk_answers_by_its_policy_and_a_whole_file_will_do_as_well(staffed: Program, tmp_path: Path) -> None:
    whole = tmp_path / "whole.toml"
    tier = '[tiers.GOLD]\nrank = 1\ntarget = "2h"\nchannels = ["ticket"]\n'
    whole.write_text(f'name = "W"\n{ONLY_HOURS}{tier}', encoding="utf-8")
    assert staffed.json("hours", "add", "1h")["due_at"] == "2026-03-06T17:30:00Z"
    assert staffed.json("hours", "add", "1h", "--policy", whole)["due_at"] == "2026-03-09T08:00:00Z"


# What is refused


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["between", "2026-03-07", "2026-03-06"], "The end is before the start"),
        (["between", "2026-03-06T00:00:01Z", "2026-03-06T00:00:00Z"], "The end is before the start"),
        (["open", "noon"], "'noon'"),
        (["open", ""], "''"),
        (["open", "9999-12-31"], "beyond the calendar"),
        (["add", "2d"], "'2d'"),
        (["add", "-5m"], "-5"),
        (["add", "2h", "--at", "2026-02-30"], "'2026-02-30'"),
        (["add", "9999999999h"], "beyond the calendar"),
        (["add"], "DURATION"),
        (["between", "now"], "END"),
        (["open", "--policy", "no-such.toml"], "no-such.toml"),
        (["open", "--policy", ""], "--policy"),
        (["open", "--policy", "."], "--policy"),
        (["open", "--tz", "Mars/Olympus"], "Mars/Olympus"),
        (["open", "-o", "html"], "html"),
    ],
)
def test_what_cannot_be_asked_is_exit_2_and_named(desk: Program, words: list[str], named: str) -> None:
    ran = desk("hours", *words)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b'[hours]\ntimezone = "Etc/UTC"\nmon = ["25:00-26:00"]\n', "hours.mon[0]"),
        (b'[hours]\ntimezone = "Etc/UTC"\n', "a week has no opening"),
        (b'[hours]\ntimezone = "Nowhere"\nmon = ["08:00-09:00"]\n', "hours.timezone"),
        (b'name = "x"\n', "hours: missing"),
        (b"", "hours: missing"),
        (b"[hours\n", "line 1"),
        (b"\xff\xfe[hours]", "UTF-8"),
        (b"#" * 1_000_001, "1 MB"),
        (b"a = " + b"[" * 100_000, "is too complex for a policy"),
        (b'[hours]\n"\x1b[31m" = 1\n', "is not TOML"),
        (b'[hours]\n"\\u001b[31m" = 1\n', r"hours.\x1b[31m: unknown"),
    ],
)
def test_a_policy_file_with_a_mistake_is_exit_2_and_named(
    desk: Program, tmp_path: Path, content: bytes, named: str
) -> None:
    """Also hostile ones: what they hold reaches no terminal as it is."""
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    ran = desk("hours", "open", "--policy", path)
    assert (ran.code, ran.out) == (2, "")
    assert "bad.toml" in ran.err and named in ran.err and "\x1b" not in ran.err


def test_an_error_is_an_object_where_json_was_asked_for(desk: Program) -> None:
    ran = desk("hours", "between", "now", "1h", "--json")
    assert ran.code == 2
    error = json.loads(ran.err)["error"]
    assert error == {"code": "input", "message": error["message"], "hint": error["hint"], "clause": None}


def test_a_damaged_desk_is_no_reason_to_answer_by_another_policy(desk: Program, danish: Path) -> None:
    desk.damage()
    assert desk("hours", "open").code == 6
    assert desk("hours", "open", "--policy", danish).code == 3, "a policy file needs no desk"


def test_a_byte_order_mark_does_not_matter(desk: Program, tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + ONLY_HOURS.replace("\n", "\r\n").encode())
    assert desk.json("hours", "add", "1h", "--policy", path)["due_at"] == "2026-03-09T08:00:00Z"


@pytest.mark.about_the_file
def test_a_desk_path_that_cannot_be_looked_at_is_exit_6(desk: Program) -> None:
    assert desk("hours", "open", "--db", "x" * 5000).code == 6
