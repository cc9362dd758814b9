"""The screen of `watch`, line by line: none wider than the screen, and as many as it is high."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import cached_property
from typing import NamedTuple

from supportctl.cli.views.ticket import QUEUE, urgency
from supportctl.cli.watch.board import BoardPage, State, Viewport
from supportctl.desk.tickets.view import TicketView
from supportctl.render.columns import NUMBER, Column
from supportctl.render.phrases import cell, moment, promise
from supportctl.render.safe import visible
from supportctl.render.table import BOLD, DIM, GAP, STYLES, cells_of, clipped, padded, positioned

AROUND = 5  # lines that are not rows of the queue: the title, the heading, two about the chosen ticket, the keys
LOW = 12  # lines of a screen too low to describe the chosen ticket
MINUTE = 60
CHOSEN = "7"  # reversed; the mark before it says the same

_STAND = ("id", "promise", "tier", "channel", "assignee", "subject", "from", "due_at", "topic")
# Columns shown beside number, SLA and subject, in this order, if the subject keeps this many cells.
_ROOM = (("tier", 20), ("assignee", 20), ("channel", 24), ("from", 40), ("due_at", 40), ("topic", 40))
_WIDEST = {"assignee": 16, "from": 32, "tier": 16, "channel": 16, "topic": 20}
_ABOUT = ("from", "name", "product", "version", "standing", "topic", "tags")

KEYS = "enter show  t take  / filter  m mine  u unassigned  w waiting  ? help  q quit"
TICKET_KEYS = "up/down scroll  n next  p previous  t take  q back"
HELP = """\
up down j k   choose a ticket; page up, page down, home and end go further
enter         show it: up and down scroll, n and p go on, q goes back
t             take it; two agents never take the same
/             filter by words, and by fields: tier:PRO channel:forum topic:bug
              assignee:kim from:ann tag:vip sla:late status:waiting;
              an empty filter lists all again
m             mine alone; once more for all
u             those that nobody has; once more for all
w             also what waits for the customer
escape        no filters
r             read the desk again, though it is read whenever it changes
q             quit

Late tickets say so, and "soon" is what is due within the hour. All of it is
business time: outside working hours the clock is paused and stands still.

Any key goes back."""


class Board(NamedTuple):
    """What is on the desk at `at`, UTC epoch seconds: the queue asked for, and the lines of the ticket shown."""

    tickets: Sequence[TicketView] = ()
    at: int = 0
    more: bool = False  # whether there are more tickets than these
    paused: bool = False
    zone: tzinfo | None = None
    thread: Sequence[str] = ()
    trouble: str = ""  # why this may be out of date


class BoardScreen:
    """A board on a screen of so many columns and lines. Colours, if any, only repeat what words say."""

    def __init__(self, board: Board, size: tuple[int, int], color: bool) -> None:
        self.board, self.color = board, color
        self.width, self.height = size

    def room(self) -> Viewport:
        """What a key has to know."""
        rows = self.height - (AROUND if self.height > LOW else AROUND - 2)
        return Viewport(self._numbers, max(1, rows), len(self.board.thread), max(1, self.height - 1))

    def lines(self, state: State) -> list[str]:
        """The screen, from the top."""
        if state.page is BoardPage.QUEUE:
            body = self._queue(state)
        elif state.page is BoardPage.TICKET:
            body = list(self.board.thread[state.scroll : state.scroll + self.height - 1])
        else:
            body = [self._clip(line) for line in HELP.split("\n")]
        body = body[: self.height - 1]
        return [*body, *[""] * (self.height - 1 - len(body)), self._last(state)]

    # The queue

    def _queue(self, state: State) -> list[str]:
        room = self.room()
        rows = [self._row(at, state) for at in range(len(self._cells))[state.top : state.top + room.rows]]
        rows = rows or [self._clip(f"  {self._nothing(state)}")]
        lines = [
            self._title(state),
            self._paint(self._clip(f"  {GAP.join(self._parts(self._headings)).rstrip()}"), BOLD),
            *rows,
        ]
        if self.height > LOW:
            lines += [""] * (room.rows - len(rows)) + [
                self._paint(self._clip(line), DIM) for line in self._about(state)
            ]
        return lines

    def _nothing(self, state: State) -> str:
        if self.board.trouble:
            return ""
        return "Nothing matches the filter; escape shows everything." if state.narrowed else "Nothing is open."

    def _title(self, state: State) -> str:
        board = self.board
        late = sum(seen.sla == "late" for seen in board.tickets)
        left = f"{len(board.tickets):,}{'+' if board.more else ''} {'open or waiting' if state.waiting else 'open'}"
        asked = [name for name, on in (("mine", state.mine), ("unassigned", state.unassigned)) if on]
        left = ", ".join([f"{left}, {late:,} late", *asked, *[visible(state.text)] * bool(state.text)])
        right = moment(board.at - board.at % 60, board.zone) + (", clock paused" if board.paused else "")
        left = clipped(left, self.width - cells_of(right) - len(GAP))
        return self._paint(self._clip(padded(left, self.width - cells_of(right)) + right), BOLD)

    def _row(self, at: int, state: State) -> str:
        chosen = at == state.row
        mark, parts = ">" if chosen else " ", self._parts(self._cells[at])
        plain = f"{mark} {GAP.join(parts).rstrip()}"
        room = self.width - cells_of(plain)
        line = (
            f"{mark} {positioned(parts, [width for width in self._widths if width], 2)}"
            if room >= 0
            else self._clip(plain)
        )
        style = STYLES.get(urgency(self.board.tickets[at]), "")
        if chosen:
            line, style = f"{line}{' ' * room}", ";".join(filter(None, (CHOSEN, style)))
        return self._paint(line, style)

    def _about(self, state: State) -> list[str]:
        """The chosen ticket in two lines: what its row may have cut, and the exact due time."""
        if not self.board.tickets:
            return ["", ""]
        seen = self.board.tickets[state.row]
        due = seen.ticket.target.due_at
        known = [f"due {moment(due, self.board.zone)}"] if due is not None else []
        known += [text for c in QUEUE.named(_ABOUT) if (text := cell(c, seen, self.board.zone))]
        return [f"  {cell(QUEUE.named(('subject',))[0], seen, None)}", f"  {', '.join(known)}"]

    @cached_property
    def _numbers(self) -> tuple[int, ...]:
        return tuple(seen.ticket.id for seen in self.board.tickets)

    @cached_property
    def _columns(self) -> list[Column]:
        short = Column("promise", title="SLA", get=self._promise)
        return [short if c.name == "promise" else c for c in QUEUE.named(_STAND)]

    def _promise(self, seen: TicketView) -> str:
        """As in lists, but to the minute, and without the paused clock, which the title mentions once."""
        soon = ", soon" if urgency(seen) == "soon" else ""
        waiting = ", waiting" if seen.ticket.status == "waiting" else ""
        return f"{self._said(seen)}{soon}{waiting}"

    def _said(self, seen: TicketView) -> str:
        paused = seen.paused and not self.board.paused
        late, left = seen.late_seconds, seen.remaining_seconds
        if not paused and (0 < late < MINUTE or 0 < (left or 0) < MINUTE):
            return "due in < 1 min" if left else "< 1 min late"  # seconds would stand still for a minute
        return promise(seen.sla, late, left, paused)

    @cached_property
    def _cells(self) -> list[list[str]]:
        return [[cell(column, seen, self.board.zone) for column in self._columns] for seen in self.board.tickets]

    @property
    def _headings(self) -> list[str]:
        return [column.heading for column in self._columns]

    @cached_property
    def _widths(self) -> list[int]:
        """The cells of each column; 0 for one that does not fit."""
        longest = [max(map(cells_of, values)) for values in zip(self._headings, *self._cells, strict=True)]
        natural = {c.name: min(n, _WIDEST.get(c.name, n)) for c, n in zip(self._columns, longest, strict=True)}
        kept = {"id": natural["id"], "promise": natural["promise"]}
        left = self.width - 2 - sum(kept.values()) - len(GAP) * 2
        for name, subject in _ROOM:
            if left - natural[name] - len(GAP) >= min(subject, natural["subject"]):
                kept[name] = natural[name]
                left -= natural[name] + len(GAP)
        kept["subject"] = max(0, min(left, natural["subject"]))
        return [kept.get(column.name, 0) for column in self._columns]

    def _parts(self, values: Sequence[str]) -> list[str]:
        """The cells of a row, each as wide as its column."""
        parts = zip(values, self._widths, self._columns, strict=True)
        return [
            padded(clipped(value, width), width, right=column.kind is NUMBER) for value, width, column in parts if width
        ]

    # All pages

    def _last(self, state: State) -> str:
        """The line at the bottom: what is typed, what happened, or which keys there are."""
        if state.typing is not None:
            return self._typed(f"/{visible(state.typing)}")
        if state.said or self.board.trouble:
            return self._paint(self._clip(visible(state.said or self.board.trouble)), STYLES["late"])
        if state.page is BoardPage.QUEUE:
            return self._paint(self._clip(KEYS), DIM)
        if state.page is BoardPage.HELP:
            return ""
        return self._paint(self._ends(TICKET_KEYS, self._place(state)), DIM)

    def _typed(self, text: str) -> str:
        """The end of what is typed, with a mark where the next character goes."""
        while cells_of(text) >= self.width:
            text = text[1:]
        return f"{text}_"

    def _place(self, state: State) -> str:
        lines, end = len(self.board.thread), state.scroll + self.height - 1
        return "" if lines < self.height else f"{min(100, 100 * end // lines)} %"

    def _ends(self, left: str, right: str) -> str:
        left = clipped(left, self.width - cells_of(right) - len(GAP))
        return padded(left, self.width - cells_of(right)) + right

    def _clip(self, text: str) -> str:
        return clipped(text, self.width)

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text
