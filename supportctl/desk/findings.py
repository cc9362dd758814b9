"""What is found of a desk when it is looked through, and what to do about it."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

OK, WARNING, DAMAGED, REPAIRED = "ok", "warning", "damaged", "repaired"
RESTORE = "Restore a backup from before it happened; nothing else can say what it was."
BY_REPAIR = "`supportctl db check --repair` repairs it."
Mend = Callable[[sqlite3.Connection], object]


class Finding(NamedTuple):
    """What a part of the desk is found to be; `mend` puts it right where that can be derived.

    Of a ticket of which anything is found that has no `mend`, nothing else must be derived either.
    """

    part: str
    state: str
    message: str
    hint: str | None = None
    ticket: int | None = None
    mend: Mend | None = None


Look = Callable[[sqlite3.Connection], Iterator[Finding]]
