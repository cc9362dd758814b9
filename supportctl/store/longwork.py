"""Work of SQLite that takes its time: it goes on in a thread, so that a signal can end it at once."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

Result = TypeVar("Result")
Tick = Callable[[], None]
TICK_SECONDS = 0.1


def at_length(db: sqlite3.Connection, work: Callable[[sqlite3.Connection], Result], tick: Tick | None = None) -> Result:
    """What `work` makes of a connection that was opened for any thread; `tick` is called ten times a second.

    What is raised here meanwhile, by a signal or by `tick`, interrupts the work first.
    """
    with ThreadPoolExecutor(1) as pool:
        doing: Future[Result] = pool.submit(work, db)
        try:
            while not wait([doing], TICK_SECONDS).done:
                if tick:
                    tick()
        except BaseException:
            while not doing.done():  # again and again: one that comes between two statements is lost
                db.interrupt()
                wait([doing], TICK_SECONDS)
            raise
        return doing.result()
