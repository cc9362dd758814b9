"""The lines of `watch`: the queue row by row, and what stands around it; none wider than it is asked to be."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import cached_property
from typing import NamedTuple

from supportctl.cli.views.ticket import QUEUE, urgency
from supportctl.cli.watch.board import State
from supportctl.desk.tickets.view import TicketView
from supportctl.render.columns import NUMBER, Column
from supportctl.render.phrases import cell, moment, promise
from supportctl.render.safe import visible
from supportctl.render.table import BOLD, DIM, GAP, STYLES, cells_of, clipped, padded

MINUTE = 60
CHOSEN = "7"  # reversed; the mark before it says the same
MEASURED = 200  # rows that decide how wide the columns are
MARGIN = 2  # cells before a row: whether it is chosen, and marked

_STAND = ("id", "promise", "tier", "channel", "assignee", "subject", "from", "due_at", "topic")
# Columns shown beside number, SLA and subject, in this order, if the subject keeps this many cells.
_ROOM = (("tier", 20), ("assignee", 20), ("channel", 24), ("from", 40), ("due_at", 40), ("topic", 40))
_WIDEST = {"assignee": 16, "from": 32, "tier": 16, "channel": 16, "topic": 20}
_ABOUT = ("from", "name", "product", "version", "standing", "topic", "tags")


class Board(NamedTuple):
    """What is on the desk at `at`, UTC epoch seconds: the queue asked for, and who else is answering which ticket."""

    tickets: Sequence[TicketView] = ()
    at: int = 0
    more: bool = False  # whether there are more tickets than these
    paused: bool = False
    zone: tzinfo | None = None
    answering: Mapping[int, str] = {}  # never written to
    trouble: str = ""  # why this may be out of date

    @property
    def numbers(self) -> list[int]:
        """The numbers of the tickets, in their order."""
        return [seen.ticket.id for seen in self.tickets]


class QueueLines:
    """A board in lines of so many cells. Colours, if any, only repeat what words say."""

    def __init__(self, board: Board, width: int, color: bool) -> None:
        self.board, self.width, self.color = board, width, color

    def heading(self) -> str:
        """The names of the columns."""
        return self._paint(clipped(f"  {self._joined(self._headings)}", self.width), BOLD)

    def row(self, at: int, state: State) -> str:
        """One ticket, in one line."""
        seen, chosen = self.board.tickets[at], at == state.row
        signs = (">" if chosen else " ") + ("*" if seen.ticket.id in state.marked else " ")
        line = clipped(f"{signs}{self._joined(self._cells(seen))}", self.width)
        style = STYLES.get(urgency(seen), "")
        if chosen:
            line, style = padded(line, self.width), ";".join(filter(None, (CHOSEN, style)))
        return self._paint(line, style)

    def nothing(self, state: State) -> str:
        """Why there is no row."""
        if self.board.trouble:
            return ""
        said = "Nothing matches the filter; escape shows everything." if state.narrowed else "Nothing is open."
        return clipped(f"  {said}", self.width)

    def about(self, state: State) -> list[str]:
        """The chosen ticket in two lines: what its row may have cut, and the exact due time."""
        if not self.board.tickets:
            return ["", ""]
        seen = self.board.tickets[state.row]
        due = seen.ticket.target.due_at
        known = [f"due {moment(due, self.board.zone)}"] if due is not None else []
        known += [text for c in QUEUE.named(_ABOUT) if (text := cell(c, seen, self.board.zone))]
        lines = (f"  {self._subject(seen)}", f"  {', '.join(known)}")
        return [self._paint(clipped(line, self.width), DIM) for line in lines]

    def _subject(self, seen: TicketView) -> str:
        """The subject, after the name of whoever else is answering it just now."""
        who = self.board.answering.get(seen.ticket.id)
        said = f"[{visible(who)} is answering] " if who else ""
        return said + visible(seen.ticket.subject)

    @cached_property
    def _columns(self) -> list[Column]:
        said = {"promise": self._promise, "subject": self._subject}
        return [
            c._replace(title="SLA" if c.name == "promise" else c.title, get=said.get(c.name, c.get))
            for c in QUEUE.named(_STAND)
        ]

    def _promise(self, seen: TicketView) -> str:
        """As in lists, but to the minute, and without the paused clock, which the title mentions once."""
        soon = ", soon" if urgency(seen) == "soon" else ""
        status = "" if seen.ticket.status == "open" else f", {seen.ticket.status}"
        return f"{self._said(seen)}{soon}{status}"

    def _said(self, seen: TicketView) -> str:
        paused = seen.paused and not self.board.paused
        late, left = seen.late_seconds, seen.remaining_seconds
        if not paused and (0 < late < MINUTE or 0 < (left or 0) < MINUTE):
            return "due in < 1 min" if left else "< 1 min late"  # seconds would stand still for a minute
        return promise(seen.sla, late, left, paused)

    def _cells(self, seen: TicketView) -> list[str]:
        return [cell(column, seen, self.board.zone) for column in self._columns]

    @cached_property
    def _headings(self) -> list[str]:
        return [column.heading for column in self._columns]

    @cached_property
    def _widths(self) -> list[int]:
        """The cells of each column; 0 for one that does not fit."""
        every = self.board.tickets
        some = [*every[: MEASURED // 2], *every[MEASURED // 2 :: max(1, 2 * len(every) // MEASURED)], *every[-1:]]
        columns = zip(self._headings, *map(self._cells, some), strict=True)
        natural = {
            c.name: min(max(map(cells_of, values)), _WIDEST.get(c.name, 10_000))
            for c, values in zip(self._columns, columns, strict=True)
        }
        natural["id"] = max([natural["id"], *(len(str(number)) for number in self.board.numbers)])
        kept = {"id": natural["id"], "promise": natural["promise"]}
        left = self.width - MARGIN - sum(kept.values()) - len(GAP) * 2
        for name, subject in _ROOM:
            if left - natural[name] - len(GAP) >= min(subject, natural["subject"]):
                kept[name] = natural[name]
                left -= natural[name] + len(GAP)
        kept["subject"] = max(0, left)
        return [kept.get(column.name, 0) for column in self._columns]

    def _joined(self, values: Sequence[str]) -> str:
        """A row's values, each as wide as its column."""
        parts = zip(values, self._widths, self._columns, strict=True)
        return GAP.join(
            padded(clipped(value, width), width, right=column.kind is NUMBER) for value, width, column in parts if width
        ).rstrip()

    def _paint(self, text: str, style: str) -> str:
        return painted(text, style, self.color)


def painted(text: str, style: str, color: bool) -> str:
    """The text in an ANSI style; unchanged without colour, or if there is nothing to see."""
    return f"\x1b[{style}m{text}\x1b[0m" if color and style and text else text


def title_line(board: Board, state: State, width: int, color: bool) -> str:
    """What is listed, how much of it is late, and the time."""
    late, soon = (sum(urgency(seen) == which for seen in board.tickets) for which in ("late", "soon"))
    what = "listed" if "status:" in state.text else "open or waiting" if state.waiting else "open"
    counts = [f"{len(board.tickets):,}{'+' if board.more else ''} {what}", f"{late:,} late"]
    counts += [f"{soon:,} due within the hour"] * bool(soon) + [f"{len(state.marked):,} marked"] * bool(state.marked)
    left = ", ".join([*counts, *filter(None, (state.whose.value, visible(state.text)))])
    right = moment(board.at - board.at % MINUTE, board.zone) + (", clock paused" if board.paused else "")
    return painted(ends(left, right, width), BOLD, color)


def ends(left: str, right: str, width: int) -> str:
    """Two texts at both ends of a line; the left one gives way."""
    if width < cells_of(right) + len(GAP) + 1:
        return clipped(left, width)
    left = clipped(left, width - cells_of(right) - len(GAP))
    return padded(left, width - cells_of(right)) + right
