"""`undo`: the last thing an agent did is taken back as one, and the history only grows."""

from typing import Any

import pytest
from conftest import Program

LOGGED = [["log", "--from", "site@example.com", "--subject", f"Help {n}", "--agent", "lead"] for n in range(1, 4)]
FACTS = (
    "select id, status, assignee, first_response_at, closed_at, merged_into, topic, sender, subject, tags, due_at, tier,"
    " target_seconds from tickets order by id"
)


@pytest.fixture
def waiting(staffed: Program) -> Program:
    """A desk with three tickets that somebody else took in."""
    staffed.once(LOGGED)
    staffed.env = {"SUPPORTCTL_AGENT": "una"}
    return staffed


def facts(desk: Program) -> list[Any]:
    return desk.sql(FACTS)


@pytest.mark.parametrize(
    "command",
    [
        ["reply", "1", "--body", "x"],
        ["reply", "1", "--body", "x", "--wait"],
        ["reply", "1", "--body", "x", "--close"],
        ["reply", "1", "--body", "x", "--from", "site@example.com"],
        ["reply", "1-3", "--body", "x", "--close"],
        ["note", "1", "2", "--body", "x"],
        ["assign", "1-3", "kim"],
        ["close", "1-2", "--reason", "x"],
        ["edit", "1-3", "--topic", "hardware", "--tag", "a"],
        ["edit", "1", "--subject", "Another", "--from", "starter@example.com"],
        ["edit", "1-2", "--from", "free@example.com"],
        ["merge", "1", "2"],
        ["merge", "1", "2", "3"],
        ["spam", "1-3"],
        ["next", "--take"],
    ],
    ids=lambda command: "-".join(command[:3]),
)
def test_what_happened_to_tickets_is_taken_back_as_one(waiting: Program, command: list[str]) -> None:
    before, entries = facts(waiting), waiting.sql("select * from history")
    waiting.all([command])
    assert waiting("undo", "--yes").code == 0
    assert facts(waiting) == before
    assert [row for row in waiting.sql("select * from history") if row in entries] == entries
    assert waiting("undo", "--yes").code == 3
    assert waiting("db", "check").code == 0


def test_a_merger_is_named_by_what_was_merged(waiting: Program) -> None:
    waiting.all([["merge", "1", "2", "3"]])
    undone = waiting.json("undo", "-y")
    assert (undone["did"], undone["tickets"]) == ("#1 and #2 merged into #3", [1, 2])


def test_a_reopened_ticket_is_closed_again(waiting: Program) -> None:
    waiting.all([["close", "1", "--reason", "x", "--agent", "lead"], ["reopen", "1"], ["undo", "-y"]])
    assert waiting.json("show", "1")["status"] == "closed"


def test_each_undo_goes_one_change_further_back(waiting: Program) -> None:
    """Within one second too: the order is that in which they were made."""
    waiting.all([["assign", "1", "kim"], ["note", "2", "--body", "x"], ["close", "3", "--reason", "x"]])
    did = [waiting.json("undo", "--yes")["did"] for _ in range(3)]
    assert did == ["#3 closed", "#2 noted", "#1 assigned to kim"]
    ran = waiting("undo", "--yes")
    assert (ran.code, ran.out, ran.err) == (3, "", "")


def test_after_an_undo_new_work_comes_first(waiting: Program) -> None:
    waiting.all(
        [["note", "1", "--body", "x"], ["note", "2", "--body", "x"], ["undo", "-y"], ["note", "3", "--body", "x"]]
    )
    assert [waiting.json("undo", "-y")["tickets"] for _ in range(2)] == [[3], [1]]


def test_only_ones_own_work_is_taken_back(waiting: Program) -> None:
    waiting.all([["note", "1", "--body", "x"], ["note", "2", "--body", "x", "--agent", "kim"]])
    assert waiting.json("undo", "-y", "--agent", "UNA")["tickets"] == [1], "names ignore case"
    assert waiting.json("undo", "-y", "--agent", "kim")["tickets"] == [2]


@pytest.mark.parametrize("theirs", [["note", "2", "--body", "y"], ["close", "2", "--reason", "y"], ["merge", "3", "2"]])
def test_what_somebody_changed_since_stays(waiting: Program, theirs: list[str]) -> None:
    waiting.all([["assign", "1", "2", "kim"], [*theirs, "--agent", "lee"]])
    before = waiting.dump()
    ran = waiting("undo", "--yes")
    assert ran.code == 2
    assert "Ticket 2 was changed since by lee" in ran.err
    assert waiting.dump() == before
    ticket, entry = ("3", "2") if theirs[0] == "merge" else ("2", "3")
    waiting.all([["retract", ticket, entry, "--reason", "x", "--agent", "lee"], ["undo", "--yes"]])
    assert waiting.json("show", "2")["assignee"] is None


def test_what_was_retracted_by_hand_is_done_with(waiting: Program) -> None:
    waiting.all(
        [
            ["note", "1", "--body", "x"],
            ["close", "2", "--reason", "x"],
            ["retract", "2", "2", "--reason", "x", "--agent", "lee"],
        ]
    )
    assert waiting.json("undo", "--yes")["tickets"] == [1]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["log", "--from", "site@example.com", "--subject", "x"], "stays on record"),
        (["redact", "1", "1", "--yes"], "gone for good"),
        (["customer", "erase", "free@example.com", "--yes"], "gone for good"),
        (["customer", "add", "new@example.com"], "stays on record"),
        (["customer", "edit", "site@example.com", "--name", "Sue"], "name"),
        (["customer", "edit", "site@example.com", "--apply", "STAR-0001-BBBB"], "stays applied"),
        (["licence", "add", "PLUS-0002-AAAA", "--tier", "PLUS"], "stays on record"),
        (["import", "customers", "-"], "An import"),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else None,
)
def test_what_cannot_be_taken_back_says_so(waiting: Program, command: list[str], said: str) -> None:
    assert waiting(*command, stdin="email,name\nzoe@example.com,Zoe\n").code == 0
    before = waiting.dump()
    ran = waiting("undo", "--yes")
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert said in ran.err
    assert waiting.dump() == before
    (listed, *_) = waiting.json("undo", "--list")
    assert (listed["can_be_taken_back"], listed["taken_back"]) == (False, False)
    assert said in listed["why_not"]


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (["licence", "upgrade", "STAR-0001-BBBB", "PRO"], "STAR-0001-BBBB"),
        (["licence", "renew", "STAR-0001-BBBB", "--expires", "2030-01-01"], "STAR-0001-BBBB"),
        (["licence", "revoke", "SITE-0001-AAAA", "--yes"], "SITE-0001-AAAA"),
    ],
)
def test_a_licence_gets_its_terms_back(waiting: Program, command: list[str], key: str) -> None:
    before = waiting.json("licence", "show", key)
    waiting.all([command])
    assert waiting.json("licence", "show", key) != before
    undone = waiting.json("undo", "--yes")
    assert undone["licence"] == f"****{key[-4:]}"
    assert key not in undone["did"]
    assert waiting.json("licence", "show", key) == before
    assert waiting("undo", "--yes").code == 3
    assert waiting("db", "check").code == 0


def test_a_licence_that_somebody_changed_since_stays(waiting: Program) -> None:
    waiting.all(
        [
            ["licence", "upgrade", "STAR-0001-BBBB", "PRO"],
            ["licence", "upgrade", "STAR-0001-BBBB", "SITE", "--agent", "lee"],
        ]
    )
    ran = waiting("undo", "--yes")
    assert ran.code == 2
    assert "lee" in ran.err


def test_an_account_gets_its_kind_back(waiting: Program) -> None:
    waiting.all([["customer", "edit", "free@example.com", "--reseller"]])
    assert waiting.json("undo", "--yes")["customer"] == "free@example.com"
    assert waiting.json("customer", "show", "free@example.com")["kind"] == "customer"
    assert waiting("undo", "--yes").code == 3


def test_without_a_terminal_it_wants_a_yes(waiting: Program) -> None:
    waiting.all([["note", "1", "--body", "x"]])
    before = waiting.dump()
    ran = waiting("undo")
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert waiting.dump() == before


def test_the_list_has_the_last_ten_and_changes_nothing(waiting: Program) -> None:
    waiting.all([["note", "1", "--body", str(n)] for n in range(12)])
    waiting.all([["undo", "-y"]])
    before = waiting.dump()
    listed = waiting.json("undo", "--list")
    assert [each["did"] for each in listed] == ["#1 noted"] * 10
    assert [each["taken_back"] for each in listed] == [True] + [False] * 9
    assert waiting.json("undo", "--list", "--agent", "nobody") == []
    assert waiting.dump() == before


def test_a_change_that_changes_nothing_is_none(waiting: Program) -> None:
    waiting.all([["edit", "1", "--topic", "bug", "--agent", "lead"], ["edit", "1", "--topic", "bug"]])
    assert waiting("undo", "--yes").code == 3


def test_what_was_on_record_before_the_upgrade_is_left_alone(waiting: Program) -> None:
    waiting.all([["note", "1", "--body", "x"]])
    waiting.sql("delete from changes")
    assert waiting("undo", "--yes").code == 3
