"""A connection to a desk: checks whose file it is, sets what every connection needs, explains SQLite's errors."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from supportctl.errors import DeskUnusable
from supportctl.files import SIDECARS, private_folder, same_file, scratch, sidecar
from supportctl.store.desk import SCHEMA_VERSION, Desk, Refusal

if TYPE_CHECKING:
    from supportctl.store.desk import About
    from supportctl.store.full_text import FullText
    from supportctl.store.histories import Histories
    from supportctl.store.place import Tick
    from supportctl.store.tables import Tables

Hook = Callable[[], None]
T = TypeVar("T")

APPLICATION_ID = 0x53435431  # "SCT1", at offset 68 of the file: this is a supportctl desk
STEPS = 1_000_000  # SQLite instructions between two looks for a signal: some hundredths of a second
BUSY_SECONDS = 20.0  # fifty simultaneous writers finish well within it

HELD = "Another supportctl, a backup or a database browser may hold it: let it finish, and try again."
_CANTOPEN = (
    "Check that its folder exists and the permissions allow it; from a read-only disk, copy it elsewhere with its -wal."
)
# What SQLite says only about a desk of ours that another program has changed.
_NOT_AS_MADE = (
    "no such table", "no such column", "no such view", "unsupported file format", "invalid fts5 file format",
    "vtable constructor failed",
)  # fmt: skip
_MAGIC = b"SQLite format 3\x00"


# What the engine raises, for those who must tell its errors from others.
EngineError = sqlite3.Error
DatabaseError = sqlite3.DatabaseError
IntegrityError = sqlite3.IntegrityError


class ForeignFile(DeskUnusable):
    """The file is another program's SQLite file."""


class NewerSchema(DeskUnusable):
    """The desk has a later schema than this program's."""


class SqliteDesk(sqlite3.Connection):
    """A connection that knows what its user should be told.

    `remains` is whether removed text is still in the desk's files (see `scrub`), `kept` where the desk from
    before its upgrade is kept.
    """

    remains = False
    kept: Path | None = None
    login = None
    made: ClassVar[int] = 0  # changes that this run has recorded, on any desk
    met = False  # whether a change here met another writer: from then on each waits in line
    counts = True  # whether a change here is recorded: not on a desk in the making, nor in an upgrade
    # What `store.totals` noted in this transaction, and what it knows of the tables.
    moved: dict[str, tuple[int, int]]
    columns: dict[str, list[str]]
    _frozen: tuple[Path, tuple[int, int]] | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.moved, self.columns = {}, {}

    def greet(self) -> None:
        """Does nothing: whoever opens a file looks at its schema, and its clock is this machine's."""

    def ahead(self, statements: Iterable[tuple[str, Any]], /) -> list[sqlite3.Cursor]:
        """The rows of several statements, all of one snapshot, which lasts until the last of them is read."""
        if self.in_transaction:
            return [self.execute(*each) for each in statements]
        self.execute("begin")
        try:
            return [self.execute(*each) for each in statements]
        finally:
            self.execute("commit")

    def ahead_about(self, statements: Iterable[tuple[str, Any]], about: "Sequence[About]", /) -> list[list[Any]]:
        """The rows of several statements, and of those about what others find (see `Desk.ahead_about`)."""
        within = self.in_transaction
        if not within:
            self.execute("begin")
        try:
            rows = [self.execute(*each).fetchall() for each in statements]
            for part in about:
                found = self.execute(part.found.statement, part.found.parameters).fetchall()
                value = found[0][0] if found else part.stand_in
                rows += [found, *(self.execute(q.statement, q.parameters).fetchall() for q in part.asks(value))]
            return rows
        finally:
            if not within:
                self.execute("commit")

    def will_read(self, statements: Callable[[], Iterable[tuple[str, Any]]], /, *, renewable: bool = False) -> None:
        """Does nothing: what is read under the lock is read then."""

    def expect(self, statement: str, parameters: Any, rows: Sequence[Any], refusal: Refusal, /) -> None:
        """Refuse unless a statement gives these rows (see `Desk.expect`)."""
        if self.execute(statement, parameters).fetchall() != rows:
            raise self._refused(refusal)

    def change_one(self, statement: str, parameters: Any, refusal: Refusal, /) -> None:
        """Refuse if a statement changes no row (see `Desk.change_one`)."""
        if not self.execute(statement, parameters).rowcount:
            raise self._refused(refusal)

    def _refused(self, refusal: Refusal) -> Exception:
        return refusal.error(self.execute(refusal.statement, refusal.parameters).fetchone())

    def next_change(self) -> int:
        """One more than the last change has."""
        last = self.execute("select max(id) from changes").fetchone()[0]
        return (last or 0) + 1

    def row_bytes(self, columns: Iterable[str], /) -> str:
        """The bytes of a row (see `Desk.row_bytes`): a million rows are read in seconds."""
        values = (f"coalesce({name}, char(0))" for name in columns)
        return f"cast({' || char(31) || '.join(values)} as blob)"

    def save(self, act: Callable[[], T]) -> T:
        """The result of `act` in a transaction: what was read ahead is read again, behind the lock."""
        with self.transaction():
            return act()

    @property
    def tables(self) -> "Tables":
        """The desk as tables (see `Desk.tables`)."""
        from supportctl.store.sqlite.tables import SqliteTables  # late: few runs look at whole tables

        return SqliteTables(self)

    def begun(self) -> bool:
        """Begin a transaction with the write lock; False if another connection holds it."""
        try:
            self.execute("begin immediate")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing (see `Desk.transaction`)."""
        from supportctl.store.sqlite.transaction import Transaction  # late: most runs only read

        return Transaction(self)

    def snapshot(self) -> AbstractContextManager[None]:
        """Several reads of the same moment."""
        from supportctl.store.sqlite.atomic import Snapshot  # late: few runs need it

        return Snapshot(self)

    @property
    def full_text(self) -> "FullText":
        """See `Desk.full_text`."""
        from supportctl.store.sqlite.full_text import SqliteFullText  # late: few runs search or write words

        return SqliteFullText(self)

    def as_a_whole(self, act: Callable[[], T]) -> T:
        """A part of a transaction (see `Desk.as_a_whole`)."""
        from supportctl.store.sqlite.atomic import as_a_whole  # late: few runs need it

        return as_a_whole(self, act)

    def rewriting_history(self, ticket: int) -> AbstractContextManager[None]:  # noqa: ARG002  # the guard is over all
        """The trigger that lets histories only grow is off for this (see `Desk.rewriting_history`)."""
        from supportctl.store.sqlite.atomic import without_guard  # late: few runs erase anybody

        return without_guard(self, "history_no_update")

    def schedule_scrub(self, *, anywhere: bool) -> None:
        """Scrub the files after this transaction (see `Desk.schedule_scrub`)."""
        from supportctl.store.sqlite.scrub import schedule_scrub  # late: few runs remove anything for good

        schedule_scrub(self, anywhere=anywhere)

    def histories(self) -> "Histories":
        """What a check reads of all tickets with their histories (see `Desk.histories`)."""
        from supportctl.store.sqlite.histories import StoredHistories  # late: only a check reads them all

        return StoredHistories(self)

    def count_change(self) -> None:
        """Count a change that is on record now, unless this desk's are not counted."""
        SqliteDesk.made += self.counts

    def forget_moves(self) -> None:
        """Forget what was noted for the totals."""
        self.moved.clear()
        self.columns.clear()

    @property
    def is_frozen(self) -> bool:
        """Whether it is read from a read-only disk, where nobody writes it."""
        return self._frozen is not None

    def freeze(self, path: Path) -> None:
        """On closing, check that nobody has written to `path` meanwhile: it is read without a lock."""
        self._frozen = path, _stamp(path)

    def stale(self) -> bool:
        """Whether the desk was written all the same, by someone for whom it is not read-only."""
        return self._frozen is not None and _stamp(self._frozen[0]) != self._frozen[1]

    def close(self) -> None:
        """Raises DeskUnusable if what was read may be from two moments."""
        super().close()
        if self._frozen and self.stale():
            raise DeskUnusable(f"The desk at {self._frozen[0]} changed while it was being read.", "Run it again.")


def connect(path: Path, *, any_thread: bool = False) -> SqliteDesk:
    """A connection with the settings that every use of a desk needs; only `atomic` begins transactions."""
    frozen = _is_frozen(path)
    path = path.absolute()  # never file:x.db or :memory:, which are not paths to SQLite
    db: SqliteDesk = sqlite3.connect(
        f"{path.as_uri()}?immutable=1" if frozen else path,
        uri=frozen, timeout=BUSY_SECONDS, isolation_level=None, factory=SqliteDesk, check_same_thread=not any_thread,
    )  # fmt: skip
    if frozen:
        db.freeze(path)
    db.set_progress_handler(_breathe, STEPS)
    db.execute("pragma secure_delete = on")  # removed text is overwritten, not only released
    db.execute("pragma foreign_keys = on")
    db.execute("pragma trusted_schema = off")
    db.execute("pragma synchronous = full")
    return db


def in_memory() -> SqliteDesk:
    """A connection to an empty desk that no file holds: what a schema declares is read off one."""
    return sqlite3.connect(":memory:", isolation_level=None, factory=SqliteDesk)


def _breathe() -> None:
    """Let a signal in: a statement may run for long, and Python handles signals only after it."""


@contextmanager
def ticking(db: SqliteDesk, tick: "Tick | None") -> Iterator[None]:
    """Call `tick`, if there is one, now and then while long statements run in the block."""
    if tick is None:
        yield
        return
    db.set_progress_handler(lambda: tick(), STEPS)
    try:
        yield
    finally:
        db.set_progress_handler(_breathe, STEPS)


def _is_frozen(path: Path) -> bool:
    """Whether nothing can be put beside it, as SQLite would even to read: a read-only disk."""
    if os.access((path.resolve() if path.is_symlink() else path).parent, os.W_OK):
        return False
    return path.is_file() and not any(sidecar(path, suffix).exists() for suffix in SIDECARS)


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def schema_of(db: Desk) -> int:
    """The desk's schema version."""
    version: int = db.execute("pragma user_version").fetchone()[0]
    return version


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into DeskUnusable, in words."""
    before = SqliteDesk.made
    try:
        yield
    except sqlite3.Error as error:
        unusable = _unusable(path, error)
        if SqliteDesk.made > before and isinstance(unusable, DeskUnusable):
            raise DeskUnusable(unusable.message, ON_RECORD) from error
        raise unusable from error
    except OSError as error:
        raise DeskUnusable(
            f"The desk at {path} cannot be used: {error.strerror or type(error).__name__}.",
            "Check the path, the permissions and the free disk space; nothing was changed."
            if SqliteDesk.made == before
            else ON_RECORD,
        ) from error


ON_RECORD = "Your change is on record all the same: do not repeat it. Check the disk and its free space."
UNCERTAIN = "Your change may or may not be on record: look before you repeat it. Check the disk."


def _unusable(path: Path, error: sqlite3.Error) -> DeskUnusable | sqlite3.Error:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if str(error).startswith(_NOT_AS_MADE):
        primary = sqlite3.SQLITE_CORRUPT
    said = {
        sqlite3.SQLITE_BUSY: ("is locked by another program", HELD),
        sqlite3.SQLITE_LOCKED: ("is locked by another program", HELD),
        sqlite3.SQLITE_FULL: (
            "cannot grow: the disk is full",
            "Free some disk space and try again; nothing was changed.",
        ),
        sqlite3.SQLITE_READONLY: ("is read-only", "Check the permissions of the file and of its folder."),
        sqlite3.SQLITE_PERM: ("cannot be opened", "Check the permissions of the file and of its folder."),
        sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _CANTOPEN),
        sqlite3.SQLITE_IOERR: ("cannot be read or written", "Check the disk; nothing was changed."),
        sqlite3.SQLITE_NOTADB: ("is not an SQLite file", "Name the desk with --db; this file was left as it is."),
        sqlite3.SQLITE_CORRUPT: (
            "is damaged",
            "`supportctl db check` shows whether it can be repaired; if not, restore a backup. Nothing was changed.",
        ),
    }.get(primary or -1)
    if said is None:
        return error  # our bug, not the desk's
    if code == sqlite3.SQLITE_IOERR_FSYNC:  # all of it was written, but only the disk knows whether it stays
        return DeskUnusable(f"The desk at {path} cannot be written to disk.", UNCERTAIN)
    return DeskUnusable(f"The desk at {path} {said[0]}.", said[1])


def unreadable(error: EngineError) -> bool:
    """Whether pages are damaged, or a table or column is not there."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)


def check_desk(path: Path) -> None:
    """Raises DeskUnusable, touching nothing, unless the file at `path` exists, is ours, and has only one name."""
    _check_there(path)
    check_owner(path)
    if path.stat().st_nlink > 1 and _has_other_names(path):
        raise DeskUnusable(
            f"The desk at {path} has a second name (a hard link): what is written under one is lost under the other.",
            "Keep one name and remove the others; for a copy there is `supportctl db backup`.",
        )


def _has_other_names(path: Path) -> bool:
    """Whether a desk has names besides its own and the temporary one it was made under (see `place`)."""
    path = path.resolve()
    while (names := path.stat().st_nlink) > 1:
        beside = (each for each in path.parent.iterdir() if each.name.startswith(f".{path.name}."))
        made = sum(same_file(path, each) for each in beside if each.suffix == ".new")
        if made or names == path.stat().st_nlink:  # otherwise the other name disappeared during the search
            return names - made > 1
    return False


def _check_there(path: Path) -> None:
    if not path.exists():
        raise DeskUnusable(
            f"There is no desk at {path}.",
            "Name one with --db or SUPPORTCTL_DB, start one with `log` or `import`, or try `supportctl demo`.",
        )


def check_owner(path: Path) -> None:
    """Refuse a foreign file by its first bytes, before SQLite can touch it. Raises DeskUnusable, ForeignFile."""
    if path.is_dir():
        raise DeskUnusable(f"{path} is a folder, not a desk.", "Name the desk's file with --db.")
    if not path.is_file():  # a pipe would block, a device might be read without end
        raise DeskUnusable(f"{path} is a device or a pipe, not a desk.", "Name the desk's file with --db.")
    head = _head(path)
    if not head:
        raise DeskUnusable(f"{path} is empty, not a desk.", "Remove it, or name another file with --db.")
    if not head.startswith(_MAGIC):
        raise DeskUnusable(f"{path} is not an SQLite file.", "Name the desk with --db; this file was left as it is.")
    if len(head) < 100 or (_sensible(head) and _cut_short(path)):
        raise DeskUnusable(f"{path} is truncated.", "Restore it from a backup; this file was left as it is.")
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise ForeignFile(
            f"{path} is another program's SQLite file, not a desk.",
            "Name the desk with --db; this file was left as it is.",
        )
    version = int.from_bytes(head[60:64], "big", signed=True)
    if version < 1 or not _sensible(head):  # every desk got its schema before it got its name
        raise DeskUnusable(f"{path} is damaged in its first bytes.", "Restore a backup; this file was left as it is.")
    if version > SCHEMA_VERSION:
        raise newer_schema_error(path)


def _sensible(head: bytes) -> bool:
    """Whether the header is one that SQLite gives a desk: with others it would begin a log before it finds out."""
    page = int.from_bytes(head[16:18], "big")
    sized = page == 1 or (512 <= page <= 32768 and page.bit_count() == 1)
    formats = head[18] in (1, 2) and head[19] in (1, 2) and head[21:24] == bytes([64, 32, 32])
    return sized and formats and 1 <= int.from_bytes(head[44:48], "big") <= 4 and head[56:60] == bytes([0, 0, 0, 1])


def _head(path: Path) -> bytes:
    """The part of the file in which SQLite keeps what it needs to know about it."""
    with path.open("rb") as file:
        return file.read(100)


def _cut_short(path: Path) -> bool:
    """Whether the file ends before its last page, without a log that could contain the rest.

    Others may change its length meanwhile: two equal looks in a row count.
    """
    before = None
    while _is_short(*(seen := _ends(path))):
        if seen == before:
            return True
        before = seen
    return False


def _is_short(head: bytes, size: int, log: bool) -> bool:
    page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    return size < pages * (65536 if page == 1 else page) and not log


def _ends(path: Path) -> tuple[bytes, int, bool]:
    """The head of a file, which claims a length, its true length, and whether a log is beside it; one by one."""
    head, size = _head(path), path.stat().st_size
    return head, size, any(_has_content(sidecar(path, suffix)) for suffix in ("-wal", "-journal"))


def _has_content(log: Path) -> bool:
    with suppress(FileNotFoundError):
        return log.stat().st_size > 0
    return False


@contextmanager
def exclusive_run(desk: Path) -> Iterator[None]:
    """Exclude other runs of `--new`, while others can write to the desk: sending the output may take time.

    The lock is that of an empty file beside the desk; it ends with the process, however that ends.
    """
    file = desk.with_name(f"{desk.name}-telling")
    file.touch(mode=0o600)
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)) as lock:
        lock.execute("begin exclusive")
        yield


def newer_schema_error(path: Path) -> DeskUnusable:
    return NewerSchema(f"The desk at {path} is newer than this program.", "Upgrade supportctl; nothing was changed.")


@contextmanager
def new_file_beside(path: Path) -> Iterator[Path]:
    """An empty file, 0600, for an unfinished desk, in the folder of `path`, which is made if need be.

    It is removed afterwards, and so are the folders, unless a desk is in them by then.
    """
    made = [folder for folder in path.absolute().parents if not folder.exists()]
    try:
        private_folder(path.parent)
        with scratch(path) as new:
            yield new
    finally:
        for folder in made:
            with suppress(OSError):  # it contains a desk now
                folder.rmdir()
