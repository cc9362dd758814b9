"""Totals: of each table that a decision rests on, how many rows it has, and the sum of the digests of its rows.

A row that another program changes, puts in or takes away no longer fits the total of its table; nor does one that is
put back as it was with its seal, or a table that is put back with its total: the desk has a total of its own, over all.
Sums do not depend on an order, so a change costs the digests of the rows that it touches, however large the table is.
What was written about tickets and bugs has seals of its own, which tell of which ticket; their table has a total too.

Like a seal, a total is no signature. How it is made is part of the schema: it never changes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from supportctl.store.desk import Desk
from supportctl.store.sqlite.digest import blake2b

TABLES = (
    "counters", "policies", "closures", "customers", "licences", "licence_terms", "applied_keys", "account_kinds",
    "releases", "removals", "imported_rows", "messages", "told", "bug_tickets", "remote_sessions", "remote_secrets",
    "ticket_seals", "bug_seals",
)  # fmt: skip
DESK = "desk"  # the name of the total over all tables
LIMIT = 1 << 52  # of a sum: any reader of JSON keeps it exactly, and a table may have a thousand such sums
SCHEMA = """
create table totals (
    name text primary key,
    rows bigint not null,
    total bigint not null
)
"""

Values = Mapping[str, Any]


class Total(NamedTuple):
    """How many rows there are, and the sum of their digests."""

    rows: int
    sum: int


NOTHING = Total(0, 0)


class Unlike(NamedTuple):
    """A table (or the desk) that does not fit its total; `kept` is None where it has none."""

    name: str
    kept: Total | None
    standing: Total


# Writing


def put(db: Desk, table: str, row: Values) -> None:
    """Put a row into a table, in the caller's transaction: its values by column, as SQLite gives them back."""
    db.execute(_insert(table, tuple(row)), tuple(row.values()))
    _move(db, table, 1, _digest(in_bytes(map(row.get, columns(db, table)))))


@cache
def _insert(table: str, names: tuple[str, ...]) -> str:
    return f"insert into {table} ({', '.join(names)}) values ({', '.join('?' for _ in names)})"


def added(db: Desk, table: str, statement: str, values: Values) -> int:
    """Put rows into a table by an `insert` that replaces none, in the caller's transaction; how many."""
    come = _total(row[0] for row in db.execute(f"{statement} returning {stored(db, table)}", values).fetchall())
    count(db, table, come=come)
    return come.rows


@contextmanager
def changing(db: Desk, table: str, where: str, values: Values) -> Iterator[None]:
    """Change inside, in the caller's transaction, rows of a table that are such before and after it, and no others."""
    rows = f"select {stored(db, table)} from {table} where {where}"
    gone = _total(row[0] for row in db.execute(rows, values).fetchall())
    yield
    count(db, table, gone=gone, come=_total(row[0] for row in db.execute(rows, values).fetchall()))


def count(db: Desk, table: str, *, come: Total = NOTHING, gone: Total = NOTHING) -> None:
    """Note what came to a table and went from it; it is added to the totals when the transaction ends."""
    if come != gone:
        _move(db, table, come.rows - gone.rows, come.sum - gone.sum)


def _move(db: Desk, table: str, rows: int, digests: int) -> None:
    before = db.moved.get(table, NOTHING)
    db.moved[table] = before[0] + rows, before[1] + digests


def counting(db: Desk) -> None:
    """Expect the counters to change in this transaction: they are few, so they are looked at before and after it."""
    if db.counters_before is None:
        db.counters_before = standing(db, "counters")


def _count_counters(db: Desk) -> None:
    if db.counters_before is not None:
        count(db, "counters", come=standing(db, "counters"), gone=Total(*db.counters_before))
        db.counters_before = None


def keep(db: Desk) -> None:
    """Add to the totals what was noted in a transaction that is about to be committed."""
    _count_counters(db)
    moved = {name: Total(rows, digests % LIMIT) for name, (rows, digests) in db.moved.items()}
    db.moved.clear()
    for name, change in {**moved, DESK: _together(moved.values())}.items():
        db.execute(
            "insert into totals (name, rows, total) values (:name, :rows, :sum)"
            " on conflict (name) do update set rows = totals.rows + :rows, total = (totals.total + :sum) % :limit",
            {"name": name, **change._asdict(), "limit": LIMIT},
        )


def settle(db: Desk) -> None:
    """Forget what was noted of tables that fit their totals as they are: what was mended is what was once written."""
    _count_counters(db)
    kept = kept_totals(db)
    for name in list(db.moved):
        if standing(db, name) == kept.get(name):
            del db.moved[name]


# Making and holding against


def make(db: Desk, but: Collection[str] = ()) -> None:
    """Let each table, and the desk, have the total that fits it as it stands, `but` for some."""
    db.forget_moves()
    for name in TABLES:
        if name not in but:
            _put(db, name, standing(db, name))
    if DESK not in but:
        _put(db, DESK, _over_all(kept_totals(db)))


def complete(db: Desk) -> None:
    """Give a total to what has none: an export of a desk leaves some of its tables out."""
    make(db, but=kept_totals(db))


def _put(db: Desk, name: str, total: Total) -> None:
    db.execute(
        "insert into totals (name, rows, total) values (:name, :rows, :sum)"
        " on conflict (name) do update set rows = :rows, total = :sum",
        {"name": name, **total._asdict()},
    )


def unlike(db: Desk) -> Iterator[Unlike]:
    """Every table that does not fit its total, and the desk if its own is not that of all others."""
    kept = kept_totals(db)
    for name in TABLES:
        total = standing(db, name)
        if total != kept.get(name):
            yield Unlike(name, kept.get(name), total)
    over_all = _over_all(kept)
    if over_all != kept.get(DESK):
        yield Unlike(DESK, kept.get(DESK), over_all)
    yield from (Unlike(name, kept[name], NOTHING) for name in kept.keys() - {*TABLES, DESK})


def kept_totals(db: Desk) -> dict[str, Total]:
    """The totals on record; none on a desk of a schema that had none."""
    if not db.execute("select 1 from sqlite_master where type = 'table' and name = 'totals'").fetchone():
        return {}
    return {row[0]: Total(*row[1:]) for row in db.execute("select name, rows, total from totals")}


def standing(db: Desk, table: str) -> Total:
    """The total that fits a table as it stands; all of it is read."""
    return _total(row[0] for row in db.execute(f"select {stored(db, table)} from {table}"))


def _over_all(kept: Mapping[str, Total]) -> Total:
    return _together(total for name, total in kept.items() if name != DESK)


def _together(totals: Iterable[Total]) -> Total:
    every = list(totals)
    return Total(sum(total.rows for total in every), sum(total.sum for total in every) % LIMIT)


def _total(rows: Iterable[bytes]) -> Total:
    """A flat loop: at a check it sees every row of the desk."""
    found = total = 0
    for row in rows:
        found += 1
        total += _digest(row)
    return Total(found, total % LIMIT)


def _digest(row: bytes) -> int:
    return int.from_bytes(blake2b(row, digest_size=8).digest(), "big")


def total_of(rows: Iterable[Iterable[Any]]) -> Total:
    """The total of rows that are whole and as SQLite gives them back, in the order of their columns."""
    return _total(in_bytes(row) for row in rows)


# The bytes of a row


def stored(db: Desk, table: str) -> str:
    """The expression by which SQLite gives a whole row of a table in the very bytes of `in_bytes`."""
    return as_bytes(columns(db, table))


def columns(db: Desk, table: str) -> list[str]:
    """The columns of a table in their order, as the desk itself has them: none can be forgotten."""
    known = db.columns
    if table not in known:
        known[table] = [column[0] for column in db.execute(f"select * from {table} limit 0").description]
    return known[table]


def as_bytes(names: Iterable[str]) -> str:
    """The same of some columns: a million rows are read in seconds."""
    values = (f"coalesce({name}, char(0))" for name in names)
    return f"cast({' || char(31) || '.join(values)} as blob)"


def in_bytes(row: Iterable[Any]) -> bytes:
    """The bytes of which digests are made."""
    return "\x1f".join("\0" if value is None else str(value) for value in row).encode()
