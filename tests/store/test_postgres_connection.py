"""The connection to a server, as far as it needs none."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from supportctl.store.postgres import connection
from supportctl.store.postgres.connection import giving_up_after
from supportctl.store.postgres.copying import GOING_ON, watch


def test_how_long_one_thread_waits_is_not_how_long_another_does() -> None:
    """A check reads for as long as it takes, while another of its threads ends what must end soon."""
    with giving_up_after(10), ThreadPoolExecutor(1) as other:
        assert connection._patience.until > 0
        assert other.submit(lambda: connection._patience.until).result() == 0


@pytest.mark.parametrize(("said", "cut"), [(GOING_ON * 9, False), (GOING_ON + b"\x0f", True), (b"", False)])
def test_a_load_goes_on_until_it_ends_or_a_signal_comes(said: bytes, cut: bool) -> None:
    ours, theirs = socket.socketpair()
    server, way = socket.socketpair()
    with ours, server:
        ours.sendall(said)
        ours.shutdown(socket.SHUT_WR)
        watch(theirs, way.dup())
        server.settimeout(0)
        if cut:
            assert server.recv(1) == b""
        else:
            with way, pytest.raises(BlockingIOError):
                server.recv(1)
    way.close()
