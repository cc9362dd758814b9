"""What one row of an import comes to: decided first as a whole, and only then written."""

from collections.abc import Callable
from typing import NamedTuple

from supportctl.desk.revisions import Moved

ADDED, CHANGED, UNCHANGED, REJECTED = "added", "changed", "unchanged", "rejected"
ReadTime = Callable[[str], int]  # UTC epoch seconds
TimesOf = Callable[[str], ReadTime]  # how the times of a field are read
BATCH = 1000


class Step(NamedTuple):
    """Whether a row adds, changes or leaves alone what is on record, what remembers it, and what writes it."""

    done: str
    remember: Callable[[], None] = lambda: None
    write: Callable[[], object] = lambda: None

    def take(self) -> None:
        """Write the row, which is refused no more."""
        self.remember()
        self.write()


class Ending(NamedTuple):
    """What an import came to in the end: the tickets whose due time it moved, and what its user should know."""

    moved: tuple[Moved, ...] = ()
    remarks: tuple[str, ...] = ()
