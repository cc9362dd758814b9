"""Undo: takes back the last thing that an agent did, as one, with new entries; nothing is removed from a history.

An undo is not undone itself: the next one goes one change further back. What cannot be taken back says so, and so does
what somebody else has changed since.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from supportctl.desk.accounts.customers import edit_customer
from supportctl.desk.accounts.licences import restore_terms
from supportctl.desk.tickets.case import Case, case_queries, load_cases, read_case
from supportctl.desk.tickets.events import retract_entries, retractable
from supportctl.errors import Conflict, InputError, SupportctlError
from supportctl.policy.entitlement import Licence
from supportctl.policy.history import counting
from supportctl.policy.ticket import Entry
from supportctl.store import agents, changes, customers, licences
from supportctl.store.actor import Actor
from supportctl.store.changes import RecordedChange
from supportctl.store.desk import BatchReader, Desk, DirectReader, Reader

LISTED = 10  # changes that are listed
FAR = 200  # changes that are looked back over for the last that still counts
# Entries that follow from others: they are neither taken back by themselves, nor are they what somebody did.
FOLLOWING = frozenset({"retargeted", "absorbed"})
# What cannot be taken back, and what to do instead.
_OTHERS = {
    "licence added": ("A licence that was added stays on record.", "End it: `supportctl licence revoke KEY`."),
    "customer added": (
        "A registration that was added stays on record.", "Correct it with `supportctl customer edit`, or erase it."
    ),
    "accounts merged": ("Accounts that were merged stay merged.", "Restore a backup from before."),
    "imported": ("An import cannot be taken back.", "Restore a backup from before: `supportctl db restore FILE`."),
    "redacted": ("A text that was removed is gone for good.", "Only a backup from before has it."),
    "erased": ("A person who was erased is gone for good.", "Only a backup from before has them."),
}  # fmt: skip


class PastChange(NamedTuple):
    """A change of an agent: all its tickets with the `entries` of the first, or its licence before and after, or its
    account.

    `refusal` says why it cannot be taken back, if it cannot.
    """

    change: RecordedChange
    entries: tuple[Entry, ...] = ()
    tickets: tuple[int, ...] = ()
    licence: tuple[Licence, Licence] | None = None
    account: str | None = None
    taken_back: bool = False
    refusal: SupportctlError | None = None


class Undone(NamedTuple):
    """A change that was taken back, and notes for the agent."""

    change: PastChange
    remarks: tuple[str, ...] = ()


def past_changes(db: Desk, agent: str, limit: int = LISTED) -> Iterator[PastChange]:
    """An agent's last changes, the newest first, each with whether it can be taken back."""
    read = BatchReader(db)
    name = read.of(agents.spelling_query(agent)) or agent
    found = read.of(changes.last_of(name, limit))
    undone = changes.taken_back(db, name, found[-1].id) if found else set()
    return (_seen(BatchReader(db), change, change.id in undone) for change in found)


def last_change(db: Desk, agent: str) -> PastChange | None:
    """The last change of an agent that still counts; None if there is none."""
    return next((each for each in past_changes(db, agent, FAR) if not each.taken_back), None)


def undo(db: Desk, expected: int, actor: Actor) -> Undone:
    """Take back the change of this number, which must be the actor's last that still counts.

    Raises InputError for what cannot be taken back, or what somebody else changed since; Conflict if the actor did more
    meanwhile.
    """
    found = last_change(db, actor.agent)
    if found is None or found.change.id != expected:
        raise Conflict("You changed something else meanwhile; nothing was taken back.", "Try again.")
    if found.refusal is not None:
        raise found.refusal
    actor, change = actor._replace(takes_back=expected), found.change
    remarks: tuple[str, ...] = ()
    if changes.TERMS in change.parts:
        number, n = change.parts[changes.TERMS]
        remarks = restore_terms(db, number, n, actor).remarks
    elif changes.KIND in change.parts:
        number, n = change.parts[changes.KIND]
        remarks = _restore_kind(db, number, n, actor)
    else:
        reads, actor, cases = load_cases(db, actor, *(number for number, _, _ in change.entries))
        entries = _to_take_back({case.ticket.id: case for case in cases}, change)
        retract_entries(db, reads, cases, entries, "Taken back with undo.", actor)
    return Undone(found._replace(taken_back=True), remarks)


def _restore_kind(db: Desk, number: int, n: int, actor: Actor) -> tuple[str, ...]:
    """Give an account the kind that it had before, from now on."""
    (email, kind, _), *_ = DirectReader(db).of(customers.kinds_from(number, n - 1))
    return edit_customer(db, email, actor, name=None, reseller=kind == "reseller", key=None).remarks


def _seen(read: Reader, change: RecordedChange, undone: bool) -> PastChange:
    """A change with what it was, and whether it can be taken back."""
    read.ahead(*(question for number, _, _ in change.entries for question in case_queries(number)))
    cases = {number: read_case(read, number) for number, _, _ in change.entries}
    did = {
        number: entries
        for number, first, last in change.entries
        if (entries := [e for e in cases[number].entries if first <= e.n <= last and e.kind not in FOLLOWING])
    }
    seen = PastChange(
        change, tuple(next(iter(did.values()), ())), (*did, *change.parts.get(changes.LOGGED, ())), taken_back=undone
    )
    try:
        seen = _with_record(read, seen)
        if cases and not _to_take_back(cases, change):
            return seen._replace(taken_back=True)
    except SupportctlError as refusal:
        return seen._replace(refusal=refusal)
    return seen


def _with_record(read: Reader, seen: PastChange) -> PastChange:
    """A change with the licence or the account it was of. Raises InputError if it cannot be taken back."""
    parts, agent = seen.change.parts, seen.change.agent
    if numbers := parts.get(changes.LOGGED):
        raise InputError(
            "A request that was recorded stays on record.",
            f"Set it aside with `supportctl spam {numbers[0]}`, or merge it into another ticket.",
        )
    if changes.OTHER in parts:
        raise InputError(*_OTHERS[parts[changes.OTHER]])
    if changes.TERMS in parts:
        before, now, *later = read.of(licences.terms_from(parts[changes.TERMS][0], parts[changes.TERMS][1] - 1))
        seen = seen._replace(licence=(before[0], now[0]))
        _refuse_later("This licence", [who for _, who in later], agent)
    if changes.KIND in parts:
        _, now_kind, *later_kinds = read.of(customers.kinds_from(parts[changes.KIND][0], parts[changes.KIND][1] - 1))
        seen = seen._replace(account=now_kind[0])
        _refuse_later(f"The kind of account of {now_kind[0]}", [who for _, _, who in later_kinds], agent)
    elif changes.ACCOUNT in parts:
        raise InputError(
            "The earlier name of an account is not kept.", "Give it again with `supportctl customer edit`."
        )
    if changes.KEYS in parts:
        raise InputError(
            "A key that was applied to an account stays applied.", "See what it gives with `supportctl lookup EMAIL`."
        )
    return seen


def _refuse_later(what: str, by: Sequence[str], agent: str) -> None:
    if others := [who for who in by if not agents.same(who, agent)]:
        raise InputError(f"{what} was changed since, by {others[-1]}; nothing was taken back.", "Look at it first.")


def _to_take_back(cases: Mapping[int, Case], change: RecordedChange) -> list[tuple[int, int]]:
    """The entries of a change that still count, newest first: ticket and entry.

    Raises InputError for one that cannot be taken back, and for a ticket that somebody else has changed since.
    """
    found = [
        (case, entry, last)
        for case, first, last in ((cases[number], first, last) for number, first, last in change.entries)
        for entry in reversed(counting(case.entries, case.entries))
        if first <= entry.n <= last and entry.kind not in FOLLOWING
    ]
    for case, _, last in found:
        _refuse_changed_since(case, last, change.agent)
    return [(case.ticket.id, retractable(case, entry.n).n) for case, entry, _ in found]


def _refuse_changed_since(case: Case, last: int, agent: str) -> None:
    number = case.ticket.id
    for entry in counting(case.entries, case.entries):
        follows = entry.kind == "retargeted" or (entry.kind == "retracted" and entry.data["entry"] > last)
        if entry.n > last and not follows and not agents.same(entry.agent, agent):
            raise InputError(
                f"Ticket {number} was changed since by {entry.agent} (entry {entry.n}, {entry.kind});"
                " nothing was taken back.",
                f"See it with `supportctl show {number}`; to take back one entry, use `supportctl retract {number} N`.",
            )
