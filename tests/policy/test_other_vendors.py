"""Other vendors' policies fit the same file: three of them, proven through the program, without a line of code."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Program

VENDORS = Path(__file__).with_name("other_vendors")
START = "2026-01-01T00:00:00Z"


def vendor(desk: Program, name: str) -> Program:
    """A new desk that holds this vendor's policy since the beginning of 2026."""
    file = VENDORS / f"{name}.toml"
    desk.all([["policy", "check", str(file)], ["policy", "set", str(file)]], now=START)
    return desk


def customer(desk: Program, email: str, tier: str) -> None:
    desk.all(
        [
            ["customer", "add", email],
            ["licence", "add", f"{tier}-{email}".replace("@", "-"), "--tier", tier.lower(), "--email", email],
        ],
        now=START,
    )


def log(desk: Program, email: str, now: str, *options: str) -> dict[str, Any]:
    ticket = desk.json("log", "--from", email, "--subject", "x", *options, now=now)
    assert isinstance(ticket, dict)
    return ticket


@pytest.mark.parametrize(
    ("tier", "received", "due_at"),
    [
        ("GOLD", "2026-01-05T10:30:00Z", "2026-01-05T12:30:00Z"),  # 11:30 in Berlin: half an hour, lunch, half an hour
        ("GOLD", "2026-04-02T14:30:00Z", "2026-04-07T07:30:00Z"),  # Maundy Thursday 16:30, then Easter, then Tuesday
        ("GOLD", "2026-12-23T15:30:00Z", "2026-12-24T08:30:00Z"),  # Christmas Eve is half a day
        ("SILVER", "2026-12-23T15:30:00Z", "2026-12-28T10:00:00Z"),  # half an hour, two hours, Friday is not a holiday
    ],
)
def test_another_zone_with_split_days_and_holidays(desk: Program, tier: str, received: str, due_at: str) -> None:
    vendor(desk, "nordlicht")
    customer(desk, "a@example.com", tier)
    if tier == "SILVER":
        desk.all([["hours", "holiday", "add", "2026-12-25"]], now=START)
    assert log(desk, "a@example.com", received)["due_at"] == due_at


def test_other_tiers_channels_topics_and_clauses_are_cited_as_the_vendor_names_them(desk: Program) -> None:
    vendor(desk, "nordlicht")
    customer(desk, "gold@example.com", "GOLD")
    now = "2026-01-05T10:00:00Z"
    fax = log(desk, "gold@example.com", now, "--channel", "fax", "--topic", "hardware", "--lang", "de")
    assert (fax["tier"], fax["standing"], fax["coverage"]) == ("GOLD", "entitled", "not-covered")
    assert {"§2", "§3", "§7"} <= {reason["clause"] for reason in fax["reasons"]}
    assert fax["product"] == "kompass", "the vendor's first product, where none is named"
    assert all(reason["code"] != "other-language" for reason in fax["reasons"]), "this vendor answers in German"
    stranger = log(desk, "who@example.com", now)
    assert (stranger["tier"], stranger["priority"], stranger["standing"]) == ("COMMUNITY", None, "not-entitled")
    assert log(desk, "who@example.com", now, "--channel", "email")["standing"] == "best-effort"
    assert desk("log", "--from", "a@b.de", "--subject", "x", "--channel", "forum", now=now).code == 2


def test_a_vendor_without_resellers_has_only_customers(desk: Program) -> None:
    vendor(desk, "nordlicht")
    desk.all([["customer", "add", "r@example.com", "--reseller"]], now=START)
    assert desk.json("lookup", "r@example.com", now="2026-01-05T10:00:00Z")["tier"] == "COMMUNITY"


def test_the_clauses_of_another_vendor_are_shown(desk: Program) -> None:
    vendor(desk, "nordlicht")
    shown = desk.json("policy", "show", "§3")
    assert [tier["tier"] for tier in shown["tiers"]] == ["GOLD", "SILVER", "COMMUNITY"]
    assert shown["tiers"][1]["target_seconds"] == 4 * 3600 + 1800
    assert desk("policy", "show", "2.1").code == 5


@pytest.fixture(scope="module")
def two_majors(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A desk with releases of both products, to be read only; made once."""
    desk = vendor(Program(tmp_path_factory.mktemp("two") / "desk.db"), "two-majors")
    out = ["2.9.0.0", "3.9.0.0", "4.8.0.0", "4.9.0.0", "5.1.0.0"]
    both = [("longtail", release) for release in out] + [("longtail-lts", release) for release in out]
    desk.all([["release", "add", product, release] for product, release in both], now=START)
    return desk


@pytest.mark.parametrize(
    ("product", "version", "support"),
    [
        ("longtail", "5.1.0.0", "current"),
        ("longtail", "4.9.0.0", "current"),
        ("longtail", "4.8.0.0", "outdated"),
        ("longtail", "3.9.0.0", "unsupported"),
        ("longtail", "6.0.0.0", "unknown"),
        ("longtail-lts", "3.9.0.0", "current"),
        ("longtail-lts", "2.9.0.0", "unsupported"),
    ],
)
def test_the_latest_two_majors_are_supported(two_majors: Program, product: str, version: str, support: str) -> None:
    answer = two_majors.json("check", version, "--product", product)
    assert answer["support"] == support


def test_what_a_policy_leaves_out_is_the_built_in_one(desk: Program) -> None:
    vendor(desk, "two-majors")
    customer(desk, "b@example.com", "BUSINESS")
    ticket = log(desk, "b@example.com", "2026-01-05T10:00:00Z", "--channel", "forum", "--topic", "antivirus")
    assert (ticket["tier"], ticket["coverage"], ticket["due_at"]) == ("BUSINESS", "limited", "2026-01-06T10:00:00Z")
    assert {"6.4", "4.6"} <= {reason["clause"] for reason in ticket["reasons"]}


@pytest.mark.parametrize(
    ("tier", "received", "due_at"),
    [
        ("P1", "2026-01-05T20:00:00Z", "2026-01-05T20:30:00Z"),  # 1:30 at night in Kolkata
        ("P2", "2026-01-09T12:30:00Z", "2026-01-12T00:30:00Z"),  # Friday 18:00; Saturday begins at 18:30 UTC
        ("P3", "2026-01-05T18:29:59Z", "2026-01-07T18:29:59Z"),  # over two midnights without a pause
    ],
)
def test_five_days_around_the_clock(desk: Program, tier: str, received: str, due_at: str) -> None:
    vendor(desk, "around-the-clock")
    customer(desk, "p@example.com", tier)
    assert log(desk, "p@example.com", received)["due_at"] == due_at


def test_around_the_clock_closes_only_for_the_weekend(desk: Program) -> None:
    vendor(desk, "around-the-clock")
    open_ = desk.json("hours", "open", "2026-01-05T00:00:00Z")
    assert open_ == {"open": True, "closes_at": "2026-01-09T18:30:00Z", "opens_at": None}
    assert desk.json("hours", "open", "2026-01-09T18:30:00Z")["opens_at"] == "2026-01-11T18:30:00Z"


def test_the_unlicensed_tier_is_the_one_of_the_largest_rank(desk: Program) -> None:
    vendor(desk, "around-the-clock")
    desk.all([["customer", "add", "new@example.com"]], now=START)
    assert desk.json("lookup", "new@example.com", now="2026-01-05T10:00:00Z")["tier"] == "P3"
