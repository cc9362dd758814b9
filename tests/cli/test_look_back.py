"""Looking back with a past --now: who someone was and what a ticket said then, not what was corrected since."""

import json
from typing import Any

import pytest
from conftest import Program

RECEIVED, BEFORE = "2026-03-06T16:30:00Z", "2026-03-06T16:40:00Z"
CORRECTED = "2026-03-06T17:00:00Z"


@pytest.fixture
def corrected(staffed: Program) -> Program:
    """Ticket 1, logged at 8:30 and corrected in everything at 9:00."""
    logged = ["log", "--from", "site@example.com", "--subject", "Helo", "--version", "7.6.1.0", "--tag", "a"]
    staffed.once([logged], now=RECEIVED)
    edit = "edit 1 --subject Hello --from starter@example.com --topic network --product remote-utilities-server"
    staffed.once([[*edit.split(), "--version", "1.2", "--channel", "forum", "--lang", "de"]], now=CORRECTED)
    return staffed


FIELDS = (
    "subject", "from", "name", "topic", "product", "version", "channel", "language", "tier", "standing", "coverage",
    "due_at", "version_support",
)  # fmt: skip
THEN = (
    "Helo", "site@example.com", "Sita", None, "remote-utilities", "7.6.1.0", "ticket", "en", "SITE", "entitled",
    "covered", "2026-03-06T18:30:00Z", "outdated",
)  # fmt: skip


def of(ticket: dict[str, Any]) -> dict[str, Any]:
    return {field: ticket[field] for field in FIELDS}


@pytest.mark.parametrize("command", [["show", "1"], ["queue"], ["breaches", "--within", "9h"]])
def test_a_ticket_is_seen_as_it_stood_before_it_was_corrected(corrected: Program, command: list[str]) -> None:
    found = corrected.json(*command, now=BEFORE)
    assert of(found if isinstance(found, dict) else found[0]) == dict(zip(FIELDS, THEN, strict=True))


def test_a_ticket_is_seen_corrected_from_then_on(corrected: Program) -> None:
    ticket = corrected.json("show", "1", now=CORRECTED)
    assert (ticket["subject"], ticket["from"], ticket["name"], ticket["tier"]) == (
        "Hello", "starter@example.com", "Stan", "STARTER",
    )  # fmt: skip
    assert ticket["history"][1]["data"]["was"]["subject"] == "Helo"
    assert ticket["history"][1]["data"]["was"]["sender"] == "site@example.com"
    assert (ticket["history"][1]["from"], ticket["history"][1]["body"]) == (None, None)


def test_of_several_corrections_the_one_after_the_moment_counts(corrected: Program) -> None:
    corrected.all([["edit", "1", "--subject", "Hello again"]], now="2026-03-06T18:00:00Z")
    asked = {now: corrected.json("show", "1", now=now)["subject"] for now in (BEFORE, "2026-03-06T17:30:00Z")}
    assert asked == {BEFORE: "Helo", "2026-03-06T17:30:00Z": "Hello"}


def test_what_a_correction_replaced_can_be_redacted(corrected: Program) -> None:
    corrected.all([["redact", "1", "2", "--yes"]], now="2026-03-06T18:00:00Z")
    assert corrected.json("show", "1", now=BEFORE)["subject"] == "[redacted]"
    assert b"Helo" not in corrected.kept_bytes.replace(b"Hello", b"")


def test_who_was_corrected_away_is_erased_there_too(corrected: Program) -> None:
    corrected.all([["customer", "erase", "site@example.com", "--yes"]], now="2026-03-06T18:00:00Z")
    then = corrected.json("show", "1", now=BEFORE)
    assert (then["subject"], then["from"].partition("@")[2]) == ("[erased]", "erased.invalid")
    assert b"site@example.com" not in corrected.kept_bytes


def test_a_lookup_counts_the_tickets_that_were_open_then(corrected: Program) -> None:
    corrected.all([["close", "1", "--reason", "x"]], now="2026-03-06T18:00:00Z")
    corrected.all([["reopen", "1"]], now="2026-03-06T19:00:00Z")

    def opened(email: str, now: str) -> int:
        count: int = corrected.json("lookup", email, now=now)["open_tickets"]
        return count

    assert [opened("site@example.com", now) for now in (BEFORE, CORRECTED)] == [1, 0]
    times = (BEFORE, CORRECTED, "2026-03-06T18:30:00Z", "2026-03-06T19:00:00Z")
    assert [opened("starter@example.com", now) for now in times] == [0, 1, 0, 1]


@pytest.mark.parametrize("query", ["site@example.com", "SITE-0001-AAAA"])
def test_an_account_is_of_the_kind_that_it_was(staffed: Program, query: str) -> None:
    staffed.all([["customer", "edit", "site@example.com", "--reseller"]], now="2026-03-05T18:00:00Z")
    staffed.all([["customer", "edit", "site@example.com", "--customer"]], now="2026-03-06T18:00:00Z")
    asked = {
        now: staffed.json("lookup", query, now=now)["kind"]
        for now in ("2026-03-05T17:59:59Z", "2026-03-05T18:00:00Z", "2026-03-06T17:59:59Z", "2026-03-06T18:00:00Z")
    }
    assert list(asked.values()) == ["customer", "reseller", "reseller", "customer"]
    tiers = [staffed.json("lookup", "site@example.com", now=now)["tier"] for now in asked]
    assert tiers == ["SITE", "RESELLER", "RESELLER", "SITE"]


def test_an_import_changes_the_kind_from_now_on(staffed: Program) -> None:
    rows = "email,kind\nsite@example.com,reseller\n"
    assert json.loads(staffed("import", "customers", "-", "--json", stdin=rows).out)["changed"] == 1
    assert json.loads(staffed("import", "customers", "-", "--json", stdin=rows).out)["unchanged"] == 1
    assert staffed.json("lookup", "site@example.com", now="2026-03-06T16:29:59Z")["kind"] == "customer"
    assert staffed.json("customer", "show", "site@example.com")["kind"] == "reseller"


def test_a_request_entered_late_is_judged_by_the_kind_of_its_receipt_and_follows(staffed: Program) -> None:
    staffed.all([["customer", "edit", "site@example.com", "--reseller"]], now="2026-03-06T17:00:00Z")
    ticket = staffed.json(
        "log", "--from", "site@example.com", "--subject", "x", "--received", RECEIVED, now="2026-03-06T17:30:00Z"
    )
    assert (ticket["tier"], ticket["due_at"]) == ("RESELLER", "2026-03-06T18:30:00Z"), "a promise made is kept"
    assert staffed.json("show", 1, now=BEFORE)["tier"] == "SITE"
