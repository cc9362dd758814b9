"""The policy's revisions (1.4): which text was in force when."""

import json
import sqlite3
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from supportctl.policy.model import Policy, policy_from

if TYPE_CHECKING:
    from supportctl.policy.hours import Calendar

BEGINNING = -62_135_596_800  # 0001-01-01T00:00:00Z: effective since before all that is on record


@dataclass(frozen=True)
class Revision:
    """A policy and the number it is cited by."""

    number: int
    policy: Policy

    @cached_property
    def calendar(self) -> "Calendar":
        """Its business hours (1.5); built late and once, since most look-ups never ask for business time."""
        from supportctl.policy.hours import Calendar

        return Calendar.from_hours(self.policy.hours)


def in_force(db: sqlite3.Connection, at: int) -> Revision:
    """The revision in force at `at`. The first has no beginning, so there always is one."""
    row = db.execute(
        "select revision, data from policies where effective_at <= :at"
        " order by effective_at desc, revision desc limit 1",
        {"at": max(at, BEGINNING)},
    ).fetchone()
    return Revision(row[0], policy_from(json.loads(row[1])))


def add_builtin(db: sqlite3.Connection) -> None:
    """The built-in policy as the first revision of a new desk."""
    from supportctl.policy.file import builtin

    toml, data = builtin()
    add(db, toml, data, effective_at=BEGINNING, agent="supportctl")


def add(db: sqlite3.Connection, toml: str, data: dict[str, object], *, effective_at: int, agent: str) -> int:
    """Put a revision on record and return its number."""
    row = db.execute(
        "insert into policies (revision, effective_at, entered_at, agent, name, toml, data)"
        " select coalesce(max(revision), 0) + 1, :effective_at, :entered_at, :agent, :name, :toml, :data from policies"
        " returning revision",
        {
            "effective_at": effective_at,
            "entered_at": int(time.time()),
            "agent": agent,
            "name": data["name"],
            "toml": toml,
            "data": json.dumps(data, ensure_ascii=False),
        },
    ).fetchone()
    number: int = row[0]
    return number


def revision(db: sqlite3.Connection, number: int) -> Revision | None:
    """The revision of this number."""
    row = db.execute("select revision, data from policies where revision = :n", {"n": number}).fetchone()
    return Revision(row[0], policy_from(json.loads(row[1]))) if row else None
