"""A clock set back between two commands: nothing happens to a ticket before it came in."""

import pytest
from conftest import Program

BEFORE = "2026-03-06T16:29:59Z"  # the ticket came in a second later


@pytest.mark.parametrize(
    "command",
    [
        ["close", "1", "--reason", "Solved"],
        ["edit", "1", "--topic", "bug"],
        ["assign", "1", "kim"],
        ["merge", "2", "1"],
        ["merge", "1", "2"],
        ["retract", "1", "2", "--reason", "A slip"],
        ["spam", "1"],
        ["remote", "start", "1"],
        ["note", "1", "--body", "x"],
        ["reply", "1", "--body", "x", "--from", "site@example.com"],
    ],
)
def test_nothing_happens_before_the_request(staffed: Program, command: list[str]) -> None:
    """Else it would be closed, say, before it was received, and no other desk would take its export."""
    log = ["log", "--from", "site@example.com", "--subject", "S"]
    staffed.all([log, [*log, "--received", "2h"], ["reply", "1", "--body", "Hello"]])
    before = staffed("show", 1, "--json").out

    ran = staffed(*command, now=BEFORE)
    assert (ran.code, ran.out) == (2, "")
    assert "before the request" in ran.err
    assert "--now" in ran.err
    assert staffed("show", 1, "--json").out == before


def test_a_closed_ticket_is_not_reopened_before_the_request(staffed: Program) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "S"], ["close", "1", "--reason", "Solved"]])
    assert staffed("reopen", 1, now=BEFORE).code == 2
