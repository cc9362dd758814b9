"""Agents: one person in any case, by the spelling that came first; a new one is said to be new."""

import json

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
    assert [row["group"] for row in staffed.json("report", "--by", "agent")] == ["Kim", None]


def test_spellings_of_an_older_desk_are_one_person_too(staffed: Program) -> None:
    """Their history stays as it was written."""
    staffed.all([["log", "--from", "site@example.com", "--subject", f"S{n}"] for n in range(2)])
    staffed.all([["assign", "1", "Kim"], ["assign", "2", "kim2"]])
    staffed.sql("insert into agents (name, folded) values ('KIM', 'kim')")
    staffed.sql("update tickets set assignee = 'KIM' where id = 2")
    for command in (["queue", "--assignee", "kim"], ["search", "assignee:kim"]):
        assert sorted(ticket["id"] for ticket in staffed.json(*command)) == [1, 2], command


def test_a_new_agent_is_said_to_be_new_with_the_nearest_known_one(staffed: Program) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "S"]])
    assert staffed("assign", "1", "kimberly").err == "New agent: kimberly.\n"
    assert staffed("assign", "1", "kimberley").err == "New agent: kimberley. Did you mean kimberly?\n"
    assert staffed("assign", "1", "KIMBERLEY").err == ""
    assert staffed("assign", "1", "-").err == ""
    assert staffed("assign", "1", "lee", "-q").err == ""


def test_whom_an_import_names_is_one_agent_in_any_case(desk: Program) -> None:
    """Among its own rows, and with those on record; `search` found none of them, and `assign` called each new."""
    desk.all([["log", "--from", "a@example.com", "--subject", "one", "--assignee", "Kim"]])
    rows = [
        {"from": "a@example.com", "subject": f"s{n}", "received_at": "2026-01-05", "assignee": name, "external_id": n}
        for n, name in enumerate(["KIM", "Zo\u00e9", "zo\u00c9", None])
    ]
    text = json.dumps(rows)
    assert desk.json("import", "tickets", "-", stdin=text)["added"] == 4
    assert desk.json("import", "tickets", "-", stdin=text)["unchanged"] == 4
    assert [desk.json("show", n)["assignee"] for n in (2, 3, 4, 5)] == ["Kim", "Zo\u00e9", "Zo\u00e9", None]
    assert len(desk.json("search", "assignee:ZO\u00c9")) == 2
    rows[3]["assignee"] = "kIM"
    rows[0]["assignee"] = "kim"
    assert desk.json("import", "tickets", "-", stdin=json.dumps(rows))["changed"] == 1
    assert desk.json("show", 5)["assignee"] == "Kim"
    ran = desk("assign", "2", "zo\u00e9")
    assert (ran.code, "New agent" in ran.err) == (0, False)
    assert desk("db", "check").code == 0
