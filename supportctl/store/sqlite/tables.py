"""What SQLite knows of a desk's tables, and how it takes many rows at once (see `store.tables.Tables`)."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from supportctl.store.desk import LARGEST, Desk
from supportctl.store.sqlite import views
from supportctl.store.tables import JSON, RowsRefused
from supportctl.tabular.folder import Field

TOGETHER = 50_000  # tickets that are counted together: some megabytes of text


class SqliteTables:
    """The tables of an open file."""

    def __init__(self, db: Desk) -> None:
        self._db = db

    @property
    def schema(self) -> int:
        version: int = self._db.execute("pragma user_version").fetchone()[0]
        return version

    def names(self) -> set[str]:
        return {row[0] for row in self._db.execute("select name from sqlite_master where type = 'table'")}

    def fields(self, table: str) -> list[Field]:
        rows = self._db.execute(f"pragma table_info({table})").fetchall()
        return [
            Field(name, str if kind.lower() == "text" else int, not (needed or key), JSON.get(f"{table}.{name}"))
            for _, name, kind, needed, _, key in rows
        ]

    def key(self, table: str) -> list[str]:
        keys = [(row[5], row[1]) for row in self._db.execute(f"pragma table_info({table})") if row[5]]
        return [name for _, name in sorted(keys)]

    def put(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        names = [field.name for field in self.fields(table)]
        self._db.execute("pragma defer_foreign_keys = on")  # a ticket may have been merged into a later one
        into = f"insert into {table} ({', '.join(names)}) values ({', '.join('?' for _ in names)})"
        try:
            self._db.executemany(into, rows)
        except sqlite3.IntegrityError as error:
            raise RowsRefused(str(error)) from error

    def broken_references(self) -> Iterator[tuple[str, str]]:
        return ((table, parent) for table, _, parent, _ in self._db.execute("pragma foreign_key_check"))

    def temporary(self, name: str, columns: str) -> None:
        self._db.execute(f"drop table if exists temp.{name}")
        self._db.execute(f"create temporary table {name} ({columns}) without rowid")

    def given(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[int]]) -> str:
        key, *others = columns
        self._db.execute(f"drop table if exists temp.{name}")
        self._db.execute(f"create temporary table {name} ({', '.join([f'{key} integer primary key', *others])})")
        self._db.executemany(f"insert into temp.{name} values ({', '.join('?' for _ in columns)})", rows)
        return f"temp.{name}"

    def counted(
        self, values: Sequence[str], tickets: str, where: str, parameters: Mapping[str, Any]
    ) -> Iterable[tuple[Sequence[Any], int]]:
        # Rows that are counted as lines of one text cost half of what they cost as tuples of Python's.
        line = f"json_array({', '.join(values)})"
        some = f"select group_concat({line}, char(10)) from {tickets} where t.id between :first and :last and {where}"
        found = Counter[str]()
        first = self._after(-LARGEST)
        while first is not None:
            last = first + TOGETHER - 1
            (lines,) = self._db.execute(some, {**parameters, "first": first, "last": last}).fetchone()
            found.update(lines.split("\n") if lines else ())
            first = self._after(last)
        return ((json.loads(line), count) for line, count in found.items())

    def _after(self, number: int) -> int | None:
        """The first number of a ticket after this one."""
        first: int | None = self._db.execute("select min(id) from tickets where id > ?", (number,)).fetchone()[0]
        return first

    def have_grown(self) -> None:
        """Nothing: its plans rest on the indexes alone."""

    def published(self, view: str) -> str:
        return views.SELECTS[view]
