"""Who else is answering a ticket just now, so that no customer gets two answers."""

from collections.abc import Mapping

from supportctl.store import agents
from supportctl.store.place import Place


def others_answering(desk: Place, agent: str) -> Mapping[int, str]:
    """By ticket, who is answering it just now but this agent: of several the one who began first."""
    found = [each for each in desk.being_answered() if not agents.same(each.agent, agent)]
    return {each.ticket: each.agent for each in reversed(found)}
