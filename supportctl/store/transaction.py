"""A change of the desk: all or nothing, and text removed for good leaves the files as well."""

import sqlite3
from contextlib import AbstractContextManager

from supportctl.store.atomic import Atomic
from supportctl.store.connection import Desk, scrub_owed


def transaction(db: sqlite3.Connection) -> AbstractContextManager[None]:
    """All or nothing. It takes the write lock at once: a read that turns into a write would fail under concurrency.

    Inside another transaction it is part of that.
    """
    return _Transaction(db)


class _Transaction(Atomic):
    def _follow(self, db: Desk) -> None:
        if db.remains or scrub_owed(db):
            from supportctl.store.scrubbing import scrub  # late: few changes remove anything

            scrub(db)
