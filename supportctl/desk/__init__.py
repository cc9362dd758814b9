"""What an agent does, one function each: load, decide, save, in one transaction with its history."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supportctl.store.place import Place as Place


def place_at(path: Path) -> "Place":
    """The place that somebody named: a path is that of a file."""
    from supportctl.store.sqlite.file import DeskFile  # late: most of this room needs no place

    return DeskFile(path)
