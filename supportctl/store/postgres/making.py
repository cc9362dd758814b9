"""Fills an empty shared desk with a whole desk, in one transaction: an import, or a copy from another place.

Meanwhile the tables are without their indexes and references, as in any mass load: to make them afterwards, each in one
pass, takes a fraction of the time, and the server need not remember every row that it still has to compare.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any

from psycopg2 import errors

from supportctl.errors import InputError
from supportctl.store import tables, totals
from supportctl.store.desk import Desk
from supportctl.store.place import Tick
from supportctl.store.postgres import full_text
from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.schema import begin, creation, is_there, refuse_encoding
from supportctl.store.postgres.script import Script, ScriptedTransaction

_MEMORY = 256  # megabytes
_REFERENCES = """
select c.relname, f.conname, pg_get_constraintdef(f.oid) from pg_constraint f join pg_class c on c.oid = f.conrelid
where f.contype = 'f' and f.connamespace = 'supportctl'::regnamespace order by c.relname, f.conname
"""
# Those that let no value occur twice stay: they refuse rows as they come.
_INDEXES = """
select c.relname, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
where not i.indisunique and c.relnamespace = 'supportctl'::regnamespace order by c.relname
"""
# To compile what each of many pages asks for takes longer than it saves. An index is sorted in as much memory as any
# server has, unless more is set.
_AT_LENGTH = (
    "set local jit = off",
    f"select set_config('maintenance_work_mem', '{_MEMORY}MB', true) where"
    f" pg_size_bytes(current_setting('maintenance_work_mem')) < {_MEMORY}::bigint << 20",
)
# Of what only an index says more: the order of the queue, and the words.
_INDEXED = ("tickets", "tickets_words", "bugs_words")


def make(address: str, fill: Callable[[Desk], None], tick: Tick | None = None) -> bool:
    """Fill the desk at an address, all or nothing; it is made if there is none. False if it is not empty.

    Raises InputError for impossible rows, psycopg2.Error, and what `fill` raises.
    """
    with closing(PostgresDesk(address)) as db:
        if not (there := is_there(db)):
            refuse_encoding(db)
        with ScriptedTransaction(db, paged=True, first="" if there else creation()):
            if not there:
                begin(db)
            return _fill(db, fill, tick)


def _fill(db: PostgresDesk, fill: Callable[[Desk], None], tick: Tick | None) -> bool:
    """Fill the desk in the caller's transaction; False if it is not empty."""
    if not tables.is_empty(db):
        return False
    tables.clear(db)
    references, indexes = db.execute(_REFERENCES).fetchall(), db.execute(_INDEXES).fetchall()
    _run(db, _AT_LENGTH)
    _run(db, (f"alter table {table} drop constraint {name}" for table, name, _ in references))
    _run(db, (f"drop index {name}" for name, _ in indexes))
    fill(db)
    totals.complete(db)
    _refer_again(db, references)
    tables.check(db, references=False)
    full_text.rebuild(db, tick)
    _run(db, (made for _, made in indexes))
    _run(db, (f"analyze {table}" for table in _INDEXED))
    return True


def _refer_again(db: PostgresDesk, references: Sequence[Any]) -> None:
    """Make the references between tables again. Raises InputError if a row refers to a missing one."""
    for table, name, made in references:
        try:
            _run(db, [f"alter table {table} add constraint {name} {made}"])
        except errors.ForeignKeyViolation as error:
            raise InputError(f"{tables.dangling(f'{table}.jsonl')}.", tables.MEND) from error


def _run(db: PostgresDesk, statements: Iterable[str]) -> None:
    """Carry out statements now: whoever waits for the end of the transaction should wait for nothing else."""
    script = db.script
    assert isinstance(script, Script)  # noqa: S101  # the caller's transaction
    for statement in statements:
        script.flush(statement)
