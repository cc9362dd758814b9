"""What an agent does, one function each: load, decide, save, in one transaction with its history."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supportctl.store.place import Place as Place


def place_at(named: Path | str) -> "Place":
    """The place that somebody named: a path is that of a file, `postgresql://…` a shared desk. Raises InputError."""
    if isinstance(named, str):
        from supportctl.store.postgres.address import checked  # late: most desks are files
        from supportctl.store.postgres.place import SharedDesk  # late: most desks are files

        return SharedDesk(checked(named))
    from supportctl.store.sqlite.file import DeskFile  # late: most of this room needs no place

    return DeskFile(named)
