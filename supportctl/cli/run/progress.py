"""Long work shows its progress on a terminal, and is silent everywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from supportctl.cli.run.session import Session

REDRAW_SECONDS = 0.1
Tick = Callable[[], None]


@contextmanager
def working(session: Session, what: str) -> Iterator[Callable[..., None]]:
    """Show a line on standard error: what is going on, for how long, and if known the time left.

    Yields a function to call now and then, with the share done if known.
    """
    if session.quiet or not session.stderr or not session.stderr.isatty():
        yield _unseen
        return

    console = Console(file=session.stderr, no_color=not session.color)
    said = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), said, BarColumn(20), TimeElapsedColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task(what, total=None, left="")
        began = drawn = time.monotonic()
        left = _Left()

        def tick(done: float | None = None) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= REDRAW_SECONDS:
                drawn = now
                total = None if done is None else 1.0
                progress.update(task, total=total, completed=done or 0, left=left.said(done, now - began), refresh=True)

        yield tick


def _unseen(done: float | None = None) -> None:
    """Without a terminal, show nothing."""


class _Left:
    """How long work will still take, judged by how long the finished share took."""

    def __init__(self) -> None:
        self._done, self._whole = 0.0, 0.0

    def said(self, done: float | None, seconds: float) -> str:
        """In words, `seconds` after the work began; empty if unknown."""
        if done is None or done <= 0:
            return ""
        if done != self._done:  # counted down from there, instead of growing while a large part goes on
            self._done, self._whole = done, seconds / done
        minutes, rest = divmod(max(0, round(self._whole - seconds)), 60)
        return f"about {minutes}:{rest:02} left"


@contextmanager
def reading(session: Session, stream: BufferedReader, size: int | None) -> Iterator[Tick]:
    """A bar on standard error: how much of a stream of `size` bytes was read (None: unknown), how fast, the time left.

    Yields a function to call once per record.
    """
    with _bar(session, size, lambda rows: rows if size is None else stream.tell()) as tick:
        yield tick


@contextmanager
def counting(session: Session, total: int) -> Iterator[Tick]:
    """The same for a known number of records."""
    with _bar(session, total, lambda rows: rows) as tick:
        yield tick


@contextmanager
def _bar(session: Session, total: int | None, done: Callable[[int], int]) -> Iterator[Tick]:
    """A bar, filled to what `done` makes of the number of records."""
    if session.quiet or not session.stderr or not session.stderr.isatty():
        yield lambda: None
        return

    said = TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f} a second")
    console = Console(file=session.stderr, no_color=not session.color)
    columns = (BarColumn(), said, TimeRemainingColumn(), TextColumn("left"))
    progress = Progress(*columns, console=console, transient=True, auto_refresh=False)
    task = progress.add_task("", total=total, rows=0, rate=0.0)
    began = drawn = time.monotonic()
    rows = 0

    def tick() -> None:
        nonlocal drawn, rows
        rows += 1
        now = time.monotonic()
        if now - drawn >= REDRAW_SECONDS:
            drawn = now
            progress.start()  # not before: short work shows nothing
            progress.update(task, completed=done(rows), rows=rows, rate=rows / (now - began), refresh=True)

    try:
        yield tick
    finally:
        progress.stop()
