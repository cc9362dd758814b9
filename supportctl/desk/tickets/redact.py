"""Removes a text from a ticket for good, and sets aside a ticket that never was a request for support."""

from collections.abc import Iterable
from typing import NoReturn

from supportctl.desk.tickets.case import Case
from supportctl.desk.tickets.events import (
    Event,
    append,
    change_each,
    refuse_unwritable,
    with_events,
)
from supportctl.desk.tickets.judge import Judge
from supportctl.desk.tickets.thread import Thread, find_ticket, read_threads
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.model import Coverage
from supportctl.policy.ticket import SPAM, Target, Ticket
from supportctl.policy.verdict import Reason
from supportctl.store import changes, removals, tickets
from supportctl.store.actor import Actor
from supportctl.store.change import ReadSet
from supportctl.store.desk import Desk
from supportctl.store.tickets import Text

REDACTED = "[redacted]"


def redact(db: Desk, number: int, n: int, actor: Actor) -> Thread:
    """Remove the text of entry `n` of a ticket for good; a mark stays in its place, and in the history.

    Raises NotOnRecord for an unknown ticket or entry, InputError for one without a text.
    """
    with db.transaction():
        ticket = find_ticket(db, number)
        text = text_of(db, ticket, n)
        at = max(actor.now, ticket.received_at)
        append(db, ticket, [Event("redacted", {"entry": n})], at, actor)
        removals.replace_texts(db, number, [text._replace(body=REDACTED)], ticket.entries + 1)
        changes.record(db, actor, {changes.OTHER: "redacted"})
    (thread,) = read_threads(db, [number])
    return thread._replace(known=ticket.entries)


def text_of(db: Desk, ticket: Ticket, n: int) -> Text:
    """The text of entry `n` of a ticket, if it was not removed yet. Raises NotOnRecord, InputError."""
    text = tickets.texts(db, ticket.id).get(n)
    if text is None:
        _refuse_textless(db, ticket, n)
    if removals.removed(db, ticket.id, n):
        raise InputError(f"The text of entry {n} was removed already.", f"See it with `supportctl show {ticket.id}`.")
    return text


def _refuse_textless(db: Desk, ticket: Ticket, n: int) -> NoReturn:
    see = f"See them with `supportctl show {ticket.id}`."
    if all(entry.n != n for entry in tickets.entries(db, ticket.id)):
        raise NotOnRecord(f"Ticket {ticket.id} has no entry {n}.", see)
    raise InputError(f"Entry {n} of ticket {ticket.id} has no text.", see)


def set_aside(db: Desk, numbers: Iterable[int], actor: Actor) -> list[Thread]:
    """Set tickets aside as spam: closed, without a target, and counted separately, until that is taken back.

    They leave the queue and the breaches, and no report counts them as met, missed or unanswered. Taking the entry back
    gives the ticket its target again, from when it was received. Raises NotOnRecord, InputError.
    """

    def decide(reads: ReadSet, case: Case, actor: Actor) -> Case:
        refuse_unwritable(case.ticket, actor.now)
        clause = Judge(reads).in_force(actor.now).policy.clause("coverage")
        target = _nothing_promised(case.ticket, clause, actor.now)
        return with_events(db, reads, case, [Event("spam", {})], actor.now, actor, [target])

    return change_each(db, numbers, decide, actor)


def _nothing_promised(ticket: Ticket, clause: str, at: int) -> Target:
    why = Reason(clause, SPAM, "Set aside as spam: not a request for support, so nothing is promised.")
    return ticket.target._replace(
        n=ticket.entries + 1, set_at=at, coverage=Coverage.NOT_COVERED, target_seconds=None, due_at=None,
        reasons=(*ticket.target.reasons, why),
    )  # fmt: skip
