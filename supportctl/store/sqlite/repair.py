"""Putting right what can be derived from the rest of the desk; inside the caller's transaction."""

from collections.abc import Callable
from contextlib import closing
from typing import Any, Protocol, TypeVar

from supportctl.policy.history import in_force, replay
from supportctl.store import filing, tickets, totals
from supportctl.store.desk import Desk
from supportctl.store.sqlite import search
from supportctl.store.sqlite.connection import SqliteDesk, in_memory
from supportctl.store.sqlite.schema import declared, migrate
from supportctl.store.sqlite.scrub import left_behind
from supportctl.store.sqlite.transaction import transaction


class Mendable(Protocol):
    """Something wrong that knows how it is put right."""

    @property
    def mend(self) -> Callable[[Desk], object] | None: ...


Found = TypeVar("Found", bound=Mendable)


def in_one_transaction(db: Desk, find: Callable[[Desk], list[Found]]) -> list[Found]:
    """Find what is wrong while nobody else can write, and mend it, each thing once: all of it or nothing."""
    with transaction(db):
        found = find(db)
        done: set[Any] = set()
        for wrong in found:
            if wrong.mend is not None and wrong.mend not in done:
                done.add(wrong.mend)
                wrong.mend(db)
        if isinstance(db, SqliteDesk):
            totals.settle(db)
    return found


def reindex(db: Desk) -> None:
    """Make every ordinary index anew from its table."""
    db.execute("reindex")


def rebuild_index(db: Desk) -> None:
    """Make the full-text indexes anew from the texts, whatever is left of their own tables."""

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
    """Give a table the rows that it has in `source`, and no others; one that is missing is made."""
    if not _declared(db, table):
        db.execute(_declared(source, table))
    db.execute(f"delete from {table}")
    for row in source.execute(f"select * from {table}"):
        db.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)


def _declared(db: Desk, table: str) -> str:
    row = db.execute("select sql from sqlite_master where type = 'table' and name = :name", {"name": table}).fetchone()
    return row[0] if row else ""


def declare(db: Desk, kind: str, name: str) -> None:
    """Make a guard, an index or a view as this program declares it, in the place of what has its name."""

    db.execute(f"drop {kind} if exists {name}")
    db.execute(declared(kind, name))


def derive(db: Desk, number: int) -> None:
    """Store a ticket as its whole history makes it, with all that follows from its own values."""
    targets, entries = tickets.targets(db, number), tickets.entries(db, number)
    last = in_force(entries, targets).n
    db.execute("update tickets set target_n = :n where id = :id", {"n": last, "id": number})
    first = next(entry for entry in entries if entry.kind == "received")
    ticket = tickets.get(db, number)._replace(received_at=first.at, entered_at=first.entered_at)
    filing.save(db, replay(ticket, entries, targets), [], [], [])


def finish_removal(db: Desk) -> None:
    """Free the files of what was removed, once the caller's transaction is committed."""
    left_behind(db, anywhere=False)


def to_wal(db: Desk) -> bool:
    """Let readers and writers not wait for each other, which stays with the file; whether it was otherwise."""
    if db.execute("pragma journal_mode").fetchone()[0] == "wal":
        return False
    db.execute("pragma journal_mode = wal")
    return True
