"""Work in processes of their own: no two threads of Python compute at the same time."""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from traceback import format_exc
from typing import Any, NamedTuple, TypeVar

from supportctl.errors import DeskUnusable
from supportctl.store.soundness import Told

R = TypeVar("R")
Work = Callable[[Told], R]  # it is pickled, and so is what it returns or raises

TICK_SECONDS = 0.1


class _Outcome(NamedTuple):
    result: Any = None
    error: Exception | None = None


def in_processes(works: Sequence[Work[R]], tick: Callable[[Sequence[float | None]], None]) -> list[R]:
    """The results of works, which are begun in their order, as many at the same time as there are processors.

    `tick` is called ten times a second or oftener with the share of each that is done, None before it is begun.
    Whatever a work, `tick` or a signal raises ends all of them. Raises DeskUnusable if something else ends a process.
    """
    shares, results = list[float | None]([None] * len(works)), dict[int, R]()
    waiting = list(enumerate(works))[::-1]
    with _processes(min(len(works), os.cpu_count() or 1)) as ends:
        idle, doing = list(ends), dict[Connection, int]()
        while len(results) < len(works):
            while waiting and idle:
                pipe, (n, work) = idle.pop(), waiting.pop()
                with _if_alive():
                    pipe.send(work)
                doing[pipe], shares[n] = n, 0.0
            ready = wait([*doing, *ends.values()], TICK_SECONDS)
            speaking = [pipe for pipe in doing if pipe in ready]
            if ready and not speaking:  # one ended: Windows may keep its pipe open
                raise _killed()
            for pipe in speaking:
                said, n = _heard(pipe), doing[pipe]
                if isinstance(said, _Outcome):
                    results[n], shares[n] = said.result, 1.0
                    idle.append(pipe)
                    del doing[pipe]
                else:
                    shares[n] = said
            tick(shares)
    return [results[n] for n in range(len(works))]


def _heard(pipe: Connection) -> float | _Outcome:
    """What a process says: the share of its work that is done, or the outcome. Raises what the work raised."""
    with _if_alive():
        said: float | _Outcome = pipe.recv()
    if isinstance(said, _Outcome) and said.error:
        raise said.error
    return said


@contextmanager
def _if_alive() -> Iterator[None]:
    """Raise DeskUnusable if the process at the other end of a pipe is gone."""
    try:
        yield
    except (EOFError, OSError):
        raise _killed() from None


def _killed() -> DeskUnusable:
    return DeskUnusable(
        "A process that was checking the desk was killed.",
        "It may have run out of memory: check again when less is running.",
    )


@contextmanager
def _processes(count: int) -> Iterator[dict[Connection, int]]:
    """Pipes to so many processes, which do what they are sent and end with the block; each with what tells its end."""
    context = get_context("spawn")  # everywhere: a fork would take this process's threads and connections along
    started: list[tuple[Connection, BaseProcess]] = []
    try:
        with _interrupts_held():
            for _ in range(count):
                ours, theirs = context.Pipe()
                made = context.Process(target=_serve, args=(theirs,), daemon=True)
                made.start()
                theirs.close()
                started.append((ours, made))
        yield {ours: process.sentinel for ours, process in started}
    finally:
        for ours, process in started:
            process.kill()  # they only read; and whoever started this program may have let it ignore SIGTERM
            ours.close()
        for _, process in started:
            process.join()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Control-C reaches this process after the block, and those that are started in it never: this one ends them."""
    if sys.platform == "win32":  # it has no such thing: there `_serve` ignores it
        yield
        return
    resource_tracker.ensure_running()  # when it starts, it lets interrupts in
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection) -> None:
    """Do what is sent, until the process at the other end needs no more or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            pipe.send(_outcome(pipe.recv(), pipe.send))


def _outcome(work: Work[Any], told: Told) -> _Outcome:
    try:
        return _Outcome(work(told))
    except Exception as error:  # whatever it is, it is raised there
        error.add_note(format_exc())
        return _Outcome(error=error if _can_be_sent(error) else RuntimeError("\n".join(error.__notes__)))


def _can_be_sent(error: Exception) -> bool:
    """Whether an error can be pickled and read again: not if its class takes more than it keeps in `args`."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # it was made here
    except Exception:  # whatever its own code raises
        return False
    return True
