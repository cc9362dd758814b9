"""Mass loads by COPY, for which libpq has to wait by itself: where a signal, or too much patience, ends that."""

import re
import signal
import socket
from _thread import start_new_thread
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import psycopg2
from psycopg2 import extensions

from supportctl.store.postgres import nul
from supportctl.store.postgres.connection import LONG_SECONDS, wait

GOING_ON = b"\0"  # no signal has this number
AT_ONCE = 1 << 16  # characters of rows that go to the server in one piece
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_escaped = re.compile(r"[\\\t\n\r]").search


def copy(connection: Any, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Carry out a COPY of rows. Raises psycopg2.Error, and what the rows raise."""
    with waiting_in_c(connection) as going_on:
        lines = _Lines(rows, going_on)
        try:
            connection.cursor().copy_expert(statement, lines, AT_ONCE)
        except psycopg2.Error:
            if lines.failure is not None:
                raise lines.failure from None
            raise


class _Lines:
    """Rows as COPY reads them: a file of lines that are made as they are asked for."""

    def __init__(self, rows: Iterable[Sequence[Any]], going_on: Callable[[], None]) -> None:
        self._lines = map(_line, rows)
        self.failure: BaseException | None = None  # psycopg2 would lose it
        self._going_on = going_on

    def read(self, size: int) -> bytes:
        """The next lines, at least `size` characters of them unless they end; empty at the end."""
        parts, length = [], 0
        try:
            self._going_on()
            while length < size and (line := next(self._lines, "")):
                parts.append(line)
                length += len(line)
            return nul.stored("".join(parts)).encode()
        except BaseException as failure:
            self.failure = failure
            raise


def _line(row: Sequence[Any]) -> str:
    """A row; a flag is a number, and most texts have nothing to escape."""
    values = [
        "\\N"
        if value is None
        else str(+value)
        if not isinstance(value, str)
        else value.translate(_ESCAPES)
        if _escaped(value)
        else value
        for value in row
    ]
    return "\t".join(values) + "\n"


@contextmanager
def waiting_in_c(connection: Any) -> Iterator[Callable[[], None]]:
    """Let libpq wait by itself, in C; a signal cuts the connection, and with that the wait.

    So does a load that stands still: call what this gives at least every LONG_SECONDS to say that it goes on.
    """
    extensions.set_wait_callback(None)
    try:
        with _cut_off_by_signals(connection) as going_on:
            yield going_on
    finally:
        extensions.set_wait_callback(wait)


@contextmanager
def _cut_off_by_signals(connection: Any) -> Iterator[Callable[[], None]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(LONG_SECONDS)
    borrowed = socket.socket(fileno=connection.fileno())
    server = borrowed.dup()
    borrowed.detach()
    before = None
    with suppress(ValueError):  # a thread that is not the main one meets no signals
        before = signal.set_wakeup_fd(ours.fileno())  # written to at once, also while Python waits for C
    start_new_thread(watch, (theirs, server))
    try:
        yield partial(_say, ours)
    finally:
        if before is not None:
            signal.set_wakeup_fd(before)
        ours.close()


def _say(ours: socket.socket) -> None:
    with suppress(BlockingIOError):  # so much was said already
        ours.send(GOING_ON)


def watch(said: socket.socket, server: socket.socket) -> None:
    """Cut the connection at a signal, or if nothing is heard for too long; end when the other side closes."""
    with said, server, suppress(OSError):
        with suppress(TimeoutError):
            while (heard := said.recv(1)) == GOING_ON:
                pass
            if not heard:
                return
        server.shutdown(socket.SHUT_RDWR)
