"""An open desk on PostgreSQL.

Every message to the server costs a trip, a fifth of a second from one continent to another. So what a command reads is
asked for together, and a transaction is a script (see `script`) that goes to the server as one message.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg2

from supportctl.store.desk import Desk, Refusal, Rows
from supportctl.store.postgres.address import user_of
from supportctl.store.postgres.columns import COLUMNS
from supportctl.store.postgres.connection import SILENCE, STATEMENT_SECONDS, connect, giving_up_after, waiting_in_c
from supportctl.store.postgres.rows import RowsRead, as_json, digest, rows_in, rows_of
from supportctl.store.postgres.script import FEW_ROWS, PREFIX, PagedSnapshot, Script, ScriptedTransaction, as_a_whole
from supportctl.store.postgres.statements import filled, filled_for_each, translated

if TYPE_CHECKING:
    from supportctl.store.full_text import FullText
    from supportctl.store.histories import Histories
    from supportctl.store.tables import Tables

T = TypeVar("T")
_PER_STATEMENT = f"set local statement_timeout = '{STATEMENT_SECONDS}s'; {PREFIX}; {FEW_ROWS}"


class PostgresDesk:
    """A connection to a shared desk (see `store.desk.Desk`), made when it is first asked something."""

    remains = False  # what is removed there is the server's matter: its files are not ours
    kept: Path | None = None
    counts = True

    def __init__(self, address: str) -> None:
        self.address = address
        self.moved: dict[str, tuple[int, int]] = {}
        self.columns: dict[str, list[str]] = dict(COLUMNS)
        self.script: Script | PagedSnapshot | None = None
        # What was read ahead for a change: the rows of each statement, and the digest by which the server knows them.
        self.seen: dict[str, tuple[list[Any], str]] = {}
        self._ahead: list[tuple[str, Any]] = []
        self._connection: Any = None
        self._full_text: FullText | None = None
        self._tables: Tables | None = None

    # Messages

    @property
    def connection(self) -> Any:
        """The connection of psycopg2. Raises psycopg2.Error."""
        if self._connection is None:
            self._connection = connect(self.address)
        return self._connection

    @property
    def cursor(self) -> Any:
        """A cursor of that connection, which holds nothing at the server."""
        return self.connection.cursor()

    def send(self, message: str, *, limit: float = SILENCE) -> Any:
        """Send one or more statements as one message, and return the cursor with what the last of them gives.

        Raises psycopg2.Error, also if there is no answer within `limit` seconds (0: wait for ever).
        """
        cursor = self.cursor
        with giving_up_after(limit):
            cursor.execute(message)
        return cursor

    def interrupt(self) -> None:
        """End what another thread waits for on this connection."""
        with suppress(psycopg2.Error):
            if self._connection is not None:
                self._connection.cancel()

    @property
    def login(self) -> str:
        """The user of the connection; if it cannot be made, the one that it would be made for."""
        try:
            return str(self.connection.info.user)
        except psycopg2.Error:
            return user_of(self.address)

    def lose(self) -> None:
        """Forget a connection that is lost."""
        with suppress(psycopg2.Error):
            if self._connection is not None:
                self._connection.close()
        self._connection = None

    # Statements

    @property
    def in_transaction(self) -> bool:
        return self.script is not None

    @property
    def full_text(self) -> "FullText":
        if self._full_text is None:
            from supportctl.store.postgres.full_text import PostgresFullText  # late: few runs need it

            self._full_text = PostgresFullText(self)
        return self._full_text

    @property
    def tables(self) -> "Tables":
        if self._tables is None:
            from supportctl.store.postgres.tables import PostgresTables  # late: few runs look at whole tables

            self._tables = PostgresTables(self)
        return self._tables

    def histories(self) -> "Histories":
        from supportctl.store.postgres.histories import PostgresHistories  # late: only a check reads them all

        return PostgresHistories(self)

    def filled(self, statement: str, parameters: Any = ()) -> str:
        """A statement of the shared SQL as the server takes it."""
        return filled(self.cursor, statement, parameters)

    def execute(self, statement: str, parameters: Any = (), /) -> Rows:
        said = self.filled(statement, parameters)
        if self.script is not None:
            return self.script.execute(translated(statement), said)
        return rows_of(self.send(f"{_PER_STATEMENT}; {said}"))

    def executemany(self, statement: str, parameters: Iterable[Any], /) -> Rows:
        count = 0
        for some, said in filled_for_each(self.cursor, statement, parameters):
            count += some
            if self.script is not None:
                self.script.add(said)
            else:
                self.send(f"{PREFIX}; {said}")
        return RowsRead([], count)

    def copy(self, statement: str, rows: Any) -> None:
        """Carry out a COPY of a file of rows, in a transaction. Raises psycopg2.Error, also if reading it fails."""
        script = self.script
        assert isinstance(script, Script)  # noqa: S101  # rows by the thousand come in a transaction
        script.flush(PREFIX)
        with waiting_in_c():
            self.cursor.copy_expert(statement, rows)

    def ahead(self, statements: Iterable[tuple[str, Any]], /) -> Sequence[Rows]:
        """The rows of several statements that read, of one moment: one message, with what `will_read` announced."""
        asked = [self.filled(*each) for each in statements]
        noted, self._ahead = [self.filled(*each) for each in self._ahead], []
        every = list(dict.fromkeys([*asked, *noted]))
        if not every:
            return []
        one = f"select {', '.join(map(as_json, every))}"
        if isinstance(self.script, Script) and self.script.knows(asked):
            return [self.script.execute(translated("select"), said) for said in asked]
        if self.script is not None:
            row = self.script.first_row(one)
        else:
            row = self.send(f"{_PER_STATEMENT}; {one}").fetchone()
        texts = dict(zip(every, row, strict=True))
        rows = {said: rows_in(text) for said, text in texts.items()}
        if self.script is None:
            self.seen |= {said: (rows[said], digest(text)) for said, text in texts.items()}
        return [RowsRead(rows[said], len(rows[said])) for said in asked]

    def will_read(self, statements: Callable[[], Iterable[tuple[str, Any]]], /) -> None:
        """Read these with what is read next: the change that follows will ask for them."""
        self._ahead += statements()

    def expect(self, statement: str, parameters: Any, rows: Sequence[Any], refusal: Refusal, /) -> None:
        said = self.filled(statement, parameters)
        if isinstance(self.script, Script) and self.script.knows([said]):
            self.script.refuse_unless(f"coalesce(md5({as_json(said)}), '') = '{self.seen[said][1]}'", refusal)
        elif self.execute(statement, parameters).fetchall() != rows:
            raise self._refused(refusal)

    def change_one(self, statement: str, parameters: Any, refusal: Refusal, /) -> None:
        said = self.filled(statement, parameters)
        if isinstance(self.script, Script):
            self.script.change_one(said, refusal)
        elif not self.execute(statement, parameters).rowcount:
            raise self._refused(refusal)

    def _refused(self, refusal: Refusal) -> Exception:
        who = self.execute(refusal.statement, refusal.parameters).fetchone() if refusal.statement else None
        return refusal.error(who)

    # Transactions

    def transaction(self) -> AbstractContextManager[None]:
        return ScriptedTransaction(self)

    def saving(self) -> AbstractContextManager[None]:
        return ScriptedTransaction(self, known=self.seen)

    def snapshot(self) -> AbstractContextManager[None]:
        return PagedSnapshot(self)

    def as_a_whole(self, act: Callable[[], T]) -> T:
        return as_a_whole(self, act)

    @contextmanager
    def rewriting_history(self, ticket: int) -> Iterator[None]:
        """The guard of the history lets this ticket's data through (see `Desk.rewriting_history`)."""
        self.execute("set local supportctl.rewriting = :ticket", {"ticket": str(ticket)})
        yield
        self.execute("set local supportctl.rewriting = ''")

    def schedule_scrub(self, *, anywhere: bool) -> None:
        """The files of a server are its own: what is removed there goes by its vacuum and its backups' end."""

    def count_change(self) -> None:
        """Nothing is counted: what was changed, the server knows."""

    def forget_moves(self) -> None:
        self.moved.clear()

    def next_change(self) -> int:
        """The microsecond, UTC: it rises, nobody has to be asked for it, and two changes have hardly ever the same."""
        return time.time_ns() // 1000

    def row_bytes(self, columns: Iterable[str]) -> str:
        """The expression for the bytes of a row that `totals.in_bytes` makes of the same columns."""
        values = (f"coalesce(convert_to({name}::text, 'UTF8'), '\\x00'::bytea)" for name in columns)
        return " || '\\x1f'::bytea || ".join(values)

    def close(self) -> None:
        self.lose()


def _is_a_desk(db: PostgresDesk) -> Desk:
    """Checked by mypy: this is a `store.desk.Desk`."""
    return db
