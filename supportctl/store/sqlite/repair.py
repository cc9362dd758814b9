"""Repairs what can be derived from the rest of the desk; inside the caller's transaction."""

from contextlib import closing

from supportctl.store.desk import Desk
from supportctl.store.sqlite import search
from supportctl.store.sqlite.connection import in_memory
from supportctl.store.sqlite.schema import migrate


def reindex(db: Desk) -> None:
    """Rebuild every ordinary index from its table."""
    db.execute("reindex")


def rebuild_index(db: Desk) -> None:
    """Rebuild the full-text indexes from the texts, whatever is left of their own tables."""

    with closing(in_memory()) as new:
        migrate(new)
        for index in (search.TICKETS, search.BUGS):
            for table in index.tables:
                _copy_table(new, db, table)
            if not _declared(db, index.name):
                for table in index.tables:
                    db.execute(f"drop table {table}")
                db.execute(_declared(new, index.name))
    search.rebuild(db)


def _copy_table(source: Desk, db: Desk, table: str) -> None:
    """Give a table exactly the rows that it has in `source`; a missing table is made."""
    if not _declared(db, table):
        db.execute(_declared(source, table))
    db.execute(f"delete from {table}")
    for row in source.execute(f"select * from {table}"):
        db.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)


def _declared(db: Desk, table: str) -> str:
    row = db.execute("select sql from sqlite_master where type = 'table' and name = :name", {"name": table}).fetchone()
    return row[0] if row else ""


def declare(db: Desk, kind: str, name: str, sql: str) -> None:
    """Make a trigger, an index or a view as this program declares it, replacing what has its name."""
    db.execute(f"drop {kind} if exists {name}")
    db.execute(sql)


def to_wal(db: Desk) -> bool:
    """Let readers and writers not wait for each other, a setting that the file keeps; returns whether it was off."""
    if db.execute("pragma journal_mode").fetchone()[0] == "wal":
        return False
    db.execute("pragma journal_mode = wal")
    return True
