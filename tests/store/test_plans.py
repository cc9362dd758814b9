"""What the hot questions cost: each is answered from an index, and no table is walked, however large the desk."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from supportctl.store import customers, licences, tickets
from supportctl.store.desk import DirectReader
from supportctl.store.sqlite import find
from supportctl.store.sqlite.connection import SqliteDesk


def _narrowed(field: str, value: str, db: SqliteDesk) -> object:
    return find.find_tickets(db, [], {field: [value]}, 1, 1)


SOME = ["ann@example.com", "bob@example.com"]
# Few: of a while, or of some persons.
SORTED = (
    "what was answered late", "who waits of these senders", "what was delivered to these", "what these applied",
    "which licences these are", "who holds these",
)  # fmt: skip
QUESTIONS: dict[str, Callable[[SqliteDesk], Any]] = {
    "what is late": lambda db: list(DirectReader(db).of(tickets.late(1))),
    "what is in the queue": lambda db: list(tickets.in_one_line(*map(DirectReader(db).of, tickets.in_queue()))),
    "what was answered late": lambda db: list(tickets.answered_late(db, 0, 1)),
    "whose history goes on": lambda db: DirectReader(db).of(tickets.changed_after(1)),
    "who waits of these senders": lambda db: list(tickets.waiting_of(DirectReader(db), ["ann@example.com"], 1)),
    "one ticket": lambda db: tickets.find(db, 1),
    "one customer": lambda db: customers.find(db, "ann@example.com"),
    "whose history goes on of one": lambda db: DirectReader(db).of(customers.tickets_changed_after(SOME, 1)),
    "how many are open of one": lambda db: DirectReader(db).of(customers.count_open_tickets(SOME, 1)),
    "who these are": lambda db: DirectReader(db).of(customers.registered(SOME, 1)),
    "what was delivered to these": lambda db: DirectReader(db).of(licences.held_by(SOME, 1)[0]),
    "what these applied": lambda db: DirectReader(db).of(licences.held_by(SOME, 1)[1]),
    "which licences these are": lambda db: DirectReader(db).of(licences.of_keys(SOME, 1)),
    "who of these ever asked": lambda db: tickets.senders_among(db, SOME),
    "who came with these keys": lambda db: tickets.senders_with_keys(db, SOME),
    "who holds these": lambda db: DirectReader(db).of(customers.holding(SOME, 1)),
    **{
        f"who has {field} {value}": partial(_narrowed, field, value)
        for field, value in [
            ("status", "merged"),
            ("tier", "SITE"),
            ("channel", "phone"),
            ("product", "x"),
            ("topic", "usage"),
            ("assignee", "kim"),
            ("assignee", "-"),
            ("tag", "vip"),
            ("from", "ann@example.com"),
            *(("sla", sla) for sla in tickets.SLA if sla != "met"),
        ]
    },
}
# Indexes of a few tickets, which may be walked.
FEW = ("queue", "tagged", "missed", "without_promise", "left_unanswered")


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_hot_question_is_answered_from_an_index(db: SqliteDesk, question: str) -> None:
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    QUESTIONS[question](db)
    db.set_trace_callback(None)
    assert asked
    for statement in asked:
        for *_, step in db.execute(f"explain query plan {statement}"):
            whole = step.startswith("SCAN ") and "CONSTANT ROW" not in step
            few = step.endswith(tuple(f"INDEX tickets_{name}" for name in FEW)) or "subquery" in step
            assert not whole or few, f"{question}: {step}"
            sorted_first = "TEMP B-TREE" in step and question not in SORTED
            assert not sorted_first, f"{question}: all of it is read before its first answer"
