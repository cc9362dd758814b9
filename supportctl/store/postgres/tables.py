"""What PostgreSQL knows of a desk's tables, and how it takes many rows at once (see `store.tables.Tables`)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import psycopg2

from supportctl.store.tables import JSON, Replaced, RowsRefused
from supportctl.tabular.folder import Field

if TYPE_CHECKING:
    from supportctl.store.postgres.desk import PostgresDesk

_COLUMNS = """
select a.attname, t.typname, not a.attnotnull
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass(:table) and a.attnum > 0 and not a.attisdropped and a.attidentity = ''
order by a.attnum
"""
_KEY = """
select a.attname from pg_index i cross join unnest(i.indkey) with ordinality k (number, place)
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
where i.indisprimary and i.indrelid = to_regclass(:table) order by k.place
"""


class PostgresTables:
    """The tables of an open shared desk."""

    def __init__(self, db: "PostgresDesk") -> None:
        self._db = db

    @property
    def schema(self) -> int:
        number: int = self._db.execute("select schema from desk").fetchone()[0]
        return number

    def names(self) -> set[str]:
        return {row[0] for row in self._db.execute("select tablename from pg_tables where schemaname = 'supportctl'")}

    def fields(self, table: str) -> list[Field]:
        return [
            Field(name, str if kind == "text" else int, bool(nullable), JSON.get(f"{table}.{name}"))
            for name, kind, nullable in self._db.execute(_COLUMNS, {"table": table})
        ]

    def key(self, table: str) -> list[str]:
        return [row[0] for row in self._db.execute(_KEY, {"table": table})]

    def put(self, table: str, rows: Iterable[Sequence[Any]]) -> list[Replaced]:
        names = [field.name for field in self.fields(table)]
        into = f"insert into {table} ({', '.join(names)}) values ({', '.join('?' for _ in names)})"
        try:
            self._db.execute("set constraints all deferred")  # a ticket may have been merged into a later one
            self._db.executemany(into, rows)
        except psycopg2.IntegrityError as error:
            raise RowsRefused(str(error)) from error
        return []

    def broken_references(self) -> Iterator[tuple[str, str]]:
        return iter(())  # the server lets none in

    def temporary(self, name: str, columns: str) -> None:
        self._db.execute(f"drop table if exists pg_temp.{name}")
        self._db.execute(f"create temporary table {name} ({columns}) on commit drop")

    def published(self, view: str) -> str:
        raise NotImplementedError
