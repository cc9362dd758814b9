"""What the desk's file says about itself: its pages, its keys, its index, its schema, and what contradicts what.

Set-wise, in one pass of each table and in little memory, however many tickets there are. Nothing is written here, nor
locked for anyone, but by `repair`. SQLite alone is asked: another database has its own checks.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

from supportctl.clock import FIRST, LAST
from supportctl.policy.ticket import Entry, Target, Ticket
from supportctl.store import seals, tickets
from supportctl.store.desk import Desk
from supportctl.store.sqlite import search, tables
from supportctl.store.sqlite.connection import SCHEMA_VERSION, in_memory
from supportctl.store.sqlite.schema import migrate
from supportctl.store.sqlite.search import Index
from supportctl.store.tickets import OWED, target_of
from supportctl.tabular.folder import Field

FAULTS = 100  # of one sort in the file's pages that are told


class StoredThread(NamedTuple):
    """A ticket with all that it was made from; `unread` are the entries whose data is no JSON."""

    ticket: Ticket
    entries: list[Entry]
    targets: list[Target]
    unread: list[int]


class Numbered(NamedTuple):
    """A ticket or bug whose history is not 1 to n: what it should hold, how many it does, and from where to where."""

    table: str
    id: int
    entries: int
    found: int
    first: int
    last: int


class Plain(NamedTuple):
    """The one target of a ticket, when its receipt holds from and was entered, and when it was answered or closed."""

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


# The file


def remember_on_disk(db: Desk) -> None:
    """Let what a check must remember lie in files: it may be more than fits in memory."""
    db.execute("pragma temp_store = file")


def journal_mode(db: Desk) -> str:
    """How the file keeps a change that is under way: "wal", unless another program changed that."""
    mode: str = db.execute("pragma journal_mode").fetchone()[0]
    return mode


def integrity(db: Desk) -> list[str]:
    """What SQLite finds wrong in the file's pages and its ordinary indexes; all of it is read."""
    rows = [row[0] for row in db.execute(f"pragma integrity_check({FAULTS})")]
    return [] if rows == ["ok"] else rows


def foreign_keys(db: Desk) -> list[tuple[str, str, int]]:
    """Rows that name another that is not there: table, the other table, and how many."""
    counts: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in db.execute("pragma foreign_key_check"):
        counts[table, parent] = counts.get((table, parent), 0) + 1
    return [(*pair, count) for pair, count in counts.items()]


def misfits(db: Desk) -> Iterator[tuple[str, str, int]]:
    """Columns that hold what no program of ours writes there: table, column, and in how many rows.

    Another type than the schema declares, JSON that is none or of another kind, a moment or a day that no calendar has.
    """
    for table in tables.tables(db):
        wrong = {field.name: f"({field.name} is not null and {_misfit(field)})" for field in tables.fields(db, table)}
        if db.execute(f"select 1 from {table} where {' or '.join(wrong.values())} limit 1").fetchone() is None:
            continue  # nearly always, and three times as fast as to count
        counts = db.execute(f"select {', '.join(f'sum{each}' for each in wrong.values())} from {table}").fetchone()
        yield from ((table, name, count) for name, count in zip(wrong, counts, strict=True) if count)


def _misfit(field: Field) -> str:
    name = field.name
    if field.json is not None:
        kind = "object" if field.json is dict else "array"
        return f"case when json_valid({name}) then json_type({name}) <> '{kind}' else 1 end"
    if field.kind is str:
        return f"(typeof({name}) <> 'text'" + (f" or date({name}) is not {name})" if name == "date" else ")")
    moment = name == "at" or name.endswith("_at")
    return f"(typeof({name}) <> 'integer'" + (f" or {name} not between {FIRST} and {LAST})" if moment else ")")


def unfit(db: Desk) -> str | None:
    """Why a desk cannot be worked with although SQLite reads it, in a few words; None where nothing is seen."""
    if db.execute("pragma user_version").fetchone() != (SCHEMA_VERSION,):
        return None
    for kind, name in as_declared().keys() - schema(db).keys():
        return f"the {kind} {name} is missing"
    for table, column, _ in misfits(db):
        return f"{table}.{column} holds what supportctl never writes"
    for table, parent, _ in foreign_keys(db):
        return f"{table} names rows of {parent} that are not there"
    if untargeted(db):
        return "a ticket has no target"
    if db.execute("select count(*) from policies").fetchone() == (0,):
        return "it has no policy"
    histories: chain[Numbered | seals.Broken] = chain(misnumbered(db), seals.broken(db))
    for index in (search.TICKETS, search.BUGS):
        if not in_step(db, index):
            return f"{index.name} is not that of the texts"
    for wrong in histories:
        return f"the history of {wrong.table.removesuffix('s')} {wrong.id} is not what was written"
    return None


def schema(db: Desk) -> dict[tuple[str, str], str]:
    """Tables, indexes, views and triggers by (type, name), as they were declared."""
    rows = db.execute("select type, name, sql from main.sqlite_master where sql is not null")
    return {(row[0], row[1]): " ".join(row[2].split()) for row in rows}


def in_step(db: Desk, index: Index) -> bool:
    """Whether a full-text index can be read, and says what the texts say.

    FTS5 checks an index only by a statement that writes, and so would lock everyone out for as long as it takes: it is
    given a copy of the index, in a temporary table of this connection, that points into the desk's own texts.
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
        return search.in_step(db, (index,))
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_ERROR:
            raise
        return False  # one of its tables is missing, or holds what FTS5 cannot read
    finally:  # their names are those of the desk's own
        db.execute(f"drop table temp.{index.name}")
        db.execute(f"drop view temp.{index.view}")


# The history


def misnumbered(db: Desk) -> Iterator[Numbered]:
    """Tickets and bugs whose history is not numbered from 1 to as many entries as they were given."""
    for table, history, of in (("tickets", "history", "ticket"), ("bugs", "bug_history", "bug")):
        rows = db.execute(
            "select t.id, t.entries, h.found, h.first, h.last from"
            f" (select {of} as id, count(*) as found, min(n) as first, max(n) as last from {history} group by {of}) h"
            f" join {table} t on t.id = h.id where h.found <> t.entries or h.first <> 1 or h.last <> h.found"
        )
        yield from (Numbered(table, *row) for row in rows)
        rows = db.execute(
            f"select id, entries from {table} t where not exists (select 1 from {history} where {of} = t.id and n >= 0)"
        )
        yield from (Numbered(table, row[0], row[1], 0, 0, 0) for row in rows)


def textless(db: Desk) -> Iterator[tuple[int, int]]:
    """Entries that came with a text, which is not there: ticket and number. What was imported may have had none."""
    rows = db.execute(
        "select ticket, n from history h"
        " where kind in ('received', 'replied', 'customer-replied', 'auto-replied', 'noted')"
        " and not exists (select 1 from texts where ticket = h.ticket and n = h.n) and instr(data, '\"imported\"') = 0"
    )
    return iter(rows)


def half_merged(db: Desk) -> Iterator[tuple[int, int, str, int]]:
    """Mergers of which the other ticket's history knows nothing: ticket, entry, its kind, and the other ticket."""
    other = (
        "case {0}.kind when 'merged' then json_extract({0}.data, '$.into') else json_extract({0}.data, '$.ticket') end"
    )
    halves = "select * from history where kind in ('merged', 'absorbed') and json_valid(data)"
    rows = db.execute(
        f"select h.ticket, h.n, h.kind, {other.format('h')} from ({halves}) h where not exists"
        f" (select 1 from history o where o.ticket = {other.format('h')} and o.kind in ('merged', 'absorbed')"
        f" and o.kind <> h.kind and json_valid(o.data) and {other.format('o')} = h.ticket)"
    )
    return iter(rows)


# Kinds of entries that change nothing of a ticket, or no more than the query of suspects reckons with.
_SIMPLE = "'received', 'replied', 'closed', 'noted', 'auto-replied', 'retargeted', 'absorbed', 'linked', 'redacted'"
# What a receipt says of its ticket, in the very words in which it was stored.
_RECEIPT = (
    """'{"set":{"channel":' || json_quote(t.channel) || ',"product":' || json_quote(t.product)"""
    """ || ',"version":' || json_quote(t.product_version) || ',"topic":' || json_quote(t.topic)"""
    """ || ',"language":' || json_quote(t.language) || ',"assignee":' || json_quote(t.assignee)"""
    """ || ',"tags":' || t.tags || '}}'"""
)
# The same with the clock of a command that was not the true one.
_TAKEN_IN = (
    f"""substr({_RECEIPT}, 1, length({_RECEIPT}) - 1) || ',"taken_in":'"""
    """ || case when json_valid(r.data) then json_extract(r.data, '$.taken_in') end || '}'"""
)
_SUSPECTS = f"""
create temp table suspects as
select t.id as id from (
    select ticket, count(*) as found,
        sum(kind = 'closed') as closings,
        max(case when kind = 'closed' then at end) as closed_at,
        min(case when kind = 'replied' then at end) as replied_at,
        sum(kind not in ({_SIMPLE}) or (kind = 'replied' and instr(data, 'wait') > 0)) as others
    from history group by ticket
) h join tickets t on t.id = h.ticket
left join history r on r.ticket = t.id and r.n = 1
left join targets g on g.ticket = t.id and g.n = t.target_n
where not coalesce(
    h.others = 0 and h.closings <= 1 and t.outbound = 0
    and r.kind = 'received' and r.at = t.received_at and r.data in ({_RECEIPT}, {_TAKEN_IN})
    and t.status = case h.closings when 1 then 'closed' else 'open' end
    and t.closed_at is h.closed_at and t.first_response_at is h.replied_at and t.merged_into is null
    and t.target_n = (select n from targets where ticket = t.id order by set_at desc, n desc limit 1)
    and {" and ".join(f"t.{name} is g.{name}" for name in OWED)}
, 0)
"""


def suspects(db: Desk) -> int:
    """Find the tickets that are not plainly what their history makes of them; `threads` gives them. How many they are.

    Most tickets were received, answered and closed, and one query sees that they are right. All others are to be
    replayed: to be listed is no fault.
    """
    db.execute("drop table if exists temp.suspects")
    db.execute(_SUSPECTS)
    count: int = db.execute("select count(*) from temp.suspects").fetchone()[0]
    return count


def threads(db: Desk, among: str = "temp.suspects") -> Iterator[StoredThread]:
    """The suspects, or the tickets of another table, with all that they were made from, by number."""
    of = f"from {among} s join"
    histories = _by_ticket(
        db.execute(
            "select h.ticket, h.n, h.at, h.entered_at, h.kind, h.agent, h.system_user, h.data"
            f" {of} history h on h.ticket = s.id order by s.id, h.n"
        )
    )
    targets = _by_ticket(
        db.execute(
            "select g.ticket, g.n, g.set_at, g.tier, g.priority, g.rank, g.standing, g.coverage, g.registered,"
            " g.version_support, g.target_seconds, g.due_at, g.policy_revision, g.reasons"
            f" {of} targets g on g.ticket = s.id order by s.id, g.n"
        )
    )
    for ticket in tickets.listed(db, among):
        entries, unread = _entries(_next(histories, ticket.id))
        yield StoredThread(ticket, entries, [target_of(values) for values in _next(targets, ticket.id)], unread)


def untargeted(db: Desk) -> list[int]:
    """Tickets that name a target which is not there."""
    rows = db.execute(
        "select id from tickets t where not exists (select 1 from targets where ticket = t.id and n = t.target_n)"
    )
    return [row[0] for row in rows]


Group = tuple[int, list[tuple[Any, ...]]]


def _by_ticket(rows: Iterator[tuple[Any, ...]]) -> Iterator[Group]:
    return ((number, [row[1:] for row in some]) for number, some in groupby(rows, itemgetter(0)))


def _next(groups: Iterator[Group], number: int) -> list[tuple[Any, ...]]:
    """The rows of a ticket, from groups in its order; those of tickets passed over are skipped."""
    for found, rows in groups:
        if found == number:
            return rows
    return []


def _entries(rows: list[tuple[Any, ...]]) -> tuple[list[Entry], list[int]]:
    entries, unread = [], []
    for row in rows:
        data = _object(row[6])
        if data is None:
            unread.append(row[0])
        entries.append(Entry._make((*row[:6], data or {})))
    return entries, unread


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


_TURNS = "'retargeted', 'edited', 'customer-replied', 'reopened', 'retracted', 'spam', 'merged'"


def plain_dues(db: Desk) -> Iterator[Plain]:
    """The promises of tickets that were received, and answered or closed at most once; by number.

    `moved_dues` gives the others, of which more happened than one row says.
    """
    db.execute("drop table if exists temp.turned")
    db.execute(f"create temp table turned as select distinct ticket as id from history where kind in ({_TURNS})")
    db.execute("create index temp.turned_id on turned (id)")
    rows = db.execute(
        "select g.ticket, g.set_at, g.tier, g.target_seconds, g.due_at, g.policy_revision, h.at, h.entered_at,"
        " case when json_valid(h.data) then json_extract(h.data, '$.taken_in') end,"
        " case when t.first_response_at is null or t.closed_at < t.first_response_at then t.closed_at"
        " else t.first_response_at end"
        " from targets g join history h on h.ticket = g.ticket and h.n = g.n join tickets t on t.id = g.ticket"
        " where g.ticket not in (select id from temp.turned) order by g.ticket"
    )
    return map(Plain._make, rows)


def moved_dues(db: Desk) -> Iterator[StoredThread]:
    """The other tickets with all of their history; after `plain_dues`."""
    return threads(db, "temp.turned")


# What is derived from a single row


def lines(db: Desk) -> Iterator[tuple[str, str, int]]:
    """Every standing, channel and line that occur together."""
    return iter(db.execute("select distinct standing, channel, line from tickets"))


def in_line(db: Desk, standing: str, channel: str, line: int) -> list[int]:
    """The tickets of a standing, channel and line."""
    rows = db.execute(
        "select id from tickets where standing = :standing and channel = :channel and line = :line",
        {"standing": standing, "channel": channel, "line": line},
    )
    return [row[0] for row in rows]


def oddly_folded(db: Desk) -> Iterator[tuple[int, str, str]]:
    """Tickets whose folded address is not plainly that of their sender: number, sender, folded address."""
    return iter(db.execute("select id, sender, sender_folded from tickets where sender_folded <> lower(sender)"))


# Counters, and the tables whose rows they number; none of these is ever deleted.
_COUNTED = (("ticket", "tickets"), ("bug", "bugs"), ("remote", "remote_sessions"), ("closure", "closures"))


def counters(db: Desk) -> list[tuple[str, int, int]]:
    """Counters that stand below a number already given: name, value, highest number."""
    low = []
    for name, table in _COUNTED:
        row = db.execute(f"select ({_GIVEN}), coalesce(max(id), 0) from {table}", {"name": name}).fetchone()
        if row[0] < row[1]:
            low.append((name, *row))
    return low


def gone(db: Desk) -> Iterator[tuple[str, int, int]]:
    """Rows whose numbers were given, and which are not there: name of the counter, first and last of each gap."""
    for name, table in _COUNTED:
        given, there = db.execute(f"select ({_GIVEN}), count(*) from {table}", {"name": name}).fetchone()
        if given <= there:
            continue
        rows = db.execute(
            f"select after + 1, id - 1 from (select id, lag(id, 1, 0) over (order by id) as after from"
            f" (select id from {table} where id > 0 union select :given + 1)) where id > after + 1",
            {"given": given},
        )
        yield from ((name, *row) for row in rows)


_GIVEN = "select coalesce((select value from counters where name = :name), 0)"


def as_declared() -> dict[tuple[str, str], str]:
    """The schema that this program makes, as `schema` gives it."""

    with closing(in_memory()) as db:
        migrate(db)
        return schema(db)
