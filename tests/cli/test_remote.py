"""`remote`: who gets a session, what is recorded of it, and access details that nothing else ever shows."""

import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROGRAM, Program, copy_desk, opened
from desks import ENGINE

DETAILS = "Internet-ID 123-456-789, password Sw0rdfish"
PIECES = ("123-456-789", "Sw0rdfish")


@pytest.fixture(scope="module")
def tickets_file(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tickets 1 to 4 of a SITE, a FREE customer, a reseller and nobody known; 5 of the SITE customer on the forum."""
    desk = Program(tmp_path_factory.mktemp("tickets") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    senders = ("site@example.com", "free@example.com", "reseller@example.com", "nobody@example.com")
    desk.all([["log", "--from", sender, "--subject", "Help", "--body", "Please"] for sender in senders])
    desk.all([["log", "--from", "site@example.com", "--subject", "Post", "--channel", "forum"]])
    return desk.desk


@pytest.fixture
def tickets(desk: Program, tickets_file: Path) -> Program:
    """The program on a copy of that desk."""
    copy_desk(tickets_file, desk.desk)
    return desk


@pytest.fixture
def secret(tickets: Program) -> Iterator[Program]:
    """A session on ticket 1 with access details, and another program that keeps a file's log from going away."""
    assert tickets("remote", "start", "1", "--secret", "-", stdin=DETAILS + "\n").code == 0
    with ENGINE.elsewhere(tickets.desk):
        yield tickets


def kept(desk: Program) -> bool:
    data = desk.kept_bytes
    return any(piece.encode() in data for piece in PIECES)


@pytest.mark.parametrize(("ticket", "code"), [(1, 0), (2, 4), (3, 0), (4, 4)])
def test_remote_support_is_refused_to_free_and_to_the_unknown_by_8_2(tickets: Program, ticket: int, code: int) -> None:
    ran = tickets("remote", "start", ticket, "--json")
    assert ran.code == code
    if code:
        assert ran.out == "" and '"clause": "8.2"' in ran.err and "(clause 8.2)" in ran.err
        assert tickets.json("remote", "list") == []
        assert [e["kind"] for e in tickets.json("show", ticket)["history"]] == ["received"]


def test_what_counts_is_the_entitlement_now(tickets: Program) -> None:
    """Upgraded since the ticket came in: allowed. Revoked since: refused."""
    tickets.all([["licence", "add", "PLUS-009", "--tier", "PLUS", "--email", "free@example.com"]])
    assert tickets("remote", "start", "2").code == 0
    tickets.all([["licence", "revoke", "SITE-0001-AAAA", "--yes"]], now="2026-03-06T17:00:00Z")
    assert tickets("remote", "start", "1", now="2026-03-06T17:00:01Z").code == 4
    assert tickets("remote", "start", "1", now="2026-03-06T16:59:59Z").code == 0, "back-dated, to when it held"


def test_a_session_is_recorded_with_its_reasons_tool_end_and_outcome(tickets: Program) -> None:
    started = tickets.json("remote", "start", "1", "--tool", "Quick Assist", now="2026-03-06T17:00:00Z")
    assert (started["id"], started["ticket"], started["tool"], started["agent"]) == (1, 1, "Quick Assist", "tess")
    assert (started["started_at"], started["ended_at"], started["secret"]) == ("2026-03-06T17:00:00Z", None, None)
    assert [r["clause"] for r in started["reasons"]] == ["8.2", "8.3"]
    ended = tickets.json("remote", "end", "1", "--outcome", "Works", "--agent", "kim", now="2026-03-06T18:00:00Z")
    assert (ended["ended_at"], ended["ended_by"], ended["outcome"]) == ("2026-03-06T18:00:00Z", "kim", "Works")
    assert ended == tickets.json("remote", "show", "1", now="2026-03-06T18:00:00Z")
    history = tickets.json("show", "1", now="2026-03-06T18:00:00Z")["history"]
    assert [e["kind"] for e in history] == ["received", "remote-started", "remote-ended"]
    assert history[1]["data"] == {"session": 1, "tool": "Quick Assist"} and history[2]["body"] == "Works"
    before = tickets.json("remote", "show", "1", now="2026-03-06T17:59:59Z")
    assert (before["ended_at"], before["outcome"]) == (None, None), "looked back to while it lasted"
    assert tickets("remote", "show", "1", now="2026-03-06T16:59:59Z").code == 5


def test_the_default_tool_is_the_vendors_own(tickets: Program) -> None:
    assert tickets.json("remote", "start", "3")["tool"] == "Remote Utilities"


def test_lists_by_ticket_and_what_is_open(tickets: Program) -> None:
    tickets.all([["remote", "start", "1"], ["remote", "start", "3"], ["remote", "start", "1"], ["remote", "end", "1"]])
    assert [s["id"] for s in tickets.json("remote", "list")] == [1, 2, 3]
    assert [s["id"] for s in tickets.json("remote", "list", "--open")] == [2, 3]
    assert [s["id"] for s in tickets.json("remote", "list", "--open", "--ticket", "1")] == [3]
    assert tickets("remote", "list", "--ticket", "2").out == ""


def test_what_is_not_there_and_what_has_ended_is_said(tickets: Program) -> None:
    tickets.all([["remote", "start", "1"], ["remote", "end", "1"]])
    again = tickets("remote", "end", "1")
    assert (again.code, again.out) == (2, "") and "ended already" in again.err
    for command in (
        ["remote", "end", "9"],
        ["remote", "show", "9"],
        ["remote", "show", "99999999999999999999"],
        ["remote", "start", "9"],
        ["remote", "list", "--ticket", "9"],
    ):
        ran = tickets(*command)
        assert (ran.code, ran.out) == (5, ""), command
    assert len(tickets.json("show", "1")["history"]) == 3


def test_nothing_begins_on_a_ticket_that_has_ended(tickets: Program) -> None:
    tickets.all([["close", "1", "--reason", "Done"], ["merge", "5", "3", "--yes"]])
    for ticket in ("1", "5"):
        ran = tickets("remote", "start", ticket, "--secret", "-", stdin=DETAILS)
        assert ran.code == 2 and "Sw0rdfish" not in ran.err
    assert not kept(tickets)


def test_access_details_come_by_ticket_only(tickets: Program) -> None:
    ran = tickets("remote", "start", "5", "--secret", "-", "--json", stdin=DETAILS)
    assert ran.code == 4 and '"clause": "8.5"' in ran.err and "Sw0rdfish" not in ran.err
    assert tickets("remote", "start", "5").code == 0
    assert not kept(tickets)


@pytest.mark.parametrize(
    "args",
    [
        ["--secret", "Sw0rdfish"],
        ["--secret=Sw0rdfish"],
        ["--secret", "-", "Sw0rdfish"],
        ["--secretSw0rdfish"],
        ["--secret", "Sw0rdfish", "--bogus"],
        ["--secret", "Sw0rdfish", "-o", "Nonsense"],
    ],
)
@pytest.mark.parametrize("json", [[], ["--json"]])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    tickets: Program, args: list[str], json: list[str]
) -> None:
    ran = tickets("remote", "start", "1", *args, *json, stdin=DETAILS)
    assert (ran.code, ran.out) == (2, "")
    assert "Sw0rdfish" not in ran.err
    assert tickets.json("remote", "list") == [] and not kept(tickets)


@pytest.mark.parametrize("stdin", ["", "\n", "  \n", "x" * 10_001, b"\xff\xfe"])
def test_no_details_too_long_ones_and_no_text_are_refused(tickets: Program, stdin: str | bytes) -> None:
    assert tickets("remote", "start", "1", "--secret", "-", stdin=stdin).code == 2
    assert tickets.json("remote", "list") == []


def test_details_are_shown_to_who_asks_for_them_alone(secret: Program) -> None:
    shown = secret.json("remote", "show", "1", "--reveal")
    assert (shown["secret"], shown["has_secret"]) == (DETAILS, True)
    for command in (
        ["remote", "show", "1"],
        ["remote", "list"],
        ["show", "1"],
        ["search", "Sw0rdfish"],
        ["search", "password"],
        ["explain", "1"],
        ["queue"],
        ["remote", "show", "1", "--reveal", "--bogus"],
    ):
        for format in ("plain", "table", "json", "csv"):
            ran = secret(*command, "-o", format)
            assert not any(piece in ran.out + ran.err for piece in PIECES), (command, format)
    with opened(secret.desk) as db:
        holding = {t for t in ENGINE.tables(db) if "Sw0rdfish" in str(db.execute(f'select * from "{t}"').fetchall())}
        assert holding == {"remote_secrets"}


@pytest.mark.parametrize(
    "end",
    [
        ["remote", "end", "1"],
        ["remote", "end", "1", "--outcome", "Reinstalled the Host"],
        ["close", "1", "--reason", "Done"],
        ["reply", "1", "--body", "Done", "--close"],
        ["merge", "1", "3", "--yes"],
        ["spam", "1"],
        ["customer", "erase", "site@example.com", "--yes"],
    ],
    ids=" ".join,
)
def test_details_leave_the_files_when_the_session_or_the_ticket_ends(secret: Program, end: list[str]) -> None:
    assert kept(secret), "while it lasts"
    ran = secret(*end)
    assert ran.code == 0 and ran.err == ""
    assert not kept(secret)
    shown = secret.json("remote", "show", "1", "--reveal")
    assert (shown["secret"], shown["has_secret"]) == (None, False)


def test_what_ends_nothing_keeps_the_details(secret: Program) -> None:
    assert secret("remote", "start", "1", "--secret", "-", stdin="Another 987").code == 0
    secret.all([["reply", "1", "--body", "Hello", "--wait"], ["note", "1", "--body", "x"], ["remote", "end", "2"]])
    secret.all([["close", "3", "--reason", "Other ticket"]])
    assert secret.json("remote", "show", "1", "--reveal")["secret"] == DETAILS


def test_a_session_outlives_its_ticket_until_its_agent_ends_it(secret: Program) -> None:
    """When it really ended, and how, only its agent knows; also on a ticket that was merged meanwhile."""
    secret.all([["merge", "1", "3", "--yes"]])
    assert [s["id"] for s in secret.json("remote", "list", "--open")] == [1]
    assert secret.json("remote", "end", "1", "--outcome", "Works")["outcome"] == "Works"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("Logged in with Sw0rdfish", 2),
        (DETAILS, 4),
        ("password: hunter2x", 4),
        ("Key SITE-0001-AAAA entered", 4),
        ("", 2),
        ("His password did not work; reset it", 0),
    ],
)
def test_an_outcome_repeats_no_secret(secret: Program, outcome: str, code: int) -> None:
    ran = secret("remote", "end", "1", "--outcome", outcome)
    assert ran.code == code
    assert not any(piece in ran.err for piece in (*PIECES, "hunter2x", "AAAA"))
    assert (secret.json("remote", "show", "1")["ended_at"] is None) == bool(code)


def test_an_outcome_can_be_redacted_like_any_text(secret: Program) -> None:
    secret.all([["remote", "end", "1", "--outcome", "Called her on 555 0199"], ["redact", "1", "3", "--yes"]])
    assert secret.json("remote", "show", "1")["outcome"] == "[redacted]"


@pytest.mark.parametrize("tool", ["", "  ", "x" * 61, "two\nlines", "\x1b[31m"])
def test_a_tool_has_a_name_of_one_line(tickets: Program, tool: str) -> None:
    assert tickets("remote", "start", "1", "--tool", tool).code == 2


def test_a_tool_carries_no_password(tickets: Program) -> None:
    ran = tickets("remote", "start", "1", "--tool", "AnyDesk password: hunter2x")
    assert ran.code == 4 and "hunter2x" not in ran.err


@pytest.mark.skipif(os.name != "posix", reason="a terminal of one's own is a POSIX thing")
def test_at_a_terminal_the_details_are_asked_for_and_not_echoed(tickets: Program) -> None:
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.execve(PROGRAM, ["supportctl", "remote", "start", "1", "--secret", "-"], tickets.environment())
    screen = _read_until(terminal, b"Access details")
    os.write(terminal, b"Sw0rdfish 42\n")
    screen += _read_until(terminal, None)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, screen
    assert b"Sw0rdfish" not in screen
    assert tickets.json("remote", "show", "1", "--reveal")["secret"] == "Sw0rdfish 42"


def _read_until(terminal: int, word: bytes | None) -> bytes:
    seen = b""
    while (word is None or word not in seen) and select.select([terminal], [], [], 20)[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux says so that the other end is gone
            break
        if not piece:
            break
        seen += piece
    return seen
