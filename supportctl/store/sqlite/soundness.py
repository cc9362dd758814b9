"""What SQLite does for a check of the desk in a file: see `store.soundness.Checks`."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

from supportctl.store.background import at_length
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.soundness import LARGE, REPAIRED, CheckPart, EngineParts, Finding
from supportctl.store.sqlite import check, environment, repair
from supportctl.store.sqlite.connection import SqliteDesk, check_desk, connect, schema_of, unreadable
from supportctl.store.sqlite.foreign_schema import foreign_objects

_FOREIGN_KEYS = CheckPart(("foreign keys",), 3, check.foreign_keys)
_CONTENTS = (CheckPart(("full text",), 7, check.full_text), CheckPart(("values",), 9, check.values))
PARTS = EngineParts(
    basics=(CheckPart(("file",), 24, check.pages), _FOREIGN_KEYS),
    contents=_CONTENTS,
    guards=CheckPart(("guards",), 0, check.schema),
    suspects=(*_CONTENTS, _FOREIGN_KEYS),
    first=(check.pages, check.schema),
    last=(check.full_text,),
)


class FileChecks:
    """The checks of the desk in the file at `path`."""

    parts = PARTS
    restoring = "Restore a backup: `supportctl db restore FILE`."

    def __init__(self, path: Path) -> None:
        self._path = path

    def refuse_others(self) -> None:
        check_desk(self._path)

    def surroundings(self, now: int) -> Iterator[Finding]:
        yield from environment.versions(self._path, now)
        yield from environment.files(self._path)

    @contextmanager
    def connect(self) -> Iterator[SqliteDesk]:
        with closing(connect(self._path)) as db:
            db.execute("pragma temp_store = file")  # a check's notes may need more memory than there is
            yield db

    def moment(self) -> AbstractContextManager[str]:
        return nullcontext("")

    def at(self, db: Desk, moment: str) -> AbstractContextManager[None]:  # noqa: ARG002  # of whenever it begins
        return db.snapshot()

    def is_large(self, db: Desk) -> bool:  # noqa: ARG002  # the file tells
        return self._path.stat().st_size >= LARGE

    def is_current(self, db: Desk) -> bool:
        return schema_of(db) == SCHEMA_VERSION

    def has_strangers(self, db: Desk) -> bool:
        """Whether the desk has a trigger, a view or a table that does not replace one of ours."""
        return any(not named_as_ours for _, _, named_as_ours in foreign_objects(db, SCHEMA_VERSION))

    def unreadable(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.DatabaseError) and unreadable(error)

    def beside(self, db: Desk) -> AbstractContextManager[Desk]:
        return nullcontext(db)

    def repair(self, work: Callable[[Desk], list[Finding]], tick: Callable[[], None] | None) -> list[Finding]:
        """The desk in one transaction, its files' modes after it."""
        with closing(connect(self._path, any_thread=True)) as db:
            done: list[Finding] = []
            if self.is_current(db):
                if repair.to_wal(db):
                    done.append(Finding("file", REPAIRED, "its journal mode was not wal"))
                done += at_length(db, work, tick)
        for found in environment.files(self._path):
            if found.mend:
                found.mend(db)
                done.append(found)
        return done
