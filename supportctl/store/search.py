"""Full text over tickets and bugs: the index, how it is kept in step, and what it finds.

The one module whose SQL is SQLite's own (FTS5); another database brings its own full text under the same functions.
A ticket is one document, its subject and all texts of its thread, so that words found apart in it are found together.

The index holds no text of its own but points back into it. It must be told the old words when a text goes, or it
breaks: whoever changes a subject or a text does so through `store.tickets`, or within `reindexing`.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from supportctl.policy.identity import fold_address
from supportctl.store.connection import transaction

# Hits that are ranked at most: ranking reads every one of them, also of each word alone, and takes 2 ms a thousand.
RANKED = 4000
# Pages of the index that are merged in one transaction, a second of work at most.
MERGED = 1000
# Tickets that are looked through one by one for common words, each in a third of a millisecond.
FEW = 50
# Noncharacters: they mean nothing in any text, so they can stand around a match until it is shown.
OPEN, CLOSE = "\ufdd0", "\ufdd1"

SCHEMA = """
create view searchable_tickets as
    select t.id as id, t.subject as subject,
        (select group_concat(x.body, char(10)) from (select body from texts where ticket = t.id order by n) x) as thread
    from tickets t;

create virtual table tickets_index using fts5 (
    subject, thread, content = 'searchable_tickets', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

insert into tickets_index (tickets_index, rank) values ('rank', 'bm25(4.0, 1.0)');

create view searchable_bugs as
    select b.id as id, b.title as title,
        (select x.body from bug_texts x join bug_history h on h.bug = x.bug and h.n = x.n
            where x.bug = b.id and h.kind = 'workaround' order by x.n desc limit 1) as workaround
    from bugs b;

create virtual table bugs_index using fts5 (
    title, workaround, content = 'searchable_bugs', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

insert into bugs_index (bugs_index, rank) values ('rank', 'bm25(4.0, 1.0)');

insert into tickets_index (tickets_index) values ('rebuild');
"""


class Index(NamedTuple):
    """One full-text index: its name, the view that it reads, and its two columns."""

    name: str
    view: str
    heading: str
    text: str


TICKETS = Index("tickets_index", "searchable_tickets", "subject", "thread")
BUGS = Index("bugs_index", "searchable_bugs", "title", "workaround")


class Found(NamedTuple):
    """A hit. `rank` is smaller the better it fits; None where hits are too many to rank, and the newest go first."""

    id: int
    rank: float | None


class Match(NamedTuple):
    """Where a hit's words stand: the heading, and a piece of the text, with OPEN and CLOSE around each match."""

    heading: str
    text: str


# Keeping in step


def add_tickets(db: sqlite3.Connection, first: int, last: int) -> None:
    """Take new tickets into the index, with the texts they came with."""
    _add(db, TICKETS, first, last)


@contextmanager
def reindexing(db: sqlite3.Connection, number: int, index: Index = TICKETS) -> Iterator[None]:
    """Change the subject or texts of a ticket (or bug) inside, in the caller's transaction, and the index follows."""
    columns = f"{index.heading}, {index.text}"
    db.execute(
        f"insert into {index.name} ({index.name}, rowid, {columns})"
        f" select 'delete', id, {columns} from {index.view} where id = :id",
        {"id": number},
    )
    yield
    _add(db, index, number, number)


def add_bug(db: sqlite3.Connection, number: int) -> None:
    """Take a new bug into the index."""
    _add(db, BUGS, number, number)


def _add(db: sqlite3.Connection, index: Index, first: int, last: int) -> None:
    db.execute(
        f"insert into {index.name} (rowid, {index.heading}, {index.text})"
        f" select id, {index.heading}, {index.text} from {index.view} where id between :first and :last",
        {"first": first, "last": last},
    )


def forget(db: sqlite3.Connection) -> None:
    """Leave nothing on disk of words that were taken out of the index: until then they lie in its older parts.

    It writes the index anew, a minute for a million tickets, in short transactions of its own, so that others can write
    meanwhile; with `pragma secure_delete` on.
    """
    for index in (TICKETS, BUGS):
        pages = -MERGED  # negative: begin to make one part of all
        while _merge(db, index, pages):
            pages = MERGED


def _merge(db: sqlite3.Connection, index: Index, pages: int) -> bool:
    """Merge so many pages of an index, inside a transaction of its own; whether there is more to do."""
    before = db.total_changes
    with transaction(db):
        db.execute(f"insert into {index.name} ({index.name}, rank) values ('merge', :pages)", {"pages": pages})
    return db.total_changes - before >= 2  # fewer, FTS5 says, and nothing was merged


def in_step(db: sqlite3.Connection, indexes: Sequence[Index] = (TICKETS, BUGS)) -> bool:
    """Whether the index says what the texts say; it reads them all, and lets nobody write meanwhile."""
    try:
        for index in indexes:
            db.execute(f"insert into {index.name} ({index.name}, rank) values ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
            return False
        raise
    return True


def rebuild(db: sqlite3.Connection) -> None:
    """Make the index anew from the texts, inside the caller's transaction: a minute for a million tickets."""
    for index in (TICKETS, BUGS):
        db.execute(f"insert into {index.name} ({index.name}) values ('rebuild')")


# Finding


def find_tickets(
    db: sqlite3.Connection, terms: Sequence[str], filters: Mapping[str, Sequence[str]], at: int, limit: int
) -> list[Found]:
    """Tickets received by `at` that hold all terms (as `policy.words` quotes them) and pass the filters, best first.

    They are ranked by their rarer terms, of which there is an end; tickets of common words alone come newest first.
    """
    where, values = _where(filters, at)
    if not terms:
        return _newest(db, "tickets t", where, values, limit)
    values["all"] = " AND ".join(terms)
    counts = {term: _count(db, TICKETS, term, RANKED) for term in terms}
    if not all(counts.values()):
        return []
    if rare := [term for term, count in counts.items() if count < RANKED]:
        return _ranked(db, rare, len(rare) == len(terms), where, values, limit)
    both = f"{where} and f.tickets_index match :all"
    # A cross join reads its left side first, whatever SQLite thinks of it.
    if _have_index(filters) and _few(db, where, values):
        return _newest(db, "tickets t cross join tickets_index f on f.rowid = t.id", both, values, limit, "+t.id")
    source = "tickets_index f cross join tickets t on t.id = f.rowid"
    return _newest(db, source, both, values, limit, "f.rowid")


def _ranked(
    db: sqlite3.Connection, rare: Sequence[str], whole: bool, where: str, values: dict[str, Any], limit: int
) -> list[Found]:
    """The best by their rare terms; where those are not the whole question, of the tickets that hold all of it."""
    rows = db.execute(
        "select f.rowid, f.rank from tickets_index f cross join tickets t on t.id = f.rowid"
        f" where f.tickets_index match :rare and {where} order by f.rank",
        values | {"rare": " AND ".join(rare)},
    )
    hits = None if whole else {row[0] for row in db.execute(_ALL, values)}
    found = []
    for number, rank in rows:
        if hits is None or number in hits:
            found.append(Found(number, rank))
            if len(found) == limit:
                break
    return found


_ALL = "select rowid from tickets_index where tickets_index match :all"


def _newest(
    db: sqlite3.Connection, source: str, where: str, values: dict[str, Any], limit: int, order: str = "t.id"
) -> list[Found]:
    rows = db.execute(
        f"select t.id from {source} where {where} order by {order} desc limit :limit", values | {"limit": limit}
    )
    return [Found(row[0], None) for row in rows]


def _have_index(filters: Mapping[str, Sequence[str]]) -> bool:
    """Whether an index of the tickets answers one of the filters."""
    senders, rest = filters.get("from", ()), {*filters.get("status", ()), *filters.get("sla", ())}
    return bool(senders and all(map(_whole, senders))) or bool(rest and rest <= {*_QUEUED, "late", "running"})


def _few(db: sqlite3.Connection, where: str, values: Mapping[str, Any]) -> bool:
    """Whether no more tickets pass the filters than can be looked through one by one."""
    query = f"select count(*) from (select 1 from tickets t where {where} limit {FEW + 1})"
    return bool(db.execute(query, values).fetchone()[0] <= FEW)


def _count(db: sqlite3.Connection, index: Index, match: str, most: int) -> int:
    """How many documents match, counted no further than `most`."""
    query = f"select count(*) from (select 1 from {index.name} where {index.name} match :match limit :most)"
    count: int = db.execute(query, {"match": match, "most": most}).fetchone()[0]
    return count


# What a filter asks of a ticket as it is now; `?` is its value.
_FILTERS = {
    "status": "t.status = ?",
    "tier": "t.tier = ?",
    "channel": "t.channel = ?",
    "assignee": "coalesce(t.assignee, '') = ?",
    "product": "t.product = ?",
    "topic": "t.topic = ?",
    "from": "t.sender_folded = ?",
    "part of from": "instr(t.sender_folded, ?) > 0",
    "tag": "instr(t.tags, ?) > 0",
}
_QUEUED = {"open", "waiting"}
_UNANSWERED = "t.due_at is not null and t.first_response_at is null and t.closed_at is null"
_SLA = {
    "none": "t.due_at is null",
    "met": "t.first_response_at <= t.due_at",
    "missed": "t.first_response_at > t.due_at",
    "late": f"{_UNANSWERED} and t.due_at < :at",
    "running": f"{_UNANSWERED} and t.due_at >= :at",
    "unanswered": "t.due_at is not null and t.first_response_at is null and t.closed_at is not null",
}
SLAS = tuple(_SLA)


def _where(filters: Mapping[str, Sequence[str]], at: int) -> tuple[str, dict[str, Any]]:
    """The condition of all filters, any of the values of each, and its parameters."""
    conditions = ["t.received_at <= :at"]
    if "status" in filters and {*filters["status"]} <= _QUEUED:
        conditions.append("t.closed_at is null")  # says nothing new, but an index is made for it
    values: dict[str, Any] = {"at": at}
    for field, wanted in filters.items():
        anyone = []
        for n, value in enumerate(wanted):
            name = f"{field}_{n}"
            anyone.append(_condition(field, value).replace("?", f":{name}"))
            values[name] = _compared(field, value)
        conditions.append(f"({' or '.join(anyone)})")
    return " and ".join(conditions), values


def _condition(field: str, value: str) -> str:
    if field == "sla":
        return f"({_SLA[value]})"
    return _FILTERS["part of from" if field == "from" and not _whole(value) else field]


def _whole(address: str) -> bool:
    """Whether this is an address; else it is a part of one, such as a name or a domain."""
    return "@" in address[1:]


def _compared(field: str, value: str) -> str:
    if field == "from":
        return fold_address(value)
    return json.dumps(value, ensure_ascii=False) if field == "tag" else value


def find_bugs(db: sqlite3.Connection, terms: Sequence[str]) -> Iterator[Found]:
    """Bugs that hold all terms, best first; without terms all, newest first."""
    if not terms:
        return (Found(row[0], None) for row in db.execute("select id from bugs order by id desc"))
    query = "select rowid, rank from bugs_index where bugs_index match :all order by rank"
    return (Found(*row) for row in db.execute(query, {"all": " AND ".join(terms)}))


def match_of(db: sqlite3.Connection, index: Index, number: int, terms: Sequence[str]) -> Match:
    """Where a hit holds the terms."""
    row = db.execute(
        f"select highlight({index.name}, 0, :open, :close), snippet({index.name}, 1, :open, :close, '\u2026', 64)"
        f" from {index.name} where {index.name} match :all and rowid = :id",
        {"open": OPEN, "close": CLOSE, "all": " AND ".join(terms), "id": number},
    ).fetchone()
    return Match(row[0] or "", row[1] or "")


# What is alike


def like_bugs(db: sqlite3.Connection, words: Sequence[str], limit: int) -> list[tuple[int, str]]:
    """Bugs that share any of the words, best first: number, and title with the shared ones marked."""
    if not words:
        return []
    rows = db.execute(
        "select rowid, highlight(bugs_index, 0, :open, :close) from bugs_index"
        " where bugs_index match :match order by rank limit :limit",
        {"match": " OR ".join(map(_quoted, words)), "open": OPEN, "close": CLOSE, "limit": limit},
    )
    return list(rows)


def like_tickets(db: sqlite3.Connection, words: Sequence[str], limit: int) -> list[tuple[int, str]]:
    """Tickets that share any of the rarer words, best first, or else hold all the common ones, newest first."""
    counts = {word: _count(db, TICKETS, _quoted(word), _TELLING) for word in words}
    rare = [word for word, count in counts.items() if 0 < count < _TELLING]
    common = [word for word, count in counts.items() if count >= _TELLING]
    if rare:
        query = "select rowid from tickets_index where tickets_index match :match order by rank limit :limit"
    elif common:
        query = "select rowid from tickets_index where tickets_index match :match order by rowid desc limit :limit"
    else:
        return []
    match = " OR ".join(map(_quoted, rare)) or " AND ".join(map(_quoted, common))
    found = [row[0] for row in db.execute(query, {"match": match, "limit": limit})]
    return [(number, _heading(db, TICKETS, number, [*rare, *common])) for number in found]


_TELLING = 500  # a word that fewer documents hold can tell them apart


def _heading(db: sqlite3.Connection, index: Index, number: int, words: Sequence[str]) -> str:
    """The heading of a document with the words marked."""
    row = db.execute(
        f"select highlight({index.name}, 0, :open, :close) from {index.name}"
        f" where {index.name} match :match and rowid = :id",
        {"match": " OR ".join(map(_quoted, words)), "open": OPEN, "close": CLOSE, "id": number},
    ).fetchone()
    return row[0] or ""


def _quoted(word: str) -> str:
    return f'"{word}"'
