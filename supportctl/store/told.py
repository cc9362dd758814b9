"""Which breaches an agent has already been told of: what `breaches --new` remembers between runs."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from supportctl.store import totals
from supportctl.store.actor import Actor
from supportctl.store.connection import BUSY_SECONDS


def known(db: sqlite3.Connection, agent: str, ticket: int, sla: str) -> bool:
    """Whether the agent was told of this ticket in this state."""
    found = db.execute(
        "select 1 from told where agent = :agent and ticket = :ticket and sla = :sla",
        {"agent": agent, "ticket": ticket, "sla": sla},
    ).fetchone()
    return found is not None


def mark(db: sqlite3.Connection, actor: Actor, told: Sequence[tuple[int, str]]) -> None:
    """Remember that the agent was told of these tickets, inside the caller's transaction."""
    for ticket, sla in told:
        totals.added(
            db, "told",
            "insert into told (agent, ticket, sla, told_at) values (:agent, :ticket, :sla, :now)"
            " on conflict (agent, ticket, sla) do nothing",
            {"agent": actor.agent, "ticket": ticket, "sla": sla, "now": actor.now},
        )  # fmt: skip


@contextmanager
def alone(desk: Path) -> Iterator[None]:
    """Exclude other runs of `--new`, while others can write to the desk: sending the output may take time.

    The lock is that of an empty file beside the desk; it ends with the process, however that ends.
    """
    file = desk.with_name(f"{desk.name}-telling")
    file.touch(mode=0o600)
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)) as lock:
        lock.execute("begin exclusive")
        yield


def forget_later(db: sqlite3.Connection, actor: Actor) -> None:
    """Forget what the agent was told for a future moment: that clock was ahead, or it was a what-if."""
    later, values = "agent = :agent and told_at > :now", {"agent": actor.agent, "now": actor.now}
    with totals.changing(db, "told", later, values):
        db.execute(f"delete from told where {later}", values)


def forget(db: sqlite3.Connection, tickets: Sequence[int]) -> None:
    """Forget what was told about tickets that got more time: if they are late again, that is new."""
    for ticket in tickets:
        with totals.changing(db, "told", "ticket = :ticket", {"ticket": ticket}):
            db.execute("delete from told where ticket = :ticket", {"ticket": ticket})
