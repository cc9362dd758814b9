"""What PostgreSQL does for a check of a shared desk: see `store.soundness.Checks`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import cast

from psycopg2 import DataError, IntegrityError, ProgrammingError, errors

from supportctl.errors import DeskUnusable
from supportctl.store import environment
from supportctl.store.background import at_length
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.environment import warned
from supportctl.store.postgres import check
from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.moment import Moment, exported
from supportctl.store.postgres.script import Script
from supportctl.store.soundness import DAMAGED, LARGE, OK, WARNING, CheckPart, EngineParts, Finding

# Words are made here, as FTS5 makes them, which takes longest.
_FOREIGN_KEYS = CheckPart(("foreign keys",), 3, check.foreign_keys)
_VALUES = CheckPart(("values",), 4, check.values)
_FULL_TEXT = CheckPart(("full text",), 36, check.full_text)
PARTS = EngineParts(
    basics=(_FOREIGN_KEYS, _VALUES),
    contents=(_FULL_TEXT,),
    guards=CheckPart(("guards",), 0, check.schema),
    suspects=(_VALUES, _FOREIGN_KEYS),
    first=(check.schema,),
    last=(check.full_text,),
)
_SETTINGS = """
select current_setting('server_version_num')::int, current_setting('server_version'),
    (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()),
    current_setting('fsync'), current_setting('full_page_writes'), pg_is_in_recovery()
"""
_SIZE = "select sum(pg_relation_size(oid)) from pg_class where relnamespace = to_regnamespace('supportctl')"
OLDEST = 130000  # the oldest version that has what the desk uses
# What the server says of damage: pages, indexes or rows that contradict each other; what is not there or of another
# kind; values that cannot be read.
_UNREADABLE = (
    errors.DataCorrupted, errors.IndexCorrupted, errors.InternalError_, ProgrammingError, DataError, IntegrityError,
)  # fmt: skip


class SharedChecks:
    """The checks of the shared desk at an address."""

    parts = PARTS
    restoring = "Restore a backup: see `supportctl help team`."

    def __init__(self, address: str) -> None:
        self._address = address

    def refuse_others(self) -> None:
        with self.connect() as db:
            schema = db.tables.schema
        if schema > SCHEMA_VERSION:
            raise DeskUnusable(
                f"The desk at {self._address} is newer than this program.", "Upgrade supportctl; nothing was changed."
            )

    def surroundings(self, now: int) -> Iterator[Finding]:
        with self.connect() as db:
            schema = db.tables.schema
            number, version, encoding, fsync, pages, is_copy = db.send(_SETTINGS).fetchone()
        hint = "Upgrade the server to a version that is still maintained."
        engine = warned("postgresql", version, number < OLDEST, "too old to rely on", hint)
        yield from environment.versions(self._address, schema, SCHEMA_VERSION, engine, now)
        yield from _of_server(encoding, {"fsync": fsync, "full_page_writes": pages}, is_copy=is_copy)

    def connect(self) -> AbstractContextManager[PostgresDesk]:
        return closing(PostgresDesk(self._address))

    def is_current(self, db: Desk) -> bool:
        return db.tables.schema == SCHEMA_VERSION

    def has_strangers(self, db: Desk) -> bool:
        return check.has_strangers(db)

    def unreadable(self, error: Exception) -> bool:
        return isinstance(error, _UNREADABLE) and not isinstance(error, errors.InsufficientPrivilege)

    def moment(self) -> AbstractContextManager[str]:
        return exported(self._address)

    def at(self, db: Desk, moment: str) -> AbstractContextManager[None]:
        """In a transaction of its own: one that fails leaves nothing to read in."""
        return Moment(cast(PostgresDesk, db), moment)

    def is_large(self, db: Desk) -> bool:
        (size,) = cast(PostgresDesk, db).send(_SIZE).fetchone()
        return size is not None and size >= LARGE

    @contextmanager
    def beside(self, db: Desk) -> Iterator[Desk]:
        """Another connection, which reads page by page, while this one holds the lock of writers."""
        script = cast(PostgresDesk, db).script
        if isinstance(script, Script):
            script.flush("set local idle_in_transaction_session_timeout = 0")  # it waits as long as the other reads
        with self.connect() as reader, Moment(reader):
            yield reader

    def repair(self, work: Callable[[Desk], list[Finding]], tick: Callable[[], None] | None) -> list[Finding]:
        with self.connect() as db:
            return at_length(db, work, tick) if self.is_current(db) else []


def _of_server(encoding: str, settings: dict[str, str], *, is_copy: bool) -> Iterator[Finding]:
    """What the server is set to that a desk depends on."""
    off = [name for name, value in settings.items() if value == "off"]
    if encoding != "UTF8":
        hint = "Make a database with `encoding 'UTF8'`, and move the desk there: `supportctl db copy`."
        yield Finding("server", DAMAGED, f"the encoding of its database is {encoding}: not every text fits", hint)
    if off:
        hint = "Switch it on, unless nothing there is worth keeping."
        yield Finding(
            "server",
            WARNING,
            f"{' and '.join(off)} {'are' if len(off) > 1 else 'is'} off: a power cut can destroy the desk",
            hint,
        )
    if is_copy:
        yield Finding("server", OK, "a copy that only reads")
    elif encoding == "UTF8" and not off:
        yield Finding("server", OK, "all right")
