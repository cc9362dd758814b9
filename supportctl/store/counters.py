"""Numbers that are never given twice: a counter row each, since an implicit row id can be reused."""

import sqlite3


def take(db: sqlite3.Connection, name: str, count: int = 1) -> int:
    """Take `count` numbers in a row, inside the caller's transaction, and return the first."""
    row = db.execute(
        "insert into counters (name, value) values (:name, :count)"
        " on conflict (name) do update set value = counters.value + :count returning value",
        {"name": name, "count": count},
    ).fetchone()
    last: int = row[0]
    return last - count + 1
