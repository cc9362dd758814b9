"""The findings of a check of the desk, and what to do about them."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from supportctl.store.desk import Desk

OK, WARNING, DAMAGED, REPAIRED = "ok", "warning", "damaged", "repaired"
RESTORE = "Restore a backup from before it happened; nothing else can say what it was."
BY_REPAIR = "`supportctl db check --repair` repairs it."
Mend = Callable[[Desk], object]


class Finding(NamedTuple):
    """A finding about a part of the desk; `mend` repairs it if it can be derived.

    If any finding about a ticket lacks `mend`, nothing else of that ticket may be derived either.
    """

    part: str
    state: str
    message: str
    hint: str | None = None
    ticket: int | None = None
    mend: Mend | None = None


Look = Callable[[Desk], Iterator[Finding]]
