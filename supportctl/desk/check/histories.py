"""Whether tickets are what their histories add up to, and due when the facts on record say (2.1)."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from supportctl.clock import NEVER, iso
from supportctl.desk.tickets.case import History
from supportctl.desk.tickets.judge import Judge
from supportctl.errors import SENSELESS, InputError
from supportctl.policy.history import replay
from supportctl.policy.hours import Calendar
from supportctl.policy.promise import DueContext, EffectiveTarget, Promise, days_at, due_until
from supportctl.policy.ticket import Target, Ticket
from supportctl.store import tables
from supportctl.store.desk import Desk, DirectReader
from supportctl.store.faults import derivable, misfiled_tickets
from supportctl.store.histories import SimplePromise
from supportctl.store.soundness import Finding, Told, damage, unheard
from supportctl.store.tickets import OWED, OWN

T = TypeVar("T")


def check_histories(db: Desk, told: Told = unheard) -> Iterator[Finding]:
    """Histories with a gap, tickets that contradict theirs, and due times that the facts do not give.

    `told` is called now and then with the share that is done.
    """
    yield from misfiled_tickets(db)
    judge = None
    try:
        judge = Judge(DirectReader(db))
    except SENSELESS:
        yield damage("due times", "cannot be worked out: a policy revision or a holiday holds invalid data")
    stored = db.histories()
    telling = _Telling(told, tables.count(db, "tickets"))
    promises = telling.each(stored.simple_promises())
    yield from _plain_dues(judge, promises) if judge else ()
    deque(promises, 0)  # to its end, also if nobody can judge
    for number, turned, read in telling.each(stored.to_replay()):
        try:
            history = History(*read())
            wrong = _contradictions(history)
        except SENSELESS:
            yield damage("tickets", "its record holds invalid data", ticket=number)
            continue
        yield from wrong
        if turned and judge and all(each.mend for each in wrong):  # nothing follows from a history with a gap
            yield from _dues(judge, history)


class _Telling:
    """Tells how many tickets are done: most need no replay, and whatever is left out of the first pass is replayed."""

    def __init__(self, told: Told, count: int) -> None:
        self._told, self._count, self._done = told, count, 0

    def each(self, tickets: Iterator[T]) -> Iterator[T]:
        for ticket in tickets:
            yield ticket
            self._done += 1
            if not self._done % 1000:
                self._told(min(1.0, self._done / self._count))


_SENSELESS = "the facts behind its due time make no sense"


# What a ticket is


# What the history does not repeat: `seals` covers it.
_SHOWN = tuple(name for name in OWN if name not in ("subject", "sender", "key_given", "external_id", "entries"))


def _contradictions(history: History) -> list[Finding]:
    """Where a ticket contradicts its history. Raises whatever a senseless history leads to."""
    ticket, entries, targets = history
    numbers = [entry.n for entry in entries]
    if numbers != list(range(1, ticket.entries + 1)):
        held = f"{len(numbers)}, numbered {numbers[0]} to {numbers[-1]}" if numbers else "none"
        said = f"its history should have {ticket.entries} entries, but has {held}"
        return [damage("history", said, ticket=ticket.id)]
    (first, *_) = [entry for entry in entries if entry.kind == "received"]
    made = replay(ticket._replace(received_at=first.at, entered_at=first.entered_at), entries, targets)
    said = "; ".join([*_others(_SHOWN, ticket, made), *_others(OWED, ticket.target, made.target)])
    if not said and made.target.reasons != ticket.target.reasons:
        said = "its reasons belong to another target"
    return [derivable(ticket.id, said)] if said else []


def _others(names: Iterable[str], stored: Ticket | Target, made: Ticket | Target) -> Iterator[str]:
    for name in names:
        told, is_told = getattr(stored, name), getattr(made, name)
        if told != is_told:
            what = name.removesuffix("_at").replace("_", " ")
            yield f"{what} is {_said(name, told)}, but its history says {_said(name, is_told)}"


def _said(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name.endswith("_at") and isinstance(value, int):
        return iso(value)
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


# When it is due


def _plain_dues(judge: Judge, promises: Iterator[SimplePromise]) -> Iterator[Finding]:
    hours = _PlainHours(judge)
    for plain in promises:
        if hours.give(plain):
            continue  # nearly always
        try:
            said = _plainly_wrong(judge, plain)
        except SENSELESS:
            said = _SENSELESS
        if said:
            yield damage("due times", f"entry 1: {said}", ticket=plain.ticket)


class _PlainHours:
    """The working hours by which a ticket was due if no holiday changed while it waited."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._changes = judge.holiday_changes()
        self._targets: dict[tuple[int, str], int | None] = {}
        self._calendars: dict[tuple[int, int], Calendar] = {}

    def give(self, plain: SimplePromise) -> bool:
        """Whether they give the due time as it is; if not, or if they are not to be had, `_plainly_wrong` tells why."""
        _, set_at, tier, seconds, due_at, revision, at, entered_at, taken_in, ended_at = plain
        if set_at != at or seconds is None or due_at is None:
            return False
        try:
            known = max(at, entered_at if taken_in is None else taken_in)
            n = bisect_right(self._changes, known)
            undisturbed = n == len(self._changes) or (ended_at is not None and ended_at <= self._changes[n])
            return (
                undisturbed
                and self._target(revision, tier) == seconds
                and self._calendar(revision, n, known).add(at, seconds) == due_at
            )
        except (InputError, *SENSELESS):
            return False

    def _target(self, revision: int, tier: str) -> int | None:
        if (revision, tier) not in self._targets:
            self._targets[revision, tier] = self._judge.revision(revision).policy.tiers[tier].target
        return self._targets[revision, tier]

    def _calendar(self, revision: int, n: int, known: int) -> Calendar:
        """The hours of a revision, with the holidays on record after so many changes, at `known`."""
        if (revision, n) not in self._calendars:
            case = self._judge.case((), known)
            self._calendars[revision, n] = case.calendar(revision, days_at(case.closings, known))
        return self._calendars[revision, n]


def _dues(judge: Judge, history: History) -> Iterator[Finding]:
    try:
        for n, said in list(_wrong(judge, history)):
            yield damage("due times", f"entry {n}: {said}", ticket=history.ticket.id)
    except SENSELESS:
        yield damage("due times", _SENSELESS, ticket=history.ticket.id)


def _plainly_wrong(judge: Judge, plain: SimplePromise) -> str | None:
    """The contradictions to the one target of a ticket that was received, and answered or closed at most once."""
    if plain.set_at != plain.at:
        return f"its target is set at {iso(plain.set_at)}, but the entry holds from {iso(plain.at)}"
    if plain.seconds is None or plain.due_at is None:
        return None if plain.seconds is plain.due_at else "it has a target without a due time"
    tier = judge.revision(plain.revision).policy.tiers.get(plain.tier)
    if tier is None or tier.target != plain.seconds:
        return f"its target is {plain.seconds} s, but the policy gives {plain.tier} another"
    promises = (Promise(plain.at, plain.seconds, plain.revision),)
    known = max(plain.at, plain.entered_at if plain.taken_in is None else plain.taken_in)
    spans = [(plain.at, NEVER if plain.ended_at is None else plain.ended_at)]
    # Within the second of its recording nobody can say what came first; and an older program did not note that it used
    # another clock: there, the ticket was recorded when it was received.
    for at in (known, known - 1, *((plain.at,) if plain.taken_in is None else ())):
        said = _differs(judge.case(spans, at), promises, plain.due_at)
        if said is None:
            return None
    return said


def _differs(case: DueContext, promises: tuple[Promise, ...], due_at: int | None, until: int = NEVER) -> str | None:
    """How a due time differs from what the facts give; None if it does not, or no calendar reaches that far."""
    try:
        due = due_until(case, promises, until)
    except InputError:
        return None
    given = due.due_at if due else None
    if given == due_at:
        return None
    return f"it is due {_time(due_at)}, but by the facts on record it is due {_time(given)}"


def _wrong(judge: Judge, history: History) -> Iterator[tuple[int, str]]:
    """The contradictions to a ticket's targets: each by what applied when it was set, the last by what applies now."""
    found, spans = history.kept(), history.waits()
    cases = [judge.case(spans, history.known_at - second) for second in (0, 1)]
    entry_of = {entry.n: entry for entry in history.entries}
    for each in found:
        target, entry = each.target, entry_of[each.target.n]
        if entry.at != target.set_at:
            yield target.n, f"its target is set at {iso(target.set_at)}, but the entry holds from {iso(entry.at)}"
        elif entry.kind == "retargeted" and entry.data["due_at"][1] != target.due_at:
            moved = _time(entry.data["due_at"][1])
            yield target.n, f"it moves the due time to {moved}, but its target says otherwise"
        elif said := _unlike(cases, each, entry.kind, target.set_at):
            yield target.n, said
    for last in found[-1:]:
        if said := _unlike(cases, last, entry_of[last.target.n].kind, NEVER):
            yield last.target.n, f"nothing has moved it since, but {said}"


def _unlike(cases: Sequence[DueContext], owed: EffectiveTarget, kind: str, until: int) -> str | None:
    """How a target's due time differs from what the facts give by `until`; older programs did not note enough for that.

    Spam has no target.
    """
    if not owed.judged or kind == "spam":
        return None
    said = [_differs(case, owed.promises, owed.target.due_at, until) for case in cases]
    return said[0] if all(said) else None


def _time(value: int | None) -> str:
    return "none" if value is None else iso(value)
