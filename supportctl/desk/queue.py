"""The queue: open work in the order of the policy (3.4, 4.6), and taking the next of it."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from supportctl.desk.lookback import as_of
from supportctl.desk.thread import Thread, assign_here, read_thread
from supportctl.desk.wanted import Wanted
from supportctl.policy.ticket import Ticket
from supportctl.policy.triage import line
from supportctl.store import tickets
from supportctl.store.actor import Actor
from supportctl.store.connection import transaction

WORK = Wanted(statuses=("open",))
UNASSIGNED = Wanted(statuses=("open",), assignee="")


def queue(db: sqlite3.Connection, at: int, wanted: Wanted = WORK) -> Iterator[Ticket]:
    """Tickets that are neither closed nor merged at `at`, in the order in which the policy takes them."""
    found = as_of(db, at, tickets.in_queue(db), lambda t: t.closed_at is None, _turn)
    return (t for t in found if wanted.takes(t))


def _turn(ticket: Ticket) -> Any:
    due = (ticket.due_at is None, ticket.due_at)
    return (line(ticket.standing, ticket.channel), ticket.rank, due, ticket.id)


def next_ticket(db: sqlite3.Connection, at: int) -> Ticket | None:
    """The ticket to do now: the first that nobody has."""
    return next(queue(db, at, UNASSIGNED), None)


def take_next(db: sqlite3.Connection, actor: Actor) -> Thread | None:
    """Take that ticket. The desk is locked from looking to taking, so that two agents never take the same."""
    with transaction(db):
        ticket = next_ticket(db, actor.now)
        if ticket is None:
            return None
        assign_here(db, ticket, actor.agent, actor)
    return read_thread(db, ticket.id)
