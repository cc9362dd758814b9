"""Brings a shared desk of an older program to this program's schema: on request alone, all or nothing.

Others may still run the older program: so no other command does it by itself.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from supportctl.errors import DeskUnusable
from supportctl.store.desk import SCHEMA_VERSION
from supportctl.store.place import UpgradedDesk
from supportctl.store.postgres import roles
from supportctl.store.postgres.script import Script

if TYPE_CHECKING:
    from supportctl.store.postgres.desk import PostgresDesk

# What makes each schema of the one before it, by number: a function that is given the open desk, inside the transaction
# of the upgrade. Shared desks began at 15.
MIGRATIONS: "Mapping[int, Callable[[PostgresDesk], None]]" = {}


def upgrade(
    db: "PostgresDesk",
    migrations: "Mapping[int, Callable[[PostgresDesk], None]]" = MIGRATIONS,
    newest: int = SCHEMA_VERSION,
) -> UpgradedDesk:
    """Carry out what the desk lacks, in one transaction that excludes all others who write.

    Raises DeskUnusable for a desk that is newer than the program, psycopg2.Error.
    """
    before = _schema(db)
    if before == newest:
        return UpgradedDesk(db.address, before, newest, None)
    with db.transaction():
        before = _schema(db)  # now that nobody else upgrades it
        if before > newest:
            raise DeskUnusable(
                f"The desk at {db.address} is newer than this program.", "Upgrade supportctl; nothing was changed."
            )
        for number in range(before + 1, newest + 1):
            migrations[number](db)
        db.execute("update desk set schema = :newest", {"newest": newest})
        roles.make(db)  # new tables have no rights yet
    return UpgradedDesk(db.address, before, newest, None)


def _schema(db: "PostgresDesk") -> int:
    number: int = db.execute("select schema from desk").fetchone()[0]
    return number


def define(db: "PostgresDesk", statements: str) -> None:
    """Carry out statements that make or change tables, exactly as they are written; for migrations."""
    script = db.script
    assert isinstance(script, Script)  # noqa: S101  # a migration is part of a transaction
    script.flush(statements)
