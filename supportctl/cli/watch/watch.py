"""`watch`: the queue, live, and where an agent answers it."""

import gc
import signal
from collections.abc import Sequence

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.list_options import Assignee, Channels, Mine, Tiers, Unassigned, Waiting, assignee_filter
from supportctl.cli.run.session import Session
from supportctl.cli.watch.board import State, Whose
from supportctl.errors import InputError

app = Verbs()

HUNG_UP = 129


@app.verb("watch", formats=())
def watch(
    session: Session,
    mine: Mine = False,
    unassigned: Unassigned = False,
    assignee: Assignee = None,
    tier: Tiers = None,
    channel: Channels = None,
    waiting: Waiting = False,
) -> Result:
    """Watch the queue: open work in policy order, kept up to date, with keys to answer, note, assign, close and more.

    It fills the terminal until q or Ctrl-C; ? lists the keys. On 120 columns or more the chosen ticket is shown beside
    the queue, and a ticket that someone else is answering just now says so. With --now it shows the queue as of that
    time, and does not change.

    \b
    Examples:
      supportctl watch
      supportctl watch --unassigned --tier SITE
    """
    _need_terminal(session)
    assignee_filter(session, mine, unassigned, assignee)
    from supportctl.cli.watch.watching import Watching  # late: help and completion do not watch

    with session.place().watched() as desk:
        whose = Whose.MINE if mine else Whose.UNASSIGNED if unassigned else Whose.ALL
        state = State(whose=whose, waiting=waiting, text=_filter(tier or (), channel or (), assignee))
        watching = Watching(session, desk)
        watching.read(state)  # report problems with the desk or the options before taking over the screen
        from supportctl.cli.watch.app import WatchApp  # late: the terminal library takes as long as everything else

        session.given["quiet"] = True  # from here on nothing but the library writes to the screen
        gc.freeze()  # what is loaded by now stays
        gc.enable()  # a look-up is over before it pays off; this may run for weeks
        app = WatchApp(watching, state)
        app.watch_until_end()
    return _ending(app.ended_by)


def _ending(by: int | BaseException | None) -> Result:
    """What a run that was ended like this results in. Raises what a signal raises elsewhere."""
    if isinstance(by, BaseException):
        raise by
    if by is not None and callable(signal.getsignal(by)):
        signal.raise_signal(by)
    return Result(code=HUNG_UP if by is not None else 0)


def _filter(tiers: Sequence[str], channels: Sequence[str], assignee: str | None) -> str:
    """What is asked for on the command line, as the person could have typed it."""
    fields = [*(("tier", name) for name in tiers), *(("channel", name) for name in channels)]
    fields += [("assignee", assignee or "-")] if assignee is not None else []
    return " ".join(f'{name}:"{value}"' if " " in value else f"{name}:{value}" for name, value in fields)


def _need_terminal(session: Session) -> None:
    dumb = session.environ.get("TERM", "") == "dumb"
    if dumb or not session.stdin or not session.stdin.isatty() or not session.stdout.isatty():
        why = (
            "a terminal that can position text (TERM is dumb)"
            if dumb
            else "a terminal to read keys from and to draw on"
        )
        raise InputError(f"watch needs {why}.", "Use `supportctl queue`, which prints the queue once.")
