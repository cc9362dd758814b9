"""Opens the desk of a run, and says who works at it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from supportctl.cli.run.session import Session
from supportctl.errors import SENSELESS, Behind, DeskUnusable
from supportctl.store.desk import Desk, Inquiry, decided
from supportctl.store.sqlite.connection import EngineError, explained
from supportctl.store.sqlite.opening import open_desk, put
from supportctl.store.sqlite.transaction import transaction

T = TypeVar("T")
# Why the first command after an upgrade of this program takes so long.
UPGRADING = "The desk is copied, then upgraded to this program's schema: a million tickets take a minute or two."

if TYPE_CHECKING:
    from supportctl.store.actor import Actor


@contextmanager
def at_desk(session: Session) -> Iterator[Desk]:
    """The desk of this run, closed afterwards. Raises DeskUnusable for whatever SQLite or the disk report meanwhile."""
    path = session.desk_path()
    with _blaming(path), explained(path), closing(open_desk(path, upgrading=partial(session.say, UPGRADING))) as db:
        _say_what_was_kept(session, db)
        yield db
        _say_what_remains(session, db)


@contextmanager
def adding(session: Session, act: Callable[[Desk], T]) -> Iterator[tuple[Desk, T]]:
    """The desk of this run and the record that `act` added; a missing desk is made if that succeeds (see `put`)."""
    path = session.desk_path()
    with _blaming(path), explained(path):
        db, result = put(path, act, partial(session.say, UPGRADING))
        with closing(db):
            _say_what_was_kept(session, db)
            yield db, result
            _say_what_remains(session, db)


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Errors from values that only another program could have written mean a damaged desk, not a bug of ours.

    Such values are looked for only after an error: it takes seconds on a million tickets.
    """
    try:
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
    from supportctl.desk.check.run import unfit

    return unfit(path) if path.is_file() else None  # without a file, the error came before there was a desk


def _say_what_was_kept(session: Session, db: Desk) -> None:
    if db.kept:
        session.say(f"The desk was upgraded to this program's schema; the old one is kept at {db.kept}.")
        say_what_became_one(session, db)


def say_what_became_one(session: Session, db: Desk) -> None:
    """Name the accounts that the upgrade found to have the same address: an agent decides which one stays."""
    from supportctl.store.customers import doubles

    for counts, other in doubles(db):
        session.say(f"{counts.email} and {other.email} are the same address: see `supportctl customer keep --help`.")


def _say_what_remains(session: Session, db: Desk) -> None:
    if db.remains:
        session.say("Removed, but its bytes stay in the desk's files until the disk and other programs release them.")


def has_desk(session: Session) -> bool:
    """Whether the desk of this run exists. Raises DeskUnusable if its path cannot even be examined."""
    path = session.desk_path()
    with explained(path):
        return path.exists()


def actor(session: Session) -> "Actor":
    """Who asks, at the run's now: for reading, and for `acting`."""
    from supportctl.store.actor import Actor  # late: most runs only read

    return Actor(session.agent, session.system_user, session.now, session.clock, dated=session.now_given)


@contextmanager
def acting(session: Session, db: Desk, **touches: Any) -> "Iterator[Actor]":
    """One transaction, and who acts in it at which moment: for what moves many tickets at once.

    The clock is read when the write lock is held, so that no decision is dated before what others wrote while this run
    waited. Without --now the time is never before the newest entry of what is touched (the fields of `Touched`), so
    that a clock set back does not mix up the order.
    """
    with transaction(db):
        _look_at_the_clock(session, db, touches)
        yield _spelled(db, actor(session))


def _look_at_the_clock(session: Session, db: Desk, touches: Mapping[str, Any]) -> None:
    session.look_at_the_clock()
    if touches and not session.now_given:
        from supportctl.store.newest import Touched, newest

        session.not_before(newest(Inquiry(db), Touched(**touches), session.clock))


def _spelled(db: Desk, who: "Actor") -> "Actor":
    """The agent's name as on record: case makes no other agent."""
    from supportctl.store import agents

    return who._replace(agent=agents.spelled(db, who.agent))


def hold(session: Session, db: Desk, deed: "Callable[[Actor], T]", **touches: Any) -> T:
    """What a deed makes of the desk, which it holds from reading to writing, done as `acting` says."""
    with acting(session, db, **touches) as who:
        return deed(who)


def act(session: Session, db: Desk, deed: "Callable[[Actor], T]", **touches: Any) -> T:
    """What a deed makes of the desk that loads, decides, and hands over a change; nothing is held meanwhile.

    Where somebody else changed what it had read, it decides again on what is there now, at the moment that it is then,
    a few times. Without --now that moment is never before the newest entry of what is touched: a deed that finds one
    raises Behind. Raises Conflict when deciding again does not help, and what the deed raises.
    """

    def attempt() -> T:
        _look_at_the_clock(session, db, touches)
        try:
            return deed(actor(session))
        except Behind as behind:
            session.not_before(behind.moment)
            return deed(actor(session))

    return decided(attempt)
