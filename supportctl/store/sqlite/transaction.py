"""A change of the desk: all or nothing, and text removed for good leaves the files as well."""

from contextlib import AbstractContextManager

from supportctl.store.desk import Desk
from supportctl.store.sqlite.atomic import Atomic
from supportctl.store.sqlite.connection import scrub_owed


def transaction(db: Desk) -> AbstractContextManager[None]:
    """All or nothing. It takes the write lock at once: a read that turns into a write would fail under concurrency.

    Inside another transaction it is part of that.
    """
    return _Transaction(db)


class _Transaction(Atomic):
    def _follow(self, db: Desk) -> None:
        if db.remains or scrub_owed(db):
            from supportctl.store.sqlite.scrub import scrub  # late: few changes remove anything

            scrub(db)
