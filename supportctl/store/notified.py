"""The breaches that `breaches --new` has already reported to an agent."""

from collections.abc import Sequence

from supportctl.store import totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk


def is_notified(db: Desk, agent: str, ticket: int, sla: str) -> bool:
    """Whether this ticket was reported to the agent in this SLA state."""
    found = db.execute(
        "select 1 from told where agent = :agent and ticket = :ticket and sla = :sla",
        {"agent": agent, "ticket": ticket, "sla": sla},
    ).fetchone()
    return found is not None


def mark(db: Desk, actor: Actor, told: Sequence[tuple[int, str]]) -> None:
    """Remember that these tickets were reported to the agent, inside the caller's transaction."""
    for ticket, sla in told:
        totals.add_rows(
            db, "told",
            "insert into told (agent, ticket, sla, told_at) values (:agent, :ticket, :sla, :now)"
            " on conflict (agent, ticket, sla) do nothing",
            {"agent": actor.agent, "ticket": ticket, "sla": sla, "now": actor.now},
        )  # fmt: skip


def forget_later(db: Desk, actor: Actor) -> None:
    """Forget reports dated in the future: that clock was ahead, or the run was a what-if."""
    later, values = "agent = :agent and told_at > :now", {"agent": actor.agent, "now": actor.now}
    with totals.changing(db, "told", later, values):
        db.execute(f"delete from told where {later}", values)


def forget(db: Desk, tickets: Sequence[int]) -> None:
    """Forget reports about tickets that got more time: if they are late again, that is new."""
    for ticket in tickets:
        totals.remove(db, "told", _OF_TICKET, {"ticket": ticket})


def statement(db: Desk, ticket: int) -> tuple[str, totals.Values]:
    """What reads the reports about a ticket."""
    return totals.removal(db, "told", _OF_TICKET, {"ticket": ticket})


_OF_TICKET = "ticket = :ticket"
