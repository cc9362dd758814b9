"""Putting right what can be derived from the rest of the desk; inside the caller's transaction."""

import sqlite3
from contextlib import closing

from supportctl.policy.history import in_force, replay
from supportctl.store import filing, search, tickets


def reindex(db: sqlite3.Connection) -> None:
    """Make every ordinary index anew from its table."""
    db.execute("reindex")


def rebuild_index(db: sqlite3.Connection) -> None:
    """Make the full-text indexes anew from the texts, whatever is left of their own tables."""
    from supportctl.store.migrations import migrate

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        migrate(new)
        for index in (search.TICKETS, search.BUGS):
            for table in index.tables:
                _copy_table(new, db, table)
            if not _declared(db, index.name):
                for table in index.tables:
                    db.execute(f"drop table {table}")
                db.execute(_declared(new, index.name))
    search.rebuild(db)


def _copy_table(source: sqlite3.Connection, db: sqlite3.Connection, table: str) -> None:
    """Give a table the rows that it has in `source`, and no others; one that is missing is made."""
    if not _declared(db, table):
        db.execute(_declared(source, table))
    db.execute(f"delete from {table}")
    for row in source.execute(f"select * from {table}"):
        db.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)


def _declared(db: sqlite3.Connection, table: str) -> str:
    row = db.execute("select sql from sqlite_master where type = 'table' and name = :name", {"name": table}).fetchone()
    return row[0] if row else ""


def declare(db: sqlite3.Connection, kind: str, name: str, sql: str) -> None:
    """Make a guard, an index or a view as this program declares it, in the place of what has its name."""
    db.execute(f"drop {kind} if exists {name}")
    db.execute(sql)


def derive(db: sqlite3.Connection, number: int) -> None:
    """Store a ticket as its whole history makes it, with all that follows from its own values."""
    targets, entries = tickets.targets(db, number), tickets.entries(db, number)
    last = in_force(entries, targets).n
    db.execute("update tickets set target_n = :n where id = :id", {"n": last, "id": number})
    first = next(entry for entry in entries if entry.kind == "received")
    ticket = tickets.get(db, number)._replace(received_at=first.at, entered_at=first.entered_at)
    filing.save(db, replay(ticket, entries, targets), last, [], [], [])


def to_wal(db: sqlite3.Connection) -> bool:
    """Let readers and writers not wait for each other, which stays with the file; whether it was otherwise."""
    if db.execute("pragma journal_mode").fetchone()[0] == "wal":
        return False
    db.execute("pragma journal_mode = wal")
    return True
