"""A way to a server that fails: a proxy on loopback where, once, what is said at a given point gets lost."""

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import NamedTuple

HERE = "127.0.0.1"
READY = b"Z\0\0\0\5"  # how a server ends each answer
ANY = b""


class Mishap(NamedTuple):
    """What befalls the first message of a client with `at` in it (ANY: the first of all).

    The server gets it, or not; of the complete answer so many bytes come through; then there is silence, or the end.
    """

    at: bytes
    delivered: bool = True
    answer: int = 0
    silence: bool = False


class Way:
    """A proxy before a server: `struck` once the mishap has happened; afterwards all goes well, or nobody is let in."""

    def __init__(self, server: int, mishap: Mishap, *, barred: bool = False) -> None:
        self._server, self._mishap, self._barred = server, mishap, barred
        self.struck = Event()
        self._silent: list[socket.socket] = []
        self._listening = socket.create_server((HERE, 0))
        self.port: int = self._listening.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listening.accept()[0]
                if self._barred and self.struck.is_set():
                    client.close()
                    continue
                Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        server = socket.create_connection((HERE, self._server))
        ends = [client, server]
        if not self._carry(client, server):
            self._silent += ends
            return
        for end in ends:
            end.close()

    def _carry(self, client: socket.socket, server: socket.socket) -> bool:
        """Carry what is said until one side ends, or the mishap happens; returns whether to close both then."""
        with suppress(OSError):
            while True:
                for source in select.select([client, server], [], [])[0]:
                    piece = source.recv(1 << 20)
                    if not piece:
                        return True
                    if source is client and self._mishap.at in piece and not self.struck.is_set():
                        self._strike(piece, client, server)
                        return not self._mishap.silence
                    (server if source is client else client).sendall(piece)
        return True

    def _strike(self, piece: bytes, client: socket.socket, server: socket.socket) -> None:
        answer = b""
        if self._mishap.delivered:
            server.sendall(piece)
            while READY not in answer:
                if not (more := server.recv(1 << 20)):
                    break
                answer += more
        if self._mishap.answer:
            client.sendall(answer[: self._mishap.answer])
        self.struck.set()

    def end(self) -> None:
        for each in [self._listening, *self._silent]:
            each.close()


@contextmanager
def way_with(server: int, mishap: Mishap, *, barred: bool = False) -> Iterator[Way]:
    """A way to the server on which this happens, for the block; with `barred` it is closed afterwards."""
    way = Way(server, mishap, barred=barred)
    try:
        yield way
    finally:
        way.end()
