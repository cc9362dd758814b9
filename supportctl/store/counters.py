"""Numbers that are never reused: a counter row each, since an implicit row id can be reused."""

from supportctl.store import totals
from supportctl.store.desk import Desk


def take(db: Desk, name: str, count: int = 1) -> int:
    """Take `count` consecutive numbers, inside the caller's transaction, and return the first."""
    totals.counting(db)
    row = db.execute(
        "insert into counters (name, value) values (:name, :count)"
        " on conflict (name) do update set value = counters.value + :count returning value",
        {"name": name, "count": count},
    ).fetchone()
    last: int = row[0]
    return last - count + 1


def value(db: Desk, name: str) -> int:
    """The last number taken; 0 if none was."""
    row = db.execute("select value from counters where name = :name", {"name": name}).fetchone()
    return row[0] if row else 0


def raise_to(db: Desk, name: str, value: int) -> None:
    """Raise a counter to at least `value`, inside the caller's transaction."""
    totals.counting(db)
    db.execute(
        "insert into counters (name, value) values (:name, :value)"
        " on conflict (name) do update set value = :value where counters.value < :value",
        {"name": name, "value": value},
    )
