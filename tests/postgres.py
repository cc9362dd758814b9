"""A PostgreSQL server for tests, thrown away with all that was on it: on loopback, with nothing kept on a disk.

Whoever runs pytest starts one, all its workers share it, and it ends with that process, however that ends.
"""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2

HERE = "127.0.0.1"
SUPERUSER, OWNER = "postgres", "desk"  # the roles: of the server, and of the desks that tests make
GIVEN = "SUPPORTCTL_TEST_SERVER"  # how workers are told of the server: its port and folder
ROOMY = Path("/dev/shm")  # where Linux keeps files in memory
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",  # so that it goes with the folder
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "timezone": "UTC",
}
COPIED = {"wal_level": "replica", "max_wal_senders": "2"}  # of a server that others follow
# Run as the server's own system user. It says when the server answers, and waits for its standard input to end, which
# is when pytest ends, even if it is killed.
KEEPER = """
PATH="$1:$PATH"
{ $3 && cat settings >>data/postgresql.conf && pg_ctl -D data -l log -w start; } >said 2>&1 || exit 1
echo ready
cat >/dev/null
pg_ctl -D data -m immediate stop >said 2>&1
cd / && rm -rf "$2"
"""
NEW = f"initdb -D data -U {SUPERUSER} --auth=trust --locale=C --encoding=UTF8 --no-sync"


class Server(NamedTuple):
    """A running server: the port on loopback, and the folder of its data, its log and its socket."""

    port: int
    folder: Path

    def address(self, database: str, *, role: str = OWNER) -> str:
        """What SUPPORTCTL_DB takes for a database of this server."""
        return f"postgresql://{role}@{HERE}:{self.port}/{database}"

    def connect(self, database: str = SUPERUSER, *, role: str = SUPERUSER) -> Any:
        """A connection that commits each statement by itself."""
        db = psycopg2.connect(host=HERE, port=self.port, dbname=database, user=role, connect_timeout=30)
        db.autocommit = True
        return db

    def sql(
        self,
        statement: str,
        values: Sequence[Any] | Mapping[str, Any] | None = None,
        *,
        database: str = SUPERUSER,
        role: str = SUPERUSER,
    ) -> list[Any]:
        """The rows of a statement, with psycopg2's own parameters."""
        with closing(self.connect(database, role=role)) as db, db.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def create(
        self, database: str, *, template: str = "template0", locale: str | None = None, encoding: str | None = None
    ) -> None:
        """Make a database of the plain role's, as the template is; `locale` and `encoding` need an empty one.

        In place of one of that name, if there is.
        """
        how = f"template {template} strategy file_copy owner {OWNER}"
        how += f" locale '{locale}'" if locale else ""
        how += f" encoding '{encoding}'" if encoding else ""
        self.drop(database)
        self.sql(f"create database {database} {how}")

    def drop(self, database: str) -> None:
        """Remove a database, if there is one, whoever is connected to it."""
        self.sql(f"drop database if exists {database} with (force)")

    def have_logins(self, *names: str) -> None:
        """Let there be roles that people log in with; they are of the server, and so of all desks on it."""
        for name in names:
            with suppress(psycopg2.Error):  # it is there, or another worker makes it just now
                self.sql(f"create role {name} login")

    def has(self, database: str) -> bool:
        return bool(self.sql("select 1 from pg_database where datname = %s", [database]))


def name_of(text: str) -> str:
    """A name for the database that stands for something, such as the path of a desk: the same for the same."""
    plain = re.sub(r"[^a-z]+", "_", Path(text).stem.lower()).strip("_")[:20]
    return f"{plain or 'x'}_{sha256(text.encode()).hexdigest()[:16]}"


def programs() -> Path | None:
    """The folder of the server's programs; None if it is not installed. The newest of those that Debian keeps."""
    found = [Path(way).parent for name in ("postgres",) if (way := shutil.which(name))]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return next((path for path in [*reversed(debian), *found] if (path / "initdb").exists()), None)


@contextmanager
def serving(settings: Mapping[str, str] | None = None, below: Path | None = None) -> Iterator[Server]:
    """A new server for the block, with the role of desks on it; `settings` go before those of SETTINGS.

    Its data are in a folder below the one given, or else in memory if there is room.

    Raises RuntimeError, with the server's log, if it does not start.
    """
    with _running(NEW, {**SETTINGS, **(settings or {})}, below) as server:
        server.sql(f"create role {OWNER} login createrole")
        yield server


@contextmanager
def following(server: Server) -> Iterator[Server]:
    """For the block, a replica of a server that runs with COPIED: it has what is there now, and takes no changes."""
    copied = f"pg_basebackup -D data -R -h {HERE} -p {server.port} -U {SUPERUSER} -c fast --no-sync"
    with _running(copied, {}) as replica:
        yield replica


@contextmanager
def _running(made: str, settings: Mapping[str, str], below: Path | None = None) -> Iterator[Server]:
    """A server whose data a command makes."""
    where = programs()
    if where is None:
        raise RuntimeError("PostgreSQL is not installed: on Debian, apt-get install postgresql.")
    server = Server(_free_port(), Path(tempfile.mkdtemp(prefix="pg-", dir=below or _roomy())))
    keeper = _keeper(server, where, made, settings)
    try:
        if keeper.stdout is None or keeper.stdout.readline() != b"ready\n":
            logs = [
                path.read_text("utf-8", "replace")
                for path in (server.folder / "said", server.folder / "log")
                if path.exists()
            ]
            raise RuntimeError("\n".join(["PostgreSQL did not start:", *logs]))
        yield server
    finally:
        keeper.communicate()
        shutil.rmtree(server.folder, ignore_errors=True)


def _keeper(server: Server, where: Path, made: str, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    lines = {"listen_addresses": HERE, "port": str(server.port), "unix_socket_directories": str(server.folder)}
    text = "".join(f"{name} = '{value}'\n" for name, value in {**lines, **settings}.items())
    (server.folder / "settings").write_text(text, encoding="utf-8")
    as_whom: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        as_whom = {"user": SUPERUSER, "group": SUPERUSER, "extra_groups": []}
        shutil.chown(server.folder, SUPERUSER, SUPERUSER)
    return subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", where, server.folder, made],
        cwd=server.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Control-C is for pytest, which then ends it
        **as_whom,
    )


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind((HERE, 0))
        port: int = asked.getsockname()[1]
        return port


def _roomy() -> Path | None:
    """A folder in memory if there is room for the desks of all workers, which are 8 MB each."""
    if not ROOMY.is_dir() or not os.access(ROOMY, os.W_OK):
        return None
    room = os.statvfs(ROOMY)
    return ROOMY if room.f_bavail * room.f_frsize > 4 << 30 else None


# One server for the processes of one run of pytest


@contextmanager
def shared(below: Path | None = None) -> Iterator[Server]:
    """The server of this run of pytest: started here, or by the process that started this one."""
    if GIVEN in os.environ:
        yield given()
        return
    with serving(below=below) as server:
        os.environ[GIVEN] = f"{server.port} {server.folder}"
        try:
            yield server
        finally:
            del os.environ[GIVEN]


@cache
def given() -> Server:
    """The server that was started for this run of pytest."""
    port, _, folder = os.environ[GIVEN].partition(" ")
    return Server(int(port), Path(folder))
