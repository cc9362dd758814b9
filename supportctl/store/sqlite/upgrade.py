"""Upgrades an older desk to this program's schema, keeping a copy as it was."""

from contextlib import closing
from filecmp import cmp
from pathlib import Path

from supportctl.errors import DeskUnusable, OutputUnwritable
from supportctl.files import free_name, give_name, scratch, write_errors
from supportctl.store.desk import SCHEMA_VERSION
from supportctl.store.sqlite.backup import copy_into, prove
from supportctl.store.sqlite.connection import (
    Hook,
    SqliteDesk,
    connect,
    schema_of,
)
from supportctl.store.sqlite.foreign_schema import refuse_foreign_objects
from supportctl.store.sqlite.schema import migrate


def upgrade(db: SqliteDesk, path: Path, upgrading: Hook | None = None) -> Path | None:
    """Upgrade an older desk to this schema; once, whoever else tries at the same time. Calls `upgrading` before.

    First a copy is put beside the desk; returns where, or None if another process had upgraded the desk by then. Raises
    DeskUnusable if there is no space for the copy; the desk stays as it was.
    """
    with db.transaction():  # from here on nobody else writes, so the copy is of what is upgraded
        version = schema_of(db)
        if version >= SCHEMA_VERSION:
            return None
        refuse_foreign_objects(db, path, version)
        if upgrading:
            upgrading()
        kept = _keep(path, version)
        migrate(db)
    return kept


def _keep(path: Path, version: int) -> Path:
    """A copy of the desk as it is; one left by an interrupted upgrade is used if it is the same."""
    kept = path.with_name(f"{path.name}.v{version}.bak")
    try:
        with closing(connect(path)) as before, write_errors(kept), scratch(kept) as copy:
            copy_into(before, copy, kept)
            prove(copy, named=path)
            if not kept.is_file() or kept.is_symlink() or not cmp(kept, copy, shallow=False):
                kept = free_name(kept)
                give_name(copy, kept, over=False)
    except OutputUnwritable as error:
        raise DeskUnusable(f"The desk must be copied before it is upgraded: {error.message}", error.hint) from error
    return kept
