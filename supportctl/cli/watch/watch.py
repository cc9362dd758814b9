"""`watch`: the queue, live."""

import gc
import time
from collections.abc import Callable, Sequence
from io import StringIO

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.desk import run_change
from supportctl.cli.run.options import Assignee, Channels, Mine, Tiers, Unassigned, Waiting, assignee_filter
from supportctl.cli.run.session import Session
from supportctl.cli.views.thread import THREAD, thread_page
from supportctl.cli.watch.board import BoardPage, KeyAction, State, keep_choice, press
from supportctl.cli.watch.screen import Board, BoardScreen
from supportctl.cli.watch.terminal import Terminal, TerminalClosed, full_screen
from supportctl.desk.opening import Desk
from supportctl.desk.tickets.events import thread_at
from supportctl.desk.tickets.queue import take_ticket
from supportctl.desk.tickets.watch import QueueFilter, Watched, look
from supportctl.errors import InputError, SupportctlError
from supportctl.render.table import Screen, write_card

app = Verbs()

POLL = 1.0  # seconds between two looks at whether the desk has changed
MOST = 1000  # tickets listed: nobody scrolls further, and a filter finds the rest
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
    """Watch the queue: open work in policy order, kept up to date, with keys to take, show and filter.

    It fills the terminal until q or Ctrl-C; ? lists the keys. With --now it shows the queue as of that time, and does
    not change.

    \b
    Examples:
      supportctl watch
      supportctl watch --unassigned --tier SITE
    """
    _need_terminal(session)
    assignee_filter(session, mine, unassigned, assignee)
    gc.enable()  # a look-up is over before it pays off; this may run for weeks
    with Watched(session.desk_path()) as desk:
        text = _filter(tier or (), channel or (), assignee)
        watching = Watching(session, desk, State(mine=mine, unassigned=unassigned, waiting=waiting, text=text))
        watching.read()  # report problems with the desk or the options before taking over the screen
        try:
            with full_screen(session.stdin, session.stdout) as terminal:
                watching.run(terminal)
        except TerminalClosed:
            return Result(code=HUNG_UP)
    return Result()


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


def _sentence(error: SupportctlError) -> str:
    return f"{error.message} {error.hint}".rstrip()


class Watching:
    """A person at the screen, the desk behind it, and what was last read from it."""

    def __init__(self, session: Session, desk: Watched, state: State) -> None:
        self.session, self.desk, self.state = session, desk, state
        self.board = Board(zone=session.zone)
        self.size = (80, 24)
        self._next_poll = 0.0
        self._next_tick = 0.0

    @property
    def now(self) -> int:
        """The time shown, UTC epoch seconds: it advances, unless --now fixes it."""
        return self.session.now if self.session.now_given else int(time.time())

    def run(self, terminal: Terminal) -> None:
        """Show, wait, and do what the keys say, until q. Raises Closed."""
        screen = self._screen(terminal.size)
        shown: tuple[BoardScreen, State] | None = None
        while True:
            self.state = keep_choice(self.state, screen.room())
            if shown != (screen, self.state):
                lines, shown = screen.lines(self.state), (screen, self.state)
            terminal.draw(lines)
            for key in terminal.keys(max(0.0, self._next_poll - time.monotonic())):
                before = self.state
                self.state, act = press(before, key, screen.room())
                if act is KeyAction.QUIT:
                    return
                self._do(act, before, terminal)
                screen = self._screen(terminal.size, screen)
                self.state = keep_choice(self.state, screen.room())
            if time.monotonic() >= self._next_poll:
                self._poll()
            screen = self._screen(terminal.size, screen)

    def _screen(self, size: tuple[int, int], before: BoardScreen | None = None) -> BoardScreen:
        """The board on the current screen; measurements of the previous one are kept while they are valid."""
        if size != self.size:
            self.size = size
            self._try(self.read)  # the lines of a ticket are folded for the width
        if before and before.board is self.board and (before.width, before.height) == size:
            return before
        return BoardScreen(self.board, size, self.session.color)

    def _do(self, act: KeyAction, before: State, terminal: Terminal) -> None:
        match act:
            case KeyAction.READ if not self._try(self.read):
                # Stop asking for what cannot be read: a filter, or a ticket of a desk that was replaced.
                self.state = before._replace(said=self.state.said, typing=None)
            case KeyAction.TAKE:
                self._try(self._take)
                self._try(self.read)
            case KeyAction.REPAINT:
                terminal.repaint()

    def _try(self, operation: Callable[[], None]) -> bool:
        """Do it, or say at the bottom of the screen why not."""
        try:
            operation()
        except SupportctlError as error:
            self.state = self.state._replace(said=_sentence(error))
            return False
        return True

    def _take(self) -> None:
        number = self.state.chosen
        if number is not None:
            with self.desk.writing() as db:
                run_change(self.session, db, lambda who: take_ticket(db, number, who))
            self.state = self.state._replace(said=f"Ticket {number} is yours.")

    def _poll(self) -> None:
        """Read the desk again if it changed, or if times have moved; if it cannot be read, say so and go on."""
        self._next_poll = time.monotonic() + POLL
        try:
            if self.desk.changed() or self.board.trouble or time.time() >= self._next_tick:
                self.read()
        except SupportctlError as error:
            self.board = self.board._replace(trouble=_sentence(error))

    def read(self) -> None:
        """Read what is asked for. Raises DeskUnusable, and InputError for a filter with unknown names.

        A read holds no lock on the desk, and ends here.
        """
        now, state = self.now, self.state
        with self.desk.reading() as db:
            whose_ = self.session.agent if state.mine else "" if state.unassigned else None
            glance = look(db, now, QueueFilter(whose_, state.waiting, state.text), MOST)
            thread = self._thread(db, state.chosen) if state.page is BoardPage.TICKET and state.chosen else ()
        self.board = Board(glance.tickets, now, glance.more, glance.paused, self.session.zone, thread)
        self._next_tick = glance.next_change if not self.session.now_given else float("inf")

    def _thread(self, db: Desk, number: int) -> tuple[str, ...]:
        """The lines of a ticket as `show` prints it."""
        seen = thread_page(db, thread_at(db, number, self.now), self.now, self.session.zone)
        out = StringIO()
        write_card(THREAD, [seen], Screen(out, self.size[0], self.session.color, self.session.zone))
        return tuple(out.getvalue().split("\n")[:-1])
