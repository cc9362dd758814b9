"""Several tickets at once: all or nothing, one change, and a list for an answer."""

import json
from collections import Counter
from typing import Any

import pytest
from conftest import Program

FOUR = [["log", "--from", "site@example.com", "--subject", f"Help {n}"] for n in range(1, 5)]


@pytest.fixture
def waiting(staffed: Program) -> Program:
    """A desk with four tickets of one customer."""
    staffed.once(FOUR)
    return staffed


def statuses(desk: Program) -> dict[int, str]:
    return dict(desk.sql("select id, status from tickets"))


@pytest.mark.parametrize(
    ("named", "numbers"),
    [
        (["1", "3"], [1, 3]),
        (["#2", "1"], [2, 1]),
        (["2-4"], [2, 3, 4]),
        (["#2-#3"], [2, 3]),
        (["4", "1-2", "2", "4"], [4, 1, 2]),
        (["1", "1"], [1]),
    ],
)
def test_tickets_are_named_by_number_and_by_range_and_count_once(
    waiting: Program, named: list[str], numbers: list[int]
) -> None:
    noted = waiting.json("note", *named, "--body", "x")
    assert [ticket["id"] for ticket in noted] == numbers
    assert waiting.sql("select ticket from history where kind = 'noted' order by 1") == [(n,) for n in sorted(numbers)]


def test_a_single_ticket_stays_an_object(waiting: Program) -> None:
    assert waiting.json("note", "#1", "--body", "x")["id"] == 1
    assert waiting.json("show", "1")["id"] == 1
    assert waiting.json("show", "3-3")["id"] == 3
    assert waiting.json("explain", "1")["id"] == 1


@pytest.mark.parametrize(
    "command",
    [
        ["close", "1", "2", "--reason", "x"],
        ["assign", "1", "2", "kim"],
        ["assign", "1", "2", "-"],
        ["note", "1", "2", "--body", "x"],
        ["reply", "1", "2", "--body", "x", "--close"],
        ["reply", "1", "2", "--body", "x", "--from", "site@example.com"],
        ["reply", "1", "2", "--body", "x", "--auto"],
        ["reply", "1", "2", "--template", "english"],
        ["edit", "1", "2", "--topic", "usage", "--tag", "a"],
        ["edit", "1", "2", "--from", "free@example.com"],
        ["spam", "1", "2"],
        ["show", "1", "2"],
        ["explain", "1", "2"],
        ["merge", "1", "2", "3"],
    ],
    ids=lambda command: "-".join(command[:3]),
)
def test_every_verb_of_a_ticket_takes_several(waiting: Program, command: list[str]) -> None:
    assert [ticket["id"] for ticket in waiting.json(*command)] == [1, 2]
    assert waiting("db", "check").code == 0


def test_closed_tickets_are_opened_again_together(waiting: Program) -> None:
    waiting.all([["close", "1-3", "--reason", "x"], ["reopen", "1", "3"]])
    assert statuses(waiting) == {1: "open", 2: "closed", 3: "open", 4: "open"}


def test_numbers_come_from_standard_input_as_lists_print_them(waiting: Program) -> None:
    listed = waiting("queue", "-o", "plain").out
    assert [each["id"] for each in waiting.json("note", "-", "--body", "x", stdin=listed)] == [1, 2, 3, 4]
    assert [each["id"] for each in waiting.json("show", "-", stdin="#2\n\n 3-4 \n2\n")] == [2, 3, 4]
    assert [each["id"] for each in waiting.json("show", "-", stdin="2\n")] == [2], "a list, whatever it comes to"
    assert waiting.json("assign", "-", "-", stdin="1\n")[0]["assignee"] is None


@pytest.mark.parametrize("cut", [True, False])
def test_what_a_search_found_is_changed_but_for_bugs(waiting: Program, cut: bool) -> None:
    """As `search Help -o plain | cut -f1 | supportctl close -` does."""
    waiting.all([["bug", "add", "--title", "Help is missing"]])
    found = waiting("search", "help", "-o", "plain").out
    assert "bug" in found
    lines = "".join(f"{line.split(chr(9))[0]}\n" for line in found.splitlines()) if cut else found
    closed = waiting.json("close", "-", "--reason", "duplicate", stdin=lines)
    assert sorted(ticket["id"] for ticket in closed) == [1, 2, 3, 4]


def test_no_number_on_standard_input_changes_nothing(waiting: Program) -> None:
    before = waiting.dump()
    assert waiting.json("close", "-", stdin="") == []
    assert waiting("reply", "-", "--body", "x", stdin="\n").out == ""
    assert waiting.dump() == before


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["close", "1", "9", "2", "--reason", "x"], 5, "no ticket 9"),
        (["note", "1", "2", "99999999999999999999999", "--body", "x"], 5, "no ticket 9999999"),
        (["close", "1", "2"], 2, "Ticket 1 has no answer yet"),
        (["reopen", "1", "2"], 2, "Ticket 1 is not closed"),
        (["edit", "1", "2", "--topic", "weather"], 2, "weather"),
        (["edit", "1", "2"], 2, "No change"),
        (["note", "3-1", "--body", "x"], 2, "give 1-3"),
        (["note", "1-99999999", "--body", "x"], 2, "more than 10,000"),
        (["note", "1-6000", "10000-17000", "--body", "x"], 2, "more than 10,000"),
        (["note", "1-", "--body", "x"], 2, "1-"),
        (["note", "1", "x", "--body", "x"], 2, "'x'"),
        (["assign", "1", "2"], 2, "AGENT is missing"),
        (["assign", "kim"], 2, "ID is missing"),
        (["merge", "1", "2", "2"], 2, "itself"),
        (["reply", "1", "2", "--template", "english", "--edit"], 2, "--edit"),
        (["note", "-", "--body", "-"], 2, "both"),
    ],
)
def test_the_first_thing_wrong_is_named_and_nothing_is_changed(
    waiting: Program, command: list[str], code: int, said: str
) -> None:
    before = waiting.dump()
    ran = waiting(*command)
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert said in ran.err
    assert waiting.dump() == before


@pytest.mark.parametrize("line", ["x", "1-99999999", "-", "3-1", "\u0661", "1 2"])
def test_a_line_that_names_no_ticket_is_named_by_its_number(waiting: Program, line: str) -> None:
    before = waiting.dump()
    ran = waiting("note", "-", "--body", "x", stdin=f"1\n{line}\n2\n")
    assert ran.code == 2
    assert "Line 2 of standard input" in ran.err
    assert waiting.dump() == before


def test_one_that_cannot_be_changed_keeps_the_others_from_it(waiting: Program) -> None:
    waiting.all([["reply", "1-4", "--body", "x"], ["close", "3"]])
    ran = waiting("close", "1-4")
    assert ran.code == 2
    assert "Ticket 3 is closed already" in ran.err
    assert Counter(statuses(waiting).values()) == {"open": 3, "closed": 1}


def test_a_refused_secret_names_the_ticket(waiting: Program) -> None:
    waiting.all([["log", "--from", "site@example.com", "--subject", "Post", "--channel", "forum"]])
    ran = waiting("note", "1", "5", "--body", "My password is hunter2-Secret!")
    assert ran.code == 4
    assert "ticket 5" in ran.err
    assert "hunter2" not in ran.err


def test_a_template_is_filled_in_for_each(waiting: Program) -> None:
    waiting.all([["log", "--from", "starter@example.com", "--subject", "Other"]])
    answered = waiting.json("reply", "1", "5", "--template", "register-first")
    bodies = [ticket["history"][-1]["body"] for ticket in answered]
    assert "Sita" in bodies[0]
    assert "Stan" in bodies[1]


def test_several_hundred_are_one_change(staffed: Program) -> None:
    row = '{"from": "p%d@example.com", "subject": "S", "received_at": "2026-03-02T17:00:00Z"}\n'
    rows = "".join(row % n for n in range(400))
    staffed.json("import", "tickets", "-", stdin=rows)
    ran = staffed("close", "1-400", "--reason", "Duplicate", "-o", "plain")
    assert (ran.code, ran.out.count("\n")) == (0, 400), ran.err
    assert staffed.sql("select count(distinct entered_at), count(*) from history where kind = 'closed'") == [(1, 400)]
    assert staffed("db", "check").code == 0


def test_several_are_shown_one_after_another(waiting: Program) -> None:
    shown = waiting("show", "1", "2", "-o", "table").out
    one, two = (waiting("show", number, "-o", "table").out for number in "12")
    rule = "\u2500" * 80
    assert shown == f"{one}\n{rule}\n\n{two}"


def test_the_list_is_whole_in_every_format_for_programs(waiting: Program) -> None:
    def rows(of: str, text: str) -> list[Any]:
        return json.loads(text) if of == "json" else text.splitlines()

    for format, count in (("plain", 2), ("json", 2), ("jsonl", 2)):
        assert len(rows(format, waiting("show", "1", "2", "-o", format).out)) == count
