"""Agents by name: who is new at the desk, and whom a mistyped name may mean."""

from difflib import get_close_matches

from supportctl.store import agents
from supportctl.store.desk import Desk


def known_agents(db: Desk) -> list[str]:
    """All agents by name."""
    return agents.every(db)


def introduction(db: Desk, name: str) -> str | None:
    """The note about an agent whom the desk does not know yet, with the nearest known name; None for a known one."""
    if agents.find(db, name) is not None:
        return None

    known = {agents.fold(each): each for each in agents.every(db)}
    near = get_close_matches(agents.fold(name), known, n=1)
    return f"New agent: {name}." + (f" Did you mean {known[near[0]]}?" if near else "")
