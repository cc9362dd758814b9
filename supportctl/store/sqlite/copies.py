"""Copies of the desk, and putting one back; an older desk brought to this program's schema with a copy kept of it."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from supportctl.errors import DeskUnusable, InputError, OutputUnwritable
from supportctl.files import atomic_file, free_name, give_name, refuse_desk
from supportctl.store import tables
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.place import Copy, RestoredDesk, Tick, UpgradedDesk
from supportctl.store.sqlite import search
from supportctl.store.sqlite.backup import copy_into, fetch, is_writable, move_aside, prove, write_through
from supportctl.store.sqlite.connection import (
    Hook,
    check_desk,
    check_owner,
    connect,
    new_file_beside,
    schema_of,
    translate_errors,
)
from supportctl.store.sqlite.opening import filling, open_desk, place
from supportctl.store.sqlite.schema import rebuild
from supportctl.store.sqlite.upgrade import upgrade


def back_up(desk: Path, to: Path, *, force: bool, tick: Tick | None = None) -> Copy:
    """Copy the desk as it is at one moment, whoever writes meanwhile; prove the copy, then put it at `to`.

    Raises InputError for a file that is there already (unless `force`) or is the desk itself, DeskUnusable,
    OutputUnwritable. Whatever ends it early, `to` is left as it was.
    """
    refuse_desk(desk, to)
    with translate_errors(desk):
        check_desk(desk)
        with closing(connect(desk)) as db, atomic_file(to, over=force) as new:
            copy_into(db, new, to, tick)
            return prove(new, tick, named=desk)._replace(path=to)


def make(path: Path, schema: int, fill: Callable[[Desk], None], tick: Tick | None = None) -> bool:
    """Fill a new desk of an older schema, beside `path`, upgrade it, and put it there or into the empty desk there.

    Returns False, and changes nothing, if the desk there is not empty. Raises DeskUnusable, and what `fill` raises.
    """
    if path.exists() and not _is_empty(path):
        return False
    with new_file_beside(path) as new:
        with filling(new) as db:
            rebuild(db, schema, fill, tick)
        return place(new, path) or _copy_into_empty(new, path)


def _is_empty(path: Path) -> bool:
    with closing(open_desk(path)) as db:
        return tables.is_empty(db)


def _copy_into_empty(new: Path, path: Path) -> bool:
    with closing(open_desk(new)) as source, closing(open_desk(path)) as db, db.transaction():
        if not tables.copy_into_empty(source, db):
            return False
        search.rebuild(db)
        return True


def path_for_copy(source: Path, desk: Path) -> Path:
    """Where the desk is kept when a backup takes its place. Raises what `restore_backup` does of such a backup."""
    _check_backup(source, desk)
    return free_name(desk.with_name(f"{desk.name}.replaced"))


def restore_backup(source: Path, desk: Path, kept: Path, tick: Tick | None = None) -> RestoredDesk:
    """Put a backup in the place of the desk, and keep what was there at `kept`; the backup is left as it is.

    A desk that works is written through SQLite, in one transaction: who has it open goes on with what was put back.
    One that does not is moved aside with its log. Raises InputError, DeskUnusable.
    """
    _check_backup(source, desk)
    was_there = os.path.lexists(desk)
    working = was_there and is_writable(desk)
    with _no_room_is_the_desks(), translate_errors(desk), new_file_beside(desk) as new:
        copy, before = fetch(source, new, desk, tick)
        if working:
            write_through(new, desk, kept, tick)
        else:
            if was_there:
                move_aside(desk, kept)
            give_name(new, desk, over=False)
    return RestoredDesk(copy._replace(path=desk), source, kept if was_there else None, before)


def _check_backup(source: Path, desk: Path) -> None:
    """Raises InputError where there is nothing to put back: no file, or the desk itself; DeskUnusable for a folder."""
    with translate_errors(desk):
        if desk.is_dir():
            check_owner(desk)
    refuse_desk(desk, source)
    try:
        there = source.exists()
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}.", "Check the path and the permissions.") from None
    if not there:
        raise InputError(f"There is no file {source}.", "Name a backup that `supportctl db backup` made.")


@contextmanager
def _no_room_is_the_desks() -> Iterator[None]:
    """Where the copies of a restore find no room it is the desk that does."""
    try:
        yield
    except OutputUnwritable as error:
        raise DeskUnusable(error.message, "Free some disk space and try again; nothing was changed.") from error


def upgrade_file(path: Path, upgrading: Hook | None = None) -> UpgradedDesk:
    """Bring the desk at `path` to this schema, if it is older. Raises DeskUnusable, also where there is none."""
    with translate_errors(path):
        check_desk(path)
        with closing(connect(path)) as db:
            before = schema_of(db)
            kept = upgrade(db, path, upgrading) if before < SCHEMA_VERSION else None
            return UpgradedDesk(path, before, schema_of(db), kept)
