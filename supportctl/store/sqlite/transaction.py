"""A change of the desk: all or nothing, and text removed for good leaves the files as well."""

from typing import TYPE_CHECKING

from supportctl.store.sqlite.atomic import Atomic, scrub_owed

if TYPE_CHECKING:
    from supportctl.store.sqlite.connection import SqliteDesk


class Transaction(Atomic):
    """See `Desk.transaction`."""

    def _follow(self, db: "SqliteDesk") -> None:
        if db.remains or scrub_owed(db):
            from supportctl.store.sqlite.scrub import scrub  # late: few changes remove anything

            scrub(db)
