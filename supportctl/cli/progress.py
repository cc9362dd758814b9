"""Long work shows itself on a terminal, and is silent everywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader

from supportctl.cli.session import Session

REDRAW_SECONDS = 0.1
Tick = Callable[[], None]


@contextmanager
def working(session: Session, what: str) -> Iterator[Tick]:
    """A line on standard error that something is going on, and for how long. What it gives is called now and then."""
    if session.quiet or not session.stderr or not session.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(file=session.stderr, no_color=not session.color)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        progress.add_task(what, total=None)
        drawn = time.monotonic()

        def tick() -> None:
            nonlocal drawn
            if time.monotonic() - drawn >= REDRAW_SECONDS:
                drawn = time.monotonic()
                progress.refresh()

        yield tick


@contextmanager
def reading(session: Session, stream: BufferedReader, size: int | None) -> Iterator[Tick]:
    """A bar on standard error: how much of a stream of `size` bytes was read (None: unknown), how fast, the time left.

    What it gives is to be called once a record.
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
    """A bar that is filled by what `done` makes of the number of records."""
    if session.quiet or not session.stderr or not session.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

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
