"""A change of the desk: all or nothing, and text removed for good leaves the files as well."""

from supportctl.store.desk import Desk
from supportctl.store.sqlite.atomic import Atomic, scrub_owed


class Transaction(Atomic):
    """See `Desk.transaction`."""

    def _follow(self, db: Desk) -> None:
        if db.remains or scrub_owed(db):
            from supportctl.store.sqlite.scrub import scrub  # late: few changes remove anything

            scrub(db)
