"""Full text in FTS5 (see `store.full_text`): the index, how it is kept in step, and searching for similar documents.

The index contains no text of its own but points back into it. It must be told the old words when a text goes, or it
breaks: whoever changes a subject or a text does so within `reindexing`.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from supportctl.store import full_text
from supportctl.store.desk import Desk
from supportctl.store.full_text import CLOSE, OPEN
from supportctl.store.sqlite.atomic import atomic

if TYPE_CHECKING:
    from supportctl.store.sqlite.connection import SqliteDesk

# Index pages merged in one transaction, a second of work at most.
MERGED = 1000

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


class FtsIndex(NamedTuple):
    """One full-text index: its name, the view that it reads, and its two columns."""

    name: str
    view: str
    heading: str
    text: str

    @property
    def tables(self) -> list[str]:
        """The tables in which FTS5 stores it."""
        return [f"{self.name}_{part}" for part in ("data", "idx", "docsize", "config")]


TICKETS = FtsIndex("tickets_index", "searchable_tickets", "subject", "thread")
BUGS = FtsIndex("bugs_index", "searchable_bugs", "title", "workaround")


# Keeping in step


def add_tickets(db: Desk, first: int, last: int) -> None:
    """Add new tickets to the index, with their first texts."""
    _add(db, TICKETS, first, last)


@contextmanager
def reindexing(db: Desk, number: int, index: FtsIndex = TICKETS) -> Iterator[None]:
    """Change the subject or texts of a ticket (or bug) inside, in the caller's transaction, and the index follows."""
    columns = f"{index.heading}, {index.text}"
    db.execute(
        f"insert into {index.name} ({index.name}, rowid, {columns})"
        f" select 'delete', id, {columns} from {index.view} where id = :id",
        {"id": number},
    )
    yield
    _add(db, index, number, number)


def add_bug(db: Desk, number: int) -> None:
    """Add a new bug to the index."""
    _add(db, BUGS, number, number)


def _add(db: Desk, index: FtsIndex, first: int, last: int) -> None:
    db.execute(
        f"insert into {index.name} (rowid, {index.heading}, {index.text})"
        f" select id, {index.heading}, {index.text} from {index.view} where id between :first and :last",
        {"first": first, "last": last},
    )


def forget(db: "SqliteDesk") -> None:
    """Remove from disk all words that left the index: until then they stay in its older parts.

    It rewrites the index, a minute for a million tickets, in short transactions of its own, so that others can write
    meanwhile; with `pragma secure_delete` on.
    """
    for index in (TICKETS, BUGS):
        pages = -MERGED  # negative: begin to merge everything into one part
        while _merge(db, index, pages):
            pages = MERGED


def _merge(db: "SqliteDesk", index: FtsIndex, pages: int) -> bool:
    """Merge this many pages of an index, in a transaction of its own; returns whether there is more to do."""
    before = _changes(db)
    with atomic(db):
        db.execute(f"insert into {index.name} ({index.name}, rank) values ('merge', :pages)", {"pages": pages})
    return _changes(db) - before >= 2  # fewer, FTS5 says, and nothing was merged


def _changes(db: Desk) -> int:
    """How many rows this connection has changed so far."""
    count: int = db.execute("select total_changes()").fetchone()[0]
    return count


def is_current(db: Desk, indexes: Sequence[FtsIndex] = (TICKETS, BUGS)) -> bool:
    """Whether the index matches the texts; it reads them all, and blocks writers meanwhile."""
    try:
        for index in indexes:
            db.execute(f"insert into {index.name} ({index.name}, rank) values ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
            return False
        raise
    return True


def rebuild(db: Desk) -> None:
    """Rebuild the index from the texts, inside the caller's transaction: a minute for a million tickets."""
    for index in (TICKETS, BUGS):
        db.execute(f"insert into {index.name} ({index.name}) values ('rebuild')")


# Similar tickets and bugs


def like_bugs(db: Desk, words: Sequence[str], limit: int) -> list[tuple[int, str]]:
    """Bugs with any of the words, best first: number, and title with the shared ones marked."""
    if not words:
        return []
    rows = db.execute(
        "select rowid, highlight(bugs_index, 0, :open, :close) from bugs_index"
        " where bugs_index match :match order by rank limit :limit",
        {"match": " OR ".join(map(_quoted, words)), "open": OPEN, "close": CLOSE, "limit": limit},
    )
    return list(rows)


def like_tickets(db: Desk, words: Sequence[str], limit: int) -> list[tuple[int, str]]:
    """Tickets with any of the rarer words, best first, or else with all the common ones, newest first."""
    counts = {word: _count(db, _quoted(word)) for word in words}
    rare = [word for word, count in counts.items() if 0 < count < full_text.TELLING]
    common = [word for word, count in counts.items() if count >= full_text.TELLING]
    if rare:
        query = "select rowid from tickets_index where tickets_index match :match order by rank limit :limit"
    elif common:
        query = "select rowid from tickets_index where tickets_index match :match order by rowid desc limit :limit"
    else:
        return []
    match = " OR ".join(map(_quoted, rare)) or " AND ".join(map(_quoted, common))
    found = [row[0] for row in db.execute(query, {"match": match, "limit": limit})]
    return [(number, _heading(db, TICKETS, number, [*rare, *common])) for number in found]


def _count(db: Desk, match: str) -> int:
    """How many tickets match, counted only up to a limit."""
    query = "select count(*) from (select 1 from tickets_index where tickets_index match :match limit :most)"
    count: int = db.execute(query, {"match": match, "most": full_text.TELLING}).fetchone()[0]
    return count


def _heading(db: Desk, index: FtsIndex, number: int, words: Sequence[str]) -> str:
    """The heading of a document with the words marked, or the best piece of a long one."""
    from supportctl.store.sqlite.words import LONG, piece_of  # late: few changes show what is alike

    terms = list(map(_quoted, words))
    (heading,) = db.execute(f"select {index.heading} from {index.view} where id = :id", {"id": number}).fetchone()
    if len(heading or "") > LONG:
        return piece_of(heading, terms)
    row = db.execute(
        f"select highlight({index.name}, 0, :open, :close) from {index.name}"
        f" where {index.name} match :match and rowid = :id",
        {"match": " OR ".join(terms), "open": OPEN, "close": CLOSE, "id": number},
    ).fetchone()
    return row[0] or ""


def _quoted(word: str) -> str:
    return f'"{word}"'
