"""Numbers that are never reused: a counter row each, since an implicit row id can be reused."""

from supportctl.store import totals
from supportctl.store.desk import Desk


def take(db: Desk, name: str, count: int = 1) -> int:
    """Take `count` consecutive numbers, inside the caller's transaction, and return the first."""
    before = _value(db, name)
    _set(db, name, before, (before or 0) + count)
    return (before or 0) + 1


def value(db: Desk, name: str) -> int:
    """The last number taken; 0 if none was."""
    return _value(db, name) or 0


def raise_to(db: Desk, name: str, value: int) -> None:
    """Raise a counter to at least `value`, inside the caller's transaction."""
    before = _value(db, name)
    if before is None or before < value:
        _set(db, name, before, value)


def statement(name: str) -> tuple[str, dict[str, str]]:
    """What reads a counter."""
    return "select value from counters where name = :name", {"name": name}


def _value(db: Desk, name: str) -> int | None:
    row = db.execute(*statement(name)).fetchone()
    return row[0] if row else None


def _set(db: Desk, name: str, before: int | None, now: int) -> None:
    db.execute(
        "insert into counters (name, value) values (:name, :value)"
        " on conflict (name) do update set value = excluded.value",
        {"name": name, "value": now},
    )
    gone = totals.NOTHING if before is None else totals.total_of([(name, before)])
    totals.count(db, "counters", come=totals.total_of([(name, now)]), gone=gone)
