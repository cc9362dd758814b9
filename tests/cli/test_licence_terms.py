"""`licence revoke, reinstate, renew, upgrade`, and keys that waited: what a licence is worth now, and what it moves."""

from typing import Any

import pytest
from conftest import Program

KEY = "PLUS-2222-CCCC"
DUE_FREE, DUE_SITE = "2026-03-10T21:30:00Z", "2026-03-06T18:30:00Z"  # received on Friday, 8:30 of the desk's day


@pytest.fixture
def waiting(staffed: Program) -> Program:
    """A ticket of someone unknown, who named a key that is not on record yet."""
    staffed.once([["log", "--from", "new@example.com", "--subject", "Help", "--key", "site-9999-zzzz"]])
    return staffed


def said(ran: Any) -> str:
    return str(ran.err).removeprefix("supportctl: ").strip()


@pytest.mark.parametrize(
    ("command", "of_entry"),
    [(("licence", "revoke", "SITE-0001-AAAA"), "licence"), (("redact", "1", "1"), "ticket")],
    ids=lambda value: str(value),
)
def test_what_cannot_be_taken_back_lightly_needs_a_yes(
    waiting: Program, command: tuple[str, ...], of_entry: str
) -> None:
    """As `customer erase` does: without a terminal 2, and nothing is changed."""
    show = ("licence", "show", "SITE-0001-AAAA") if of_entry == "licence" else ("show", "1")
    before = waiting(*show, "--json").out
    ran = waiting(*command)
    assert (ran.code, ran.out) == (2, "") and "--yes" in ran.err and "SITE-0001" not in ran.err
    assert waiting(*show, "--json").out == before
    assert waiting(*command, "--yes").code == 0
    assert waiting(*show, "--json").out != before


@pytest.mark.parametrize(
    "command",
    [
        ["licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", "site@example.com"],
        ["licence", "add", "site0001aaaa", "--tier", "PRO"],
        ["licence", "upgrade", "SITE-0001-AAAA", "PRO", "--yes"],
        ["licence", "renew", "SITE-0001-AAAA", "--expires", "2028-01-01"],
    ],
    ids=" ".join,
)
def test_a_revoked_licence_says_so_and_names_the_way_back(staffed: Program, command: list[str]) -> None:
    """Otherwise it looks as if it had worked."""
    staffed.all([["licence", "revoke", "SITE-0001-AAAA", "--yes"]])
    ran = staffed(*command)
    assert (ran.code, ran.out) == (2, "")
    assert "revoked" in ran.err and "licence reinstate KEY" in ran.err and "0001" not in ran.err
    staffed.all([["licence", "reinstate", "SITE-0001-AAAA"]])
    assert staffed.json("lookup", "site@example.com")["tier"] == "SITE"


def test_what_moves_tickets_names_them(staffed: Program) -> None:
    """Number, old and new due time; also that there are none."""
    staffed.all([["log", "--from", "free@example.com", "--subject", "Help"]])
    add = ("licence", "add", KEY, "--tier", "PLUS", "--email", "free@example.com")
    moved = staffed.json(*add)["moved"]
    assert moved == [{"id": 1, "due_at_before": DUE_FREE, "due_at": "2026-03-06T20:30:00Z"}]
    assert staffed.json(*add)["moved"] == []
    assert staffed.json("licence", "revoke", KEY, "--yes")["moved"] == []
    assert staffed.json("licence", "reinstate", KEY)["moved"] == []
    table = staffed("licence", "upgrade", KEY, "SITE", "-o", "table").out
    assert f"due at before: 2026-03-06T20:30:00Z, due at: {DUE_SITE}" in " ".join(table.split())
    assert staffed("licence", "upgrade", KEY, "SITE", "-o", "plain").out.rstrip().split("\t")[-1] == "0"


def test_a_renewed_licence_helps_who_waits(staffed: Program) -> None:
    """It had run out before the request came."""
    add = ["licence", "add", KEY, "--tier", "PLUS", "--email", "free@example.com", "--expires", "2026-02-01"]
    staffed.all([add], now="2026-01-06T18:00:00Z")
    staffed.all([["log", "--from", "free@example.com", "--subject", "Help"]])
    again = staffed("licence", "add", KEY, "--tier", "PLUS")
    assert again.code == 2 and "licence renew KEY --expires DATE" in again.err
    upgraded = staffed("licence", "upgrade", KEY, "PRO")
    assert upgraded.code == 0 and "expired" in upgraded.err and "licence renew" in upgraded.err
    renewed = staffed.json("licence", "renew", KEY, "--expires", "2026-12-31")
    assert (renewed["status"], renewed["expires_at"]) == ("active", "2027-01-01T08:00:00Z")
    assert renewed["moved"] == [{"id": 1, "due_at_before": DUE_FREE, "due_at": "2026-03-06T19:30:00Z"}]
    for ended in ("2026-03-05", "2026-03-06T16:30:00Z"):
        assert staffed("licence", "renew", KEY, "--expires", ended).code == 2
    assert staffed("licence", "renew", KEY).code == 2


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_a_date_alone_ends_with_that_day_where_the_policy_is(staffed: Program, zone: str) -> None:
    """Wherever the agent sits; an import reads it in the same way."""
    add = ("licence", "add", KEY, "--tier", "PLUS", "--expires", "2026-03-10", "--tz", zone)
    assert staffed.json(*add)["expires_at"] == "2026-03-11T07:00:00Z", "daylight saving has begun by then"
    rows = "key,tier,expires_at\nPRO-3333-DDDD,PRO,2026-03-10\n"
    assert staffed("import", "licences", "-", "--tz", zone, stdin=rows).code == 0
    assert staffed.json("licence", "show", "PRO-3333-DDDD")["expires_at"] == "2026-03-11T07:00:00Z"
    for at, status in (("2026-03-11T06:59:59Z", "active"), ("2026-03-11T07:00:00Z", "expired")):
        assert staffed.json("licence", "show", KEY, now=at)["status"] == status
    timed = staffed.json("licence", "renew", KEY, "--expires", "2026-03-12T00:00:00Z")
    assert timed["expires_at"] == "2026-03-12T00:00:00Z"
    assert staffed.json("licence", "renew", KEY, "--expires", "9999-12-31")["expires_at"] == "9999-12-31T23:59:59Z"


def test_the_end_of_a_trial_goes_when_it_is_paid_for(staffed: Program) -> None:
    """And says so; a paid licence keeps its end, and a new one can come with the upgrade."""
    for key in ("TRIAL-0001", "TRIAL-0002"):
        staffed.all([["licence", "add", key, "--tier", "TRIAL", "--expires", "2026-03-20"]])
    ran = staffed("licence", "upgrade", "TRIAL-0001", "PRO", "--json")
    assert (ran.json["tier"], ran.json["expires_at"]) == ("PRO", None) and "trial" in ran.err
    ended = staffed.json("licence", "upgrade", "TRIAL-0002", "PRO", "--expires", "2027-03-05")
    assert ended["expires_at"] == "2027-03-06T08:00:00Z"
    assert staffed.json("licence", "upgrade", "TRIAL-0002", "SITE")["expires_at"] == "2027-03-06T08:00:00Z"


@pytest.mark.parametrize(
    ("given", "way"),
    [
        (["--tier", "PRO"], "licence upgrade KEY TIER"),
        (["--tier", "SITE", "--expires", "2028-01-01"], "licence renew KEY --expires DATE"),
        (["--tier", "SITE", "--email", "other@example.com"], "import licences"),
    ],
)
def test_adding_a_known_key_names_the_way(staffed: Program, given: list[str], way: str) -> None:
    """The same again is no change; anything else has a command of its own."""
    ran = staffed("licence", "add", "SITE-0001-AAAA", *given)
    assert ran.code == 2 and way in ran.err and "0001" not in ran.err
    assert staffed("licence", "add", "site-0001-aaaa", "--tier", "SITE", "--email", "SITE@example.com").code == 0


@pytest.mark.parametrize("key", ["X", "ann@x", "ann@example.com", "AB-12"])
def test_what_could_not_be_a_key_is_not_taken_for_one(staffed: Program, key: str) -> None:
    assert staffed("licence", "add", key, "--tier", "PRO").code == 2


ADD = ["licence", "add", "SITE-9999-ZZZZ", "--tier", "SITE", "--email", "buyer@example.com"]
JOIN = ["customer", "add", "new@example.com"]
SHOP = "key,tier,delivery_email\nSITE9999zzzz,SITE,buyer@example.com\n"
USERS = "email\nnew@example.com\n"


@pytest.mark.parametrize("first", ["licence", "customer"])
@pytest.mark.parametrize("imported", [False, True])
def test_a_key_that_came_with_a_request_counts_once_it_can(waiting: Program, first: str, imported: bool) -> None:
    """Whichever comes last: its sender's registration, or the shop's entry (4.5, hard question 6)."""
    commands: dict[str, tuple[list[str], str]] = {
        "licence": (["import", "licences", "-"], SHOP) if imported else (ADD, ""),
        "customer": (["import", "customers", "-"], USERS) if imported else (JOIN, ""),
    }
    for what in sorted(commands, key=lambda name: name != first):
        command, stdin = commands[what]
        ran = waiting(*command, "--json", stdin=stdin)
        assert ran.code == 0, ran.err
    ticket = waiting.json("show", "1")
    assert (ticket["tier"], ticket["due_at"], ticket["standing"]) == ("SITE", DUE_SITE, "entitled")
    assert waiting.json("lookup", "new@example.com")["recognised_by"] == "applied-key"
    assert ran.json["moved"] == [{"id": 1, "due_at_before": DUE_FREE, "due_at": DUE_SITE}]
    assert "key that came with ticket 1" in ran.err and "9999" not in ran.err.casefold()


def test_a_key_that_waits_counts_for_nobody_else_and_only_when_paid(waiting: Program) -> None:
    """A trial's key cannot be applied, until it is paid for; one who never registers gets nothing."""
    waiting.all([[*ADD[:3], "--tier", "TRIAL"], JOIN])
    assert waiting.json("lookup", "new@example.com")["tier"] == "FREE"
    upgraded = waiting.json("licence", "upgrade", "SITE-9999-ZZZZ", "SITE")
    assert [moved["id"] for moved in upgraded["moved"]] == [1]
    assert waiting.json("lookup", "free@example.com")["tier"] == "FREE"


def test_a_registration_still_to_come_lets_the_key_count_from_then_on(waiting: Program) -> None:
    """It moves no due time, and judges what is received from then on."""
    waiting.all([ADD])
    joined = waiting.json(*JOIN, "--registered", "2026-03-09T00:00:00Z")
    assert joined["moved"] == []
    at = "2026-03-09T16:00:00Z"
    waiting.all([["log", "--from", "new@example.com", "--subject", "More"]], now=at)
    assert waiting.json("show", "2", now=at)["tier"] == "SITE"
    assert waiting.json("show", "1", now=at)["due_at"] == DUE_FREE


@pytest.mark.parametrize("way", ["edit", "import", "retract"])
def test_a_corrected_sender_brings_the_key_along(staffed: Program, way: str) -> None:
    """The request came from a registered customer after all."""
    sender = "free@example.com" if way == "retract" else "new@example.com"
    staffed.all(
        [["log", "--from", sender, "--subject", "Help", "--key", "site-9999-zzzz", "--external-id", "7"]]
        + [["edit", "1", "--from", "new@example.com"]] * (way == "retract")
        + [ADD]
    )
    row = "from,subject,received_at,external_id\nfree@example.com,Help,2026-03-06T16:30:00Z,7\n"
    commands = {
        "edit": ["edit", "1", "--from", "free@example.com"],
        "import": ["import", "tickets", "-"],
        "retract": ["retract", "1", "2", "--reason", "x"],
    }
    ran = staffed(*commands[way], stdin=row)
    assert ran.code == 0, ran.err
    ticket = staffed.json("show", "1")
    assert (ticket["tier"], ticket["due_at"]) == ("SITE", DUE_SITE)


def test_one_licence_is_never_the_best_of_two(staffed: Program) -> None:
    """Delivered to an address and applied to its account, it is still one; what has expired is not counted either."""
    staffed.all([["customer", "edit", "site@example.com", "--apply", "SITE-0001-AAAA"]])
    assert "best of" not in staffed("lookup", "site@example.com").out
    staffed.all([["licence", "add", KEY, "--tier", "PLUS", "--email", "site@example.com", "--expires", "2026-03-09"]])
    assert "the best of 2 active licences" in staffed("lookup", "site@example.com", "--json").out
    assert "best of" not in staffed("lookup", "site@example.com", "--json", now="2026-03-11T16:00:00Z").out


@pytest.mark.parametrize(("word", "found"), [("sita", 1), ("EXAMPLE.com", 4), ("star", 1), ("nobody", 0)])
def test_registrations_are_listed_by_a_part_of_their_name_or_address(staffed: Program, word: str, found: int) -> None:
    assert len(staffed.json("customer", "list", word)) == found


@pytest.mark.parametrize("what", ["customer", "licence"])
def test_a_list_of_records_ends_at_its_limit(staffed: Program, what: str) -> None:
    every = staffed.json(what, "list")
    assert [len(staffed.json(what, "list", "--limit", n)) for n in (1, 2, 100)] == [1, 2, len(every)]
    assert staffed.json(what, "list", "-n", 2) == every[:2]
    assert staffed(what, "list", "--limit", 0).code == 2
