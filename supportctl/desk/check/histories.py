"""Whether histories are what was written, and tickets what their histories make of them."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from supportctl.clock import iso
from supportctl.desk.check.finding import BY_REPAIR, DAMAGED, RESTORE, WARNING, Finding
from supportctl.errors import SENSELESS
from supportctl.policy.entitlement import Account
from supportctl.policy.history import replay
from supportctl.policy.identity import fold_address
from supportctl.policy.ticket import Target, Ticket
from supportctl.policy.triage import line
from supportctl.store import counters, customers, seals, tickets, totals
from supportctl.store.desk import Desk
from supportctl.store.sqlite import check, repair, scrub
from supportctl.store.sqlite.check import StoredThread
from supportctl.store.tickets import OWED

# Histories


def history(db: Desk) -> Iterator[Finding]:
    """Entries and texts that are missing or too many, and mergers of which one half is."""
    return chain(_numbering(db), _texts(db), _mergers(db))


def unsealed(db: Desk) -> Iterator[Finding]:
    """What is not as it was written, also where it contradicts nothing."""
    for found in seals.broken(db):
        ticket = found.id if found.table == "tickets" else None
        what = "" if ticket else f"bug {found.id}: "
        said = _NOT_AS_WRITTEN.get(found.part) or _NOT_ITS_OWN[found.table]
        yield Finding("history", DAMAGED, f"{what}{said}", RESTORE, ticket)


_ENTRIES = "its history is not what was written: an entry was changed, put in or removed by something else"
_TEXTS = "its texts are not what was written: one was changed by something else"
_NOT_AS_WRITTEN = {
    "history": _ENTRIES,
    "targets": "its targets are not what was set: one was changed, put in or removed by something else",
    "texts": _TEXTS,
    "bug_history": _ENTRIES,
    "bug_texts": _TEXTS,
}
_NOT_ITS_OWN = {
    "tickets": "its subject, sender, key or external id is not what was written: it was changed by something else",
    "bugs": "its title, product, version, topic or date is not what was written: it was changed by something else",
}


def untotalled(db: Desk) -> Iterator[Finding]:
    """Tables whose rows are not those that were written."""
    for found in totals.unlike(db):
        yield Finding("totals", DAMAGED, _said_of(found), RESTORE)


def _said_of(found: totals.Unlike) -> str:
    if found.name == totals.DESK:
        return "the total of the desk is not that of its tables: a table may have been put back as it was before"
    more = found.standing.rows - found.kept.rows if found.kept else 0
    what = "were changed" if not more else f"were {'put in' if more > 0 else 'taken away'} ({abs(more)})"
    return f"{found.name} is not what was written: rows {what} by something else"


def _numbering(db: Desk) -> Iterator[Finding]:
    for found in check.misnumbered(db):
        ticket = found.id if found.table == "tickets" else None
        what = "" if ticket else f"bug {found.id}: "
        if not found.found:
            said = "its history is gone"
        elif found.first != 1 or found.last != found.found:
            said = f"entries of its history are missing: {found.found} are left, numbered {found.first} to {found.last}"
        elif found.found < found.entries:
            said = f"its history holds {found.found} entries of {found.entries}: the last were removed"
        else:
            said = f"its history holds {found.found} entries, and {found.entries} were made: the last were put in"
        yield Finding("history", DAMAGED, what + said, RESTORE, ticket)


def _texts(db: Desk) -> Iterator[Finding]:
    for ticket, n in check.textless(db):
        yield Finding("history", DAMAGED, f"the text of entry {n} is missing", RESTORE, ticket)


def _mergers(db: Desk) -> Iterator[Finding]:
    for ticket, n, kind, other in check.half_merged(db):
        said = f"merged into {other}" if kind == "merged" else f"merged with {other}"
        yield Finding(
            "history", DAMAGED, f"entry {n} says that it was {said}, whose history does not say so", RESTORE, ticket
        )


# Tickets


def contradicted(db: Desk) -> Iterator[Finding]:
    """Tickets that are not what their history makes of them."""
    for number in check.untargeted(db):
        yield _contradicted(number, "it names a target that is not there", derivable=bool(tickets.targets(db, number)))
    check.suspects(db)
    for thread in check.threads(db):
        for n in thread.unread:
            yield Finding("history", DAMAGED, f"entry {n} cannot be read", RESTORE, thread.ticket.id)
        try:
            said = _contradictions(thread)
        except SENSELESS:
            yield Finding("history", DAMAGED, "its history makes no sense", RESTORE, thread.ticket.id)
            continue
        if said:
            yield _contradicted(thread.ticket.id, said)
    yield from (_contradicted(number, said) for number, said in _derived(db))


def _contradicted(number: int, said: str, *, derivable: bool = True) -> Finding:
    if derivable:
        return Finding("tickets", DAMAGED, said, BY_REPAIR, number, partial(repair.derive, number=number))
    return Finding("tickets", DAMAGED, said, RESTORE, number)


def _derived(db: Desk) -> Iterator[tuple[int, str]]:
    """Columns that follow from others of the same ticket."""
    for standing, channel, stored in list(check.lines(db)):
        if stored != line(standing, channel):
            for number in check.in_line(db, standing, channel, stored):
                yield number, "its place in the queue is wrong"
    for number, sender, folded in check.oddly_folded(db):
        if fold_address(sender) != folded:
            yield number, "its sender is filed under another address"


_SHOWN = (
    "status", "channel", "product", "version", "topic", "language", "outbound", "tags", "assignee", "received_at",
    "entered_at", "first_response_at", "closed_at", "merged_into",
)  # fmt: skip


def _contradictions(thread: StoredThread) -> str:
    """Where a ticket contradicts its history. Raises what a history that makes no sense leads to."""
    first = next((entry for entry in thread.entries if entry.kind == "received"), None)
    if first is None or not thread.targets:
        raise LookupError
    ticket = thread.ticket
    made = replay(ticket._replace(received_at=first.at, entered_at=first.entered_at), thread.entries, thread.targets)
    others = [*_others(_SHOWN, ticket, made), *_others(OWED, ticket.target, made.target)]
    if not others and made.target.reasons != ticket.target.reasons:
        return "its reasons are those of another target"
    return "; ".join(others)


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


# Numbers


def doubles(db: Desk) -> Iterator[Finding]:
    """Accounts of one person, from when addresses were compared in another way: an agent decides which one stays."""
    for counts, other in customers.doubles(db):
        said = f"{counts.email} ({_account(counts)}) and {other.email} ({_account(other)}) are one address"
        hint = f"`supportctl customer keep EMAIL` keeps one, with the keys of both; until then {counts.email} counts."
        yield Finding("customers", WARNING, said, hint)


def _account(account: Account) -> str:
    return ", ".join([*([account.name] if account.name else []), account.kind])


def numbers(db: Desk) -> Iterator[Finding]:
    """Counters that stand too low, and numbers that were given and are gone."""
    for name, value, highest in check.counters(db):
        said = f"the counter of {name} numbers stands at {value}, and {highest} was given already"
        mend = partial(counters.raise_to, name=name, value=highest)
        yield Finding("counters", DAMAGED, said, BY_REPAIR, mend=mend)
    for name, first, last in check.gone(db):
        numbers = f"{first}" if first == last else f"{first} to {last}"
        yield Finding("counters", DAMAGED, f"{name} {numbers} is gone: that number was given once", RESTORE)
    if counters.value(db, scrub.REMOVED) != counters.value(db, scrub.SCRUBBED):
        yield Finding(
            "counters", WARNING, "what was removed for good may still lie in the file", "The next `redact` clears it."
        )
