"""A connection to the server of a shared desk: how it is made, and how long and for what it waits.

Whatever is waited for ends at a signal, and by itself when the server or the network says nothing.
"""

import select
import time
from _thread import _local, allocate_lock, start_new_thread  # threading.local itself
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg2
from psycopg2 import extensions

from supportctl.store.postgres.address import CONNECT_SECONDS, SILENT_SECONDS, connection_settings

T = TypeVar("T")
EngineError = psycopg2.Error
OTHER_NAME = "SCT02"  # the SQLSTATE of writing as somebody else; its detail is who it has to be (see `guards`)
GUARDED = "SCT03"  # the SQLSTATE of all else that a guard refuses, and says why
STATEMENT_SECONDS = 60  # for what a command asks at once
# For its answer, where the system does not notice by itself, after SILENT_SECONDS, that the network is gone.
SILENCE = STATEMENT_SECONDS + SILENT_SECONDS
LONG_SECONDS = 1800  # for one answer in long work: a report, a check, an import
LOOK_SECONDS = 0.25  # how often a wait looks for a signal, and at the clock


class _Patience(_local):
    """When the wait under way in this thread gives up, by `time.monotonic`; 0 for never."""

    until = 0.0


_patience = _Patience()


class _Changes:
    """How many changes this run has recorded, on any shared desk."""

    made = 0


changes = _Changes()


class Silent(psycopg2.OperationalError):
    """The server, or the network on the way to it, says nothing."""


def connect(address: str) -> Any:
    """A connection in which every message is a transaction, unless it begins one. Raises psycopg2.Error."""
    extensions.set_wait_callback(_wait)  # otherwise nothing, not even Control-C, ends a wait
    settings = connection_settings(address)
    with giving_up_after(CONNECT_SECONDS):
        # Names of hosts are looked up in C, which takes as long as it takes: not here.
        made: Any = aside(lambda: psycopg2.connect(address, **settings))
    made.autocommit = True
    for kind in (_FLAGS, _NUMBERS):
        extensions.register_type(kind, made)
    return made


extensions.register_adapter(bool, lambda flag: extensions.AsIs("1" if flag else "0"))  # flags are integers in a desk
_FLAGS = extensions.new_type((16,), "FLAG", lambda value, _: None if value is None else int(value == "t"))
_NUMBERS = extensions.new_type((1700,), "NUMBER", lambda value, _: None if value is None else _number(value))


def _number(said: Any) -> int | float:
    return float(said) if "." in said else int(said)


@contextmanager
def giving_up_after(seconds: float) -> Iterator[None]:
    """Give up what is waited for in the block after so many seconds, or when the block around it does; 0 for never."""
    before = _patience.until
    ends = [each for each in (before, time.monotonic() + seconds if seconds else 0.0) if each]
    _patience.until = min(ends, default=0.0)
    try:
        yield
    finally:
        _patience.until = before


def _is_late() -> bool:
    return bool(_patience.until) and time.monotonic() > _patience.until


@contextmanager
def waiting_in_c() -> Iterator[None]:
    """Let libpq wait by itself: COPY does not work otherwise."""
    extensions.set_wait_callback(None)
    try:
        yield
    finally:
        extensions.set_wait_callback(_wait)


def _wait(connection: Any) -> None:
    """Wait for the server in small steps, so that a signal ends it at once; psycopg2 then closes the connection.

    Raises Silent.
    """
    while (state := connection.poll()) != extensions.POLL_OK:
        sides = ([connection], []) if state == extensions.POLL_READ else ([], [connection])
        while not any(select.select(*sides, [], LOOK_SECONDS)):
            if _is_late():
                raise Silent


def aside(act: Callable[[], T]) -> T:
    """What `act` gives, in a thread of its own: for what waits in C, where no signal gets in.

    Raises what it raises, and Silent if it takes too long; it then goes on, and nobody hears of it.
    """
    ended = allocate_lock()
    results: list[T] = []
    errors: list[BaseException] = []
    until = _patience.until

    def run() -> None:
        _patience.until = until
        try:
            results.append(act())
        except BaseException as error:  # whatever it is, it is raised there
            errors.append(error)
        finally:
            ended.release()

    ended.acquire()
    start_new_thread(run, ())
    while not ended.acquire(timeout=LOOK_SECONDS):
        if _is_late():
            raise Silent
    if errors:
        raise errors[0]
    return results[0]
