"""A ticket whose clock runs again follows what changed while it stood closed, or was taken for answered.

Holidays move its due time as they moved that of every ticket that waited. What its sender is entitled to, and the
policy, count from when it was opened again, so that no ticket is made late in retrospect (hard questions 4 and 5).
"""

import sqlite3

from supportctl.desk.entitling import entitlement_of
from supportctl.desk.holidays import new_due
from supportctl.desk.judging import (
    CAUGHT_UP,
    Followed,
    catch_up,
    follow_change,
    follow_revision,
    same_target,
    with_entries,
)
from supportctl.policy.history import Entry, Target, starts
from supportctl.policy.hours import Calendar
from supportctl.policy.ticket import Ticket
from supportctl.policy.verdict import Reason
from supportctl.store import closures, filing, licences, policies, tickets, told
from supportctl.store.actor import Actor

NOW = 1 << 62  # later than any entry


def reopened(db: sqlite3.Connection, number: int, since: int, at: int, actor: Actor) -> None:
    """Let a ticket that was closed at `since` and opened at `at` follow what changed; inside the transaction."""
    _follow_holidays(db, tickets.get(db, number), since, at, actor)
    ticket = tickets.get(db, number)
    if ticket.unanswered and (change := _entitlement(db, ticket, since, at, actor)):
        _save(db, ticket, [change])
    _follow_later(db, number, at, actor)


def taken_back(db: sqlite3.Connection, number: int, since: int, actor: Actor) -> None:
    """Let a ticket whose end or answer at `since` never was follow all that changed since it was judged."""
    _follow_holidays(db, tickets.get(db, number), since, max(actor.now, since), actor)
    catch_up(db, tickets.get(db, number), actor)


def _save(db: sqlite3.Connection, ticket: Ticket, followed: Followed) -> None:
    entries, targets = [entry for entry, _ in followed], [target for _, target in followed]
    filing.save(db, with_entries(db, ticket, entries, targets), targets[-1].n, entries, [], targets)


def _follow_later(db: sqlite3.Connection, number: int, at: int, actor: Actor) -> None:
    """What changed after a message of the past opened it."""
    if at < actor.now:
        catch_up(db, tickets.get(db, number), actor, after=at)


def _entitlement(
    db: sqlite3.Connection, ticket: Ticket, since: int, at: int, actor: Actor
) -> tuple[Entry, Target] | None:
    """The new target if what its sender is entitled to, or the policy, changed in `since` < t <= `at`."""
    if revised := policies.changes(db, since, at):
        revision = policies.in_force(db, revised[-1][0])
        entitlement = entitlement_of(db, revision.policy, ticket.sender, at)
        return follow_revision(db, revision, ticket, entitlement, at, actor)
    if licences.changes(db, ticket.sender, since, at):
        return follow_change(db, policies.in_force(db, at), ticket, at, CAUGHT_UP, actor)
    return None


def _follow_holidays(db: sqlite3.Connection, ticket: Ticket, since: int, at: int, actor: Actor) -> None:
    """Move the due time by the holidays that were added or removed after `since`."""
    if not ticket.unanswered or ticket.due_at is None or not (days := _days(db, ticket, since)):
        return
    before, after = (_calendar(db, ticket, known) for known in (_known(db, since, days), None))
    entries, targets = tickets.entries(db, ticket.id), tickets.targets(db, ticket.id)
    due = new_due(before, after, starts(entries, targets)[max(t.n for t in targets)].kept, ticket.due_at, at)
    if due == ticket.due_at:
        return
    later, named = due > ticket.due_at, ", ".join(days)
    n = ticket.entries + 1
    data = {"cause": f"holidays changed meanwhile: {named}", "closure": named, "due_at": [ticket.due_at, due]}
    entry = Entry(n, at, actor.entered_at, "retargeted", actor.agent, actor.system_user, data)
    text = f"Holidays changed meanwhile: {named}, so the answer is due {'later' if later else 'earlier'}."
    clause = policies.in_force(db, at).policy.clause("hours")
    why = Reason(clause, f"holiday-{'added' if later else 'removed'}", text)
    target = same_target(ticket, n, at)._replace(due_at=due, reasons=(*ticket.reasons, why))
    _save(db, ticket, [(entry, target)])
    if later:
        told.forget(db, [ticket.id])


def _days(db: sqlite3.Connection, ticket: Ticket, since: int) -> list[str]:
    """The days whose hours were changed after `since`, and that the ticket has not followed yet."""
    then, now = closures.hours_by_date(db, since), closures.hours_by_date(db, NOW)
    history = tickets.entries(db, ticket.id)
    followed = {day for e in history if e.at > since for day in e.data.get("closure", "").split(", ")}
    return sorted(day for day in then | now if then.get(day) != now.get(day) and day not in followed)


def _known(db: sqlite3.Connection, since: int, days: list[str]) -> dict[str, str]:
    """The desk's holidays as they are, but for `days`: those as they were at `since`."""
    then, now = closures.hours_by_date(db, since), closures.hours_by_date(db, NOW)
    others = {day: hours for day, hours in now.items() if day not in days}
    return others | {day: then[day] for day in days if day in then}


def _calendar(db: sqlite3.Connection, ticket: Ticket, known: dict[str, str] | None) -> Calendar:
    return policies.revision(db, ticket.policy_revision, known).calendar
