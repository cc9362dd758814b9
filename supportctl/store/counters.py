"""Numbers that are never reused: a counter row each, since an implicit row id can be reused."""

import sqlite3

from supportctl.store import totals


def take(db: sqlite3.Connection, name: str, count: int = 1) -> int:
    """Take `count` consecutive numbers, inside the caller's transaction, and return the first."""
    totals.counting(db)
    row = db.execute(
        "insert into counters (name, value) values (:name, :count)"
        " on conflict (name) do update set value = counters.value + :count returning value",
        {"name": name, "count": count},
    ).fetchone()
    last: int = row[0]
    return last - count + 1


def value(db: sqlite3.Connection, name: str) -> int:
    """The last number taken; 0 if none was."""
    row = db.execute("select value from counters where name = :name", {"name": name}).fetchone()
    return row[0] if row else 0


def raise_to(db: sqlite3.Connection, name: str, value: int) -> None:
    """Raise a counter to at least `value`, inside the caller's transaction."""
    totals.counting(db)
    db.execute(
        "insert into counters (name, value) values (:name, :value)"
        " on conflict (name) do update set value = :value where counters.value < :value",
        {"name": name, "value": value},
    )
