"""Who makes a change, and on which clock."""

from typing import NamedTuple


class Actor(NamedTuple):
    """The agent as given, the system's own user, the clock of the command and the true one (UTC epoch seconds).

    `dated` is whether somebody chose that clock (`--now`); what is not dated never comes before what it is about.
    """

    agent: str
    system_user: str
    now: int
    entered_at: int
    dated: bool = True
