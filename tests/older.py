"""Desks of every schema that this repository ever had, for tests that upgrade them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from supportctl.store.sqlite.connection import APPLICATION_ID, SqliteDesk
from supportctl.store.sqlite.schema import migrations

NAMES = [migration.name for migration in migrations.pending(Database(memory=True))]


def as_it_was(path: Path, version: int, today: Path) -> None:
    """A desk of an older schema, with what today's holds in the tables and columns that there were."""
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path, isolation_level=None, factory=SqliteDesk)) as db:
        db.execute("pragma journal_mode = wal")
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        db.execute("begin")
        stop = NAMES[version] if version < len(NAMES) else None
        migrations.apply(Database(db, execute_plugins=False), stop_before=stop)
        db.execute("commit")
        db.execute(f"pragma user_version = {version}")
        db.execute("attach :today as today", {"today": str(today)})
        for table in tables(db):
            columns = ", ".join(row[1] for row in db.execute(f"pragma main.table_info({table})"))
            db.execute(f"insert into main.{table} ({columns}) select {columns} from today.{table}")
        if version >= 3:
            db.execute("insert into tickets_index (tickets_index) values ('rebuild')")


def tables(db: sqlite3.Connection) -> list[str]:
    """The tables that hold what people wrote."""
    rows = db.execute("select name from main.sqlite_master where type = 'table' order by rowid")
    return [name for (name,) in rows if "_index" not in name and not name.startswith(("sqlite_", "_sqlite"))]
