"""The desk of a run: opening it, who acts on it, and running operations that change it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from supportctl.desk import acting, opening
from supportctl.desk.acting import Actor, retry_on_conflict
from supportctl.desk.opening import Desk, open_at
from supportctl.errors import Behind

if TYPE_CHECKING:
    from supportctl.cli.run.session import Session

T = TypeVar("T")


def open_desk(session: "Session") -> AbstractContextManager[Desk]:
    """The desk of this run, closed afterwards. Raises DeskUnusable for whatever SQLite or the disk report meanwhile."""
    return open_at(session.place(), session.say)


def create_or_open(session: "Session", act: Callable[[Desk], T]) -> AbstractContextManager[tuple[Desk, T]]:
    """The desk of this run and the result of `act` on it; a missing desk is made if `act` succeeds."""
    return opening.create_or_open(session.place(), act, session.say)


def has_desk(session: "Session") -> bool:
    """Whether the desk of this run exists. Raises DeskUnusable if its path cannot even be examined."""
    return session.place().exists()


def actor(session: "Session") -> Actor:
    """The agent of this run at its current moment."""
    return Actor(session.agent, session.system_user, session.now, session.clock, dated=session.now_given)


@contextmanager
def actor_transaction(session: "Session", db: Desk, **touches: Any) -> Iterator[Actor]:
    """Begin a transaction and yield its actor: for changes that move many tickets at once.

    The clock is read once the write lock is held, so that no decision is dated before what others wrote while this run
    waited. `touches` are the fields of `WriteScope`.
    """

    def arriving() -> Actor:
        session.look_at_the_clock()
        return actor(session)

    with acting.actor_transaction(db, arriving, **touches) as who:
        session.not_before(who.now)
        yield who


def run_locked(session: "Session", db: Desk, operation: Callable[[Actor], T], **touches: Any) -> T:
    """Run an operation that holds the write lock while it reads, decides and writes (see `actor_transaction`)."""
    with actor_transaction(session, db, **touches) as who:
        return operation(who)


def run_change(session: "Session", db: Desk, operation: Callable[[Actor], T], **touches: Any) -> T:
    """Run an operation that loads, decides and saves a change, without holding the write lock meanwhile.

    If somebody else changed what it read, it runs again on fresh data and at a fresh moment, a few times. Without --now
    that moment is never before the newest entry in scope: of `touches`, for an operation that looks for what was there
    by then, else of the records it loads (it raises Behind). Raises Conflict if every attempt meets one, and whatever
    the operation raises.
    """

    def attempt() -> T:
        session.look_at_the_clock()
        if touches and not session.now_given:
            session.not_before(acting.action_time(db, actor(session), **touches))
        try:
            return operation(actor(session))
        except Behind as behind:
            session.not_before(behind.moment)
            return operation(actor(session))

    return retry_on_conflict(lambda: session.by_true_time(attempt), db.transaction)
