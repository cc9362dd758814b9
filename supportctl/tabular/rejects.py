"""The rows that could not be imported: kept in a temporary file, and moved into place all at once."""

from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

from supportctl.errors import InputError
from supportctl.files import give_name, scratch, write_errors
from supportctl.tabular.record import Record, Table


class Rejects:
    """A file of rejected rows, 0600. After `place` it contains them; without rejected rows there is no such file."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        with write_errors(path):
            if path.exists() and not path.is_file():
                raise InputError(f"{path} is not a file.", "Name a new file with --rejects.")
        self.first = ""  # the error of the first one
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
            with suppress(OSError):  # a full disk was already reported
                self._file.close()
        self._opened.close()

    def add(self, record: Record, why: str) -> None:
        """Add a row with its error. Raises OutputUnwritable."""
        with write_errors(self.path):
            file = self._file or self._begin()
            file.write(self._table.rejected(record, why))
            self.first = self.first or why

    def place(self) -> None:
        """Move the rows to the requested file. Raises OutputUnwritable."""
        with write_errors(self.path):
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
