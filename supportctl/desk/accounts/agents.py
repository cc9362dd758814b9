"""Agents by name: who is new at the desk, and whom a mistyped name may mean."""

from difflib import get_close_matches

from supportctl.store import agents
from supportctl.store.desk import Desk, Reader


def known_agents(db: Desk) -> list[str]:
    """All agents by name."""
    return agents.every(db)


def introduction(read: Reader, name: str) -> str | None:
    """The note about an agent whom the desk does not know yet, with the nearest known name; None for a known one."""
    known = {agents.fold(each): each for each in read.of(agents.names())}
    if agents.fold(name) in known:
        return None
    near = get_close_matches(agents.fold(name), known, n=1)
    return f"New agent: {name}." + (f" Did you mean {known[near[0]]}?" if near else "")
