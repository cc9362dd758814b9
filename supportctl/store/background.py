"""Slow work of an engine: it runs in a thread, so that a signal can end it at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

TICK_SECONDS = 0.1


class Interruptible(Protocol):
    """A connection whose statement under way another thread can end."""

    def interrupt(self) -> None: ...


C = TypeVar("C", bound=Interruptible)
Result = TypeVar("Result")


def at_length(db: C, work: Callable[[C], Result], tick: Callable[[], None] | None = None) -> Result:
    """The result of `work` on a connection that was opened for any thread; `tick` is called ten times a second.

    What a signal or `tick` raises meanwhile interrupts the work first.
    """
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(work, db)
        try:
            while wait([doing], TICK_SECONDS).not_done:
                if tick:
                    tick()
        except BaseException:
            while wait([doing], 0).not_done:  # again and again: an interrupt between two statements is lost
                db.interrupt()
                wait([doing], TICK_SECONDS)
            raise
        return doing.result()
