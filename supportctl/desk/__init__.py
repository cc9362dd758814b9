"""What an agent does, one function each: load, decide, save, in one transaction with its history."""

from pathlib import Path
from typing import TYPE_CHECKING

from supportctl.errors import DeskUnusable

if TYPE_CHECKING:
    from supportctl.store.place import Place as Place

DRIVER = "psycopg2"


def place_at(named: Path | str) -> "Place":
    """The place that somebody named: a path is that of a file, `postgresql://…` a shared desk.

    Raises InputError for an address that cannot be one, DeskUnusable without the driver that a shared desk needs.
    """
    if isinstance(named, str):
        from supportctl.store.postgres.address import checked  # late: most desks are files

        address = checked(named)
        try:
            from supportctl.store.postgres.place import SharedDesk  # late: most desks are files
        except ImportError as error:
            if (error.name or "").partition(".")[0] != DRIVER:
                raise
            raise DeskUnusable(
                "A shared desk needs the driver of PostgreSQL, psycopg2, which is not installed.",
                "Install it with `pip install 'supportctl[postgres]'`.",
            ) from None
        return SharedDesk(address)
    from supportctl.store.sqlite.file import DeskFile  # late: most of this room needs no place

    return DeskFile(named)


def shared_desk(named: str) -> str | None:
    """The address of a shared desk, as messages may repeat it; None for anything else. Raises InputError."""
    from supportctl.store.postgres.address import checked, is_address  # late: most desks are files

    return checked(named) if is_address(named) else None
