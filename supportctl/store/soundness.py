"""What `db check` says of a desk, and what an engine adds to it: the types that both sides share.

The desk's own rules are the same everywhere (`store.faults`, `desk.check`). What only an engine can have wrong, and how
it shows several connections one moment, it gives as `Checks` of its place.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from supportctl.store.desk import Desk

OK, WARNING, DAMAGED, REPAIRED, SKIPPED = "ok", "warning", "damaged", "repaired", "skipped"
RESTORE = "Restore a backup from before the change; the original is nowhere else."
BY_REPAIR = "`supportctl db check --repair` repairs it."
LARGE = 1 << 23  # bytes of a desk that is large: some 5,000 tickets
Mend = Callable[[Desk], object]
Told = Callable[[float], None]  # takes the share (0 to 1) of a work that is done


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


def damage(part: str, said: str, *, ticket: int | None = None, mend: Mend | None = None, hint: str = "") -> Finding:
    """A finding of damage, with what to do about it."""
    return Finding(part, DAMAGED, said, hint or (BY_REPAIR if mend else RESTORE), ticket, mend)


def unheard(_share: float) -> None:
    """Nobody asks how much is done."""


Look = Callable[..., Iterator[Finding]]  # takes the desk


class CheckPart(NamedTuple):
    """A part of the check, and its share of the work in hundredths, as measured on a million tickets.

    If it `tells`, `look` also takes a function that it calls now and then with the share of the part that is done.
    """

    names: tuple[str, ...]
    share: int
    look: Look
    tells: bool = False


class EngineParts(NamedTuple):
    """What an engine looks at; all shares together are 43 hundredths.

    `basics` are looked at in a desk of any schema, `contents` only in one of this program's. `guards` is what could act
    on a change or is missing of what should; it takes no time. `suspects` are the parts in which a command that failed
    looks for the reason. What `first` and `last` find is repaired before and after the records.
    """

    basics: Sequence[CheckPart]
    contents: Sequence[CheckPart]
    guards: CheckPart
    suspects: Sequence[CheckPart]
    first: Sequence[Look]
    last: Sequence[Look]


class Checks(Protocol):
    """What an engine does for a check of the desk at its place."""

    @property
    def parts(self) -> EngineParts: ...
    @property
    def restoring(self) -> str:
        """What to do if the desk cannot be repaired, as a sentence."""

    def refuse_others(self) -> None:
        """Raises DeskUnusable, touching nothing, unless there is a desk that this program can read."""

    def surroundings(self, now: int) -> Iterator[Finding]:
        """What the desk depends on, and what is beside it; `now` (UTC epoch seconds) tells what is out of date."""

    def connect(self) -> AbstractContextManager[Desk]:
        """A connection to the desk as it is: nothing is upgraded or refused."""

    def moment(self) -> AbstractContextManager[str]:
        """The name of the present moment, for `at`, as long as the block lasts."""

    def at(self, db: Desk, moment: str) -> AbstractContextManager[None]:
        """See the desk as of that moment, or if an engine cannot, as of one moment; also in another process."""

    def is_large(self, db: Desk) -> bool:
        """Whether reading the desk takes longer than to start other processes for it."""

    def is_current(self, db: Desk) -> bool:
        """Whether the desk has this program's schema."""

    def has_strangers(self, db: Desk) -> bool:
        """Whether anything is in the desk that could act on a change or a question, and is not ours."""

    def unreadable(self, error: Exception) -> bool:
        """Whether what the engine raised means that a part of the desk is damaged or missing."""

    def beside(self, db: Desk) -> AbstractContextManager[Desk]:
        """What finds the faults to repair inside a transaction of `db`, which nobody can write to meanwhile.

        A connection of its own where an engine reads long answers better through one.
        """

    def repair(self, work: Callable[[Desk], list[Finding]], tick: Callable[[], None] | None) -> list[Finding]:
        """What `work` repaired in a desk of this schema, and what only the engine can repair outside a transaction."""
