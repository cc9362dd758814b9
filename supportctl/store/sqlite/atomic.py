"""Transactions, parts of one, and consistent reads; with the totals of what a change touched."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from supportctl.errors import SupportctlError
from supportctl.store import totals
from supportctl.store.desk import Desk
from supportctl.store.sqlite.turn import begin

if TYPE_CHECKING:
    from supportctl.store.sqlite.connection import SqliteDesk

T = TypeVar("T")
REMOVED, SCRUBBED = "removal", "scrubbed"  # counters: removals so far, and up to which one the desk was rewritten


def atomic(db: "SqliteDesk") -> AbstractContextManager[None]:
    """A transaction that leaves removed bytes in the files: for scrubbing itself. All else uses `Desk.transaction`."""
    return Atomic(db)


def as_a_whole(db: Desk, act: Callable[[], T]) -> T:
    """A part of a transaction, and its result: if it is refused, all of it is undone, and nothing before it."""
    moved = dict(db.moved)
    db.execute("savepoint part")
    try:
        done = act()
    except SupportctlError:
        db.execute("rollback to part")
        db.execute("release part")
        db.moved = moved
        raise
    db.execute("release part")
    return done


@contextmanager
def without_guard(db: Desk, trigger: str) -> Iterator[None]:
    """Do without a trigger in the block, inside a transaction."""
    guard = db.execute("select sql from sqlite_master where name = :name", {"name": trigger}).fetchone()[0]
    db.execute(f"drop trigger {trigger}")
    yield
    db.execute(guard)


def scrub_owed(db: Desk) -> bool:
    """Whether a run that removed something was killed before it rewrote the desk (see `store.sqlite.scrub`)."""
    names = REMOVED, SCRUBBED
    removal, scrubbed = (f"coalesce((select value from counters where name = '{name}'), 0)" for name in names)
    with suppress(sqlite3.OperationalError):  # a desk in the making has no counters yet
        return bool(db.execute(f"select {removal} > {scrubbed}").fetchone()[0])
    return False


# These two are not generators: one that a signal interrupts on its way in or out would end late, on a connection that
# is closed by then.


class Atomic(AbstractContextManager[None]):
    """All or nothing, begun with the write lock; inside another transaction it is part of that."""

    def __init__(self, db: "SqliteDesk") -> None:
        self._db = db

    def __enter__(self) -> None:
        self._inner = self._db.in_transaction
        self._turn = None if self._inner else begin(self._db)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._inner:
            return
        if kind is not None:
            self._undo()
            return
        try:
            self._commit()
        except BaseException:
            self._undo()
            raise
        if self._turn:
            self._turn.end(committed=True)
        self._db.count_change()
        self._follow(self._db)

    def _commit(self) -> None:
        if self._db.moved:
            totals.keep(self._db)
        self._db.execute("commit")

    def _follow(self, db: "SqliteDesk") -> None:
        """What has to follow the commit."""

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("rollback")
        if self._turn:
            self._turn.end(committed=False)
        self._db.remains = False
        self._db.forget_moves()


class Snapshot(AbstractContextManager[None]):
    """Several reads of the same moment, whatever others write meanwhile."""

    def __init__(self, db: Desk) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("begin")

    def __exit__(self, *_: object) -> None:
        self._db.execute("rollback")
