"""A shared desk that is watched: its last commit says whether anything has changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import psycopg2

from supportctl.store.desk import Desk
from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.errors import translate_errors
from supportctl.store.postgres.script import PREFIX, PagedSnapshot

_LAST = f"{PREFIX}; select max(n) from commits"


class WatchedDesk:
    """One connection to the desk at `address`, made again after it was lost (see `store.place.Watched`).

    It polls: notices of the server do not pass a pooler that gives every transaction another connection.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._db = PostgresDesk(address, greets=True)
        self._last: int | None = None

    def __enter__(self) -> "WatchedDesk":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def changed(self) -> bool:
        before = self._last
        with self._connected():
            self._last = self._db.send(_LAST).fetchone()[0]
        return self._last != before

    @contextmanager
    def reading(self) -> Iterator[Desk]:
        with self._connected(), PagedSnapshot(self._db, few=True):
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[Desk]:
        with self._connected():
            yield self._db

    @contextmanager
    def _connected(self) -> Iterator[None]:
        with translate_errors(self._address):
            try:
                yield
            except psycopg2.OperationalError:
                self._db.lose()
                raise
