"""Opening the desk of a run, and saying who works at it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from supportctl.cli.session import Session
from supportctl.errors import SENSELESS, Conflict, DeskUnusable
from supportctl.store.connection import Desk, explained
from supportctl.store.opening import open_desk, put
from supportctl.store.transaction import transaction

T = TypeVar("T")
TRIES = 3  # how often a change is decided before somebody else's is said to be in its way
# Why the first command after an upgrade of this program takes so long.
UPGRADING = "The desk is copied, then upgraded to this program's schema: a million tickets take a minute or two."

if TYPE_CHECKING:
    from supportctl.store.actor import Actor


@contextmanager
def at_desk(session: Session) -> Iterator[sqlite3.Connection]:
    """The desk of this run, closed afterwards. Raises DeskUnusable for whatever SQLite or the disk say meanwhile."""
    path = session.desk_path()
    with _blaming(path), explained(path), closing(open_desk(path, upgrading=partial(session.say, UPGRADING))) as db:
        _say_what_was_kept(session, db)
        yield db
        _say_what_remains(session, db)


@contextmanager
def adding(session: Session, act: Callable[[sqlite3.Connection], T]) -> Iterator[tuple[sqlite3.Connection, T]]:
    """The desk of this run and what `act` put on record there; a missing desk is made if that succeeds (see `put`)."""
    path = session.desk_path()
    with _blaming(path), explained(path):
        db, result = put(path, act, partial(session.say, UPGRADING))
        with closing(db):
            _say_what_was_kept(session, db)
            yield db, result
            _say_what_remains(session, db)


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """What comes of values that only another program could have written is damage of the desk, and no fault of ours.

    Whether there are any is looked for when something has gone wrong: it takes seconds on a million tickets.
    """
    try:
        yield
    except (*SENSELESS, sqlite3.Error) as error:
        why = _unfit(path)
        if why is None:
            raise
        raise DeskUnusable(
            f"The desk at {path} is damaged: {why}.", "See `supportctl db check`, and restore a backup from before it."
        ) from error


def _unfit(path: Path) -> str | None:
    from supportctl.desk.soundness import unfit

    return unfit(path) if path.is_file() else None  # what went wrong without a file did so before there was a desk


def _say_what_was_kept(session: Session, db: sqlite3.Connection) -> None:
    if isinstance(db, Desk) and db.kept:
        session.say(f"The desk was upgraded to this program's schema; as it was, it is kept at {db.kept}.")
        say_what_became_one(session, db)


def say_what_became_one(session: Session, db: sqlite3.Connection) -> None:
    """Name the accounts that are one address since the desk was upgraded: which one stays is for an agent to decide."""
    from supportctl.store.customers import doubles

    for counts, other in doubles(db):
        session.say(f"{counts.email} and {other.email} are one address: see `supportctl customer keep --help`.")


def _say_what_remains(session: Session, db: sqlite3.Connection) -> None:
    if isinstance(db, Desk) and db.remains:
        session.say("Removed; but its bytes stay in the desk's files until the disk and other programs let them go.")


def has_desk(session: Session) -> bool:
    """Whether the desk of this run is there. Raises DeskUnusable where its path cannot even be looked at."""
    path = session.desk_path()
    with explained(path):
        return path.exists()


def actor(session: Session) -> "Actor":
    """Who asks, at the run's now: for what is only read, and for `acting`."""
    from supportctl.store.actor import Actor  # late: most runs only read

    return Actor(session.agent, session.system_user, session.now, session.clock, dated=session.now_given)


@contextmanager
def acting(session: Session, db: sqlite3.Connection, **touches: Any) -> "Iterator[Actor]":
    """One transaction, and who acts in it at which moment: the only place where a write gets its time.

    The clock is read when the write lock is held, so that nothing is decided for a moment before what others wrote
    while this run waited. Without --now the moment is never before the newest entry of what is touched (the fields of
    `Touched`), so that a clock that was set back puts nothing in the wrong order.
    """
    with transaction(db):
        session.look_at_the_clock()
        if not session.now_given:
            from supportctl.store.newest import Touched, newest

            session.not_before(newest(db, Touched(**touches), session.clock))
        yield _spelled(db, actor(session))


def _spelled(db: sqlite3.Connection, who: "Actor") -> "Actor":
    """The agent by the name that is on record: one is the same person in any case."""
    from supportctl.store import agents

    return who._replace(agent=agents.spelled(db, who.agent))


def act(session: Session, db: sqlite3.Connection, deed: "Callable[[Actor], T]", **touches: Any) -> T:
    """What a deed makes of the desk, done as `acting` says.

    Where somebody else changed what it had read, it decides again on what is there now, a few times. Raises Conflict
    when that does not help, and what the deed raises.
    """
    for _ in range(TRIES - 1):
        try:
            with acting(session, db, **touches) as who:
                return deed(who)
        except Conflict:
            continue
    with acting(session, db, **touches) as who:
        return deed(who)
