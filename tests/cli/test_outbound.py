"""Tickets that the desk begins: nothing is promised until the customer writes, and nothing before that is an answer."""

import pytest
from conftest import Program

ASKED = "2026-03-06T20:30:00Z"


@pytest.fixture
def asked(staffed: Program) -> Program:
    """Ticket 1: the desk wrote at 16:30Z and again at 16:40Z, the customer at 20:30Z; two hours of SITE from then."""
    staffed.once([["log", "--from", "site@example.com", "--subject", "A new version", "--outbound"]])
    staffed.once([["reply", "1", "--body", "Here it is"]], now="2026-03-06T16:40:00Z")
    staffed.once([["reply", "1", "--from", "site@example.com", "--body", "It fails"]], now=ASKED)
    return staffed


def test_what_the_desk_wrote_before_the_customer_never_becomes_an_answer(asked: Program) -> None:
    """Hard question 5: whatever happens later, the history is read the same way."""
    noted = asked.json("note", "1", "--body", "x", now="2026-03-06T20:40:00Z")
    assert (noted["sla"], noted["first_response_at"], noted["due_at"]) == ("running", None, "2026-03-06T22:30:00Z")
    answered = asked.json("reply", "1", "--body", "Try this", now="2026-03-06T21:00:00Z")
    assert (answered["sla"], answered["first_response_at"]) == ("met", "2026-03-06T21:00:00Z")


def test_taking_the_customers_words_back_takes_the_promise_back(asked: Program) -> None:
    taken = asked.json("retract", "1", "3", "--reason", "Another ticket's", now="2026-03-06T20:40:00Z")
    assert (taken["sla"], taken["due_at"], taken["first_response_at"]) == ("none", None, None)
    again = asked.json("reply", "1", "--from", "site@example.com", "--body", "Now", now="2026-03-06T21:00:00Z")
    assert (again["sla"], again["due_at"]) == ("running", "2026-03-06T23:00:00Z")
