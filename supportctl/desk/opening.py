"""Opens the desk for a run (creating or upgrading it), and tells damage from our own bugs."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from supportctl.errors import SENSELESS, DeskUnusable
from supportctl.store.desk import Desk as Desk
from supportctl.store.sqlite.connection import EngineError, translate_errors
from supportctl.store.sqlite.opening import open_desk, open_or_create

T = TypeVar("T")
Say = Callable[[str], None]  # a note to the person who waits
# Why the first command after an upgrade of this program takes so long.
UPGRADING = "The desk is copied, then upgraded to this program's schema: a million tickets take a minute or two."


@contextmanager
def open_at(path: Path, say: Say) -> Iterator[Desk]:
    """The desk at `path`, closed afterwards. Raises DeskUnusable for whatever SQLite or the disk say meanwhile."""
    with _blaming(path), closing(open_desk(path, upgrading=partial(say, UPGRADING))) as db:
        _say_what_was_kept(db, say)
        yield db
        _say_what_remains(db, say)


@contextmanager
def create_or_open(path: Path, act: Callable[[Desk], T], say: Say) -> Iterator[tuple[Desk, T]]:
    """The desk at `path` and the result of `act` on it; a missing desk is made if `act` succeeds."""
    with _blaming(path):
        db, result = open_or_create(path, act, partial(say, UPGRADING))
        with closing(db):
            _say_what_was_kept(db, say)
            yield db, result
            _say_what_remains(db, say)


def exists(path: Path) -> bool:
    """Whether there is a desk. Raises DeskUnusable where the path cannot even be looked at."""
    with translate_errors(path):
        return path.exists()


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Report a failure as damage if the desk holds values that only another program could have written.

    They are looked for only after a failure: that takes seconds on a million tickets.
    """
    try:
        with translate_errors(path):
            yield
    except (*SENSELESS, EngineError) as error:
        why = _unfit(path)
        if why is None:
            raise
        raise DeskUnusable(
            f"The desk at {path} is damaged: {why}.",
            "Run `supportctl db check`, and restore a backup from before the damage.",
        ) from error


def _unfit(path: Path) -> str | None:
    from supportctl.desk.check.run import first_damage  # late: only an error looks for damage

    return first_damage(path) if path.is_file() else None  # else it went wrong before there was a desk


def _say_what_was_kept(db: Desk, say: Say) -> None:
    if db.kept:
        from supportctl.desk.accounts.customers import duplicate_accounts  # late: only an upgrade merges accounts

        say(f"The desk was upgraded to this program's schema; the old one is kept at {db.kept}.")
        for remark in duplicate_accounts(db):
            say(remark)


def _say_what_remains(db: Desk, say: Say) -> None:
    if db.remains:
        say("Removed, but its bytes stay in the desk's files until the disk and other programs release them.")
