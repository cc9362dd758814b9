"""A proxy before a PostgreSQL server: it counts the trips of a command at the wire, and makes the way longer.

It runs in a thread of its own, and understands just enough of the protocol to tell a message that asks the server
something from the handshake, which differs by server (passwords, TLS). Of encrypted connections it counts nothing.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

HERE = "127.0.0.1"
ENCRYPTION = {80877103, 80877104}  # what a client asks for before it begins: TLS, GSSAPI
LENGTH = 4  # bytes
# The messages after which a client waits for the server: a query, the end of several, the end of a COPY.
ASKS = {b"Q", b"S", b"c", b"f"}


class Wire:
    """What passes: `asked` are the messages, each one trip, `handshakes` the trips of connecting, TCP's own included.

    `delay` is how long anything is under way in each direction, in seconds: a trip takes twice that. `before`, if set,
    is called with each message before the server gets it.
    """

    def __init__(self, server: int, delay: float = 0.0) -> None:
        self.server, self.delay = server, delay
        self.port = 0
        self.before: Callable[[str], None] | None = None
        self.asked: list[str] = []
        self.handshakes: list[int] = []

    @property
    def trips(self) -> int:
        return len(self.asked)

    def forget(self) -> None:
        """Begin to count again."""
        self.asked.clear()
        self.handshakes.clear()

    # One connection

    async def _join(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        server, onward = await asyncio.open_connection(HERE, self.server)
        seen = _Client(self)
        try:
            with suppress(asyncio.CancelledError):  # at the end of all
                await asyncio.gather(
                    self._carry(client, onward, seen, 3 * self.delay),  # TCP connects in a trip of its own
                    self._carry(server, back, None, self.delay),
                )
        finally:
            for end in (onward, back):
                end.close()

    async def _carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, seen: "_Client | None", first: float
    ) -> None:
        """Carry all that comes from one side to the other, in order, each piece as long as the way is."""
        clock, late = asyncio.get_running_loop().time, first
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(_deliver(under_way, target))
        with suppress(ConnectionError):
            while piece := await source.read(65536):
                if seen is not None:
                    for message in seen.said(piece):
                        await self._pass(message)
                under_way.put_nowait((clock() + late, piece))
                late = self.delay
        under_way.put_nowait((clock() + self.delay, b""))
        await arriving

    async def _pass(self, message: str) -> None:
        self.asked.append(message)
        if (before := self.before) is not None:
            await asyncio.get_running_loop().run_in_executor(None, before, message)


async def _deliver(under_way: "asyncio.Queue[tuple[float, bytes]]", target: asyncio.StreamWriter) -> None:
    clock = asyncio.get_running_loop().time
    with suppress(ConnectionError):
        while True:
            due, piece = await under_way.get()
            if (left := due - clock()) > 0:
                await asyncio.sleep(left)
            if not piece:
                break
            target.write(piece)
            await target.drain()
    with suppress(OSError):
        if target.can_write_eof():
            target.write_eof()


class _Client:
    """What the client of one connection says, message by message."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rest = b""
        self._begun = self._encrypted = False
        self._number = len(wire.handshakes)
        wire.handshakes.append(1)  # TCP's

    def said(self, piece: bytes) -> Iterator[str]:
        """The messages that ask something and are whole with this piece."""
        self._rest += piece
        while not self._encrypted and (message := self._next()) is not None:
            kind, body = message
            if kind in ASKS:
                yield body.rstrip(b"\0").decode(errors="replace")
            elif kind in (b"", b"p"):
                self._wire.handshakes[self._number] += 1

    def _next(self) -> tuple[bytes, bytes] | None:
        """The next message that is here as a whole: its kind (none before the connection begins) and its body."""
        kind = 1 if self._begun else 0
        if not self._begun and self._rest[:1] == b"\x16":  # TLS begins
            self._encrypted = True
            return None
        if len(self._rest) < kind + LENGTH:
            return None
        end = kind + int.from_bytes(self._rest[kind : kind + LENGTH])
        if len(self._rest) < end:
            return None
        message, self._rest = self._rest[:end], self._rest[end:]
        if not self._begun:
            self._begun = int.from_bytes(message[LENGTH : 2 * LENGTH]) not in ENCRYPTION
        return message[:kind], message[kind + LENGTH :]


@contextmanager
def between(server: int, delay: float = 0.0) -> Iterator[Wire]:
    """A proxy before the server at a port of loopback, for the block."""
    wire = Wire(server, delay)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, loop).result()

    listening = run(asyncio.start_server(wire._join, HERE, 0))
    wire.port = listening.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        run(_stop(listening))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(listening: asyncio.Server) -> None:
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)
