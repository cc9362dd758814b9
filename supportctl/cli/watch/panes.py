"""What `watch` draws with: lines of text, of which only those in sight are made, and the queue among them."""

from collections.abc import Callable
from functools import lru_cache

from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

WHEEL = 3  # lines
CONSOLE = Console()  # what styles are worked out by; nothing is written to it


class TextPane(Widget):
    """Lines of text with our own ANSI styles, scrolled by keys and wheel. Foreign text in them is harmless already."""

    class Wheel(Message):
        """The wheel was turned, by so many lines."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    class Resized(Message):
        """A pane has another size."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.top, self.count = 0, 0
        self._line: Callable[[int, int], str] = lambda _at, _width: ""
        self._in_sight: list[str] = []
        self._made_for = Size(0, 0)

    def show(self, line: Callable[[int, int], str], count: int = 1) -> None:
        """Show so many lines; `line` makes one, by its place and how wide it may be, when it comes in sight."""
        self.count, self._line = count, line
        self.scroll_lines(0)

    def scroll_lines(self, lines: int) -> None:
        """Scroll down by so many lines, or up, within what there is. Only lines that changed are drawn."""
        self.top += lines
        before, made_for = self._in_sight, self._made_for
        self._make()
        if made_for != self._made_for:
            self.refresh()
        elif changed := [y for y, line in enumerate(self._in_sight) if line != before[y]]:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _make(self) -> None:
        """Make the lines that are in sight."""
        width, height = self._made_for = self.size
        self.top = max(0, min(self.top, self.count - height))
        made = [self._line(at, width) for at in range(self.top, min(self.top + height, self.count))]
        self._in_sight = made + [""] * (height - len(made))

    def render_line(self, y: int) -> Strip:
        if self._made_for != self.size:
            self._make()
        return drawn(self._in_sight[y] if y < len(self._in_sight) else "", self.size.width)

    def on_resize(self) -> None:
        self.scroll_lines(0)
        self.post_message(self.Resized())

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Wheel(WHEEL))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Wheel(-WHEEL))


class QueuePane(TextPane):
    """The queue: a row can be clicked."""

    class Clicked(Message):
        """A row was clicked, once or twice."""

        def __init__(self, row: int, twice: bool) -> None:
            super().__init__()
            self.row, self.twice = row, twice

    def on_click(self, event: Click) -> None:
        event.stop()
        if self.top + event.y < self.count:
            self.post_message(self.Clicked(self.top + event.y, event.chain > 1))


@lru_cache(maxsize=512)
def drawn(line: str, width: int) -> Strip:
    """A line as the terminal library draws it, exactly so wide."""
    parts = Text.from_ansi(line, end="").render(CONSOLE) if "\x1b" in line else [Segment(line)]
    return Strip(parts).adjust_cell_length(width)
