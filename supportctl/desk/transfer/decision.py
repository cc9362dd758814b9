"""What one row of an import comes to: decided first as a whole, and only then written."""

from collections.abc import Callable
from typing import NamedTuple

from supportctl.desk.revisions import MovedTicket

ADDED, CHANGED, UNCHANGED, REJECTED = "added", "changed", "unchanged", "rejected"
ReadTime = Callable[[str], int]  # UTC epoch seconds
TimesOf = Callable[[str], ReadTime]  # how the times of a field are read
BATCH = 1000


class RowDecision(NamedTuple):
    """Whether a row adds, changes or leaves alone what is on record, and what writes it: that is refused no more."""

    done: str
    write: Callable[[], None] = lambda: None


class Ending(NamedTuple):
    """What an import came to in the end: the tickets whose due time it moved, and what its user should know."""

    moved: tuple[MovedTicket, ...] = ()
    remarks: tuple[str, ...] = ()
