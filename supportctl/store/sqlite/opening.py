"""Opening a desk: making a missing one, upgrading an older one, and refusing what is not ours."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from supportctl.errors import DeskUnusable
from supportctl.files import give_name
from supportctl.store.desk import Desk
from supportctl.store.sqlite.connection import (
    APPLICATION_ID,
    ON_RECORD,
    SCHEMA_VERSION,
    Hook,
    SqliteDesk,
    check_desk,
    connect,
    explained,
    made_beside,
    newer,
    schema_of,
)
from supportctl.store.sqlite.foreign_schema import refuse_strangers

T = TypeVar("T")


def open_desk(path: Path, *, create: bool = False, upgrading: Hook | None = None) -> SqliteDesk:
    """A connection to the desk at `path`, brought to this program's schema; `upgrading` is called before that is done.

    With `create` a missing desk is made, file 0600 and folder 0700. Raises DeskUnusable, with nothing written, if the
    desk is missing, not a desk of ours, newer than this program, damaged, locked, or cannot be read.
    """
    with explained(path):
        if create and not path.exists():
            _create(path, lambda _: None)
        check_desk(path)
        db = connect(path)
        try:
            version = schema_of(db)
            if version != SCHEMA_VERSION:
                _upgrade(db, path, version, upgrading)
            refuse_strangers(db, path, SCHEMA_VERSION)
        except BaseException:
            db.close()
            raise
        return db


def put(path: Path, act: Callable[[Desk], T], upgrading: Hook | None = None) -> tuple[Desk, T]:
    """A connection to the desk at `path`, and what `act` gave when it was done there.

    A missing desk is made, but only if `act` succeeds: what is refused leaves none behind. If another program makes it
    meanwhile, `act` is done once more, on that one. Raises what `open_desk` and `act` raise.
    """
    with explained(path):
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


def _open_made(path: Path) -> SqliteDesk:
    """Open the desk that this run has just made. Raises DeskUnusable, which says that what was put there stays."""
    try:
        return open_desk(path)
    except DeskUnusable as error:
        raise DeskUnusable(error.message, ON_RECORD) from error


def _create(path: Path, act: Callable[[Desk], T]) -> tuple[bool, T]:
    """Make a whole new desk beside `path`, do `act` on it, and put it there in one step: no one sees half of one.

    Of two first runs at once one wins: whether that is this one, and what `act` gave. Whatever fails leaves nothing.
    """
    from supportctl.store.sqlite.schema import build

    with made_beside(path) as new:
        with filling(new) as db:
            build(db)
            result = act(db)
        return place(new, path), result


@contextmanager
def filling(new: Path) -> Iterator[SqliteDesk]:
    """A connection that fills the empty file `new`, which nobody else knows of, with a desk.

    Every page goes straight into the file, so that one for which there is no room is an error of whoever wrote it:
    nothing waits in a log beside it that could be lost when that is closed.
    """
    with closing(connect(new)) as db:
        db.counts = False
        db.execute("pragma journal_mode = memory")  # a desk cut short is thrown away
        db.execute("pragma synchronous = off")  # and one that is whole is brought to the disk when it gets its name
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        yield db
        db.execute("pragma journal_mode = wal")  # readers never wait for writers; it stays with the file


def place(new: Path, path: Path) -> bool:
    """Prove a desk, closed by everyone, and give it the name `path`, safe on the disk; False if that exists by now.

    Raises DeskUnusable, OSError; then there is nothing at `path`.
    """
    from supportctl.store.sqlite.backup import prove

    prove(new, named=path)
    try:
        give_name(new, path, over=False)
    except FileExistsError:
        return False
    SqliteDesk.made += 1
    return True


def _upgrade(db: SqliteDesk, path: Path, version: int, upgrading: Hook | None) -> None:
    if version > SCHEMA_VERSION:
        raise newer(path)
    from supportctl.store.sqlite.upgrade import upgrade

    db.counts = False
    db.kept = upgrade(db, path, upgrading)
    db.counts = True
