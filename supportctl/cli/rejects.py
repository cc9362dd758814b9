"""The file that takes the rows an import refused, each with what is wrong with it."""

import csv
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from supportctl.errors import InputError

if TYPE_CHECKING:
    from supportctl.desk.importing.reading import Row


class Rejected:
    """A CSV of the refused rows: their columns as they came, and the error last. It appears whole or not at all."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._columns: list[str] = []
        self._file: Any = None
        self._writer: Any = None
        self._temporary: Path | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)  # 0600 by itself
            except OSError as error:
                raise InputError(f"{self._path} cannot be written: {error.strerror}.", "Name another file.") from None
            self._temporary = Path(name)
            self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file, lineterminator="\n")
        return self

    def take(self, row: "Row", error: str) -> None:
        """Put a row aside."""
        if not self._columns:
            self._columns = list(row.cells)
            self._writer.writerow([*self._columns, "error"])
        self._writer.writerow([*(row.cells.get(column) or "" for column in self._columns), error])

    def keep(self) -> None:
        """Give the file its name, if there is anything in it."""
        if self._temporary is None or self._path is None:
            return
        self._file.close()
        if self._columns:
            self._temporary.replace(self._path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
