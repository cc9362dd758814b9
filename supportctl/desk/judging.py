"""Judging requests with what the desk knows: who wrote, on which licences, under which revision of the policy."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from supportctl.desk.entitling import entitlement_of
from supportctl.policy.entitlement import Entitlement
from supportctl.policy.history import Entry, Target, asked_at, owed, replay
from supportctl.policy.identity import fold_address
from supportctl.policy.judgement import Judgement, Request, judge_request
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Ticket
from supportctl.policy.versions import judge_version
from supportctl.store import filing, licences, policies, releases, tickets
from supportctl.store.actor import Actor
from supportctl.store.policies import Revision

Data = dict[str, Any]
Followed = list[tuple[Entry, Target]]
Changes = list[tuple[Ticket, Entry, Target]]


def version_support(db: sqlite3.Connection, policy: Policy, product: str, version: str | None, at: int) -> str | None:
    """How a version is supported at `at` (7.2); None where none was named, or the policy knows no such product."""
    if version is None or product not in policy.products:
        return None
    known = releases.of_product(db, product)
    return judge_version(version, policy.products[product], known, policy, at).support


def request_of(ticket: Ticket) -> Request:
    """What the policy looks at in a ticket."""
    return Request(ticket.channel, ticket.product, ticket.topic, ticket.language, ticket.outbound)


def same_target(ticket: Ticket, n: int, at: int) -> Target:
    """What the policy owes a ticket as it is, under another number and from another moment on."""
    return Target(
        n, at, ticket.tier, ticket.priority, ticket.rank, ticket.standing, ticket.coverage, ticket.registered,
        ticket.version_support, ticket.target_seconds, ticket.due_at, ticket.policy_revision, ticket.reasons,
    )  # fmt: skip


def first_target(
    db: sqlite3.Connection, revision: Revision, ticket: Ticket, n: int, asked_at: int | None = None
) -> Target:
    """What the policy owes a ticket as of when it was asked, by default when it was received, and due from then."""
    at = ticket.received_at if asked_at is None else asked_at
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
    """The new target of an unanswered ticket whose sender's entitlement changed at `at`; None if nothing changes."""
    entitlement = entitlement_of(db, revision.policy, ticket.sender, at, asked_at=ticket.received_at)
    judgement = judge_request(revision.policy, entitlement, request_of(ticket))
    if _same(ticket, judgement):
        return None
    return _followed(revision, ticket, judgement, ticket.version_support, at, {"cause": cause}, actor)


def follow_revision(
    db: sqlite3.Connection, revision: Revision, ticket: Ticket, entitlement: Entitlement, at: int, actor: Actor
) -> tuple[Entry, Target]:
    """An unanswered ticket judged again by a revision of the policy that was set at `at` (1.4), changed or not."""
    judgement = judge_request(revision.policy, entitlement, request_of(ticket))
    support = version_support(db, revision.policy, ticket.product, ticket.version, ticket.received_at)
    data = {"cause": f"policy revision {revision.number}", "revision": revision.number}
    return _followed(revision, ticket, judgement, support or ticket.version_support, at, data, actor)


def _followed(
    revision: Revision, ticket: Ticket, judgement: Judgement, support: str | None, at: int, data: Data, actor: Actor
) -> tuple[Entry, Target]:
    """The target of a change at `at`, and the entry that says why.

    It counts from the change, and a due time never moves later: `due = min(due, change + target)` (hard question 4).
    Where nothing is promised any more, what was promised is kept.
    """
    target, due = judgement.target, ticket.due_at
    if target is None:
        target = ticket.target_seconds
    else:
        from_change = revision.calendar.add(at, target)
        due = from_change if due is None else min(due, from_change)
    n = ticket.entries + 1
    data = {**data, "tier": [ticket.tier, judgement.tier], "due_at": [ticket.due_at, due]}
    entry = Entry(n, at, actor.entered_at, "retargeted", actor.agent, actor.system_user, data)
    return entry, _target(n, at, judgement, support, due, revision.number)._replace(target_seconds=target)


def judged_again(
    db: sqlite3.Connection,
    waiting: Iterable[Ticket],
    revision: Revision,
    actor: Actor,
    tick: Callable[[], None] = lambda: None,
) -> Changes:
    """Unanswered tickets as a revision set now judges them, each with the entry that says so. Nothing is stored here.

    A ticket received later than now, which a back-dated change can meet, is judged from its receipt.
    """
    entitlements: dict[tuple[str, int], Entitlement] = {}
    changes = []
    for ticket in waiting:
        tick()
        at = max(actor.now, ticket.received_at)
        who = fold_address(ticket.sender), at
        if who not in entitlements:
            entitlements[who] = entitlement_of(db, revision.policy, ticket.sender, at)
        changes.append((ticket, *follow_revision(db, revision, ticket, entitlements[who], at, actor)))
    return changes


def follow_until(
    db: sqlite3.Connection,
    revision_at: Callable[[int], Revision],
    ticket: Ticket,
    after: int,
    until: int,
    cause: str,
    actor: Actor,
) -> Followed:
    """What an unanswered ticket follows of all that changed in `after` < t <= `until`, one change after the other.

    That is what its sender is entitled to (for `cause`), and the policy. Nothing is stored here.
    """
    revisions = dict(policies.changes(db, after, until))
    followed: Followed = []
    for at in sorted({*licences.changes(db, ticket.sender, after, until), *revisions}):
        revision = revision_at(at)
        if at in revisions:
            entitlement = entitlement_of(db, revision.policy, ticket.sender, at, asked_at=ticket.received_at)
            change: tuple[Entry, Target] | None = follow_revision(db, revision, ticket, entitlement, at, actor)
        else:
            change = follow_change(db, revision, ticket, at, cause, actor)
        if change:
            followed.append(change)
            ticket = owed(ticket, change[1])._replace(entries=change[0].n)
    return followed


def _same(ticket: Ticket, judgement: Judgement) -> bool:
    return (
        ticket.tier == judgement.tier
        and ticket.standing == judgement.standing
        and ticket.registered == judgement.registered
        and judgement.target in (None, ticket.target_seconds)
    )


def reassess(db: sqlite3.Connection, senders: Iterable[str], at: int, cause: str, actor: Actor) -> Changes:
    """Let the unanswered tickets of folded addresses follow a change at `at`, each with its history row.

    Inside the caller's transaction; a change still in the future moves nothing. Returns the tickets as they were, with
    what became of them.
    """
    if at > actor.now:
        return []
    revision = policies.in_force(db, at)
    changes: Changes = []
    for ticket in tickets.unanswered_of(db, senders):
        if ticket.received_at <= at and (followed := follow_change(db, revision, ticket, at, cause, actor)):
            entry, target = followed
            changed = with_entries(db, ticket, [entry], [target])
            filing.save(db, changed, target.n, [entry], [], [target])
            changes.append((ticket, entry, target))
    return changes


def with_entries(db: sqlite3.Connection, ticket: Ticket, entries: list[Entry], targets: list[Target]) -> Ticket:
    """The ticket as its whole history, and these new entries and targets, make it; its `entries` counts them."""
    history = tickets.entries(db, ticket.id) + entries
    changed = replay(ticket, history, tickets.targets(db, ticket.id) + targets)
    return changed._replace(entries=ticket.entries + len(entries))


def corrected_target(db: sqlite3.Connection, ticket: Ticket, n: int, at: int) -> Target:
    """What the policy owes a ticket whose facts were corrected at `at`: judged again from when it was received.

    It follows what changed while it waited. A due time never moves later, and an answered ticket keeps its tier and
    its promise (hard question 4).
    """
    target = _as_it_went(db, ticket, n, at)._replace(n=n, set_at=at)
    if not ticket.unanswered:
        return target._replace(
            tier=ticket.tier, priority=ticket.priority, rank=ticket.rank, target_seconds=ticket.target_seconds,
            due_at=ticket.due_at,
        )  # fmt: skip
    if target.due_at is not None and ticket.due_at is not None:
        return target._replace(due_at=min(target.due_at, ticket.due_at))
    return target


def _as_it_went(db: sqlite3.Connection, ticket: Ticket, n: int, at: int) -> Target:
    """The target of a ticket after all that changed since it was received, for as long as it waited until `at`."""
    asked = asked_at(tickets.entries(db, ticket.id), tickets.targets(db, ticket.id))
    target = first_target(db, policies.in_force(db, asked), ticket, n, asked)
    ends = [end for end in (ticket.first_response_at, ticket.closed_at, at) if end is not None]
    nobody = Actor("", "", at, at)  # the entries that would say so are never stored
    followed = follow_until(db, lambda t: policies.in_force(db, t), owed(ticket, target), asked, min(ends), "", nobody)
    return followed[-1][1] if followed else target


def catch_up(db: sqlite3.Connection, ticket: Ticket, actor: Actor, after: int | None = None) -> None:
    """Let a ticket follow what changed for its sender after `after`; inside the transaction.

    By default that is since it was judged last: what it missed while it was taken for answered.
    """
    if not ticket.unanswered:
        return
    last = max(t.set_at for t in tickets.targets(db, ticket.id)) if after is None else after
    followed = follow_until(db, lambda at: policies.in_force(db, at), ticket, last, actor.now, CAUGHT_UP, actor)
    if followed:
        entries, targets = [entry for entry, _ in followed], [target for _, target in followed]
        filing.save(db, with_entries(db, ticket, entries, targets), targets[-1].n, entries, [], targets)


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
