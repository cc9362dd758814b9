"""The screen of `watch`: the queue with a ticket beside it, what moves about in it, and how it ends."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from rich.console import RenderableType
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.driver import Driver
from textual.filter import NoColor
from textual.timer import Timer
from textual.widgets import Input, Static

from supportctl.cli.watch.board import (
    BoardPage,
    State,
    Whose,
    beside,
    chosen_at,
    keep_choice,
    with_all_marked,
    with_mark,
)
from supportctl.cli.watch.keys import NAMES, help_lines, keys_line, meaning
from supportctl.cli.watch.panes import QueuePane, TextPane
from supportctl.cli.watch.rows import QueueLines, painted, title_line
from supportctl.cli.watch.terminal import TerminalDriver
from supportctl.cli.watch.watching import Watching, sentence
from supportctl.errors import SupportctlError
from supportctl.render.safe import visible
from supportctl.render.table import BOLD, DIM, STYLES, clipped

HUNG_UP = 1  # SIGHUP, which Windows does not have
POLL = 1.0  # seconds between two looks at whether the desk has changed
SETTLED = 0.15  # seconds without a key after which a filter being typed, or a choice, is looked up
WIDE = 120  # columns from which there is room for a ticket beside the queue
SEARCHING = "enter keep  esc drop  words, and fields: tier:PRO from:ann tag:vip sla:late status:closed"
LOW = 12  # lines of a screen too low to describe the chosen ticket
STOPS = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None))]


class WatchScreen(App[None]):
    """A person at the screen. After `run`, `ended_by` is the signal or the error that ended it, if any did."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    CSS = """
    #title, #heading, #foot { height: 1; }
    #about { height: 2; }
    #queue { height: 1fr; }
    #left { width: 1fr; }
    #ticket { display: none; width: 1fr; padding: 0 0 0 1; border-left: solid ansi_bright_black; }
    .whole #left { display: none; }
    .whole #ticket { border-left: none; padding: 0; }
    #searching { height: 1; display: none; }
    #searching Static { width: 1; }
    #search { width: 1fr; }
    Ask, Decide { align-vertical: bottom; background: transparent; }
    #ask { height: auto; max-height: 70%; border-top: solid ansi_bright_black; background: ansi_default; }
    #ask OptionList { max-height: 12; scrollbar-size-vertical: 1; }
    #ask OptionList > .option-list--option-highlighted {
        color: ansi_default; background: ansi_default; text-style: reverse;
    }
    Input > .input--cursor { color: ansi_default; background: ansi_default; text-style: reverse; }
    """
    BINDINGS: ClassVar[list[Any]] = [
        # Acted on before the next key is looked at: what is typed ahead goes where it belongs.
        *(Binding(key, f"key('{key}')", show=False, priority=True) for key in NAMES),
        Binding("escape", "leave_search", show=False),
        Binding("ctrl+c", "stop", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(self, watching: Watching, state: State) -> None:
        super().__init__(driver_class=TerminalDriver, ansi_color=True)
        self.theme = "ansi-dark"
        self.watching, self.state = watching, state
        self.color = watching.session.color
        self._filters[:] = [each for each in self._filters if not isinstance(each, NoColor)]
        if not self.color:
            self._filters.append(NoColor())
        self.said = ""  # shown once, until the next key
        self.refused = False  # whether that is why something was not done
        self.beside = True  # whether a ticket is shown beside the queue, if there is room
        self.ended_by: int | BaseException | None = None
        self.top_line, self.heading, self.queue = TextPane("title"), TextPane("heading"), QueuePane("queue")
        self.about, self.ticket, self.foot = TextPane("about"), TextPane("ticket"), TextPane("foot")
        self.field = Input(id="search", compact=True, select_on_focus=False)
        self.searching = Horizontal(Static("/"), self.field, id="searching")
        self._before_search = ""
        self._soon: dict[str, Timer] = {}
        self._made: QueueLines | None = None
        self._shown: tuple[int | None, BoardPage] | None = None
        self._signals: dict[int, Any] = {}

    def compose(self) -> ComposeResult:
        yield self.top_line
        yield Horizontal(Vertical(self.heading, self.queue, self.about, id="left"), self.ticket)
        yield self.searching
        yield self.foot

    def on_mount(self) -> None:
        self.draw()
        self.set_interval(POLL, self._poll)

    # Ends

    def watch_until_end(self) -> None:
        """Run until q, a signal, or the end of the terminal."""
        self._signals = {n: handler for n in STOPS if callable(handler := signal.getsignal(n))}
        with self._signals_to(self._note_signal):
            self.run()
        if self._exception is not None:
            raise self._exception

    @contextmanager
    def _signals_to(self, handler: Callable[[int, Any], object]) -> Iterator[None]:
        """Let signals go to this handler; afterwards to those of before."""
        before = {number: signal.signal(number, handler) for number in self._signals}
        try:
            yield
        finally:
            for number, old in before.items():
                signal.signal(number, old)

    def _note_signal(self, number: int, _: object) -> None:
        """A signal is handled between two keys: what a key writes is done by then."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.end, number)
        else:  # not begun yet, or over
            self._signals[number](number, None)

    def end(self, by: int | BaseException) -> None:
        """End, and remember why: the first reason counts."""
        self.ended_by = self.ended_by or by
        self.exit()

    def action_stop(self) -> None:
        """Ctrl-C, which the terminal does not make a signal of while it sends single keys."""
        self.end(signal.SIGINT)

    def panic(self, *_: RenderableType) -> None:
        """End without printing anything: the error is raised once the terminal is as it was."""
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        self.panic()

    # What is seen

    def draw(self) -> None:
        """Show the state and the board."""
        page, board = self.state.page, self.watching.board
        self.state = keep_choice(self.state, board.numbers, self.queue.size.height)
        self.screen.set_class(page is not BoardPage.QUEUE, "whole")
        shown = page is not BoardPage.QUEUE or (self.beside and self.size.width >= WIDE)
        for widget, display in ((self.ticket, shown), (self.about, self.size.height > LOW and not shown)):
            if widget.display != display:  # even to set what is set already has everything laid out again
                widget.display = display
        self.top_line.show(lambda _, width: title_line(board, self.state, width, self.color))
        self.heading.show(lambda _, width: self._lines(width).heading())
        self.queue.top = self.state.top
        self.queue.show(self._row, max(1, len(board.tickets)))
        self.about.show(lambda at, width: self._lines(width).about(self.state)[at], 2)
        self.foot.show(self._foot)

    def _row(self, at: int, width: int) -> str:
        lines = self._lines(width)
        return lines.row(at, self.state) if lines.board.tickets else lines.nothing(self.state)

    def _lines(self, width: int) -> QueueLines:
        """The board in lines of this width; what was measured is kept while it is valid."""
        made = self._made
        if made is None or made.board is not self.watching.board or made.width != width:
            self._made = made = QueueLines(self.watching.board, width, self.color)
        return made

    def _foot(self, _: int, width: int) -> str:
        """The line at the bottom: what happened, or which keys there are."""
        if said := self.said or self.watching.board.trouble:
            style = BOLD if self.said and not self.refused else STYLES["late"]
            return painted(clipped(visible(said), width), style, self.color)
        line = SEARCHING if self.searching.display else keys_line(self.state.page, width)
        return painted(clipped(line, width), DIM, self.color)

    @on(TextPane.Resized)
    def _resized(self) -> None:
        self.draw()
        self.look_up()

    def look_up(self) -> None:
        """Read the ticket shown, once the person has settled on one."""
        self._later("ticket", self._read_ticket)

    def _later(self, what: str, act: Callable[[], object]) -> None:
        """Do something once nothing of its kind has been asked for a moment."""
        if what in self._soon:
            self._soon[what].stop()
        self._soon[what] = self.set_timer(SETTLED, act)

    def _read_ticket(self) -> None:
        """Show the chosen ticket, beside the queue or on a page of its own."""
        pane = self.ticket
        number, page, width = self.state.chosen, self.state.page, pane.size.width
        if not pane.display or not width or page is BoardPage.HELP:
            return
        lines: list[str] = []
        if number is not None:
            self.try_to(lambda: lines.extend(self.watching.ticket_lines(number, width)))
        if self._shown != (number, page):
            self._shown, pane.top = (number, page), 0
        pane.show(lambda at, _: lines[at], len(lines))

    # What happens

    def try_to(self, act: Callable[[], object]) -> bool:
        """Do it, or say at the bottom of the screen why not."""
        self.refused = False
        try:
            act()
        except SupportctlError as error:
            self.said, self.refused = sentence(error), True
            self.draw()
            return False
        return True

    def _poll(self) -> None:
        if not os.isatty(0) and not self.is_headless:
            self.end(HUNG_UP)
        elif self.watching.news(self.state):
            self.draw()
            self._read_ticket()

    def read(self, state: State) -> bool:
        """Ask for what a state wants to see; if that cannot be, the one before stays."""
        if not self.try_to(lambda: self.watching.read(state)):
            return False
        self.state = state
        self.draw()
        self.look_up()
        return True

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Keys are ours while nobody types and nothing is asked."""
        return action != "key" or (self.focused is None and len(self.screen_stack) == 1)

    def action_key(self, key: str) -> None:
        """What a key does on this page, if anything."""
        if (does := meaning(key, self.state.page)) is not None:
            self.said = ""
            getattr(self, f"do_{does}")()
            self.draw()

    # Moving

    def _move(self, steps: int) -> None:
        if self.state.page is BoardPage.QUEUE:
            numbers, rows = self.watching.board.numbers, self.queue.size.height
            self.state = chosen_at(self.state, self.state.row + steps, numbers, rows)
            self.look_up()
        else:
            self.ticket.scroll_lines(steps)

    def _page(self) -> int:
        pane = self.queue if self.state.page is BoardPage.QUEUE else self.ticket
        return max(1, pane.size.height)

    def do_down(self) -> None:
        self._move(1)

    def do_up(self) -> None:
        self._move(-1)

    def do_page_down(self) -> None:
        self._move(self._page())

    def do_page_up(self) -> None:
        self._move(-self._page())

    def do_last(self) -> None:
        self._move(1 << 30)

    def do_first(self) -> None:
        self._move(-(1 << 30))

    def do_scroll_down(self) -> None:
        self.ticket.scroll_lines(self._page() // 2)

    def do_scroll_up(self) -> None:
        self.ticket.scroll_lines(-(self._page() // 2))

    def do_next(self) -> None:
        self._go_on(1)

    def do_previous(self) -> None:
        self._go_on(-1)

    def _go_on(self, step: int) -> None:
        self.state = beside(self.state, step, self.watching.board.numbers, self.queue.size.height)
        self._read_ticket()

    @on(TextPane.Wheel)
    def _wheel(self, event: TextPane.Wheel) -> None:
        if self.state.page is BoardPage.QUEUE and event.control is not None and event.control.id == "ticket":
            self.ticket.scroll_lines(event.lines)
        else:
            self._move(event.lines)
        self.draw()

    @on(QueuePane.Clicked)
    def _clicked(self, event: QueuePane.Clicked) -> None:
        self._move(event.row - self.state.row)
        if event.twice:
            self.do_open()
        self.draw()

    # Pages

    def _turn_to(self, page: BoardPage) -> None:
        self.state = self.state._replace(page=page)
        self.draw()
        self.call_after_refresh(self._read_ticket)

    def do_open(self) -> None:
        if self.state.chosen is not None:
            self._turn_to(BoardPage.TICKET)

    def do_back(self) -> None:
        self._turn_to(BoardPage.QUEUE)

    def do_help(self) -> None:
        if self.state.page is BoardPage.HELP:
            self.do_back()
            return
        self._turn_to(BoardPage.HELP)
        lines, pane = help_lines(), self.ticket
        pane.top, self._shown = 0, None
        pane.show(lambda at, width: clipped(lines[at], width), len(lines))

    def do_preview(self) -> None:
        self.beside = not self.beside
        self.draw()
        self.look_up()

    @on(Driver.SignalResume)
    def _in_front_again(self) -> None:
        self.do_repaint()

    def do_repaint(self) -> None:
        for widget in (self.screen, *self.screen.walk_children()):
            widget.refresh()
        self.refresh(layout=True)

    def do_quit(self) -> None:
        self.exit()

    # What is listed

    def do_mark(self) -> None:
        self.state = with_mark(self.state, self.watching.board.numbers, self.queue.size.height)
        self.look_up()

    def do_mark_all(self) -> None:
        self.state = with_all_marked(self.state, self.watching.board.numbers)

    def do_mine(self) -> None:
        self.read(self.state.only(Whose.MINE))

    def do_unassigned(self) -> None:
        self.read(self.state.only(Whose.UNASSIGNED))

    def do_waiting(self) -> None:
        self.read(self.state._replace(waiting=not self.state.waiting))

    def do_all(self) -> None:
        if self.state.marked:
            self.state = self.state._replace(marked=frozenset())
        else:
            self.read(self.state._replace(whose=Whose.ALL, text=""))

    def do_search(self) -> None:
        self._before_search = self.field.value = self.state.text
        self.field.cursor_position = len(self.field.value)
        self.searching.display = True
        self.set_focus(self.field)  # at once: its own `focus()` would let keys pass that are typed meanwhile

    @on(Input.Changed, "#search")
    def _typing(self, event: Input.Changed) -> None:
        if event.input.has_focus:
            self._later("search", lambda: self._search(event.value))

    def _search(self, text: str) -> bool:
        self.said = ""
        return self.read(self.state._replace(text=" ".join(text.split())))

    @on(Input.Submitted, "#search")
    def _searched(self, event: Input.Submitted) -> None:
        self._end_search()
        if not self._search(event.value):
            said = self.said
            self._search(self._before_search)
            self.said, self.refused = said, True
            self.draw()

    def _end_search(self) -> None:
        if "search" in self._soon:
            self._soon["search"].stop()
        self.searching.display = False
        self.set_focus(None)

    def action_leave_search(self) -> None:
        """Escape in the search: list again what was listed before."""
        self._end_search()
        self._search(self._before_search)
