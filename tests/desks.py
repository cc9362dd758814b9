"""Where the desks of tests are: in files, or with SUPPORTCTL_TEST_ENGINE=postgresql in databases of a server of ours.

To a test a desk is a path either way. On PostgreSQL nothing is there: the path only stands for a database of its own,
which is made, as `db create` makes a new desk, when it is first asked for.
"""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, cast

import postgres
import psycopg2

from supportctl.desk import place_at
from supportctl.store.desk import Desk
from supportctl.store.place import Place
from supportctl.store.postgres import nul
from supportctl.store.postgres.place import SharedDesk
from supportctl.store.sqlite.connection import SqliteDesk, connect, in_memory
from supportctl.store.sqlite.schema import build

BLANK = "blank"  # the database that every new desk is a copy of
TABLES = "select tablename from pg_tables where schemaname = 'supportctl' order by tablename"
CONSTRAINTS = (
    "select conrelid::regclass::text, conname from pg_constraint"
    " where connamespace = 'supportctl'::regnamespace and conrelid <> 0"
)
UNIQUE = (
    "select indexrelid::regclass::text from pg_index join pg_class on pg_class.oid = indexrelid"
    " where indisunique and relnamespace = 'supportctl'::regnamespace"
)
TRIGGERS = "select tgname, tgrelid::regclass::text from pg_trigger where not tgisinternal"
Values = Sequence[Any] | Mapping[str, Any]


class Engine(Protocol):
    """What the tests need of an engine, beside the program. `refusal` is what it raises when a guard refuses."""

    refusal: type[Exception]

    def address(self, desk: Path) -> str:
        """What SUPPORTCTL_DB takes."""

    def place(self, desk: Path) -> Place: ...
    def untouched(self, desk: Path) -> bool:
        """Whether nothing has been written: there is no desk, or, where desks are made explicitly, it is new."""

    def sql(self, desk: Path, statement: str, values: Values) -> list[Any]: ...
    def dump(self, desk: Path) -> list[str]:
        """All that is on the desk, a line each, always in the same order."""

    def kept_bytes(self, desk: Path) -> bytes:
        """All that is kept of it."""

    own: tuple[str, ...]  # how the tables begin that it has for itself: what it keeps there is no part of a desk

    def tables(self, db: Desk) -> list[str]:
        """The tables of an open desk."""

    def elsewhere(self, desk: Path) -> AbstractContextManager[None]:
        """For the block, another program has the desk open."""

    def attack(self, desk: Path, script: str, old: Path | None = None) -> None:
        """What another program does to the desk, with rights that no agent has: no foreign key and no check stops it.

        Where the script says `old`, that is the desk at `old`.
        """

    def unguard(self, desk: Path) -> None:
        """What it would do first: drop every trigger."""

    def strip(self, desk: Path) -> None:
        """Drop whatever else refuses a row, as far as the engine lets it: keys, checks, what is unique."""

    def unguarded(self, desk: Path) -> AbstractContextManager[Desk]:
        """The desk, stripped, and open to whoever may do anything."""

    def fresh(self) -> AbstractContextManager[Desk]:
        """A new desk, open, that nobody else will open."""

    def vacate(self, desk: Path) -> None:
        """Leave no desk there."""

    def away(self, desk: Path) -> AbstractContextManager[None]:
        """For the block, there is no desk there."""

    def damage(self, desk: Path) -> None:
        """Make it unusable, as a fault of the machine might."""

    def copy(self, source: Path, target: Path) -> None:
        """A consistent copy in place of whatever was there."""

    def content(self, desk: Path) -> Any:
        """What is alike for desks that are alike."""

    def keep(self, desk: Path) -> Any:
        """The desk as it is now, for `put`."""

    def put(self, kept: Any, desk: Path) -> None: ...
    def remove(self, folder: Path) -> None:
        """Remove the desks below a folder that is no longer needed."""


class Files:
    """Desks in files, SQLite's."""

    refusal: type[Exception] = sqlite3.IntegrityError
    own: tuple[str, ...] = ("_sqlite_migrations", "sqlite_", "tickets_index", "bugs_index")

    def address(self, desk: Path) -> str:
        return str(desk)

    def place(self, desk: Path) -> Place:
        return place_at(desk)

    def untouched(self, desk: Path) -> bool:
        return not desk.exists()

    def sql(self, desk: Path, statement: str, values: Values) -> list[Any]:
        with closing(sqlite3.connect(desk)) as db, db:
            return db.execute(statement, values).fetchall()

    def dump(self, desk: Path) -> list[str]:
        with closing(sqlite3.connect(desk)) as db:
            return list(db.iterdump())

    def kept_bytes(self, desk: Path) -> bytes:
        return b"".join(path.read_bytes() for path in desk.parent.glob(f"{desk.name}*"))

    def tables(self, db: Desk) -> list[str]:
        return [name for (name,) in db.execute("select name from sqlite_master where type = 'table' order by name")]

    @contextmanager
    def elsewhere(self, desk: Path) -> Iterator[None]:
        with closing(sqlite3.connect(desk)) as db:
            db.execute("select count(*) from tickets").fetchone()
            yield

    def attack(self, desk: Path, script: str, old: Path | None = None) -> None:
        with closing(sqlite3.connect(desk)) as db:
            db.execute("pragma ignore_check_constraints = on")
            db.execute("attach :old as old", {"old": str(old or ":memory:")})
            db.executescript(script)

    def unguard(self, desk: Path) -> None:
        for (name,) in self.sql(desk, "select name from sqlite_master where type = 'trigger'", ()):
            self.sql(desk, f"drop trigger {name}", ())

    def strip(self, desk: Path) -> None:
        self.unguard(desk)

    @contextmanager
    def unguarded(self, desk: Path) -> Iterator[Desk]:
        self.strip(desk)
        with closing(connect(desk)) as db:
            db.execute("pragma foreign_keys = off")
            db.execute("pragma ignore_check_constraints = on")
            yield db

    @contextmanager
    def fresh(self) -> Iterator[Desk]:
        with closing(in_memory()) as db:
            self._blank.backup(db)
            db.execute("pragma foreign_keys = on")
            yield db

    @cached_property
    def _blank(self) -> SqliteDesk:
        db = in_memory()
        build(db)
        return db

    def vacate(self, desk: Path) -> None:
        desk.unlink(missing_ok=True)

    @contextmanager
    def away(self, desk: Path) -> Iterator[None]:
        aside = desk.with_name(f"{desk.name}-aside")
        desk.rename(aside)
        yield
        assert not desk.exists()
        aside.rename(desk)

    def damage(self, desk: Path) -> None:
        desk.write_bytes(b"not a desk at all" * 100)

    def copy(self, source: Path, target: Path) -> None:
        """As SQLite makes it, for its owner alone."""
        target.touch(mode=0o600)
        with closing(sqlite3.connect(source)) as db, closing(sqlite3.connect(target)) as copy:
            db.backup(copy)
            copy.execute("pragma journal_mode = wal")

    def content(self, desk: Path) -> bytes:
        return desk.read_bytes() if desk.exists() else b""

    def keep(self, desk: Path) -> bytes:
        return desk.read_bytes()

    def put(self, kept: Any, desk: Path) -> None:
        desk.touch(mode=0o600)
        desk.write_bytes(kept)

    def remove(self, folder: Path) -> None:
        """Files go with their folder."""


class Databases:
    """Desks in databases of one server, PostgreSQL's."""

    refusal: type[Exception] = psycopg2.Error
    own: tuple[str, ...] = ("desk", "commits", "answering", "tickets_words", "bugs_words", "words_totals")

    def __init__(self) -> None:
        self._made: dict[Path, str] = {}
        self._count = count()
        self._making = Lock()  # some tests run the program in many threads, and the first of them needs the desk

    @cached_property
    def server(self) -> postgres.Server:
        return postgres.given()

    def begin(self) -> None:
        """Make the desk that all others are copies of; once for all workers."""
        self.server.create(BLANK)
        SharedDesk(self.server.address(BLANK)).create()

    def address(self, desk: Path) -> str:
        return self.server.address(self._database(desk))

    def place(self, desk: Path) -> Place:
        return place_at(self.address(desk))

    def untouched(self, desk: Path) -> bool:
        # How names are spelled is noted before anything is decided, also of who tries something out.
        return [line for line in self.dump(desk) if not line.startswith("agents: ")] in ([], self._dump(BLANK))

    def sql(self, desk: Path, statement: str, values: Values) -> list[Any]:
        return self._sql(self._database(desk), translated(statement) if values else statement, values or None)

    def dump(self, desk: Path) -> list[str]:
        return self._dump(self._database(desk))

    def kept_bytes(self, desk: Path) -> bytes:
        return "\n".join(self.dump(desk)).encode()

    def tables(self, db: Desk) -> list[str]:
        return [name for (name,) in db.execute(TABLES)]

    @contextmanager
    def elsewhere(self, desk: Path) -> Iterator[None]:
        with closing(self.server.connect(self._database(desk), role=postgres.OWNER)):
            yield

    def attack(self, desk: Path, script: str, old: Path | None = None) -> None:
        with closing(self.server.connect(self._database(desk))) as db, db.cursor() as cursor:
            cursor.execute("set session_replication_role = replica; set search_path to supportctl, public")
            for table in set(re.findall(r"\bold\.(\w+)", script)) if old else ():
                cursor.execute(f"create schema if not exists old; create table old.{table} (like {table})")
                found = self.sql(cast(Path, old), f"select * from {table}", ())
                rows = [[nul.stored(value) if isinstance(value, str) else value for value in row] for row in found]
                cursor.executemany(f"insert into old.{table} values ({', '.join(['%s'] * len(rows[0]))})", rows)
            cursor.execute(script.replace("update or ignore", "update"))  # nothing is unique there (see `strip`)

    def unguard(self, desk: Path) -> None:
        for name, table in self.sql(desk, TRIGGERS, ()):
            self.sql(desk, f"drop trigger {name} on {table}", ())

    def strip(self, desk: Path) -> None:
        self.unguard(desk)
        for table, name in self.sql(desk, CONSTRAINTS, ()):
            self.sql(desk, f"alter table {table} drop constraint if exists {name} cascade", ())
        for (name,) in self.sql(desk, UNIQUE, ()):
            self.sql(desk, f"drop index {name}", ())

    @contextmanager
    def unguarded(self, desk: Path) -> Iterator[Desk]:
        self.strip(desk)
        with closing(self.place(desk).open()) as db:
            yield db

    @contextmanager
    def fresh(self) -> Iterator[Desk]:
        desk = Path(f"fresh-{os.getpid()}-{next(self._count)}")
        try:
            with closing(self.place(desk).open()) as db:
                yield db
        finally:
            self.server.drop(self._made.pop(desk.absolute()))

    def vacate(self, desk: Path) -> None:
        self._make(desk, "template0")

    @contextmanager
    def away(self, desk: Path) -> Iterator[None]:
        self.sql(desk, "alter schema supportctl rename to aside", ())
        yield
        self.sql(desk, "alter schema aside rename to supportctl", ())

    def damage(self, desk: Path) -> None:
        self.sql(desk, "drop table policies cascade", ())

    def copy(self, source: Path, target: Path) -> None:
        self._make(target, self._database(source))

    def content(self, desk: Path) -> str:
        return sha256("\n".join(self.dump(desk)).encode()).hexdigest()

    def keep(self, desk: Path) -> str:
        kept = f"kept_{os.getpid()}_{next(self._count)}"
        self.server.create(kept, template=self._database(desk))
        return kept

    def put(self, kept: Any, desk: Path) -> None:
        self._make(desk, kept)

    def remove(self, folder: Path) -> None:
        for desk in [desk for desk in self._made if folder in desk.parents]:
            self.server.drop(self._made.pop(desk))

    def _database(self, desk: Path) -> str:
        with self._making:
            if desk.absolute() not in self._made:
                self._make(desk, "template0" if desk.is_file() else BLANK)
                if desk.is_file():  # made by `demo`, which makes files
                    words = [sys.executable, "-m", "supportctl", "db", "copy", str(desk)]
                    subprocess.run([*words, self.server.address(self._made[desk.absolute()])], check=True)
            return self._made[desk.absolute()]

    def _make(self, desk: Path, template: str) -> None:
        name = postgres.name_of(str(desk.absolute()))
        self.server.create(name, template=template)
        self._made[desk.absolute()] = name

    def _sql(self, database: str, statement: str, values: Any = None) -> list[Any]:
        """Rows as the program itself would see them."""
        with closing(self.server.connect(database, role=postgres.OWNER)) as db, db.cursor() as cursor:
            cursor.execute("set search_path to supportctl, public")
            cursor.execute(statement, values)
            rows = cursor.fetchall() if cursor.description else []
        return [tuple(map(plain, row)) for row in rows]

    def _dump(self, database: str) -> list[str]:
        tables = [name for (name,) in self._sql(database, TABLES) if name != "commits"]
        every = " union all ".join(f"select '{name}' as name, t::text as row from {name} t" for name in tables)
        return [f"{name}: {row}" for name, row in self._sql(database, f"{every} order by 1, 2")] if tables else []


def translated(statement: str) -> str:
    """A statement with parameters as SQLite writes them, `?` or `:name`, as psycopg2 does."""
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", statement.replace("%", "%%").replace("?", "%s"))


def plain(value: Any) -> Any:
    """A value as SQLite has it: truth and sums are whole numbers, and a text may contain NUL."""
    if isinstance(value, str):
        return nul.read(value)
    if isinstance(value, memoryview):
        return bytes(value)
    return int(value) if isinstance(value, bool | Decimal) else value


ON_POSTGRES = os.environ.get("SUPPORTCTL_TEST_ENGINE", "sqlite") == "postgresql"
DATABASES = Databases()
ENGINE: Engine = DATABASES if ON_POSTGRES else Files()
