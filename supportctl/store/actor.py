"""Who makes a change, and on which clock."""

from typing import NamedTuple


class Actor(NamedTuple):
    """The agent as given, the system's own user, the clock of the command and the true one (UTC epoch seconds)."""

    agent: str
    system_user: str
    now: int
    entered_at: int
