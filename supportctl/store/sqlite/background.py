"""Work of SQLite that takes its time: it goes on in a thread, so that a signal can end it at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

from supportctl.store.sqlite.connection import SqliteDesk

Result = TypeVar("Result")
TICK_SECONDS = 0.1


class Tick(Protocol):
    """What is called now and then while work goes on, with the share that is done (0 to 1) where that is known."""

    def __call__(self, done: float | None = None) -> None: ...


def at_length(db: SqliteDesk, work: Callable[[SqliteDesk], Result], tick: Callable[[], None] | None = None) -> Result:
    """What `work` makes of a connection that was opened for any thread; `tick` is called ten times a second.

    What is raised here meanwhile, by a signal or by `tick`, interrupts the work first.
    """
    return side_by_side([(db, work)], tick)[0]


def side_by_side(
    works: Sequence[tuple[SqliteDesk, Callable[[SqliteDesk], Result]]],
    tick: Callable[[], None] | None = None,
) -> list[Result]:
    """The same for several at once, each with a connection of its own."""
    with ThreadPoolExecutor(len(works)) as pool:
        doing: list[Future[Result]] = [pool.submit(work, db) for db, work in works]
        try:
            while wait(doing, TICK_SECONDS).not_done:
                if tick:
                    tick()
        except BaseException:
            while wait(doing, 0).not_done:  # again and again: one that comes between two statements is lost
                for db, _ in works:
                    db.interrupt()
                wait(doing, TICK_SECONDS)
            raise
        return [done.result() for done in doing]
