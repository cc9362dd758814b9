"""`log`: requests as the program records and judges them."""

from typing import Any

import pytest
from conftest import Program


def reasons(ticket: dict[str, Any]) -> dict[str, str]:
    return {reason["code"]: reason["clause"] for reason in ticket["reasons"]}


def log(desk: Program, sender: str, *options: str, now: str | None = None) -> dict[str, Any]:
    ticket = desk.json("log", "--from", sender, "--subject", "Help", *options, now=now)
    assert isinstance(ticket, dict)
    return ticket


@pytest.mark.parametrize(
    ("sender", "tier", "due_at", "standing"),
    [
        ("site@example.com", "SITE", "2026-03-06T18:30:00Z", "entitled"),
        ("SITE@Example.COM", "SITE", "2026-03-06T18:30:00Z", "entitled"),
        ("starter@example.com", "STARTER", "2026-03-07T00:30:00Z", "entitled"),
        ("reseller@example.com", "RESELLER", "2026-03-10T21:30:00Z", "entitled"),
        ("free@example.com", "FREE", "2026-03-10T21:30:00Z", "not-entitled"),
        ("nobody@example.com", "FREE", "2026-03-10T21:30:00Z", "not-entitled"),
    ],
)
def test_a_request_is_judged_by_its_sender(
    staffed: Program, sender: str, tier: str, due_at: str, standing: str
) -> None:
    """Friday 8:30 Pacific; the daylight-saving change of 8 March lies before Tuesday's due time."""
    ticket = log(staffed, sender)
    assert (ticket["tier"], ticket["due_at"], ticket["standing"]) == (tier, due_at, standing)
    assert (ticket["from"], ticket["sla"], ticket["status"]) == (sender, "running", "open")


def test_the_first_log_makes_the_desk_and_numbers_go_up(desk: Program) -> None:
    assert [log(desk, "a@example.com")["id"], log(desk, "b@example.com")["id"]] == [1, 2]


@pytest.mark.parametrize(
    ("received", "due_at"),
    [
        ("2026-03-06T23:00:00Z", "2026-03-07T01:00:00Z"),  # Friday 15:00 + 2 h is Friday 17:00, not Monday
        ("2026-03-06T23:00:01Z", "2026-03-09T15:00:01Z"),  # one second later is Monday 8:00:01, in summer time
        ("2026-03-07T01:00:00Z", "2026-03-09T17:00:00Z"),  # 17:00:00 starts at the next opening
    ],
)
def test_due_times_at_the_edges_of_the_day(staffed: Program, received: str, due_at: str) -> None:
    ticket = log(staffed, "site@example.com", "--received", received, now="2026-03-10T00:00:00Z")
    assert ticket["due_at"] == due_at


def test_best_effort_has_no_target(staffed: Program) -> None:
    ticket = log(staffed, "site@example.com", "--channel", "email")
    assert (ticket["standing"], ticket["target_seconds"], ticket["due_at"], ticket["sla"]) == (
        "best-effort", None, None, "none",
    )  # fmt: skip
    assert reasons(ticket)["best-effort"] == "4.3"


def test_a_paid_key_applies_itself_and_the_tier_is_recognised_by_it(staffed: Program) -> None:
    ticket = log(staffed, "free@example.com", "--key", "site 0001 aaaa")
    assert ticket["tier"] == "SITE"
    assert staffed.json("lookup", "free@example.com")["recognised_by"] == "applied-key"


def test_an_unknown_key_is_recorded_and_flagged(staffed: Program) -> None:
    ticket = log(staffed, "free@example.com", "--key", "NO-SUCH-KEY-1234")
    assert reasons(ticket)["unknown-key"] == "4.5"
    assert "NO-SUCH-KEY" not in str(ticket)


def test_every_key_of_the_interface_is_there(staffed: Program) -> None:
    expected = [
        "id",
        "status",
        "channel",
        "subject",
        "from",
        "name",
        "tier",
        "priority",
        "rank",
        "standing",
        "coverage",
        "registered",
        "product",
        "version",
        "version_support",
        "topic",
        "language",
        "received_at",
        "target_seconds",
        "due_at",
        "first_response_at",
        "response_seconds",
        "sla",
        "late_seconds",
        "assignee",
        "tags",
        "closed_at",
        "merged_into",
        "external_id",
        "policy_revision",
        "reasons",
    ]
    assert set(expected) <= log(staffed, "site@example.com").keys()
    shown = staffed.json("show", "1")
    assert {*expected, "body", "known", "history"} <= shown.keys()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--from", "nobody"], "'nobody' is not an e-mail address"),
        (["--topic", "weather"], "There is no topic 'weather'"),
        (["--product", "excel"], "There is no product 'excel'"),
        (["--channel", "pigeon"], "There is no channel 'pigeon'"),
        (["--version", "seven"], "'seven' is not a version"),
        (["--received", "2026-03-06T16:30:01Z"], "--received"),
        (["--received", "yesterday"], "yesterday"),
    ],
)
def test_bad_values_are_named_and_change_nothing(staffed: Program, options: list[str], says: str) -> None:
    sender = [] if "--from" in options else ["--from", "site@example.com"]
    ran = staffed("log", *sender, "--subject", "Help", *options)
    assert ran.code == 2
    assert says in ran.err
    assert staffed("show", "1").code == 5


@pytest.mark.parametrize(
    ("options", "clause"),
    [
        (["--from", "nobody@example.com"], "4.4"),
        (["--from", "free@example.com"], "2.1"),
        (["--from", "reseller@example.com", "--channel", "forum"], "3.2"),
        (["--from", "site@example.com", "--channel", "email"], "4.3"),
        (["--from", "site@example.com", "--topic", "network"], "6.1"),
        (["--from", "site@example.com", "--version", "6.9.4.0"], "7.2"),
    ],
)
def test_strict_refuses_and_names_the_clause(staffed: Program, options: list[str], clause: str) -> None:
    ran = staffed("log", "--subject", "Help", "--strict", "--json", *options)
    assert ran.code == 4
    assert f'"clause": "{clause}"' in ran.err.replace('":"', '": "')
    assert staffed("show", "1").code == 5


def test_strict_takes_what_is_entitled_and_covered(staffed: Program) -> None:
    assert log(staffed, "site@example.com", "--strict", "--topic", "usage", "--version", "7.7.3.0")["id"] == 1


def test_without_a_terminal_what_is_missing_is_named(desk: Program) -> None:
    ran = desk("log", "--from", "a@example.com")
    assert ran.code == 2
    assert "--subject" in ran.err


def test_a_late_entry_is_judged_as_of_when_it_came(staffed: Program) -> None:
    """Licensed since January, and received before the customer bought more."""
    staffed("licence", "add", "PLUS-0001", "--tier", "PLUS", "--email", "free@example.com", now="2026-03-05T18:00:00Z")
    before = log(staffed, "free@example.com", "--channel", "forum", "--received", "2026-03-05T17:00:00Z")
    after = log(staffed, "free@example.com", "--channel", "forum", "--received", "2026-03-05T18:00:00Z")
    assert (before["due_at"], after["due_at"]) == ("2026-03-05T22:00:00Z", "2026-03-05T22:00:00Z")
    history = staffed.json("show", before["id"])["history"]
    assert [entry["kind"] for entry in history] == ["received", "retargeted"]
