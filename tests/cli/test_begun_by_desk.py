"""Tickets that the desk begins: nothing is promised, and nothing is an answer, until the customer writes."""

import pytest
from conftest import Program


@pytest.fixture
def begun(staffed: Program) -> Program:
    """Ticket 1: the desk wrote at 8:30 and again at 8:40, the SITE customer at 9:00."""
    staffed("log", "--from", "site@example.com", "--subject", "Upgrade", "--outbound", now="2026-03-06T16:30:00Z")
    staffed("reply", "1", "--body", "Still there?", now="2026-03-06T16:40:00Z")
    staffed("reply", "1", "--from", "site@example.com", "--body", "How?", now="2026-03-06T17:00:00Z")
    return staffed


@pytest.mark.parametrize(
    "later", [["note", "1", "--body", "Hm"], ["assign", "1", "tess"], ["edit", "1", "--topic", "usage"]]
)
def test_what_the_desk_wrote_first_never_becomes_an_answer(begun: Program, later: list[str]) -> None:
    ticket = begun.json(*later, now="2026-03-06T17:10:00Z")
    assert (ticket["first_response_at"], ticket["sla"], ticket["due_at"]) == (None, "running", "2026-03-06T19:00:00Z")


def test_the_answer_after_the_customer_wrote_counts(begun: Program) -> None:
    ticket = begun.json("reply", "1", "--body", "So", now="2026-03-06T18:00:00Z")
    assert (ticket["first_response_at"], ticket["sla"]) == ("2026-03-06T18:00:00Z", "met")


def test_looking_back_before_the_customer_wrote_shows_no_answer_and_no_promise(begun: Program) -> None:
    ticket = begun.json("show", "1", now="2026-03-06T16:45:00Z")
    assert (ticket["first_response_at"], ticket["sla"], ticket["due_at"]) == (None, "none", None)
