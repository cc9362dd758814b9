"""8.5 and 8.6 through the program: credentials and keys on no channel but the ticket, and never repeated."""

import pytest
from conftest import Program

SECRETS = [
    "My password: hunter2xyz",
    "Internet-ID 123-456-789, password qwe789rty",
    "Passwort: geheim-77x",
    "the key is SITE-0001-AAAA",
    "the key is site 0001 aaaa",
    "ｐａｓｓｗｏｒｄ： hunter2xyz",
    "pass\u200bword: hunter2xyz",
    "<b>Password</b>: <code>hunter2xyz</code>",
    "psexec \\\\srv -u admin -p hunter2xyz cmd",
    "API key: hunter2xyz0001",
]


def stored(desk: Program) -> str:
    """Everything the desk's file holds, as SQLite prints it."""
    return "\n".join(line for line in desk.dump() if 'INSERT INTO "licences"' not in line)


@pytest.mark.parametrize("text", SECRETS)
def test_log_stops_and_stores_nothing(staffed: Program, text: str) -> None:
    ran = staffed(
        "log", "--from", "site@example.com", "--subject", "Help", "--channel", "forum", "--body", text, "--json"
    )
    assert (ran.code, ran.out) == (4, "")
    assert '"clause": "8.6"' in ran.err
    assert "hunter2xyz" not in ran.err
    assert "AAAA" not in ran.err.upper()
    assert staffed("show", "1").code == 5
    assert "hunter2xyz" not in stored(staffed)


@pytest.mark.parametrize("text", SECRETS)
def test_redact_stores_it_masked_and_a_ticket_takes_it(staffed: Program, text: str) -> None:
    post = ["log", "--from", "site@example.com", "--subject", "Help", "--body", text]
    masked = staffed.json(*post, "--channel", "forum", "--redact")
    body = staffed.json("show", masked["id"])["body"]
    assert "removed" in body
    for secret in ("hunter2xyz", "qwe789rty", "geheim-77x", "0001"):
        assert secret not in body.lower()
    ticket = staffed.json(*post, "--channel", "ticket")
    assert staffed.json("show", ticket["id"])["body"] == text


def test_every_command_that_stores_text_stops(staffed: Program) -> None:
    secret = "password: hunter2xyz"
    staffed.all(
        [
            ["log", "--from", "site@example.com", "--subject", "Post", "--channel", "forum"],
            ["log", "--from", "site@example.com", "--subject", "Ticket", "--body", secret],
        ]
    )
    for command in (
        ["reply", "1", "--body", secret],
        ["reply", "1", "--from", "site@example.com", "--body", secret],
        ["note", "1", "--body", secret],
        ["close", "1", "--reason", secret],
        ["edit", "1", "--subject", secret],
        ["edit", "2", "--channel", "forum"],
        ["merge", "2", "1"],
    ):
        before = stored(staffed)
        ran = staffed(*command)
        assert ran.code == 4, command
        assert "hunter2xyz" not in ran.err
        assert stored(staffed) == before, command
    assert staffed("merge", "1", "2", "--yes").code == 0


def test_tags_ids_and_agents_are_guarded_like_other_text(staffed: Program) -> None:
    """What is kept beside the text carries no secret off a ticket either."""
    secret = "password: hunter2xyz"
    post = ["log", "--from", "site@example.com", "--subject", "Post", "--channel", "forum"]
    staffed.all([[*post, "--external-id", "4111111111111111"], [*post[:-1], "ticket", "--tag", secret]])
    for command in (
        [*post, "--tag", secret],
        [*post, "--external-id", secret],
        [*post, "--assignee", secret],
        [*post, "--agent", secret],
        ["edit", "1", "--tag", secret],
        ["edit", "2", "--channel", "forum"],
        ["assign", "1", secret],
        ["note", "1", "--body", "as told", "--agent", secret],
    ):
        before = stored(staffed)
        ran = staffed(*command)
        assert (ran.code, "hunter2xyz" in ran.err) == (4, False), command
        assert stored(staffed) == before, command


def test_an_imports_ids_and_agents_are_guarded(staffed: Program) -> None:
    row = "from,subject,body,channel,received_at,assignee,external_id\nsite@example.com,Post,,forum,2026-03-01,{},{}\n"
    for cells in (("password: hunter2xyz", "X-1"), ("kim", "password: hunter2xyz")):
        ran = staffed("import", "tickets", "-", stdin=row.format(*cells))
        assert (ran.code, "hunter2xyz" in ran.err) == (4, False)
    assert staffed("import", "tickets", "-", stdin=row.format("kim", "X-1")).code == 0


def test_an_import_stops_or_redacts(staffed: Program) -> None:
    row = "from,subject,body,channel,received_at\nsite@example.com,Post,password: hunter2xyz,forum,2026-03-01\n"
    ran = staffed("import", "tickets", "-", stdin=row)
    assert (ran.code, "hunter2xyz" in ran.err) == (4, False)
    assert staffed("import", "tickets", "-", "--redact", stdin=row).code == 0
    assert "hunter2xyz" not in staffed.json("show", "1")["body"]


@pytest.mark.parametrize(
    "text",
    ["I forgot my password, how do I reset it?", "The password field is empty", "Password must have 8 characters"],
)
def test_ordinary_talk_about_passwords_passes(staffed: Program, text: str) -> None:
    ran = staffed("log", "--from", "site@example.com", "--subject", "Help", "--channel", "forum", "--body", text)
    assert ran.code == 0
