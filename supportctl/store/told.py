"""Which breaches an agent was told of already: what `breaches --new` remembers between runs."""

import sqlite3
from collections.abc import Sequence

from supportctl.store.actor import Actor


def known(db: sqlite3.Connection, agent: str, ticket: int, sla: str) -> bool:
    """Whether the agent was told of this ticket in this state."""
    found = db.execute(
        "select 1 from told where agent = :agent and ticket = :ticket and sla = :sla",
        {"agent": agent, "ticket": ticket, "sla": sla},
    ).fetchone()
    return found is not None


def mark(db: sqlite3.Connection, actor: Actor, told: Sequence[tuple[int, str]]) -> None:
    """Remember that the agent was told of these tickets, inside the caller's transaction."""
    db.executemany(
        "insert into told (agent, ticket, sla, told_at) values (?, ?, ?, ?)"
        " on conflict (agent, ticket, sla) do nothing",
        [(actor.agent, ticket, sla, actor.now) for ticket, sla in told],
    )


def forget(db: sqlite3.Connection, tickets: Sequence[int]) -> None:
    """Forget what was told of tickets that got more time: if they are late again, that is news."""
    db.executemany("delete from told where ticket = ?", ((ticket,) for ticket in tickets))
