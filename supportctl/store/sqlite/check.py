"""Finds the faults of a desk's file: its pages, keys, values, indexes, schema, seals, totals and numbers.

Set-wise, in one pass over each table and in little memory, however many tickets there are. Nothing is written or
locked here; `store.sqlite.repair` does what a finding says to repair. This is SQLite's own: another database has its
own checks. Whether tickets are what happened to them, `desk.check.histories` says; here is what it reads.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

from supportctl.clock import FIRST, LAST
from supportctl.policy.entitlement import Account
from supportctl.policy.identity import fold_address
from supportctl.policy.ticket import RECEIPT, Entry, Target, Ticket
from supportctl.policy.triage import queue_line
from supportctl.store import counters, duplicates, seals, tables, tickets, totals
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.sqlite import repair, search
from supportctl.store.sqlite.atomic import scrub_owed
from supportctl.store.sqlite.foreign_schema import foreign_objects
from supportctl.store.sqlite.schema import objects
from supportctl.store.sqlite.scrub import schedule_scrub
from supportctl.store.sqlite.search import Index
from supportctl.store.tickets import ENTRY, OWED, TARGET, column, entry_of, target_of
from supportctl.tabular.folder import Field

OK, WARNING, DAMAGED, REPAIRED, SKIPPED = "ok", "warning", "damaged", "repaired", "skipped"
RESTORE = "Restore a backup from before the change; the original is nowhere else."
BY_REPAIR = "`supportctl db check --repair` repairs it."
FAULTS = 100  # how many faults of one kind in the file's pages are reported
Mend = Callable[[Desk], object]


class Finding(NamedTuple):
    """A finding about a part of the desk; `mend` repairs it if it can be derived.

    If any finding about a ticket lacks `mend`, nothing else of that ticket may be derived either.
    """

    part: str
    state: str
    message: str
    hint: str | None = None
    ticket: int | None = None
    mend: Mend | None = None


def damage(part: str, said: str, *, ticket: int | None = None, mend: Mend | None = None, hint: str = "") -> Finding:
    """A finding of damage, with what to do about it."""
    return Finding(part, DAMAGED, said, hint or (BY_REPAIR if mend else RESTORE), ticket, mend)


# The file


def remember_on_disk(db: Desk) -> None:
    """Let a check keep its notes in files: they may need more memory than there is."""
    db.execute("pragma temp_store = file")


def pages(db: Desk) -> Iterator[Finding]:
    """What SQLite finds wrong in the file's pages and ordinary indexes, reading all of them; and how it is written."""
    faults = [row[0] for row in db.execute(f"pragma integrity_check({FAULTS})")]
    # What an index should say is in its table.
    mend = repair.reindex if all(" index " in f" {fault} " for fault in faults) else None
    yield from (damage("file", fault, mend=mend) for fault in faults if fault != "ok")
    mode = db.execute("pragma journal_mode").fetchone()[0]
    if mode != "wal":
        yield Finding("file", WARNING, f"its journal mode is {mode}, so that readers wait for writers", BY_REPAIR)
    if scrub_owed(db):
        said = "text removed for good is still in it: the run that removed it was cut short"
        hint = "The next write clears it, or `supportctl db check --repair`."
        yield Finding("file", WARNING, said, hint, mend=partial(schedule_scrub, anywhere=False))


def foreign_keys(db: Desk) -> Iterator[Finding]:
    """Rows that refer to a missing row."""
    counts: dict[tuple[str, str], int] = {}
    for table, parent in db.tables.broken_references():
        counts[table, parent] = counts.get((table, parent), 0) + 1
    for (table, parent), count in counts.items():
        yield damage("foreign keys", f"{count} of {table} refer to rows of {parent} that do not exist")


def values(db: Desk) -> Iterator[Finding]:
    """Columns with values that supportctl never writes.

    A type other than the schema declares, invalid JSON or JSON of another kind, an impossible moment or day.
    """
    for table in tables.tables(db):
        wrong = {field.name: f"({field.name} is not null and {_misfit(field)})" for field in db.tables.fields(table)}
        if db.execute(f"select 1 from {table} where {' or '.join(wrong.values())} limit 1").fetchone() is None:
            continue  # nearly always, and three times as fast as counting
        counts = db.execute(f"select {', '.join(f'sum{each}' for each in wrong.values())} from {table}").fetchone()
        for name, count in zip(wrong, counts, strict=True):
            if count:
                yield damage("values", f"{count} of {table}.{name} have values that supportctl never writes")


def _misfit(field: Field) -> str:
    name = field.name
    if field.json is not None:
        kind = "object" if field.json is dict else "array"
        return f"case when json_valid({name}) then json_type({name}) <> '{kind}' else 1 end"
    if field.kind is str:
        return f"(typeof({name}) <> 'text'" + (f" or date({name}) is not {name})" if name == "date" else ")")
    moment = name == "at" or name.endswith("_at")
    return f"(typeof({name}) <> 'integer'" + (f" or {name} not between {FIRST} and {LAST})" if moment else ")")


def schema(db: Desk) -> Iterator[Finding]:
    """Triggers, tables, indexes and views that are missing or changed, and those that are not ours."""

    query = "select type, name, sql from main.sqlite_master where sql is not null"
    there = {(kind, name): sql for kind, name, sql in db.execute(query)}
    for kind, name, sql in objects(SCHEMA_VERSION, query):
        found = there.get((kind, name))
        if found is None or (kind != "table" and found.split() != sql.split()):
            what = f"the {kind} {name} is {'another one' if found else 'missing'}"
            yield damage(_part_of(kind), what, mend=_made_anew(kind, name, sql))
    for kind, name, named_as_ours in foreign_objects(db, SCHEMA_VERSION):
        if not named_as_ours:
            hint = "Find out who made it, and drop it. A view may stay if its name begins with my_."
            yield damage(_part_of(kind), f"the {kind} {name} is not one of supportctl's", hint=hint)


def _part_of(kind: str) -> str:
    return "guards" if kind == "trigger" else "schema"


def _made_anew(kind: str, name: str, sql: str) -> Mend | None:
    """How to make a missing part of the schema again; a table only if everything in it is derived."""
    if kind != "table":
        return partial(repair.declare, kind=kind, name=name, sql=sql)
    ours = any(name in (index.name, *index.tables) for index in (search.TICKETS, search.BUGS))
    return repair.rebuild_index if ours else None


def full_text(db: Desk) -> Iterator[Finding]:
    """Full-text indexes that cannot be read, or do not match the texts."""
    for index in (search.TICKETS, search.BUGS):
        if not _in_step(db, index):
            what = index.name.removesuffix("_index")
            said = f"the index of {what} does not match their texts: one of the two was changed"
            hint = (
                "If text or a subject was tampered with, restore a backup: see the findings about the history. "
                "Otherwise `supportctl db check --repair` rebuilds it from the texts as they are."
            )
            yield damage("full text", said, mend=repair.rebuild_index, hint=hint)


def _in_step(db: Desk, index: Index) -> bool:
    """FTS5 checks an index only by a statement that writes, which would lock everyone out for as long as it takes.

    So it is given a copy of the index, in a temporary table of this connection, that points into the desk's own texts.
    """
    for statement in search.SCHEMA.split(";\n"):
        words = statement.split()
        if words[:3] == ["create", "view", index.view]:
            db.execute(statement.replace("create view", "create temp view"))
        elif words[:4] == ["create", "virtual", "table", index.name]:
            db.execute(statement.replace("create virtual table ", "create virtual table temp."))
    try:
        for table in index.tables:
            db.execute(f"delete from temp.{table}")
            db.execute(f"insert into temp.{table} select * from main.{table}")
        return search.is_current(db, (index,))
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_ERROR:
            raise
        return False  # one of its tables is missing, or unreadable for FTS5
    finally:  # their names are those of the desk's own
        db.execute(f"drop table temp.{index.name}")
        db.execute(f"drop view temp.{index.view}")


# What was written


def seal_mismatches(db: Desk) -> Iterator[Finding]:
    """Tickets and bugs that do not match their seals, even if nothing else contradicts the change."""
    for table, number, part in seals.broken_seals(db):
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
            f" (select id from {table} where id > 0 union select :given + 1)) where id > after + 1",
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
    return damage("tickets", said, ticket=number, mend=partial(repair.derive, number=number))


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


class SimplePromise(NamedTuple):
    """A plain ticket's target, when its receipt takes effect and was entered, and when it was answered or closed."""

    ticket: int
    set_at: int
    tier: str
    seconds: int | None
    due_at: int | None
    revision: int
    at: int
    entered_at: int
    taken_in: int | None
    ended_at: int | None


# Entries that change nothing in a ticket, or only what the query takes into account; and those that turn its target.
_PLAIN = "'received', 'replied', 'closed', 'noted', 'auto-replied', 'absorbed', 'linked', 'redacted'"
_TURNS = "'retargeted', 'edited', 'customer-replied', 'reopened', 'retracted', 'spam', 'merged'"
# What its receipt says about a ticket still holds.
_TAGS = "case when json_valid(t.tags) then json(t.tags) end"
_PAIRS = ((f"'{name}'", _TAGS if name == "tags" else f"t.{column(name)}") for name in RECEIPT)
_RECEIPT = ", ".join(chain.from_iterable(_PAIRS))
_AS_RECEIVED = f"case when json_valid(r.data) then json_extract(r.data, '$.set') end = json_object({_RECEIPT})"
_BUSY = f"""
create temp table busy as
select t.id as id, coalesce(h.turns, 1) as turned from tickets t
join targets g on g.ticket = t.id and g.n = t.target_n
left join (
    select ticket, count(*) as found, min(n) as first, max(n) as last,
        sum(kind = 'closed') as closings,
        max(case when kind = 'closed' then at end) as closed_at,
        min(case when kind = 'replied' then at end) as replied_at,
        sum(kind in ({_TURNS})) as turns,
        sum(kind not in ({_PLAIN}) or (kind = 'replied' and instr(data, 'wait') > 0)) as others
    from history group by ticket
) h on h.ticket = t.id
left join history r on r.ticket = t.id and r.n = 1
where not coalesce(
    h.others = 0 and h.closings <= 1 and t.outbound = 0 and h.first = 1 and h.last = h.found and h.found = t.entries
    and r.kind = 'received' and r.at = t.received_at and r.entered_at = t.entered_at and {_AS_RECEIVED}
    and t.status = case h.closings when 1 then 'closed' else 'open' end
    and t.closed_at is h.closed_at and t.first_response_at is h.replied_at and t.merged_into is null
    and t.target_n = (select n from targets where ticket = t.id order by set_at desc, n desc limit 1)
    and {" and ".join(f"t.{name} is g.{name}" for name in OWED)}
, 0)
"""


def simple_promises(db: Desk) -> Iterator[SimplePromise]:
    """The promises of tickets that were received, and answered or closed at most once; by number.

    One query sees that most are what their history says. The others have to be replayed, which is not a fault; call
    `histories_to_replay` for them after this.
    """
    db.execute("drop table if exists temp.busy")
    db.execute(_BUSY)
    db.execute("create index temp.busy_id on busy (id)")
    rows = db.execute(
        "select g.ticket, g.set_at, g.tier, g.target_seconds, g.due_at, g.policy_revision, h.at, h.entered_at,"
        " case when json_valid(h.data) then json_extract(h.data, '$.taken_in') end,"
        " case when t.first_response_at is null or t.closed_at < t.first_response_at then t.closed_at"
        " else t.first_response_at end"
        " from targets g join history h on h.ticket = g.ticket and h.n = g.n join tickets t on t.id = g.ticket"
        " where g.ticket not in (select id from temp.busy where turned) order by g.ticket"
    )
    return map(SimplePromise._make, rows)


StoredThread = tuple[Ticket, list[Entry], list[Target]]


def histories_to_replay(db: Desk) -> Iterator[tuple[int, bool, Callable[[], StoredThread]]]:
    """The tickets to replay, by number: whether `simple_promises` left them out, and what reads them.

    Reading raises SENSELESS where the rows make no sense.
    """
    entries, targets = (
        groupby(
            db.execute(f"select id, turned, {what} from temp.busy left join {table} on ticket = id order by 1, 3"), _ID
        )
        for what, table in ((ENTRY, "history"), (TARGET, "targets"))
    )
    for ticket, (of, some), (_, others) in zip(tickets.listed(db, "temp.busy"), entries, targets, strict=True):
        yield *of, partial(_thread, ticket, list(some), list(others))


_ID = itemgetter(0, 1)


def _thread(
    ticket: Callable[[], Ticket], entries: list[tuple[Any, ...]], targets: list[tuple[Any, ...]]
) -> StoredThread:
    return (
        ticket(),
        [entry_of(row[2:]) for row in entries if row[2] is not None],
        [target_of(row[2:]) for row in targets],
    )
