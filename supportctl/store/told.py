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
