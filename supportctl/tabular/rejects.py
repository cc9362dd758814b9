"""The rows that could not be taken: kept beside the file they go to, and put there all at once."""

from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

from supportctl.errors import InputError
from supportctl.files import give_name, scratch, writing
from supportctl.tabular.record import Record, Table


class Rejects:
    """A file of rejected rows, 0600. After `place` it holds them; where there are none, there is no such file."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        with writing(path):
            if path.exists() and not path.is_file():
                raise InputError(f"{path} is not a file.", "Name a new file with --rejects.")
        self.first = ""  # what was wrong with the first of them
        self._table = table
        self._opened = ExitStack()
        self._new: Path | None = None
        self._file: TextIO | None = None

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):  # what has no room is said already, and is not wanted
                self._file.close()
        self._opened.close()

    def add(self, record: Record, why: str) -> None:
        """Take a row with what is wrong with it. Raises OutputUnwritable."""
        with writing(self.path):
            file = self._file or self._begin()
            file.write(self._table.rejected(record, why))
            self.first = self.first or why

    def place(self) -> None:
        """Put the rows where they were asked for. Raises OutputUnwritable."""
        with writing(self.path):
            if self._file is None or self._new is None:
                self.path.unlink(missing_ok=True)
                return
            self._file.close()
            give_name(self._new, self.path, over=True)

    def _begin(self) -> TextIO:
        self._new = self._opened.enter_context(scratch(self.path))
        self._file = self._new.open("w", encoding="utf-8", newline="")
        self._file.write(self._table.rejects_head())
        return self._file
