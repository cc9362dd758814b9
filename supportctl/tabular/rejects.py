"""The rows that could not be taken: kept beside the file they go to, and put there all at once."""

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

from supportctl.errors import InputError, OutputUnwritable
from supportctl.tabular.table import Record, Table


class Rejects:
    """A file of rejected rows, 0600. After `place` it holds them; where there are none, there is no such file."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        try:
            if path.exists() and not path.is_file():
                raise InputError(f"{path} is no file for rejected rows.", "Name a new file with --rejects.")
        except OSError as error:
            raise self._unwritable(error) from None
        self.first = ""  # what was wrong with the first of them
        self._table = table
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
        if self._new is not None:
            self._new.unlink(missing_ok=True)

    def add(self, record: Record, why: str) -> None:
        """Take a row with what is wrong with it. Raises OutputUnwritable."""
        try:
            file = self._file or self._begin()
            file.write(self._table.rejected(record, why))
            self.first = self.first or why
        except OSError as error:
            raise self._unwritable(error) from None

    def place(self) -> None:
        """Put the rows where they were asked for. Raises OutputUnwritable."""
        try:
            if self._file is None or self._new is None:
                self.path.unlink(missing_ok=True)
                return
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._new.replace(self.path)
        except OSError as error:
            raise self._unwritable(error) from None

    def _begin(self) -> TextIO:
        import tempfile

        handle, name = tempfile.mkstemp(prefix=".supportctl-", suffix=".new", dir=self.path.parent)  # 0600
        self._new = Path(name)
        self._new.chmod(0o600)  # a umask may have taken more
        self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")
        self._file.write(self._table.rejects_head())
        return self._file

    def _unwritable(self, error: OSError) -> OutputUnwritable:
        return OutputUnwritable(f"{self.path} cannot be written: {error.strerror}.", "Make room, or name another file.")
