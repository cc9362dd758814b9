"""A guide on a terminal: Markdown of our own, folded to the width, with commands as they are to be typed.

rich would put titles in boxes and commands on a coloured ground, and fold both.
"""

import re
from io import StringIO
from itertools import pairwise
from typing import ClassVar, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.segment import Segment
from rich.theme import Theme

WIDEST = 100  # cells: longer lines are hard to follow
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"`([^`\n]+)`")
_FILLED = re.compile(r"((\x1b\[[\d;]*m) +\x1b\[0m| )+$")  # blanks that fill a line
THEME = Theme(
    {
        "markdown.code": "cyan",
        "markdown.h1": "bold",
        "markdown.h2": "bold",
        "markdown.table.header": "bold",
        "markdown.table.border": "dim",
    }
)


class _Title(Heading):
    """A heading at the left margin."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Typed(CodeBlock):
    """Lines to type, or of a file: indented, and never folded by us, so that they can be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip().split("\n"):
            yield Segment(f"    {line}" if line else "", console.get_style("markdown.code"))
            yield Segment.line()


class _Guide(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Title,
        "fence": _Typed,
        "code_block": _Typed,
    }


def write_guide(text: str, out: TextIO, width: int, *, color: bool) -> None:
    """Write a guide, at most `width` cells wide but for lines to type."""
    page = StringIO()
    console = Console(
        file=page, width=min(width, WIDEST), force_terminal=color, color_system="standard" if color else None,
        legacy_windows=False, theme=THEME, highlight=False, markup=False, emoji=False, soft_wrap=False, _environ={},
    )  # fmt: skip
    console.print(_Guide(text if color else _still_quoted(text), hyperlinks=False), crop=False)
    lines = [_FILLED.sub("", line) for line in page.getvalue().strip("\n").split("\n")]
    out.writelines(f"{line}\n" for before, line in pairwise(["", *lines]) if before or line)


def _still_quoted(text: str) -> str:
    """The text with what is to be typed in quotes even once it is shown: without colours, only they tell it apart."""
    parts = _FENCED.split(text)
    parts[::2] = [_QUOTED.sub(r"`` `\1` ``", part) for part in parts[::2]]
    return "".join(parts)
