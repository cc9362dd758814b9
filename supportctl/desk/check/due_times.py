"""Whether the stored due times are those that follow from the facts: promises, holidays, and when a ticket waited."""

from collections.abc import Iterator, Sequence

from supportctl.clock import iso
from supportctl.desk.check.finding import DAMAGED, RESTORE, Finding
from supportctl.desk.tickets.case_file import History
from supportctl.desk.tickets.judge import Judge
from supportctl.errors import SENSELESS, InputError
from supportctl.policy.promise import NEVER, Case, Kept, Promise, due_until
from supportctl.store.desk import Asking, Desk
from supportctl.store.sqlite import check
from supportctl.store.sqlite.check import Plain


def dues(db: Desk) -> Iterator[Finding]:
    """Targets that the facts do not give, and facts that a ticket did not follow."""
    judge = Judge(Asking(db))
    for plain in check.plain_dues(db):
        try:
            if said := _plainly_wrong(judge, plain):
                yield _finding(plain.ticket, 1, said)
        except SENSELESS:
            yield _senseless(plain.ticket)
    for ticket, entries, targets, unread in check.moved_dues(db):
        if unread:
            continue  # what cannot be read is told with the history
        try:
            yield from _wrong(judge, History(ticket, entries, targets))
        except SENSELESS:
            yield _senseless(ticket.id)


def _senseless(ticket: int) -> Finding:
    return Finding("due times", DAMAGED, "what its due time rests on makes no sense", RESTORE, ticket)


def _finding(ticket: int, n: int, said: str) -> Finding:
    return Finding("due times", DAMAGED, f"entry {n}: {said}", RESTORE, ticket)


def _plainly_wrong(judge: Judge, plain: Plain) -> str | None:
    """What contradicts the one target of a ticket that was received, and answered or closed at most once."""
    if plain.set_at != plain.at:
        return f"its target is set at {iso(plain.set_at)}, and the entry holds from {iso(plain.at)}"
    if plain.seconds is None or plain.due_at is None:
        return None if plain.seconds is plain.due_at else "it has a target without a due time"
    tier = judge.revision(plain.revision).policy.tiers.get(plain.tier)
    if tier is None or tier.target != plain.seconds:
        return f"its target is {plain.seconds} s, and the policy gives {plain.tier} another"
    promises = (Promise(plain.at, plain.seconds, plain.revision),)
    known = max(plain.at, plain.entered_at if plain.taken_in is None else plain.taken_in)
    spans = [(plain.at, NEVER if plain.ended_at is None else plain.ended_at)]
    # Of the second in which it was taken in nobody can say what came first; and what an older program entered under
    # another clock does not say so: it was known when it was received.
    for at in (known, known - 1, *((plain.at,) if plain.taken_in is None else ())):
        said = _differs(judge.case(spans, at), promises, plain.due_at)
        if said is None:
            return None
    return said


def _differs(case: Case, promises: tuple[Promise, ...], due_at: int | None, until: int = NEVER) -> str | None:
    """How a due time differs from what the facts give; None where it does not, or no calendar reaches so far."""
    try:
        due = due_until(case, promises, until)
    except InputError:
        return None
    given = due.due_at if due else None
    return None if given == due_at else f"it is due {_time(due_at)}, and by the facts on record it is {_time(given)}"


def _wrong(judge: Judge, history: History) -> Iterator[Finding]:
    """What contradicts the targets of a ticket: each by what held when it was set, the last by what holds now."""
    ticket, found = history.ticket, history.kept()
    cases = [judge.case(history.waits(), history.known_at - second) for second in (0, 1)]
    entry_of = {entry.n: entry for entry in history.entries}
    said: str | None
    for each in found:
        target, entry = each.target, entry_of[each.target.n]
        if entry.at != target.set_at:
            said = f"its target is set at {iso(target.set_at)}, and the entry holds from {iso(entry.at)}"
            yield _finding(ticket.id, target.n, said)
        elif entry.kind == "retargeted" and entry.data["due_at"][1] != target.due_at:
            said = f"it moves the due time to {_time(entry.data['due_at'][1])}, and its target says otherwise"
            yield _finding(ticket.id, target.n, said)
        elif said := _unlike(cases, each, entry.kind, target.set_at):
            yield _finding(ticket.id, target.n, said)
    if found and (said := _unlike(cases, found[-1], entry_of[found[-1].target.n].kind, NEVER)):
        yield _finding(ticket.id, found[-1].target.n, f"nothing moved it since, and {said}")


def _unlike(cases: Sequence[Case], owed: Kept, kind: str, until: int) -> str | None:
    """How a target's due time differs from what the facts give by `until`; older programs did not note enough to say.

    What is spam is promised nothing.
    """
    if not owed.judged or kind == "spam":
        return None
    said = [_differs(case, owed.promises, owed.target.due_at, until) for case in cases]
    return said[0] if all(said) else None


def _time(value: int | None) -> str:
    return "none" if value is None else iso(value)
