"""Who makes a change, and by which clock."""

from typing import NamedTuple

from supportctl.errors import Behind


class Actor(NamedTuple):
    """The agent as given, the system user, the clock of the command and the true one (UTC epoch seconds).

    `dated` says whether `--now` set that clock; otherwise no change is dated before what it changes. `takes_back` is
    the number of the change that `undo` takes back.
    """

    agent: str
    system_user: str
    now: int
    entered_at: int
    dated: bool = True
    takes_back: int | None = None


def refuse_behind(actor: Actor, newest: int) -> None:
    """Raises Behind where the moment of a command is before the newest entry, unless somebody chose that."""
    if not actor.dated and newest > actor.now:
        raise Behind(newest)
