"""One moment of a shared desk, seen by several connections."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.script import PREFIX, PagedSnapshot

# However long a check takes, and whatever limits a server sets: it reads, and holds no lock that others wait for.
_UNHURRIED = "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0"


@contextmanager
def exported(address: str) -> Iterator[str]:
    """The name of the present moment, by which other connections find it as long as the block lasts."""
    with closing(PostgresDesk(address)) as db:
        begun = db.send(f"begin isolation level repeatable read; {_UNHURRIED}; select pg_export_snapshot()", limit=0)
        yield begun.fetchone()[0]


class Moment(PagedSnapshot):
    """A snapshot that goes on after a statement that failed: of the moment of this name, or of the one at which it goes
    on.
    """

    def __init__(self, db: PostgresDesk, name: str = "") -> None:
        super().__init__(db)
        self._name = name

    def begin_again(self) -> None:
        """Go on after a statement that failed."""
        self._db.send("rollback")
        self._begun = False
        self._waiting.clear()

    def _send(self, said: str) -> Any:
        of = [f"set transaction snapshot '{self._name}'"] if self._name else []
        beginning = [] if self._begun else ["begin isolation level repeatable read", *of, _UNHURRIED, PREFIX]
        self._begun = True
        waiting, self._waiting = self._waiting, []
        return self._db.send(";\n".join([*beginning, *waiting, said]), limit=0)
