"""A watched desk: whether it has changed can be asked every second, at almost no cost and without a lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from supportctl.store.desk import Desk
from supportctl.store.sqlite.connection import SqliteDesk, translate_errors
from supportctl.store.sqlite.opening import open_desk

PATIENCE_MS = 3000  # a watcher reports a locked desk instead of waiting


class WatchedFile:
    """One open connection to the desk at `path`, reopened when another file takes its place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: SqliteDesk | None = None
        self._file: tuple[int, int] | None = None
        self._version: int | None = None

    def __enter__(self) -> "WatchedFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    @property
    def db(self) -> SqliteDesk:
        """The desk as it is now. Raises DeskUnusable if it cannot be opened."""
        with translate_errors(self.path):
            found = self.path.stat() if self.path.exists() else None
            file = (found.st_dev, found.st_ino) if found else None
            if self._db is None or file != self._file or self._db.stale():
                self._close()
                self._db = open_desk(self.path)
                self._db.execute(f"pragma busy_timeout = {PATIENCE_MS}")
                self._file = file
            return self._db

    def changed(self) -> bool:
        """Whether anyone else changed or replaced the desk since the last call.

        Raises DeskUnusable if it is gone or cannot be read.
        """
        before = self._file, self._version
        db = self.db
        with translate_errors(self.path):
            self._version = db.execute("pragma data_version").fetchone()[0]
        return (self._file, self._version) != before

    @contextmanager
    def reading(self) -> Iterator[Desk]:
        """The desk as it is at one moment, without any lock. Raises DeskUnusable."""
        db = self.db
        with translate_errors(self.path), db.snapshot():
            yield db

    @contextmanager
    def writing(self) -> Iterator[Desk]:
        """The desk, to change it. Raises DeskUnusable."""
        with translate_errors(self.path):
            yield self.db

    def _close(self) -> None:
        db, self._db, self._file, self._version = self._db, None, None, None
        if db is not None:
            db.close()
