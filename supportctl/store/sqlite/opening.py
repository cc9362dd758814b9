"""Opening a desk: makes a missing one, upgrades an older one, and refuses what is not ours."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from supportctl.errors import DeskUnusable
from supportctl.files import give_name
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.sqlite.connection import (
    APPLICATION_ID,
    ON_RECORD,
    Hook,
    SqliteDesk,
    check_desk,
    connect,
    new_file_beside,
    newer_schema_error,
    schema_of,
    translate_errors,
)
from supportctl.store.sqlite.foreign_schema import refuse_foreign_objects

T = TypeVar("T")


def open_desk(path: Path, *, create: bool = False, upgrading: Hook | None = None) -> SqliteDesk:
    """A connection to the desk at `path`, upgraded to this program's schema; `upgrading` is called before that.

    With `create` a missing desk is made, file 0600 and folder 0700. Raises DeskUnusable, having written nothing, if the
    desk is missing, not ours, newer than this program, damaged, locked, or unreadable.
    """
    with translate_errors(path):
        if create and not path.exists():
            _create(path, lambda _: None)
        check_desk(path)
        db = connect(path)
        try:
            version = schema_of(db)
            if version != SCHEMA_VERSION:
                _upgrade(db, path, version, upgrading)
            refuse_foreign_objects(db, path, SCHEMA_VERSION)
        except BaseException:
            db.close()
            raise
        return db


def open_or_create(path: Path, act: Callable[[Desk], T], upgrading: Hook | None = None) -> tuple[Desk, T]:
    """A connection to the desk at `path`, and the result of `act` on it.

    A missing desk is made, but only if `act` succeeds: a refusal leaves none behind. If another program makes it
    meanwhile, `act` runs once more, on that one. Raises what `open_desk` and `act` raise.
    """
    with translate_errors(path):
        if not path.exists():
            placed, result = _create(path, act)
            if placed:
                return _open_made(path), result
        db = open_desk(path, create=True, upgrading=upgrading)
        try:
            return db, act(db)
        except BaseException:
            db.close()
            raise


def create_desk(path: Path) -> int | None:
    """Make a new desk at `path`, file 0600 and folder 0700, and return its schema; None if something is there already.

    Raises DeskUnusable.
    """
    with translate_errors(path):
        made = not os.path.lexists(path) and _create(path, lambda _: None)[0]
    return SCHEMA_VERSION if made else None


def _open_made(path: Path) -> SqliteDesk:
    """Open the desk that this run has just made. Raises DeskUnusable, which says that its contents stay."""
    try:
        return open_desk(path)
    except DeskUnusable as error:
        raise DeskUnusable(error.message, ON_RECORD) from error


def _create(path: Path, act: Callable[[Desk], T]) -> tuple[bool, T]:
    """Make a whole new desk beside `path`, do `act` on it, and move it there in one step: no one sees half of one.

    Of two simultaneous first runs one wins: returns whether it is this one, and the result of `act`. A failure leaves
    nothing.
    """
    from supportctl.store.sqlite.schema import build  # late: only a new desk is built and proved

    with new_file_beside(path) as new:
        with filling(new) as db:
            build(db)
            result = act(db)
        return place(new, path), result


@contextmanager
def filling(new: Path) -> Iterator[SqliteDesk]:
    """A connection that fills the empty file `new`, which nobody else knows, with a desk.

    Every page goes straight into the file, so that a full disk is an error of the write itself: nothing waits in a log
    that could be lost on closing.
    """
    with closing(connect(new)) as db:
        db.counts = False
        db.execute("pragma journal_mode = memory")  # an unfinished desk is thrown away
        db.execute("pragma synchronous = off")  # a finished one is written to disk when it gets its name
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        yield db
        db.execute("pragma journal_mode = wal")  # readers never wait for writers; the file keeps this setting


def place(new: Path, path: Path) -> bool:
    """Check a desk, closed by everyone, and give it the name `path`, safe on disk; False if that exists by now.

    Raises DeskUnusable, OSError; then there is nothing at `path`.
    """
    from supportctl.store.sqlite.backup import prove  # late: only a new desk is built and proved

    prove(new, named=path)
    try:
        give_name(new, path, over=False)
    except FileExistsError:
        return False
    SqliteDesk.made += 1
    return True


def _upgrade(db: SqliteDesk, path: Path, version: int, upgrading: Hook | None) -> None:
    if version > SCHEMA_VERSION:
        raise newer_schema_error(path)
    from supportctl.store.sqlite.upgrade import upgrade  # late: only an older desk is upgraded

    db.counts = False
    db.kept = upgrade(db, path, upgrading)
    db.counts = True
