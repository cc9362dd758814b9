"""Finds what any desk can have wrong, whatever engine keeps it: seals, totals, numbers, accounts, tickets.

Set-wise, in one pass over each table and in little memory, however many tickets there are. Nothing is written or
locked here; what a finding says to repair is done later, in one transaction. Whether tickets are what happened to them,
`desk.check.histories` says.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from supportctl.policy.entitlement import Account
from supportctl.policy.history import in_force, replay
from supportctl.policy.identity import fold_address
from supportctl.policy.triage import queue_line
from supportctl.store import counters, duplicates, filing, seals, tickets, totals
from supportctl.store.desk import Desk
from supportctl.store.soundness import WARNING, Finding, Told, damage, unheard

# What was written


def seal_mismatches(db: Desk, told: Told = unheard) -> Iterator[Finding]:
    """Tickets and bugs that do not match their seals, even if nothing else contradicts the change."""
    for table, number, part in seals.broken_seals(db, told):
        said = _NOT_AS_WRITTEN[table if part == seals.OWN else part]
        ticket = number if table == "tickets" else None
        yield damage("history", said if ticket else f"bug {number}: {said}", ticket=ticket)


_ENTRIES = "its history was tampered with: another program changed, added or removed an entry"
_TEXTS = "its texts were tampered with: another program changed, added or removed one"
_NOT_AS_WRITTEN = {
    "history": _ENTRIES,
    "targets": "its targets were tampered with: another program changed, added or removed one",
    "texts": _TEXTS,
    "bug_history": _ENTRIES,
    "bug_texts": _TEXTS,
    "tickets": "its subject, sender, key or external id was changed by another program",
    "bugs": "its title, product, version, topic or date was changed by another program",
}


def total_mismatches(db: Desk, tables: Sequence[str] = totals.TABLES) -> Iterator[Finding]:
    """Tables that do not match their totals, or only some of them."""
    for name, kept, standing in totals.mismatches(db, tables):
        more = standing.rows - kept.rows if kept else 0
        what = "were changed" if not more else f"were {'added' if more > 0 else 'removed'} ({abs(more)})"
        said = f"the table {name} does not match its total: rows {what} by another program"
        if name == totals.DESK:
            said = "the desk's total does not match its tables: a table may have been restored to an earlier state"
        yield damage("totals", said)


# Counters, and the tables whose rows they number; those rows are never deleted.
_COUNTED = (("ticket", "tickets"), ("bug", "bugs"), ("remote", "remote_sessions"), ("closure", "closures"))


def numbers(db: Desk) -> Iterator[Finding]:
    """Counters that are too low, numbers whose rows are gone, and bugs that lost an entry."""
    for name, table in _COUNTED:
        given = counters.value(db, name)
        there, highest = db.execute(f"select count(*), coalesce(max(id), 0) from {table}").fetchone()
        if given < highest:
            said = f"the counter of {name} numbers is at {given}, but {highest} was already used"
            yield damage("counters", said, mend=partial(counters.raise_to, name=name, value=highest))
        if given <= there:
            continue
        for first, last in db.execute(
            f"select after + 1, id - 1 from (select id, lag(id, 1, 0) over (order by id) as after from"
            f" (select id from {table} where id > 0 union select :given + 1) n) g where id > after + 1",
            {"given": given},
        ):
            gone = f"{first}" if first == last else f"{first} to {last}"
            yield damage("counters", f"{name} {gone} is gone: that number was used before")
    for bug, entries, found in db.execute(
        "select id, entries, (select count(*) from bug_history where bug = b.id) from bugs b"
    ):
        if entries != found:
            yield damage("history", f"bug {bug}: its history should have {entries} entries, but has {found}")


def duplicate_accounts(db: Desk) -> Iterator[Finding]:
    """Accounts of one person, from when addresses were compared differently: an agent decides which one stays."""
    for counts, other in duplicates.pairs(db):
        said = f"{counts.email} ({_account(counts)}) and {other.email} ({_account(other)}) are the same address"
        hint = f"`supportctl customer keep EMAIL` keeps one, with the keys of both; until then {counts.email} counts."
        yield Finding("customers", WARNING, said, hint)


def _account(account: Account) -> str:
    return ", ".join([*([account.name] if account.name else []), account.kind])


# Tickets


def derivable(number: int, said: str) -> Finding:
    """A ticket that can be derived again from its history."""
    return damage("tickets", said, ticket=number, mend=partial(derive, number=number))


def misfiled_tickets(db: Desk) -> Iterator[Finding]:
    """Tickets without their target, and those filed under something else than their own columns say."""
    for number, others in db.execute(
        "select id, exists (select 1 from targets where ticket = t.id) from tickets t"
        " where not exists (select 1 from targets where ticket = t.id and n = t.target_n)"
    ):
        said = "it names a target that does not exist"
        yield derivable(number, said) if others else damage("tickets", said, ticket=number)
    for place in db.execute("select distinct standing, channel, line from tickets").fetchall():
        if place[2] != queue_line(*place[:2]):
            for (number,) in db.execute(
                "select id from tickets where standing = ? and channel = ? and line = ?", place
            ):
                yield derivable(number, "its place in the queue is wrong")
    for number, sender, folded in db.execute(
        "select id, sender, sender_folded from tickets where sender_folded <> lower(sender)"
    ):
        if fold_address(sender) != folded:
            yield derivable(number, "its sender is filed under another address")


def derive(db: Desk, number: int) -> None:
    """Store a ticket as its whole history makes it, with everything that follows from its own values."""
    targets, entries = tickets.targets(db, number), tickets.entries(db, number)
    last = in_force(entries, targets).n
    db.execute("update tickets set target_n = :n where id = :id", {"n": last, "id": number})
    first = next(entry for entry in entries if entry.kind == "received")
    ticket = tickets.get(db, number)._replace(received_at=first.at, entered_at=first.entered_at)
    filing.save(db, replay(ticket, entries, targets), [], [], [])
