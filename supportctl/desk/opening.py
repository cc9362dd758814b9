"""Opens the desk for a run (creating or upgrading it), and tells damage from our own bugs."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from supportctl.errors import SENSELESS, DeskUnusable
from supportctl.store.desk import Desk as Desk

if TYPE_CHECKING:
    from supportctl.store.place import Place

T = TypeVar("T")
Say = Callable[[str], None]  # a note to the person who waits
# Why the first command after an upgrade of this program takes so long.
UPGRADING = "The desk is copied, then upgraded to this program's schema: a million tickets take a minute or two."


@contextmanager
def open_at(place: "Place", say: Say) -> Iterator[Desk]:
    """The desk there, closed afterwards. Raises DeskUnusable for whatever the engine or the disk say meanwhile."""
    with _blaming(place), closing(place.open(upgrading=partial(say, UPGRADING))) as db:
        _say_what_was_kept(db, say)
        yield db
        _say_what_remains(db, say)


@contextmanager
def create_or_open(place: "Place", act: Callable[[Desk], T], say: Say) -> Iterator[tuple[Desk, T]]:
    """The desk there and the result of `act` on it; a missing desk is made if `act` succeeds."""
    with _blaming(place):
        db, result = place.open_or_create(act, partial(say, UPGRADING))
        with closing(db):
            _say_what_was_kept(db, say)
            yield db, result
            _say_what_remains(db, say)


@contextmanager
def _blaming(place: "Place") -> Iterator[None]:
    """Report a failure as damage if the desk holds values that only another program could have written.

    They are looked for only after a failure: that takes seconds on a million tickets.
    """
    try:
        with place.in_words():
            yield
    except (*SENSELESS, place.error) as error:
        why = _unfit(place)
        if why is None:
            raise
        raise DeskUnusable(
            f"The desk at {place} is damaged: {why}.",
            "Run `supportctl db check`, and restore a backup from before the damage.",
        ) from error


def _unfit(place: "Place") -> str | None:
    from supportctl.desk.check.run import first_damage  # late: only an error looks for damage

    return first_damage(place) if place.exists() else None  # else it went wrong before there was a desk


def _say_what_was_kept(db: Desk, say: Say) -> None:
    if db.kept:
        from supportctl.desk.accounts.customers import duplicate_accounts  # late: only an upgrade merges accounts

        say(f"The desk was upgraded to this program's schema; the old one is kept at {db.kept}.")
        for remark in duplicate_accounts(db):
            say(remark)


def _say_what_remains(db: Desk, say: Say) -> None:
    if db.remains:
        say("Removed, but its bytes stay in the desk's files until the disk and other programs release them.")
