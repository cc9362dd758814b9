"""Explains promises: why this tier, this standing, this target and this due time, clause by clause."""

from collections.abc import Sequence
from typing import NamedTuple

from supportctl.clock import duration, policy_zone
from supportctl.desk.accounts.entitlement import entitlement_of
from supportctl.desk.accounts.lookup import look_up
from supportctl.desk.tickets.as_of import ticket_at
from supportctl.desk.tickets.case import History
from supportctl.desk.tickets.judge import Judge
from supportctl.desk.tickets.merged import still_due
from supportctl.desk.tickets.thread import find_ticket
from supportctl.desk.tickets.view import TicketView, see_one
from supportctl.desk.vocabulary import known_tier
from supportctl.errors import NotOnRecord
from supportctl.policy.entitlement import tier_reasons
from supportctl.policy.file import builtin
from supportctl.policy.identity import looks_like_address, parse_address
from supportctl.policy.model import Policy, Tier
from supportctl.policy.promise import EffectiveTarget, all_effective_targets, due_until
from supportctl.policy.steps import Step, moment, promise_steps, reason_steps
from supportctl.policy.ticket import SPAM, Entry, Target
from supportctl.policy.verdict import Reason
from supportctl.store import policies, tickets
from supportctl.store.desk import Desk, DirectReader
from supportctl.store.policies import StoredRevision


class Explanation(NamedTuple):
    """A ticket as seen, and the steps to its due time."""

    seen: TicketView
    steps: tuple[Step, ...]


class PromiseExplained(NamedTuple):
    """When an answer would be due: a promise without a ticket. Instants are UTC epoch seconds."""

    query: str
    tier: str
    start: int
    target_seconds: int
    due_at: int
    steps: tuple[Step, ...]


def explain(db: Desk, number: int, at: int) -> Explanation:
    """Why a ticket has its tier, target and due time, as of `at`. Raises NotOnRecord."""
    ticket = ticket_at(db, find_ticket(db, number), at)
    if ticket is None:
        raise NotOnRecord(f"Ticket {number} had not been received by then.", "Give a later time with --now.")
    history = tickets.entries(db, number)
    entry_of = {entry.n: entry for entry in history}
    then = [each for each in all_effective_targets(history, tickets.targets(db, number)) if each.target.set_at <= at]
    days = _days(db, History(ticket, history, [each.target for each in then]), then)
    steps: list[Step] = []
    before: Target | None = None
    for each in then:
        steps += _target_steps(db, entry_of[each.target.n], each, before, days)
        before = each.target
    seen = see_one(db, ticket, at)
    return Explanation(seen, (*steps, _outcome(seen), *_merger(db, seen)))


def _merger(db: Desk, seen: TicketView) -> list[Step]:
    """Whether the question of a merged ticket without an answer was answered in the other one."""
    ticket = seen.ticket
    if ticket.status != "merged" or seen.sla != "unanswered":
        return []
    due = still_due(db, ticket, seen.at)
    text = {
        True: f"Merged into ticket {ticket.merged_into}: the question stays due until that one is answered.",
        False: f"Merged into ticket {ticket.merged_into}, since answered: the question is no longer due.",
    }[due]
    return [Step(seen.revision.policy.clause("tiers"), "merged-due" if due else "merged-answered", text)]


def _days(db: Desk, history: History, then: Sequence[EffectiveTarget]) -> dict[str, str]:
    """The desk's own holidays that count for the due time: those known when it last moved."""
    moved = [k for was, k in zip([None, *then], then, strict=False) if not was or was.target.due_at != k.target.due_at]
    case = Judge(DirectReader(db)).case(history.waits(), history.known_at)
    found = [due for k in moved[-1:] if (due := due_until(case, k.promises, k.target.set_at))]
    return dict(found[0].days) if found else {}


def _target_steps(
    db: Desk, entry: Entry, owed: EffectiveTarget, before: Target | None, days: dict[str, str]
) -> list[Step]:
    """The steps of one judgement; a later one says what changed, and keeps a due time that is earlier than its own."""
    target = owed.target
    revision = policies.revision(db, target.policy_revision)
    if target.reasons and target.reasons[-1].code == SPAM:
        return reason_steps(target.reasons[-1:])
    # A holiday changes only the due time.
    steps = reason_steps(target.reasons[-1:] if "closure" in entry.data else target.reasons)
    if before is not None and "closure" not in entry.data:
        moved = f": {before.tier} becomes {target.tier}" if before.tier != target.tier else ""
        changed = f"{entry.data.get('cause', 'corrected')}{moved}."
        clause = revision.policy.clause("revision" if "revision" in entry.data else "upgrade")
        steps.insert(0, Step(clause, "judged-again", changed[0].upper() + changed[1:], target.set_at))
    return [*steps, *_due_steps(db, owed, before, days)]


def _due_steps(db: Desk, owed: EffectiveTarget, before: Target | None, days: dict[str, str]) -> list[Step]:
    """How the due time comes about, stretch by stretch, by its own calendar; or why it is another one."""
    target = owed.target
    revision = policies.revision(db, target.policy_revision, days)
    if target.due_at is None:
        return []
    if before is not None and target.due_at == before.due_at:
        text = "The due time promised before is earlier, so it stays."
        return [Step(revision.policy.clause("upgrade"), "due-kept", text, target.due_at)]
    for start, seconds, number in reversed(owed.promises):
        by = policies.revision(db, number, days)
        own = list(promise_steps(by.policy, by.calendar, start, seconds))
        if own[-1].end == target.due_at:
            return own
    zone = policy_zone(revision.policy.hours["timezone"])
    text = f"Due {moment(target.due_at, zone)}, by the holidays known then."
    return [Step(revision.policy.clause("hours"), "due-then", text, target.due_at)]


def _outcome(seen: TicketView) -> Step:
    clause = seen.revision.policy.clause("tiers")
    text = {
        "none": "There is no target, so it cannot be late.",
        "running": f"Not answered yet; {duration(seen.remaining_seconds or 0)} of working time left.",
        "late": f"Not answered yet, and late by {duration(seen.late_seconds)} of working time.",
        "met": f"Met: answered after {duration(seen.response_seconds or 0)} of working time.",
        "missed": f"Missed: answered {duration(seen.late_seconds)} of working time late.",
        "unanswered": "Closed without an answer: counted separately, never as met.",
    }[seen.sla]
    return Step(clause, f"sla-{seen.sla}", text)


def due(db: Desk, query: str, at: int) -> PromiseExplained:
    """When a request from an address or with a key, received at `at`, would be due. Raises InputError, NotOnRecord."""
    revision = policies.in_force(db, at)
    if looks_like_address(query):
        verdict = entitlement_of(DirectReader(db), revision.policy, parse_address(query), at)
        return _promise(revision, parse_address(query), verdict.tier, verdict.reasons, at)
    answer = look_up(db, query, at)
    if answer.entitlement is None:
        raise NotOnRecord("No licence with this key is on record.", "`supportctl licence list` lists them.")
    return _promise(revision, "key", answer.entitlement.tier, answer.reasons, at)


def names_person(text: str) -> bool:
    """Whether a word given for a tier must be an address or a key: no tier of ours has an @ or a digit."""
    return "@" in text or any(map(str.isdigit, text))


def due_for(db: Desk | None, named: str, at: int) -> PromiseExplained:
    """The same for a tier of the policy in force, or for an address or key given instead. Raises as `due` does.

    Without a desk it is a tier of the built-in policy.
    """
    if db is None:
        return due_for_tier(StoredRevision(0, builtin()[1]), named, at)
    revision = policies.in_force(db, at)
    tiers = {tier.casefold() for tier in revision.policy.tiers}
    if named.strip().casefold() in tiers or not names_person(named):
        return due_for_tier(revision, named, at)
    return due(db, named, at)


def due_for_tier(revision: StoredRevision, tier: str, at: int) -> PromiseExplained:
    """When a request of a tier, received at `at`, would be due. Raises InputError for an unknown tier."""
    policy: Policy = revision.policy
    found = policy.tiers[known_tier(tier, policy.tiers)]
    return _promise(revision, found.name, found, tier_reasons(found), at)


def _promise(
    revision: StoredRevision, query: str, tier: Tier, reasons: tuple[Reason, ...], at: int
) -> PromiseExplained:
    steps = (*reason_steps(reasons), *promise_steps(revision.policy, revision.calendar, at, tier.target))
    return PromiseExplained(query, tier.name, at, tier.target, revision.calendar.add(at, tier.target), steps)
