"""What PostgreSQL knows of a desk's tables, and how it takes many rows at once (see `store.tables.Tables`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import errors

from supportctl.store.postgres import views
from supportctl.store.tables import JSON, RowsRefused
from supportctl.tabular.folder import Field

if TYPE_CHECKING:
    from supportctl.store.postgres.desk import PostgresDesk

# Columns that the server fills by itself are no part of what a desk says.
_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, null), a.attnotnull from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attidentity = ''
where c.relnamespace = 'supportctl'::regnamespace and c.relkind in ('r', 'p') order by c.relname, a.attnum
"""
_KEYS = """
select c.relname, a.attname from pg_index i join pg_class c on c.oid = i.indrelid
cross join lateral unnest(i.indkey) with ordinality k (attnum, n)
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
where i.indisprimary and c.relnamespace = 'supportctl'::regnamespace order by c.relname, k.n
"""
_REFERENCES = """
select f.conname, c.relname, p.relname, a.attname, b.attname from pg_constraint f
join pg_class c on c.oid = f.conrelid join pg_class p on p.oid = f.confrelid
cross join lateral unnest(f.conkey, f.confkey) with ordinality k (attnum, parent_attnum, n)
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
join pg_attribute b on b.attrelid = p.oid and b.attnum = k.parent_attnum
where f.contype = 'f' and f.connamespace = 'supportctl'::regnamespace order by c.relname, f.conname, k.n
"""
# It expects nearly as many groups as rows, and so would sort these, on disk; and it would compile what is soon done.
_FOR_COUNTING = ("work_mem = '128MB'", "jit = off")
# What a table does not take: a value that breaks a rule, one that is not of its type, one that a guard refuses.
_REFUSALS = (psycopg2.IntegrityError, psycopg2.DataError, errors.RaiseException)
_RULES = {errors.CheckViolation: "CHECK", errors.UniqueViolation: "UNIQUE", errors.NotNullViolation: "NOT NULL"}


class PostgresTables:
    """The tables of a shared desk; what the catalogue says of them is asked for once."""

    def __init__(self, db: "PostgresDesk") -> None:
        self._db = db

    @property
    def schema(self) -> int:
        number: int = self._db.execute("select schema from desk").fetchone()[0]
        return number

    def names(self) -> set[str]:
        return set(self._columns)

    def fields(self, table: str) -> list[Field]:
        return [
            Field(name, str if kind == "text" else int, not needed, JSON.get(f"{table}.{name}"))
            for name, kind, needed in self._columns[table]
        ]

    def key(self, table: str) -> list[str]:
        return self._keys[table]

    @cached_property
    def _columns(self) -> dict[str, list[tuple[str, str, bool]]]:
        rows = self._db.execute(_COLUMNS).fetchall()
        return {table: [(row[1], row[2], bool(row[3])) for row in some] for table, some in groupby(rows, itemgetter(0))}

    @cached_property
    def _keys(self) -> dict[str, list[str]]:
        rows = self._db.execute(_KEYS).fetchall()
        return {table: [row[1] for row in some] for table, some in groupby(rows, itemgetter(0))}

    def put(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        names = ", ".join(f'"{field.name}"' for field in self.fields(table))
        try:
            self._db.copy(f"copy {table} ({names}) from stdin", rows)
        except _REFUSALS as error:
            raise RowsRefused(_said(error)) from error

    def broken_references(self) -> Iterator[tuple[str, str]]:
        rows = self._db.execute(_REFERENCES).fetchall()
        for (_, table, parent), some in groupby(rows, itemgetter(0, 1, 2)):
            pairs = [row[3:] for row in some]
            given = " and ".join(f"c.{name} is not null" for name, _ in pairs)
            same = " and ".join(f"p.{other} = c.{name}" for name, other in pairs)
            missing = f"select 1 from {table} c where {given} and not exists (select 1 from {parent} p where {same})"
            yield from ((table, parent) for _ in self._db.execute(missing))

    def temporary(self, name: str, columns: str) -> None:
        self._db.execute(f"drop table if exists pg_temp.{name}")
        # It must not outlive the transaction: behind a pooler the connection is somebody else's then.
        self._db.execute(f"create temporary table {name} ({columns}) on commit drop")

    def given(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[int]]) -> str:
        arrays = (f"'{{{','.join(map(str, column))}}}'::bigint[]" for column in zip(*rows, strict=True))
        return f"(select distinct on ({columns[0]}) * from unnest({', '.join(arrays)}) {name} ({', '.join(columns)}))"

    def counted(
        self, values: Sequence[str], tickets: str, where: str, parameters: Mapping[str, Any]
    ) -> Iterable[tuple[Sequence[Any], int]]:
        for setting in _FOR_COUNTING:
            self._db.execute(f"set local {setting}")
        places = ", ".join(str(n + 1) for n in range(len(values)))
        rows = self._db.execute(
            f"select {', '.join(values)}, count(*) from {tickets} where {where} group by {places} order by min(t.id)",
            parameters,
        )
        return ((row[:-1], row[-1]) for row in rows)

    def have_grown(self) -> None:
        """Until it has looked, the server takes full tables for empty ones. If only their owner may, it does so itself
        within minutes.
        """
        self._db.execute(f"analyze {', '.join(sorted(self.names()))}")

    def published(self, view: str) -> str:
        return views.SELECTS[view]


def _said(error: psycopg2.Error) -> str:
    """What a table refuses, as SQLite says it: never with a value, which the server's own details have."""
    rule = next((words for kind, words in _RULES.items() if isinstance(error, kind)), None)
    if rule is None:
        return str(error.diag.message_primary or type(error).__name__)
    what = error.diag.constraint_name or f"{error.diag.table_name}.{error.diag.column_name}"
    return f"{rule} constraint failed: {what}"
