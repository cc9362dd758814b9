"""A shared desk, in a database of a PostgreSQL server: a `store.place.Place`."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from psycopg2.extensions import parse_dsn

from supportctl.errors import InputError
from supportctl.store.desk import SCHEMA_VERSION
from supportctl.store.postgres.connection import EngineError
from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.errors import translate_errors

if TYPE_CHECKING:
    from supportctl.store.desk import Desk
    from supportctl.store.place import Answering, Copy, Hook, RestoredDesk, Roles, Tick, UpgradedDesk, Watched
    from supportctl.store.soundness import Checks

T = TypeVar("T")
_BY_SERVER = "Use `pg_dump` and `pg_restore`, or the server's own backups: see `supportctl help team`."


class SharedDesk:
    """The desk at an address (see `store.place.Place`)."""

    error: type[Exception] = EngineError
    oldest = SCHEMA_VERSION  # there are no older ones
    has_logins = True

    def __init__(self, address: str) -> None:
        """Raises InputError for an address that libpq cannot read."""
        with translate_errors(address):
            parse_dsn(address)
        self._address = address

    def __str__(self) -> str:
        return self._address

    def in_words(self) -> AbstractContextManager[None]:
        return translate_errors(self._address)

    def exists(self) -> bool:
        from supportctl.store.postgres.schema import is_there  # late: few runs ask

        with self.in_words():
            db = PostgresDesk(self._address)
            try:
                return is_there(db)
            finally:
                db.close()

    def address(self) -> str:
        return self._address

    def refuse(self, file: Path) -> None:
        """No file overwrites a shared desk."""

    def open(self, *, create: bool = False, upgrading: "Hook | None" = None) -> "Desk":  # noqa: ARG002  # as all places
        return PostgresDesk(self._address, greets=True)

    def open_or_create(self, act: "Callable[[Desk], T]", upgrading: "Hook | None" = None) -> "tuple[Desk, T]":
        """The desk and the result of `act`; a shared desk is made by `db create` alone."""
        db = self.open(upgrading=upgrading)
        try:
            return db, act(db)
        except BaseException:
            db.close()
            raise

    def create(self) -> int | None:
        from supportctl.store.postgres.schema import build  # late: a desk is made once

        with self.in_words():
            if self.exists():
                return None
            db = PostgresDesk(self._address)
            try:
                build(db)
            finally:
                db.close()
            return SCHEMA_VERSION

    def make(
        self,
        schema: int,  # noqa: ARG002  # there are no older ones
        fill: "Callable[[Desk], None]",
        tick: "Tick | None" = None,
    ) -> bool:
        from supportctl.store.postgres.making import make  # late: few runs move a whole desk

        with self.in_words():
            return make(self._address, fill, tick)

    def watched(self) -> "Watched":
        from supportctl.store.postgres.watch import WatchedDesk  # late: only `watch` does

        return WatchedDesk(self._address)

    @contextmanager
    def exclusive_run(self) -> Iterator[None]:
        from supportctl.store.postgres.locks import exclusive_run  # late: only `breaches --new` has one

        with self.in_words(), exclusive_run(self._address):
            yield

    def answering(self, tickets: Iterable[int], agent: str) -> AbstractContextManager[None]:
        from supportctl.store.postgres import locks  # late: only an answer in an editor takes long

        return locks.answering(self._address, tickets, agent)

    def being_answered(self) -> "list[Answering]":
        from supportctl.store.postgres import locks  # late: only those who answer or watch ask

        return locks.being_answered(self._address)

    def policy_names(self, kind: str, now: int) -> list[str]:
        from supportctl.store.postgres import completion  # late: only a shell asks

        return completion.policy_names(self._address, kind, now)

    def open_tickets(self, begun: str) -> list[tuple[str, str]]:
        from supportctl.store.postgres import completion  # late: only a shell asks

        return completion.tickets(self._address, begun)

    def agents(self, begun: str) -> list[str]:
        from supportctl.store.postgres import completion  # late: only a shell asks

        return completion.agents(self._address, begun)

    def addresses(self, begun: str) -> list[tuple[str, str]]:
        from supportctl.store.postgres import completion  # late: only a shell asks

        return completion.addresses(self._address, begun)

    def checks(self) -> "Checks":
        from supportctl.store.postgres.soundness import SharedChecks  # late: few runs check a desk

        return SharedChecks(self._address)

    def back_up(self, to: Path, *, force: bool, tick: "Tick | None" = None) -> "Copy":  # noqa: ARG002  # as all places
        raise InputError(f"The desk at {self} is not a file to copy.", _BY_SERVER)

    def path_for_copy(self, source: Path) -> Path:  # noqa: ARG002  # as all places
        raise InputError(f"The desk at {self} is not a file to replace.", _BY_SERVER)

    def restore(self, source: Path, kept: Path, tick: "Tick | None" = None) -> "RestoredDesk":  # noqa: ARG002  # as all
        raise InputError(f"The desk at {self} is not a file to replace.", _BY_SERVER)

    def upgrade(self, upgrading: "Hook | None" = None) -> "UpgradedDesk":  # noqa: ARG002  # as all places
        from supportctl.store.postgres.upgrade import upgrade  # late: only `db` upgrades

        with self.in_words(), closing(PostgresDesk(self._address)) as db:
            return upgrade(db)

    def roles(self) -> "Roles":
        from supportctl.store.postgres import roles  # late: few runs are about roles

        with self.in_words(), closing(PostgresDesk(self._address)) as db:
            return roles.listed(db)

    def grant_role(self, login: str, role: str) -> None:
        from supportctl.store.postgres import roles  # late: few runs are about roles

        with self.in_words(), closing(PostgresDesk(self._address)) as db:
            roles.grant(db, login, role)

    def revoke_role(self, login: str) -> None:
        from supportctl.store.postgres import roles  # late: few runs are about roles

        with self.in_words(), closing(PostgresDesk(self._address)) as db:
            roles.revoke(db, login)
