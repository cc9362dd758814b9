"""Who else is answering a ticket just now, so that no customer gets two answers."""

from collections.abc import Mapping
from pathlib import Path

from supportctl.store import agents
from supportctl.store.sqlite.answering import answering as answering
from supportctl.store.sqlite.answering import being_answered


def others_answering(desk: Path, agent: str) -> Mapping[int, str]:
    """By ticket, who is answering it just now but this agent: of several the one who began first."""
    found = [each for each in being_answered(desk) if not agents.same(each.agent, agent)]
    return {each.ticket: each.agent for each in reversed(found)}
