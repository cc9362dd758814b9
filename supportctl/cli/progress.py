"""Long work shows itself on a terminal, and is silent everywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

from supportctl.cli.session import Session


@contextmanager
def reading(session: Session, path: Path, stream: BufferedReader) -> Iterator[BufferedReader]:
    """The stream, with a bar on standard error that shows how much of it was read, how fast, and the time left."""
    if not session.stderr or not session.stderr.isatty() or session.quiet:
        yield stream
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("Reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    console = Console(file=session.stderr, no_color=not session.color)
    with Progress(*columns, console=console, transient=True) as progress:
        raw: Any = stream
        watched = progress.wrap_file(raw, total=path.stat().st_size)
        yield BufferedReader(_Raw(watched))


class _Raw(RawIOBase):
    """What rich watches has no `peek`; a buffered reader over it does."""

    def __init__(self, watched: Any) -> None:
        self._watched = watched

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._watched.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
