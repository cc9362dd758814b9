"""Where a desk is: what an engine gives before a desk is open, and around it. The one door to the engines."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from supportctl.store.desk import Desk

if TYPE_CHECKING:
    from supportctl.store.soundness import Checks

T = TypeVar("T")
Hook = Callable[[], None]


class Tick(Protocol):
    """Called now and then during long work, with the share that is done (0 to 1) if known."""

    def __call__(self, done: float | None = None) -> None: ...


class Answering(NamedTuple):
    """An agent who is answering a ticket since `since` (UTC epoch seconds)."""

    ticket: int
    agent: str
    since: int


class Copy(NamedTuple):
    """A copy of a desk: how large, of which schema, and how many tickets are in it."""

    path: Path
    bytes: int
    schema: int
    tickets: int


class RestoredDesk(NamedTuple):
    """A restored desk: where the replaced one is kept (None if there was none), and the schema of the backup."""

    desk: Copy
    source: Path
    kept: Path | None
    schema_before: int


class UpgradedDesk(NamedTuple):
    """An upgraded desk: the schema before and after, and where the old desk is kept (None if nothing changed)."""

    desk: Path | str
    schema_before: int
    schema: int
    kept: Path | None


class LoginRole(NamedTuple):
    """A login of the server of a shared desk, and what it is there: agent, lead, reader, owner or superuser."""

    login: str
    role: str


class Roles(NamedTuple):
    """Who has which role on a shared desk, and what else there is to know, in words."""

    logins: Sequence[LoginRole]
    remarks: Sequence[str]


class Watched(Protocol):
    """A desk that is asked again and again whether anything has changed. Raises DeskUnusable wherever it fails."""

    def __enter__(self) -> "Watched": ...
    def __exit__(self, *error: Any) -> None: ...
    def changed(self) -> bool:
        """Whether anyone else changed or replaced the desk since the last call."""

    def reading(self) -> AbstractContextManager[Desk]:
        """The desk as it is at one moment, without any lock."""

    def writing(self) -> AbstractContextManager[Desk]:
        """The desk, to change it."""


class Place(Protocol):
    """A place for a desk, whether there is one or not. As text it is what messages call the desk.

    All of it raises DeskUnusable, in words, for what is wrong with the desk.
    """

    @property
    def oldest(self) -> int:
        """The oldest schema that it can make a desk of."""

    @property
    def error(self) -> type[Exception]:
        """What the engine raises, where `in_words` has no words for it: our own fault, or damage by others."""

    def in_words(self) -> AbstractContextManager[None]:
        """Turn what the engine and the system raise in the block into DeskUnusable."""

    def exists(self) -> bool: ...
    def address(self) -> str:
        """Where it is, in full and always the same."""

    def refuse(self, file: Path) -> None:
        """Raises InputError if writing to `file` would overwrite the desk itself."""

    def open(self, *, create: bool = False, upgrading: Hook | None = None) -> Desk:
        """A connection to the desk, upgraded to this program's schema; `upgrading` is called before that.

        With `create` a missing desk is made.
        """

    def open_or_create(self, act: Callable[[Desk], T], upgrading: Hook | None = None) -> tuple[Desk, T]:
        """A connection to the desk, and the result of `act` on it; a missing one is made if `act` succeeds."""

    def create(self) -> int | None:
        """Make a new desk, and return its schema; None, with nothing changed, if something is there already."""

    def make(self, schema: int, fill: Callable[[Desk], None], tick: Tick | None = None) -> bool:
        """Make a desk of that schema, fill it and upgrade it to this program's, all or nothing.

        Returns whether it was done: only where there is no desk, or an empty one. `tick` is called while the full text
        is made, which on a large desk takes as long as the rows.
        """

    def watched(self) -> Watched: ...
    def exclusive_run(self) -> AbstractContextManager[None]:
        """Exclude other runs of `breaches --new`, while others can write to the desk."""

    # Who is answering a ticket just now: it ends with the run, however that ends.

    def answering(self, tickets: Iterable[int], agent: str) -> AbstractContextManager[None]:
        """Show others, for the block, that this agent is answering these tickets."""

    def being_answered(self) -> Sequence[Answering]: ...

    # For completion: at once or not at all, with nothing made, upgraded or waited for. Raises anything.

    def policy_names(self, kind: str, now: int) -> list[str]:
        """The tiers, channels, products, topics or clauses (`kind`) of the policy in force at `now`, UTC seconds."""

    def open_tickets(self, begun: str) -> list[tuple[str, str]]:
        """Numbers and subjects of open tickets whose number begins with the digits `begun`, newest first."""

    def agents(self, begun: str) -> list[str]:
        """Agents whose name begins like this in whatever case, by name."""

    def addresses(self, begun: str) -> list[tuple[str, str]]:
        """Addresses of accounts that begin like this in whatever case, each with the account's name."""

    def checks(self) -> "Checks":
        """What the engine does for a check of the desk."""

    # Copies

    def back_up(self, to: Path, *, force: bool, tick: Tick | None = None) -> Copy:
        """Copy the desk as it is at one moment, whoever writes meanwhile, and prove the copy."""

    def path_for_copy(self, source: Path) -> Path:
        """Where the desk is kept when the backup `source` takes its place."""

    def restore(self, source: Path, kept: Path, tick: Tick | None = None) -> RestoredDesk:
        """Put a backup in the place of the desk, and keep what was there at `kept`."""

    def upgrade(self, upgrading: Hook | None = None) -> UpgradedDesk:
        """Bring the desk to this program's schema, if it is older."""

    # Who may do what. Raises InputError where the machine's own accounts decide that.

    @property
    def has_logins(self) -> bool:
        """Whether those who work there have logged in there (`Desk.login`)."""

    def roles(self) -> Roles: ...
    def grant_role(self, login: str, role: str) -> None:
        """Give a login a role in place of any other. Raises InputError, NotOnRecord."""

    def revoke_role(self, login: str) -> None:
        """Take its role from a login. Raises InputError, NotOnRecord."""
