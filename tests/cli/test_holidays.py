"""`hours holiday`: days off and half days, and the tickets that wait meanwhile."""

import pytest
from conftest import Program

FRIDAY = "2026-03-06T23:30:00Z"  # 15:30 in Los Angeles; Monday is the 9th, in summer time
MONDAY_DUE, TUESDAY_DUE = "2026-03-09T15:30:00Z", "2026-03-10T15:30:00Z"  # two hours, over the weekend


@pytest.fixture
def waiting(staffed: Program) -> Program:
    """A desk with SITE ticket 1, due on Monday at 8:30, and ticket 2 of the same moment, answered at once."""
    staffed.now = FRIDAY
    for _ in range(2):
        staffed.once([["log", "--from", "site@example.com", "--subject", "Help"]])
    staffed.once([["reply", "2", "--body", "Try this"]])
    return staffed


def due(desk: Program, ticket: int = 1, now: str | None = None) -> str:
    found: str = desk.json("show", ticket, now=now)["due_at"]
    return found


def test_the_first_holiday_makes_the_desk_and_hours_honour_it(desk: Program) -> None:
    desk.all([["hours", "holiday", "add", "2026-12-25", "--name", "Christmas"]])
    assert desk("hours", "open", "2026-12-25T18:00:00Z").code == 3
    assert desk.json("hours", "add", "1h", "--at", "2026-12-25T18:00:00Z")["due_at"] == "2026-12-28T17:00:00Z"
    assert desk.json("hours", "between", "2026-12-24T16:00:00Z", "2026-12-26T16:00:00Z")["seconds"] == 9 * 3600
    assert desk.json("due", "--tier", "SITE", "--at", "2026-12-25T18:00:00Z")["due_at"] == "2026-12-28T18:00:00Z"


def test_a_half_day_closes_at_its_own_hour(desk: Program) -> None:
    desk.all([["hours", "holiday", "add", "2026-12-24", "--hours", "10:00-12:00", "--hours", "13:00-14:00"]])
    assert desk.json("hours", "between", "2026-12-24T08:00:00Z", "2026-12-25T08:00:00Z")["seconds"] == 3 * 3600
    assert desk("hours", "open", "2026-12-24T17:59:59Z").code == 3
    assert desk("hours", "open", "2026-12-24T18:00:00Z").code == 0
    assert desk.json("hours", "open", "2026-12-24T18:00:00Z")["closes_at"] == "2026-12-24T20:00:00Z"


def test_an_added_holiday_moves_what_waits_and_says_so(waiting: Program) -> None:
    added = waiting.json("hours", "holiday", "add", "2026-03-09", now="2026-03-06T23:40:00Z")
    assert added["moved"] == [{"id": 1, "due_at_before": MONDAY_DUE, "due_at": TUESDAY_DUE}]
    ticket = waiting.json("show", "1", now="2026-03-06T23:40:00Z")
    assert (ticket["due_at"], ticket["target_seconds"], ticket["policy_revision"]) == (TUESDAY_DUE, 7200, 1)
    entry = ticket["history"][-1]
    assert (entry["kind"], entry["data"]["cause"]) == ("retargeted", "holiday added: 2026-03-09")
    assert entry["data"]["due_at"] == [MONDAY_DUE, TUESDAY_DUE]
    assert ("1.5", "holiday-added") in [(r["clause"], r["code"]) for r in ticket["reasons"]]
    assert due(waiting, 2) == MONDAY_DUE, "what is answered is frozen"
    assert waiting.json("breaches", now="2026-03-10T15:30:00Z") == []


def test_a_half_day_moves_a_due_time_by_what_it_takes_away(waiting: Program) -> None:
    waiting.all([["hours", "holiday", "add", "2026-03-09", "--hours", "08:15-12:00"]])
    assert due(waiting) == "2026-03-09T15:45:00Z"
    waiting.all([["hours", "holiday", "add", "2026-03-10"]])
    assert due(waiting) == "2026-03-09T15:45:00Z", "a day after the due time takes nothing away"


def test_looking_back_shows_the_due_time_from_before(waiting: Program) -> None:
    waiting.all([["hours", "holiday", "add", "2026-03-09"]], now="2026-03-06T23:40:00Z")
    assert due(waiting, now="2026-03-06T23:39:59Z") == MONDAY_DUE


def test_removing_a_holiday_brings_due_times_back_and_never_moves_one_later(waiting: Program) -> None:
    waiting.all([["hours", "holiday", "add", "2026-03-09"]])
    removed = waiting.json("hours", "holiday", "remove", "2026-03-09")
    assert removed["moved"] == [{"id": 1, "due_at_before": TUESDAY_DUE, "due_at": MONDAY_DUE}]
    assert due(waiting) == MONDAY_DUE
    assert waiting("hours", "holiday", "remove", "2026-03-09").code == 5
    waiting.all([["hours", "holiday", "add", "2026-03-07", "--hours", "08:00-09:00"]])
    saturday = due(waiting)
    assert saturday == "2026-03-07T16:30:00Z", "a day that is otherwise closed can be opened, too"
    waiting.all([["hours", "holiday", "remove", "2026-03-07"]], now="2026-03-06T23:31:00Z")
    assert due(waiting, now="2026-03-06T23:31:00Z") == saturday


def test_removing_a_holiday_makes_no_ticket_late_in_retrospect(waiting: Program) -> None:
    """On the holiday itself, at noon: the half hour that was left counts from now."""
    waiting.all([["hours", "holiday", "add", "2026-03-09"]])
    waiting.all([["hours", "holiday", "remove", "2026-03-09"]], now="2026-03-09T19:00:00Z")
    assert due(waiting, now="2026-03-09T19:00:00Z") == "2026-03-09T19:30:00Z"


def test_a_forgotten_holiday_still_counts_for_what_waits(waiting: Program) -> None:
    """Entered on Tuesday morning, it gives back the Monday that was none; `--new` tells of a breach after it anew."""
    breaches = ["breaches", "--new"]
    assert [b["id"] for b in waiting.json(*breaches, now="2026-03-10T15:10:00Z")] == [1]
    waiting.all([["hours", "holiday", "add", "2026-03-09"]], now="2026-03-10T15:10:00Z")
    assert due(waiting) == MONDAY_DUE, "as it stood on Friday"
    assert due(waiting, now="2026-03-10T15:10:00Z") == TUESDAY_DUE
    assert waiting.json(*breaches, now="2026-03-10T15:30:00Z") == []
    assert [b["id"] for b in waiting.json(*breaches, now="2026-03-10T15:30:01Z")] == [1]


def test_a_holiday_counts_from_where_the_due_time_counts(waiting: Program) -> None:
    """An upgrade on Tuesday set the due time: Monday is nothing to it."""
    waiting.all([["log", "--from", "starter@example.com", "--subject", "x"]])
    waiting.all([["licence", "upgrade", "STAR-0001-BBBB", "SITE"]], now="2026-03-09T16:00:00Z")
    upgraded = due(waiting, 3, now="2026-03-09T16:00:00Z")
    assert upgraded == "2026-03-09T18:00:00Z"
    waiting.all([["hours", "holiday", "add", "2026-03-06", "--hours", "08:00-16:00"]], now="2026-03-09T16:00:00Z")
    assert due(waiting, 3, now="2026-03-09T16:00:00Z") == upgraded


def test_explain_shows_the_holiday_and_the_time_it_counts(waiting: Program) -> None:
    waiting.all([["hours", "holiday", "add", "2026-03-09"]])
    steps = waiting.json("explain", "1")["steps"]
    codes = [step["code"] for step in steps]
    assert {"due-then", "holiday-added"} <= set(codes)
    stretches = [(s["start"], s["end"]) for s in steps if s["code"] == "working-time"]
    assert stretches == [("2026-03-06T23:30:00Z", "2026-03-07T01:00:00Z"), ("2026-03-10T15:00:00Z", TUESDAY_DUE)]


@pytest.mark.parametrize(("minute", "due_at"), [(35, MONDAY_DUE), (45, TUESDAY_DUE), (55, MONDAY_DUE)])
def test_explain_counts_by_the_calendar_of_the_moment(waiting: Program, minute: int, due_at: str) -> None:
    waiting.all([["hours", "holiday", "add", "2026-03-09"]], now="2026-03-06T23:40:00Z")
    waiting.all([["hours", "holiday", "remove", "2026-03-09"]], now="2026-03-06T23:50:00Z")
    steps = waiting.json("explain", 1, now=f"2026-03-06T23:{minute}:00Z")["steps"]
    ends = [(step["end"], step["seconds"]) for step in steps if step["code"] == "due"]
    assert ends[-1] == (due_at, 7200)


def test_a_holiday_added_twice_is_one_and_contradictions_are_refused(waiting: Program) -> None:
    add = ["hours", "holiday", "add", "2026-03-09"]
    waiting.all([[*add, "--name", "Day off"]])
    assert waiting.json(*add)["moved"] == []
    assert waiting(*add, "--hours", "08:00-12:00").code == 2
    assert waiting(*add, "--name", "Another").code == 2
    days = waiting.json("hours", "holiday", "list")
    assert days == [{"date": "2026-03-09", "hours": [], "name": "Day off", "source": "desk"}]
    assert due(waiting) == TUESDAY_DUE


def test_a_day_that_the_policy_file_names_too_is_one(desk: Program) -> None:
    toml = desk("policy", "show", "-o", "toml").out
    toml = toml.replace("holidays = []", 'holidays = ["2026-12-25", "2026-12-31"]')
    assert desk("policy", "set", "-", stdin=toml).code == 0
    desk.all([["hours", "holiday", "add", "2026-12-25"]])
    assert [(d["date"], d["source"]) for d in desk.json("hours", "holiday", "list")] == [
        ("2026-12-25", "desk"), ("2026-12-31", "policy"),
    ]  # fmt: skip
    ran = desk("hours", "holiday", "remove", "2026-12-31")
    assert ran.code == 5
    assert "policy file" in ran.err
    assert desk("hours", "open", "2026-12-31T18:00:00Z").code == 3
    desk.all([["hours", "holiday", "add", "2026-12-31", "--hours", "08:00-12:00"]])
    assert desk("hours", "open", "2026-12-31T18:00:00Z").code == 0, "of a day that both name, the desk's hours count"


def test_holidays_hold_for_every_revision(waiting: Program) -> None:
    toml = waiting("policy", "show", "-o", "toml").out
    waiting.all([["hours", "holiday", "add", "2026-12-25"]])
    waiting("policy", "set", "-", stdin=toml.replace('target = "3h"', 'target = "1h"'))
    assert waiting("hours", "open", "2026-12-25T18:00:00Z").code == 3


def test_a_policy_file_of_its_own_does_not_know_the_desks_holidays(desk: Program) -> None:
    toml = desk("policy", "show", "-o", "toml").out
    file = desk.desk.with_name("policy.toml")
    file.write_text(toml, encoding="utf-8")
    desk.all([["hours", "holiday", "add", "2026-12-25"]])
    assert desk("hours", "open", "2026-12-25T18:00:00Z", "--policy", file).code == 0


@pytest.mark.parametrize(
    ("last", "warned"), [("2026-12-25", True), ("2026-12-30", True), ("2026-12-31", False), ("2027-01-01", False)]
)
def test_the_list_warns_when_it_ends_before_the_year_does(desk: Program, last: str, warned: bool) -> None:
    desk.all([["hours", "holiday", "add", day] for day in ("2026-07-03", last)])
    listed = desk("hours", "holiday", "list")
    assert [line.split("\t")[0] for line in listed.out.splitlines()] == ["2026-07-03", last]
    assert (last in listed.err) == warned
    assert bool(listed.err) == warned
    assert desk("hours", "holiday", "list", "--quiet").err == ""


def test_an_empty_list_is_silent(staffed: Program) -> None:
    listed = staffed("hours", "holiday", "list")
    assert (listed.code, listed.out, listed.err) == (0, "", "")
    assert staffed.json("hours", "holiday", "list") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["2026-02-30"], ["25.12.2026"], ["２０２６-12-25"], [""], ["today"], ["2206-12-25"], ["0001-01-01"],
        ["2026-12-24", "--hours", "25:00-26:00"], ["2026-12-24", "--hours", "12:00-08:00"],
        ["2026-12-24", "--hours", "08:00-12:00", "--hours", "11:00-13:00"], ["2026-12-24", "--name", "x" * 201],
    ],
)  # fmt: skip
def test_malformed_holidays_are_refused(staffed: Program, arguments: list[str]) -> None:
    ran = staffed("hours", "holiday", "add", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert staffed.json("hours", "holiday", "list") == []


def test_a_hostile_name_is_shown_harmless(staffed: Program) -> None:
    staffed.all([["hours", "holiday", "add", "2026-12-25", "--name", "\x1b]0;x\x07\n=1+1"]])
    for format in ("plain", "table"):
        assert "\x1b" not in staffed("hours", "holiday", "list", "-o", format).out


def test_listing_and_removing_without_a_desk_say_so(nowhere: Program) -> None:
    assert nowhere("hours", "holiday", "list").code == 6
    assert nowhere("hours", "holiday", "remove", "2026-12-25").code == 6


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_list_answers_at_the_ends_of_the_calendar(desk: Program, now: str) -> None:
    """Where the zone of the hours has no day of it."""
    desk.all([["hours", "holiday", "add", "2026-12-25"]])
    ran = desk("hours", "holiday", "list", now=now)
    assert (ran.code, ran.out.split("\t")[0]) == (0, "2026-12-25")


def test_a_holiday_is_corrected_in_place_and_the_due_time_is_what_the_calendar_gives(waiting: Program) -> None:
    edit = ["hours", "holiday", "edit", "2026-03-09"]
    assert waiting(*edit, "--whole-day").code == 5, "no holiday yet"
    waiting.all([["hours", "holiday", "add", "2026-03-09"]])
    half = waiting.json(*edit, "--hours", "08:00-08:15", now="2026-03-07T00:00:00Z")
    assert half["moved"] == [{"id": 1, "due_at_before": TUESDAY_DUE, "due_at": "2026-03-10T15:15:00Z"}]
    named = waiting.json(*edit, "--name", "Half a day", now="2026-03-11T00:00:00Z")
    assert (named["hours"], named["name"], named["moved"]) == (["08:00-08:15"], "Half a day", [])
    assert due(waiting, now="2026-03-11T00:00:00Z") == "2026-03-10T15:15:00Z", "late, and no less so by a name"
    for wrong in ([], ["--whole-day", "--hours", "08:00-12:00"]):
        assert waiting(*edit, *wrong).code == 2
    checked = waiting("db", "check")
    assert checked.code == 0, checked.out


def test_a_holiday_of_the_policy_file_is_corrected_too(desk: Program) -> None:
    toml = desk("policy", "show", "-o", "toml").out.replace("holidays = []", 'holidays = ["2026-12-31"]')
    assert desk("policy", "set", "-", stdin=toml).code == 0
    assert desk.json("hours", "holiday", "edit", "2026-12-31", "--hours", "08:00-12:00")["source"] == "desk"
    assert desk("hours", "open", "2026-12-31T18:00:00Z").code == 0
    again = desk("policy", "set", "-", stdin=toml)
    assert (again.code, "Nothing was changed" in again.err) == (0, True)
