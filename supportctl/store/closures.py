"""Closures: dated holidays and half days of the desk's own, merged into the hours of every policy (1.5)."""

import json
from typing import NamedTuple

from supportctl.store import counters, totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk


class Closure(NamedTuple):
    """A day off, or with `hours` ("08:00-12:00") a day with other hours, in the policy's zone."""

    date: str  # 2026-12-25
    hours: tuple[str, ...]
    name: str | None


def every(db: Desk) -> list[Closure]:
    """All on record, by date."""
    rows = db.execute("select date, hours, name from closures where removed_at is null order by date")
    return [_closure(row) for row in rows]


def find(db: Desk, date: str) -> Closure | None:
    """The closure of a day."""
    row = db.execute(
        "select date, hours, name from closures where removed_at is null and date = :date", {"date": date}
    ).fetchone()
    return _closure(row) if row else None


def _closure(row: tuple[str, str, str | None]) -> Closure:
    return Closure(row[0], tuple(json.loads(row[1])), row[2])


def add(db: Desk, closure: Closure, actor: Actor) -> None:
    """Record a closure of a day that has none."""
    totals.put(
        db,
        "closures",
        {
            "id": counters.take(db, "closure"),
            "date": closure.date,
            "hours": json.dumps(closure.hours),
            "name": closure.name,
            "recorded_at": actor.now,
            "entered_at": actor.entered_at,
            "agent": actor.agent,
        },
    )


def rename(db: Desk, closure: Closure) -> None:
    """Rename the closure of a day; due times do not depend on it."""
    values = {"date": closure.date, "name": closure.name}
    with totals.changing(db, "closures", "date = :date", values):
        db.execute("update closures set name = :name where removed_at is null and date = :date", values)


def remove(db: Desk, date: str, actor: Actor) -> None:
    """Make a closure no longer count; the row stays, with who removed it and when."""
    values = {"date": date, "now": actor.now, "entered_at": actor.entered_at, "agent": actor.agent}
    with totals.changing(db, "closures", "date = :date", values):
        db.execute(
            "update closures set removed_at = :now, removed_entered_at = :entered_at, removed_by = :agent"
            " where removed_at is null and date = :date",
            values,
        )
