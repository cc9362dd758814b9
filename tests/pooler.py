"""PgBouncer before a server of tests, in transaction mode: every transaction may get another connection to it."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import postgres

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
CONNECTIONS = 3  # to the server, in turn: what is kept in one is not there in the next
PATIENCE = 10.0  # seconds
SETTINGS = """
[databases]
* = host={here} port={server}
[pgbouncer]
listen_addr = {here}
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
server_round_robin = 1
max_client_conn = 200
logfile = {folder}/log
"""


@contextmanager
def pooling(server: postgres.Server) -> Iterator[int]:
    """The port of a new PgBouncer before the server, for the block. Raises RuntimeError, with its log."""
    assert PROGRAM is not None
    folder, port = Path(tempfile.mkdtemp(prefix="pool-")), _free_port()
    (folder / "users").write_text(f'"{postgres.OWNER}" ""\n', encoding="utf-8")
    (folder / "ini").write_text(
        SETTINGS.format(here=postgres.HERE, server=server.port, port=port, folder=folder, connections=CONNECTIONS),
        encoding="utf-8",
    )
    as_whom: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root
        as_whom = {"user": postgres.SUPERUSER, "group": postgres.SUPERUSER, "extra_groups": []}
        shutil.chown(folder, postgres.SUPERUSER, postgres.SUPERUSER)
    running = subprocess.Popen([PROGRAM, folder / "ini"], stdout=-3, stderr=-3, **as_whom)
    try:
        _wait_for(port, running, folder / "log")
        yield port
    finally:
        running.terminate()
        running.wait()
        shutil.rmtree(folder)


def _wait_for(port: int, running: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while running.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection((postgres.HERE, port), 1).close()
            return
        except OSError:
            time.sleep(0.05)  # until it listens
    raise RuntimeError(f"PgBouncer did not start: {log.read_text('utf-8') if log.exists() else 'it has no log'}")


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind((postgres.HERE, 0))
        port: int = asked.getsockname()[1]
        return port
