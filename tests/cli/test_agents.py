"""Agents: one person in any case, by the spelling that came first; a new one is said to be new."""

import sqlite3
from contextlib import closing

from conftest import Program


def test_an_agent_is_one_person_in_any_case(staffed: Program) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", f"S{n}"] for n in range(3)])
    staffed.all([["assign", "1", "Kim"], ["assign", "2", "kim"]])
    assert [staffed.json("show", n)["assignee"] for n in (1, 2)] == ["Kim", "Kim"]
    assert staffed.json("log", "--from", "site@example.com", "--subject", "S", "--assignee", "KIM")["assignee"] == "Kim"
    for command in (
        ["queue", "--assignee", "kIM"], ["queue", "--mine", "--agent", "KIM"], ["search", "assignee:kim"],
        ["breaches", "--within", "9h", "--assignee", "KIM"],
    ):  # fmt: skip
        assert sorted(ticket["id"] for ticket in staffed.json(*command)) == [1, 2, 4], command
    staffed.all([["reply", str(n), "--body", "B"] for n in (1, 2, 4)])
    assert [row["group"] for row in staffed.json("report", "--by", "agent")] == ["Kim"]


def test_spellings_of_an_older_desk_are_one_person_too(staffed: Program) -> None:
    """Their history stays as it was written."""
    staffed.all([["log", "--from", "site@example.com", "--subject", f"S{n}"] for n in range(2)])
    staffed.all([["assign", "1", "Kim"], ["assign", "2", "kim2"]])
    with closing(sqlite3.connect(staffed.desk)) as db:
        db.execute("insert into agents (name, folded) values ('KIM', 'kim')")
        db.execute("update tickets set assignee = 'KIM' where id = 2")
        db.commit()
    for command in (["queue", "--assignee", "kim"], ["search", "assignee:kim"]):
        assert sorted(ticket["id"] for ticket in staffed.json(*command)) == [1, 2], command


def test_a_new_agent_is_said_to_be_new_with_the_nearest_known_one(staffed: Program) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "S"]])
    assert staffed("assign", "1", "kimberly").err == "New agent: kimberly.\n"
    assert staffed("assign", "1", "kimberley").err == "New agent: kimberley. Did you mean kimberly?\n"
    assert staffed("assign", "1", "KIMBERLEY").err == ""
    assert staffed("assign", "1", "-").err == ""
    assert staffed("assign", "1", "lee", "-q").err == ""
