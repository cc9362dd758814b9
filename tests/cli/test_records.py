"""`customer`, `licence`, `release`, `lookup`, `check`: records and the answers that they give."""

import pytest
from conftest import Program


def test_adding_the_same_twice_changes_nothing_and_other_data_is_refused(staffed: Program) -> None:
    assert staffed("customer", "add", "SITE@example.com", "--name", "Sita").code == 0
    for other in (
        ["customer", "add", "site@example.com", "--name", "Someone"],
        ["customer", "add", "site@example.com", "--reseller"],
        ["licence", "add", "site0001aaaa", "--tier", "PRO", "--email", "site@example.com"],
        ["release", "add", "remote-utilities", "7.7.3.0", "--date", "2025-11-17"],
    ):
        ran = staffed(*other)
        assert (ran.code, ran.out) == (2, "")
        assert "on record" in ran.err
    assert staffed.json("lookup", "site@example.com")["name"] == "Sita"


@pytest.mark.parametrize(
    ("query", "code", "tier", "by"),
    [
        ("site@example.com", 0, "SITE", "delivery-email"),
        ("SITE-0001-AAAA", 0, "SITE", "key"),
        ("site 0001 aaaa", 0, "SITE", "key"),
        ("free@example.com", 0, "FREE", "none"),
        ("reseller@example.com", 0, "RESELLER", "none"),
        ("nobody@example.com", 3, "FREE", "none"),
        ("NO-SUCH-KEY", 3, None, "none"),
    ],
)
def test_what_a_look_up_answers(staffed: Program, query: str, code: int, tier: str | None, by: str) -> None:
    ran = staffed("lookup", query, "--json")
    answer = ran.json
    assert (ran.code, answer["tier"], answer["recognised_by"]) == (code, tier, by)
    assert answer["found"] == (code == 0)


def test_a_look_up_has_every_key_of_the_interface_and_cites_2_1_or_3(staffed: Program) -> None:
    keys = {
        "query", "found", "recognised_by", "email", "name", "kind", "registered", "tier", "priority", "rank",
        "target_seconds", "channels", "remote_support", "licences", "accounts", "open_tickets", "reasons",
    }  # fmt: skip
    for query in ("site@example.com", "SITE-0001-AAAA", "nobody@example.com", "reseller@example.com"):
        answer = staffed("lookup", query, "--json").json
        assert keys <= answer.keys()
        assert any(r["clause"] == "2.1" or r["clause"].startswith("3.") for r in answer["reasons"])


def test_keys_are_masked_unless_asked_for(staffed: Program) -> None:
    assert staffed.json("lookup", "SITE-0001-AAAA")["query"] == "****AAAA"
    assert staffed.json("lookup", "site@example.com")["licences"][0]["key"] == "****AAAA"
    assert staffed.json("lookup", "site@example.com", "--reveal")["licences"][0]["key"] == "SITE-0001-AAAA"
    assert staffed.json("licence", "show", "SITE-0001-AAAA")["key"] == "****AAAA"


def test_an_unregistered_delivery_address_is_found_and_free(staffed: Program) -> None:
    staffed.all([["licence", "add", "PLUS-77", "--tier", "PLUS", "--email", "new@example.com"]])
    answer = staffed.json("lookup", "new@example.com")
    assert (answer["found"], answer["registered"], answer["tier"]) == (True, False, "FREE")
    assert [licence["tier"] for licence in answer["licences"]] == ["PLUS"]


def test_many_look_ups_answer_line_by_line_and_any_no_is_3(staffed: Program) -> None:
    ran = staffed("lookup", "-", stdin="site@example.com\n\nnobody@example.com\n")
    assert ran.code == 3
    assert [line.split("\t")[:3] for line in ran.out.splitlines()] == [
        ["site@example.com", "yes", "SITE"],
        ["nobody@example.com", "no", "FREE"],
    ]
    assert staffed("lookup", "-", "--json", stdin="").json == []


def test_licences_change_and_waiting_tickets_follow(staffed: Program) -> None:
    """2.2 and hard question 4: the new target counts from the change, and a due time never moves later."""
    received, later = "2026-03-06T16:30:00Z", "2026-03-06T17:30:00Z"
    staffed.all([["log", "--from", "starter@example.com", "--subject", "Help"]], now=received)
    assert staffed.json("show", "1", now=later)["due_at"] == "2026-03-07T00:30:00Z"
    staffed.all([["licence", "upgrade", "STAR-0001-BBBB", "site"]], now=later)
    ticket = staffed.json("show", "1", now=later)
    assert (ticket["tier"], ticket["due_at"], ticket["target_seconds"]) == ("SITE", "2026-03-06T19:30:00Z", 7200)
    assert [entry["kind"] for entry in ticket["history"]] == ["received", "retargeted"]
    assert staffed("licence", "upgrade", "STAR-0001-BBBB", "STARTER", now=later).code == 2
    staffed.all([["licence", "revoke", "STAR-0001-BBBB", "--yes"]], now=later)
    after = staffed.json("show", "1", now=later)
    assert (after["tier"], after["due_at"]) == ("FREE", "2026-03-06T19:30:00Z")
    assert staffed.json("show", "1", now=received)["tier"] == "STARTER", "looking back leaves later changes out"


def test_registering_and_applying_a_key_help_at_once(staffed: Program) -> None:
    staffed.all([["log", "--from", "new@example.com", "--subject", "Help"]])
    assert staffed.json("show", "1")["registered"] is False
    staffed.all(
        [["customer", "add", "new@example.com"], ["customer", "edit", "new@example.com", "--apply", "site0001AAAA"]]
    )
    ticket = staffed.json("show", "1")
    assert (ticket["tier"], ticket["standing"], ticket["registered"]) == ("SITE", "entitled", True)
    before = len(ticket["history"])
    staffed.all([["customer", "edit", "new@example.com", "--apply", "SITE-0001-AAAA"]])
    assert len(staffed.json("show", "1")["history"]) == before, "applying a key twice changes nothing"


def test_only_paid_keys_can_be_applied(staffed: Program) -> None:
    staffed.all([["licence", "add", "TRIAL-1", "--tier", "TRIAL"]])
    ran = staffed("customer", "edit", "free@example.com", "--apply", "TRIAL-1", "--json")
    assert ran.code == 4
    assert "4.5" in ran.err
    assert "TRIAL-1" not in ran.err


@pytest.mark.parametrize(
    ("version", "code", "support", "install"),
    [
        ("7.7.3.0", 0, "current", None),
        ("7.6.2.0", 0, "outdated", "7.7.3.0"),
        ("6.9", 3, "unsupported", "7.7.3.0"),
        ("9.0", 3, "unknown", None),
    ],
)
def test_what_check_answers(staffed: Program, version: str, code: int, support: str, install: str | None) -> None:
    ran = staffed("check", version, "--json")
    assert (ran.code, ran.json["support"], ran.json["install"]) == (code, support, install)


def test_a_release_counts_from_its_date(staffed: Program) -> None:
    assert staffed.json("check", "7.6.2.0", now="2025-11-15T00:00:00Z")["support"] == "current"


@pytest.mark.parametrize(
    "command",
    [
        ["customer", "show", "nobody@example.com"],
        ["licence", "show", "NO-SUCH-KEY"],
        ["licence", "upgrade", "NO-SUCH-KEY", "PRO"],
        ["licence", "revoke", "NO-SUCH-KEY"],
    ],
)
def test_a_record_that_is_not_there_is_5(staffed: Program, command: list[str]) -> None:
    ran = staffed(*command)
    assert (ran.code, ran.out) == (5, "")
    assert "NO-SUCH-KEY" not in ran.err
