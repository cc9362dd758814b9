"""Mass loads by COPY, for which libpq has to wait by itself: where a signal, or too much patience, ends that."""

import signal
import socket
from _thread import start_new_thread
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from psycopg2 import extensions

from supportctl.store.postgres.connection import LONG_SECONDS, wait

ENDED = b"\0"  # no signal has this number


@contextmanager
def waiting_in_c(connection: Any) -> Iterator[None]:
    """Let libpq wait by itself, in C: a signal, or LONG_SECONDS, cut the connection, and with that the wait."""
    extensions.set_wait_callback(None)
    try:
        with _cut_off_by_signals(connection):
            yield
    finally:
        extensions.set_wait_callback(wait)


@contextmanager
def _cut_off_by_signals(connection: Any) -> Iterator[None]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(LONG_SECONDS)
    borrowed = socket.socket(fileno=connection.fileno())
    server = borrowed.dup()
    borrowed.detach()
    before = None
    with suppress(ValueError):  # a thread that is not the main one meets no signals
        before = signal.set_wakeup_fd(ours.fileno())  # written to at once, also while Python waits for C
    start_new_thread(_watch, (theirs, server))
    try:
        yield
    finally:
        if before is not None:
            signal.set_wakeup_fd(before)
        with suppress(OSError):
            ours.send(ENDED)
        ours.close()


def _watch(said: socket.socket, server: socket.socket) -> None:
    """Cut the connection unless it is said before that the wait has ended."""
    with said, server, suppress(OSError):
        with suppress(TimeoutError):
            if said.recv(1) == ENDED:
                return
        server.shutdown(socket.SHUT_RDWR)
