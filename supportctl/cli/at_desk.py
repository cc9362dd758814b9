"""Opening the desk of a run, and saying who works at it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, TypeVar

from supportctl.cli.session import Session
from supportctl.store.connection import Desk, explained, open_desk, put

T = TypeVar("T")

if TYPE_CHECKING:
    from supportctl.store.actor import Actor


@contextmanager
def at_desk(session: Session) -> Iterator[sqlite3.Connection]:
    """The desk of this run, closed afterwards. Raises DeskUnusable for whatever SQLite or the disk say meanwhile."""
    path = session.desk_path()
    with explained(path), closing(open_desk(path)) as db:
        _say_what_was_kept(session, db)
        yield db
        _say_what_remains(session, db)


@contextmanager
def adding(session: Session, act: Callable[[sqlite3.Connection], T]) -> Iterator[tuple[sqlite3.Connection, T]]:
    """The desk of this run and what `act` put on record there; a missing desk is made if that succeeds (see `put`)."""
    path = session.desk_path()
    with explained(path):
        db, result = put(path, act)
        with closing(db):
            _say_what_was_kept(session, db)
            yield db, result
            _say_what_remains(session, db)


def _say_what_was_kept(session: Session, db: sqlite3.Connection) -> None:
    if isinstance(db, Desk) and db.kept:
        session.say(f"The desk was upgraded to this program's schema; as it was, it is kept at {db.kept}.")


def _say_what_remains(session: Session, db: sqlite3.Connection) -> None:
    if isinstance(db, Desk) and db.remains:
        session.say("Removed; but its bytes stay in the desk's files until the disk and other programs let them go.")


def has_desk(session: Session) -> bool:
    """Whether the desk of this run is there. Raises DeskUnusable where its path cannot even be looked at."""
    path = session.desk_path()
    with explained(path):
        return path.exists()


def actor(session: Session) -> "Actor":
    """Who makes the change, at the run's now, with the true time beside it."""
    from supportctl.store.actor import Actor  # late: most runs only read

    return Actor(session.agent, session.system_user, session.now, session.clock)
