"""A desk in a file, SQLite's: a `store.place.Place`."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from supportctl.errors import InputError

if TYPE_CHECKING:
    from supportctl.store.desk import Desk
    from supportctl.store.place import Answering, Copy, Hook, RestoredDesk, Roles, Tick, UpgradedDesk, Watched
    from supportctl.store.soundness import Checks

T = TypeVar("T")


class DeskFile:
    """The desk in the file at `path` (see `store.place.Place`). What a run does not use of it is not loaded."""

    oldest = 1
    has_logins = False

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def error(self) -> type[Exception]:
        from supportctl.store.sqlite.connection import EngineError  # late: most runs end well

        return EngineError

    def in_words(self) -> AbstractContextManager[None]:
        from supportctl.store.sqlite.connection import translate_errors  # late: completion fails without a word

        return translate_errors(self.path)

    def exists(self) -> bool:
        with self.in_words():
            return self.path.exists()

    def address(self) -> str:
        return str(self.path.absolute())

    def refuse(self, file: Path) -> None:
        from supportctl.files import refuse_desk  # late: few runs write a file

        refuse_desk(self.path, file)

    def open(self, *, create: bool = False, upgrading: "Hook | None" = None) -> "Desk":
        from supportctl.store.sqlite.opening import open_desk  # late: completion opens it by itself

        return open_desk(self.path, create=create, upgrading=upgrading)

    def open_or_create(self, act: "Callable[[Desk], T]", upgrading: "Hook | None" = None) -> "tuple[Desk, T]":
        from supportctl.store.sqlite.opening import open_or_create  # late: completion opens it by itself

        return open_or_create(self.path, act, upgrading)

    def create(self) -> int | None:
        from supportctl.store.sqlite.opening import create_desk  # late: a desk is mostly made by what is put on it

        return create_desk(self.path)

    def make(self, schema: int, fill: "Callable[[Desk], None]", tick: "Tick | None" = None) -> bool:
        from supportctl.store.sqlite.copies import make  # late: only `import desk` does

        return make(self.path, schema, fill, tick)

    def watched(self) -> "Watched":
        from supportctl.store.sqlite.watch import WatchedFile  # late: only `watch` does

        return WatchedFile(self.path)

    def exclusive_run(self) -> AbstractContextManager[None]:
        from supportctl.store.sqlite.connection import exclusive_run  # late: only `breaches --new` has one

        return exclusive_run(self.path)

    def answering(self, tickets: Iterable[int], agent: str) -> AbstractContextManager[None]:
        from supportctl.store.sqlite import answering  # late: only an answer in an editor takes long

        return answering.answering(self.path, tickets, agent)

    def being_answered(self) -> "list[Answering]":
        from supportctl.store.sqlite import answering  # late: only those who answer or watch ask

        return answering.being_answered(self.path)

    def policy_names(self, kind: str, now: int) -> list[str]:
        from supportctl.store.sqlite import completion  # late: only a shell asks

        return completion.policy_names(self.path, kind, now)

    def open_tickets(self, begun: str) -> list[tuple[str, str]]:
        from supportctl.store.sqlite import completion  # late: only a shell asks

        return completion.tickets(self.path, begun)

    def agents(self, begun: str) -> list[str]:
        from supportctl.store.sqlite import completion  # late: only a shell asks

        return completion.agents(self.path, begun)

    def addresses(self, begun: str) -> list[tuple[str, str]]:
        from supportctl.store.sqlite import completion  # late: only a shell asks

        return completion.addresses(self.path, begun)

    def checks(self) -> "Checks":
        from supportctl.store.sqlite.soundness import FileChecks  # late: few runs check a desk

        return FileChecks(self.path)

    def back_up(self, to: Path, *, force: bool, tick: "Tick | None" = None) -> "Copy":
        from supportctl.store.sqlite.copies import back_up  # late: only `db` copies

        return back_up(self.path, to, force=force, tick=tick)

    def path_for_copy(self, source: Path) -> Path:
        from supportctl.store.sqlite.copies import path_for_copy  # late: only `db` copies

        return path_for_copy(source, self.path)

    def restore(self, source: Path, kept: Path, tick: "Tick | None" = None) -> "RestoredDesk":
        from supportctl.store.sqlite.copies import restore_backup  # late: only `db` copies

        return restore_backup(source, self.path, kept, tick)

    def upgrade(self, upgrading: "Hook | None" = None) -> "UpgradedDesk":
        from supportctl.store.sqlite.copies import upgrade_file  # late: only `db` upgrades on request

        return upgrade_file(self.path, upgrading)

    def roles(self) -> "Roles":
        raise self._no_roles()

    def grant_role(self, login: str, role: str) -> None:  # noqa: ARG002  # as all places
        raise self._no_roles()

    def revoke_role(self, login: str) -> None:  # noqa: ARG002  # as all places
        raise self._no_roles()

    def _no_roles(self) -> InputError:
        return InputError(
            f"The desk at {self} is a file, which has no roles.",
            "Who may read and write the file may do everything; a shared desk has roles: see `supportctl help team`.",
        )
