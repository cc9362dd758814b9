"""The decision on a row of an import: made completely first, and only then written."""

from collections.abc import Callable
from typing import NamedTuple

from supportctl.desk.revisions import MovedTicket

ADDED, CHANGED, UNCHANGED, REJECTED = "added", "changed", "unchanged", "rejected"
ReadTime = Callable[[str], int]  # UTC epoch seconds
TimesOf = Callable[[str], ReadTime]  # how the times of a field are read
BATCH = 1000  # rows that are looked up together, and addresses whose tickets follow together
BATCH_SIZE = 4_000_000  # characters, so that long rows are not held by the thousand


class RowDecision(NamedTuple):
    """Whether a row adds, changes or leaves alone what is on record, what remembers it, and what writes it.

    `refusable` says that the row may still be refused while it is written: it is written as a whole then.
    """

    done: str
    remember: Callable[[], None] = lambda: None
    write: Callable[[], object] = lambda: None
    refusable: bool = False

    def take(self) -> None:
        """Write the row; it is remembered last, when it can no longer be refused."""
        self.write()
        self.remember()


class Ending(NamedTuple):
    """How an import ended: the tickets whose due time it moved, and notes for its user."""

    moved: tuple[MovedTicket, ...] = ()
    remarks: tuple[str, ...] = ()
