"""Who makes a change, and by which clock."""

from typing import NamedTuple


class Actor(NamedTuple):
    """The agent as given, the system user, the clock of the command and the true one (UTC epoch seconds).

    `dated` is whether somebody chose that clock (`--now`); otherwise no change is dated before what it changes.
    """

    agent: str
    system_user: str
    now: int
    entered_at: int
    dated: bool = True
