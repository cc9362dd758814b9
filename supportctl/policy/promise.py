"""When an answer is due (2.1, hard question 4): derived from the facts on record, not from the order of entry."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from supportctl.clock import EPOCH, NEVER
from supportctl.policy.history import asked_at, counting, in_order, replay
from supportctl.policy.hours import DAY, Calendar
from supportctl.policy.ticket import Entry, Target, Ticket

Days = Mapping[str, str]  # the desk's own holidays in force: their hours, as JSON, by date


class Promise(NamedTuple):
    """A span of business time from a moment, by the hours of a revision of the policy."""

    start: int
    seconds: int
    revision: int


class RecordedClosure(NamedTuple):
    """A holiday of the desk: its hours as JSON, and the span in which it was on record (UTC epoch seconds)."""

    date: str
    hours: str
    recorded_at: int
    removed_at: int | None


class Due(NamedTuple):
    """When an answer is due, the promise that decides, and the holidays that were counted."""

    due_at: int
    promise: Promise
    days: Days


class DueContext(NamedTuple):
    """All that a due time depends on besides the promises: the calendars, the holidays, and when the ticket waited.

    `known_at` is when the desk recorded it: a holiday on record by then counts from the beginning. `waits` are the
    spans since <= t < until in which the ticket is unanswered and open.
    """

    calendar: Callable[[int, Days], Calendar]
    closings: Sequence[RecordedClosure]
    waits: Sequence[tuple[int, int]]
    known_at: int

    def turns(self) -> list[int]:
        """When the ticket follows a change of the holidays; a change while it is closed counts when it is reopened.

        Changes before the ticket was recorded are not changes to it.
        """
        if not self.closings:  # as on most desks, and an import asks for each ticket
            return []
        recorded = (at for c in self.closings for at in (c.recorded_at, c.removed_at))
        met = (takes_effect_at(self.waits, at) for at in recorded if at is not None and at > self.known_at)
        return sorted({at for at in met if at is not None})


def takes_effect_at(waits: Sequence[tuple[int, int]], at: int) -> int | None:
    """When a ticket follows a change at `at`: at once, or when it waits again; None if it never does."""
    return next((max(since, at) for since, until in waits if at < until), None)


def days_at(closings: Sequence[RecordedClosure], at: int) -> dict[str, str]:
    """The desk's own holidays that were on record at `at`."""
    on_record = (c for c in closings if c.recorded_at <= at and (c.removed_at is None or at < c.removed_at))
    return {c.date: c.hours for c in sorted(on_record, key=lambda c: c.recorded_at)}


def due_until(case: DueContext, promises: Sequence[Promise], until: int = NEVER) -> Due | None:
    """When the answer to a ticket is due, by what holds at `until`; None without a target.

    A ticket has promises: a span of working time from when it was asked, and from each change of the policy or of the
    sender's entitlement while it waited. It is due when the first of them ends: `min(due, change + target)`.

    They are counted by the calendar as it is now: whenever a holiday is added, removed or corrected while the ticket
    waits, all of them are counted again. So it does not matter how the calendar came about. But
    - only an added holiday moves a due time later, and
    - none makes a ticket late in retrospect: a late ticket keeps its due time, and for one that would become late the
      remaining working time counts from the change.
    """
    found: Due | None = None
    turns, days = set(case.turns()), days_at(case.closings, case.known_at)
    for at in sorted({*(p.start for p in promises), *turns}):
        if at > until:
            break
        if at in turns and found is not None:
            found = _recounted(case, [p for p in promises if p.start < at], found, at)
        days = days_at(case.closings, at) if at in turns else days
        for promise in (p for p in promises if p.start == at):
            end = case.calendar(promise.revision, days).add(promise.start, promise.seconds)
            if found is None or end < found.due_at:
                found = Due(end, promise, days)
    return found


def _recounted(case: DueContext, promises: Sequence[Promise], was: Due, at: int) -> Due:
    now = days_at(case.closings, at)
    if now == was.days:
        return was
    before = _first_end(case, promises, was.days)
    after = _first_end(case, promises, now)
    if after.due_at > was.due_at:
        return after if after.due_at > before.due_at and _takes_away(was, now) else was._replace(days=now)
    if after.due_at >= at:
        return after
    if was.due_at <= at:
        return was._replace(days=now)
    old, new = (case.calendar(after.promise.revision, days) for days in (was.days, now))
    return after._replace(due_at=min(was.due_at, new.add(at, old.between(at, was.due_at))))


def _first_end(case: DueContext, promises: Sequence[Promise], days: Days) -> Due:
    ends = ((case.calendar(p.revision, days).add(p.start, p.seconds), p) for p in promises)
    return Due(*min(ends), days)


def _takes_away(was: Due, now: Days) -> bool:
    """Whether a holiday was added, or its hours changed, on a day that is not after the due time."""
    added = (day for day, hours in now.items() if was.days.get(day) != hours)
    return any(day_start(day) - DAY < was.due_at for day in added)  # a local day is within a day of the UTC one


def day_start(day: str) -> int:
    """When the day begins, as UTC epoch seconds."""
    return (date.fromisoformat(day).toordinal() - EPOCH.toordinal()) * DAY


# What the history of a ticket says about its promises


class EffectiveTarget(NamedTuple):
    """A target that counts, and all that was promised by then."""

    target: Target
    promises: tuple[Promise, ...]
    judged: bool  # False if set by an older program, which did not note what it rests on


def effective_targets(entries: Sequence[Entry], targets: Sequence[Target]) -> list[EffectiveTarget]:
    """The targets that count, in the order in which they take effect; at one moment, only the last one set."""
    return list({each.target.set_at: each for each in all_effective_targets(entries, targets)}.values())


def all_effective_targets(entries: Sequence[Entry], targets: Sequence[Target]) -> list[EffectiveTarget]:
    """All of them, including those replaced at the same moment."""
    by_number = {entry.n: entry for entry in entries}
    found: list[EffectiveTarget] = []
    asked = asked_at(entries, targets)
    for target in sorted(counting(entries, targets), key=_order):
        found.append(_kept(target, by_number[target.n], asked, found[-1].promises if found else ()))
    return found


def _kept(target: Target, entry: Entry, asked: int, before: tuple[Promise, ...]) -> EffectiveTarget:
    if "promises" in entry.data:
        return EffectiveTarget(target, tuple(Promise(*each) for each in entry.data["promises"]), judged=True)
    if entry.kind in ("received", "customer-replied") or (entry.kind == "edited" and target.target_seconds is None):
        return EffectiveTarget(target, _own(target, target.set_at), judged=True)
    if entry.kind == "edited":
        return EffectiveTarget(target, _own(target, asked), judged=False)
    return EffectiveTarget(
        target, before if "closure" in entry.data else (*before, *_own(target, target.set_at)), judged=False
    )


def _own(target: Target, start: int) -> tuple[Promise, ...]:
    return () if target.target_seconds is None else (Promise(start, target.target_seconds, target.policy_revision),)


def _order(target: Target) -> tuple[int, int]:
    return target.set_at, target.n


def known_at(entries: Sequence[Entry], asked: int) -> int:
    """When the desk recorded what was asked at `asked`, by the clock of the command that did (UTC epoch seconds)."""
    entry = next(e for e in entries if e.at == asked and e.kind in ("received", "customer-replied"))
    taken_in: int = entry.data.get("taken_in", entry.entered_at)
    return max(asked, taken_in)


def waits(ticket: Ticket, entries: Sequence[Entry], targets: Sequence[Target]) -> list[tuple[int, int]]:
    """The spans since <= t < until in which a ticket waits for its first response, or for what ends it.

    A change in the very second of its answer counts if the history has it before the answer.
    """
    counted = in_order(counting(entries, entries))
    set_at = {_order(target) for target in counting(entries, targets) if target.n > 1}
    spans: list[tuple[int, int]] = []
    began = asked_at(entries, targets)
    since: int | None = began
    for i, entry in enumerate(counted):
        if entry.at < began or entry.kind not in ENDS:
            continue
        still = replay(ticket, counted[: i + 1], targets).unanswered
        if since is not None and not still:
            met = any(at == entry.at and n < entry.n for at, n in set_at)
            spans.append((since, entry.at + met))
            since = None
        elif since is None and still:
            since = entry.at
    return spans if since is None else [*spans, (since, NEVER)]


ENDS = ("received", "replied", "customer-replied", "closed", "reopened", "merged", "spam", "absorbed")
