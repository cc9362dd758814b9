"""Judging requests with what the desk knows: who wrote, on which licences, under which revision of the policy."""

import sqlite3
from collections.abc import Iterable

from supportctl.desk.entitling import entitlement_of
from supportctl.policy.judgement import Judgement, Request, judge_request
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Entry, Target, Ticket, replay
from supportctl.policy.versions import judge_version
from supportctl.store import licences, policies, releases, tickets
from supportctl.store.actor import Actor
from supportctl.store.policies import Revision


def version_support(db: sqlite3.Connection, policy: Policy, product: str, version: str | None, at: int) -> str | None:
    """How a version is supported at `at` (7.2); None where none was named."""
    if version is None:
        return None
    known = releases.of_product(db, product)
    return judge_version(version, policy.products[product], known, policy, at).support


def request_of(ticket: Ticket) -> Request:
    """What the policy looks at in a ticket."""
    return Request(ticket.channel, ticket.product, ticket.topic, ticket.language, ticket.outbound)


def first_target(db: sqlite3.Connection, revision: Revision, ticket: Ticket, n: int) -> Target:
    """What the policy owes a ticket as of when it was received, due from then."""
    at = ticket.received_at
    judgement = judge_request(
        revision.policy, entitlement_of(db, revision.policy, ticket.sender, at), request_of(ticket)
    )
    due = None if judgement.target is None else revision.calendar.add(at, judgement.target)
    support = version_support(db, revision.policy, ticket.product, ticket.version, at)
    return _target(n, at, judgement, support, due, revision.number)


def _target(n: int, at: int, judgement: Judgement, support: str | None, due: int | None, revision: int) -> Target:
    return Target(
        n, at, judgement.tier, judgement.priority, judgement.rank, judgement.standing, judgement.coverage,
        judgement.registered, support, judgement.target, due, revision, judgement.reasons,
    )  # fmt: skip


def follow_change(
    db: sqlite3.Connection, revision: Revision, ticket: Ticket, at: int, cause: str, actor: Actor
) -> tuple[Entry, Target] | None:
    """The new target of an unanswered ticket whose sender's entitlement changed at `at`; None if nothing changes.

    It counts from the change, and a due time never moves later: `due = min(due, change + target)` (hard question 4).
    """
    entitlement = entitlement_of(db, revision.policy, ticket.sender, at)
    judgement = judge_request(revision.policy, entitlement, request_of(ticket))
    if _same(ticket, judgement):
        return None
    due = ticket.due_at
    if judgement.target is not None:
        from_change = revision.calendar.add(at, judgement.target)
        due = from_change if due is None else min(due, from_change)
    n = ticket.entries + 1
    data = {"cause": cause, "tier": [ticket.tier, judgement.tier], "due_at": [ticket.due_at, due]}
    entry = Entry(n, at, actor.entered_at, "retargeted", actor.agent, actor.system_user, data)
    return entry, _target(n, at, judgement, ticket.version_support, due, revision.number)


def _same(ticket: Ticket, judgement: Judgement) -> bool:
    return (
        ticket.tier == judgement.tier
        and ticket.standing == judgement.standing
        and ticket.registered == judgement.registered
        and ticket.target_seconds == judgement.target
    )


def reassess(db: sqlite3.Connection, senders: Iterable[str], at: int, cause: str, actor: Actor) -> int:
    """Let the unanswered tickets of folded addresses follow a change at `at`, each with its history row.

    Inside the caller's transaction; a change still in the future moves nothing. Returns how many tickets moved.
    """
    if at > actor.now:
        return 0
    revision = policies.in_force(db, at)
    moved = 0
    for ticket in tickets.unanswered_of(db, senders):
        if ticket.received_at <= at and (followed := follow_change(db, revision, ticket, at, cause, actor)):
            entry, target = followed
            changed = with_entries(db, ticket, [entry], [target])
            tickets.save(db, changed, target.n, [entry], [], [target])
            moved += 1
    return moved


def with_entries(db: sqlite3.Connection, ticket: Ticket, entries: list[Entry], targets: list[Target]) -> Ticket:
    """The ticket as its whole history, and these new entries and targets, make it; its `entries` counts them."""
    history = tickets.entries(db, ticket.id) + entries
    changed = replay(ticket, history, tickets.targets(db, ticket.id) + targets)
    return changed._replace(entries=ticket.entries + len(entries))


def corrected_target(db: sqlite3.Connection, ticket: Ticket, n: int, at: int) -> Target:
    """What the policy owes a ticket whose facts were corrected at `at`: judged again from when it was received.

    A due time never moves later, and an answered ticket keeps its tier and its promise (hard question 4).
    """
    revision = policies.in_force(db, ticket.received_at)
    target = first_target(db, revision, ticket, n)._replace(set_at=at)
    if not ticket.unanswered:
        return target._replace(
            tier=ticket.tier, priority=ticket.priority, rank=ticket.rank, target_seconds=ticket.target_seconds,
            due_at=ticket.due_at,
        )  # fmt: skip
    if target.due_at is not None and ticket.due_at is not None:
        return target._replace(due_at=min(target.due_at, ticket.due_at))
    return target


def catch_up(db: sqlite3.Connection, ticket: Ticket, actor: Actor) -> None:
    """Let a ticket follow what changed for its sender while it was taken for answered; inside the transaction."""
    last = max(t.set_at for t in tickets.targets(db, ticket.id))
    for at in licences.changes(db, ticket.sender, last, actor.now):
        if ticket.unanswered and (
            followed := follow_change(db, policies.in_force(db, at), ticket, at, CAUGHT_UP, actor)
        ):
            entry, target = followed
            changed = with_entries(db, ticket, [entry], [target])
            tickets.save(db, changed, target.n, [entry], [], [target])
            ticket = changed._replace(row_version=ticket.row_version + 1)


CAUGHT_UP = "entitlement changed meanwhile"


def customer_wrote(db: sqlite3.Connection, ticket: Ticket, n: int, at: int) -> Target:
    """The first target of a ticket that the desk began: it counts from when the customer writes (hard question 5)."""
    revision = policies.in_force(db, at)
    asked = ticket._replace(outbound=False)
    judgement = judge_request(
        revision.policy, entitlement_of(db, revision.policy, ticket.sender, at), request_of(asked)
    )
    due = None if judgement.target is None else revision.calendar.add(at, judgement.target)
    return _target(n, at, judgement, ticket.version_support, due, revision.number)
