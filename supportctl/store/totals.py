"""Totals: for each table that decisions depend on, how many rows it has, and the sum of their digests.

If another program changes, adds or removes a row, its table no longer matches its total; the same goes for a row
restored together with its seal, and for a table restored together with its total: the desk has a total over all. Sums
do not depend on order, so a change costs only the digests of the rows that it touches, however large the table is. What
was written about tickets and bugs has seals of its own, which tell the ticket; their table has a total too.

Like a seal, a total is not a signature. How it is made is part of the schema: it never changes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from supportctl.store.desk import Desk
from supportctl.store.digest import blake2b

TABLES = (
    "counters", "policies", "closures", "customers", "licences", "licence_terms", "applied_keys", "account_kinds",
    "releases", "removals", "imported_rows", "messages", "told", "bug_tickets", "remote_sessions", "remote_secrets",
    "ticket_seals", "bug_seals", "changes",
)  # fmt: skip
DESK = "desk"  # the name of the total over all tables
LIMIT = 1 << 52  # for a sum: any reader of JSON keeps it exactly, and a table may have a thousand such sums
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


# Writing


def put(db: Desk, table: str, row: Values) -> None:
    """Put a row into a table, in the caller's transaction: its values by column, as SQLite returns them."""
    db.execute(_insert(table, tuple(row)), tuple(row.values()))
    _move(db, table, 1, total_of([map(row.get, columns(db, table))]).sum)


def put_all(db: Desk, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Put complete rows into a table, in the caller's transaction: their values in the order of its columns."""
    places = ", ".join("?" for _ in columns(db, table))
    db.executemany(f"insert into {table} values ({places})", rows)
    count(db, table, come=total_of(rows))


@cache
def _insert(table: str, names: tuple[str, ...]) -> str:
    return f"insert into {table} ({', '.join(names)}) values ({', '.join('?' for _ in names)})"


def add_rows(db: Desk, table: str, statement: str, values: Values) -> int:
    """Put rows into a table by an `insert` that replaces none, in the caller's transaction; returns how many."""
    come = _total(row[0] for row in db.execute(f"{statement} returning {stored(db, table)}", values).fetchall())
    count(db, table, come=come)
    return come.rows


@contextmanager
def changing(db: Desk, table: str, where: str, values: Values) -> Iterator[None]:
    """Change inside, in the caller's transaction, only rows of a table that meet a condition before and after it."""
    rows = f"select {stored(db, table)} from {table} where {where}"
    gone = _total(row[0] for row in db.execute(rows, values).fetchall())
    yield
    count(db, table, gone=gone, come=_total(row[0] for row in db.execute(rows, values).fetchall()))


def remove(db: Desk, table: str, where: str, values: Values) -> None:
    """Remove the rows of a table that meet a condition, in the caller's transaction."""
    gone = db.execute(*removal(db, table, where, values)).fetchall()
    if gone:
        db.execute(f"delete from {table} where {where}", values)
        count(db, table, gone=total_of(gone))


def removal(db: Desk, table: str, where: str, values: Values) -> tuple[str, Values]:
    """What reads the rows that `remove` removes."""
    return f"select {', '.join(columns(db, table))} from {table} where {where}", values


def count(db: Desk, table: str, *, come: Total = NOTHING, gone: Total = NOTHING) -> None:
    """Note the rows added to and removed from a table; the totals are updated when the transaction ends."""
    if come != gone:
        _move(db, table, come.rows - gone.rows, come.sum - gone.sum)


def _move(db: Desk, table: str, rows: int, digests: int) -> None:
    before = db.moved.get(table, NOTHING)
    db.moved[table] = before[0] + rows, before[1] + digests


def keep(db: Desk) -> None:
    """Add what was noted to the totals, just before the commit."""
    moved = {name: Total(rows, digests % LIMIT) for name, (rows, digests) in db.moved.items()}
    db.moved.clear()
    for name, change in {**moved, DESK: _together(moved.values())}.items():
        db.execute(
            "insert into totals (name, rows, total) values (:name, :rows, :sum)"
            " on conflict (name) do update set rows = totals.rows + :rows, total = (totals.total + :sum) % :limit",
            {"name": name, **change._asdict(), "limit": LIMIT},
        )


def settle(db: Desk) -> None:
    """Forget what was noted about tables that match their totals: a repair restored what was once written."""
    kept = kept_totals(db)
    for name in list(db.moved):
        if standing(db, name) == kept.get(name):
            del db.moved[name]


# Making and comparing


def make(db: Desk, but: Collection[str] = ()) -> None:
    """Give each table, and the desk, the total that matches it as it is, `but` for some."""
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


def mismatches(
    db: Desk, tables: Sequence[str] = TABLES, known: Mapping[str, Total] | None = None
) -> Iterator[tuple[str, Total | None, Total]]:
    """Each of the tables that does not match its total, and the desk if its own does not match all others.

    Gives the name, the total kept (None if there is none), and the one that matches, unless that is `known`.
    """
    kept = kept_totals(db)
    for name in tables:
        total = known[name] if known else standing(db, name)
        if total != kept.get(name):
            yield name, kept.get(name), total
    over_all = _over_all(kept)
    if over_all != kept.get(DESK):
        yield DESK, kept.get(DESK), over_all
    yield from ((name, kept[name], NOTHING) for name in kept.keys() - {*TABLES, DESK})


def present(db: Desk) -> list[str]:
    """Those of the tables that a desk has: one of an earlier schema lacks what came later."""
    here = db.tables.names()
    return [name for name in TABLES if name in here]


def kept_totals(db: Desk) -> dict[str, Total]:
    """The totals on record; none on a desk whose schema had none."""
    if "totals" not in db.tables.names():
        return {}
    return {row[0]: Total(*row[1:]) for row in db.execute("select name, rows, total from totals")}


def standing(db: Desk, table: str, names: Sequence[str] = ()) -> Total:
    """The total that matches a table as it is, or some of its columns; reads all of it."""
    row = db.row_bytes(names) if names else stored(db, table)
    return _total(map(itemgetter(0), db.execute(f"select {row} from {table}")))


def _over_all(kept: Mapping[str, Total]) -> Total:
    return _together(total for name, total in kept.items() if name != DESK)


def _together(totals: Iterable[Total]) -> Total:
    every = list(totals)
    return Total(sum(total.rows for total in every), sum(total.sum for total in every) % LIMIT)


def _total(rows: Iterable[bytes]) -> Total:
    found = total = 0
    for row in rows:  # a flat loop: a check runs it over the whole desk
        begun = _begin()
        begun.update(row)
        total += int.from_bytes(begun.digest())
        found += 1
    return Total(found, total % LIMIT)


_begin = blake2b(digest_size=8).copy  # takes less than making one


def total_of(rows: Iterable[Iterable[Any]]) -> Total:
    """The total of complete rows as SQLite returns them, in the order of their columns."""
    return _total(in_bytes(row) for row in rows)


# The bytes of a row


def stored(db: Desk, table: str) -> str:
    """The expression by which the engine returns a whole row of a table in the bytes of `in_bytes`."""
    return db.row_bytes(columns(db, table))


def columns(db: Desk, table: str) -> list[str]:
    """The columns of a table in their order, as the desk itself has them: none can be forgotten."""
    known = db.columns
    if table not in known:
        known[table] = [column[0] for column in db.execute(f"select * from {table} limit 0").description]
    return known[table]


def in_bytes(row: Iterable[Any]) -> bytes:
    """The bytes that are digested."""
    return "\x1f".join(["\0" if value is None else str(value) for value in row]).encode()
