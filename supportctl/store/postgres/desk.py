"""An open desk on PostgreSQL.

Every message to the server costs a trip, a fifth of a second from one continent to another. So what a command reads is
asked for together, and a transaction is a script (see `script`) that goes to the server as one message.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg2
from psycopg2 import errors

from supportctl.errors import DeskUnusable
from supportctl.store.desk import SCHEMA_VERSION, TRIES, About, Desk, Refusal, Rows
from supportctl.store.postgres.address import user_of
from supportctl.store.postgres.columns import COLUMNS
from supportctl.store.postgres.connection import SILENCE, STATEMENT_SECONDS, call_off, connect, giving_up_after
from supportctl.store.postgres.rows import RowsRead, as_json, digest, rows_in, rows_of
from supportctl.store.postgres.script import (
    FEW_ROWS,
    PREFIX,
    PagedSnapshot,
    Renewed,
    Script,
    ScriptedTransaction,
    as_a_whole,
    changed_meanwhile,
)
from supportctl.store.postgres.statements import about_what, filled, filled_for_each, translated
from supportctl.true_time import learn, true_time

if TYPE_CHECKING:
    from supportctl.store.full_text import FullText
    from supportctl.store.histories import Histories
    from supportctl.store.tables import Tables

T = TypeVar("T")
WIDEST = 1000  # columns of an answer: the server ends at 1664
_GREETING = "(select schema from desk), extract(epoch from clock_timestamp())"
_PER_STATEMENT = f"set local statement_timeout = '{STATEMENT_SECONDS}s'; {PREFIX}; {FEW_ROWS}"


class PostgresDesk:
    """A connection to a shared desk (see `store.desk.Desk`), made when it is first asked something."""

    remains = False  # what is removed there is the server's matter: its files are not ours
    kept: Path | None = None
    counts = True

    def __init__(self, address: str, *, greets: bool = False) -> None:
        """One that `greets` is refused if its schema is not this program's, and corrects the clock of the run."""
        self.address = address
        self.moved: dict[str, tuple[int, int]] = {}
        self.columns: dict[str, list[str]] = dict(COLUMNS)
        self.script: Script | PagedSnapshot | None = None
        # What was read ahead for a change: the rows of each statement, and the digest by which the server knows them.
        self.seen: dict[str, tuple[list[Any], str]] = {}
        self._ahead: list[tuple[str, Any]] = []
        self.renewable: set[str] = set()  # of these: what may be read again without deciding again
        self._connection: Any = None
        self._closed = False
        self._greets, self._met = greets, not greets  # whether this connection has told the schema and the time
        self._failure: psycopg2.Error | None = None  # why there is none, to be said to whoever needs it next
        self._full_text: FullText | None = None
        self._tables: Tables | None = None

    # Messages

    @property
    def connection(self) -> Any:
        """The connection of psycopg2. Raises psycopg2.Error."""
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._closed:
            raise psycopg2.InterfaceError("the desk is closed")
        if self._connection is None:
            self._connection = connect(self.address)
        return self._connection

    @property
    def cursor(self) -> Any:
        """A cursor of that connection, which holds nothing at the server."""
        return self.connection.cursor()

    def send(self, message: str, *, limit: float | None = None) -> Any:
        """Send one or more statements as one message, and return the cursor with what the last of them gives.

        Raises psycopg2.Error, also if there is no answer within `limit` seconds (None: SILENCE; 0: wait for ever).
        """
        with giving_up_after(SILENCE if limit is None else limit):
            cursor = self.cursor
            try:
                cursor.execute(message)
            except psycopg2.Error:
                if self.script is None and self._connection.closed:
                    self.lose()  # what is asked next is asked on another one
                raise
        return cursor

    def interrupt(self) -> None:
        """End what another thread waits for on this connection."""
        if self._connection is not None:
            call_off(self._connection)

    @property
    def login(self) -> str:
        """The user of the connection; if it cannot be made, the one that it would be made for."""
        try:
            return str(self.connection.info.user)
        except psycopg2.Error as error:
            self._failure = error
            return user_of(self.address)

    def greet(self) -> None:
        """Ask for the schema and the time alone, unless an answer has said them (see `store.desk.Desk`)."""
        if not self._met and self.script is None:
            self._first(f"select {_GREETING}")

    def _first(self, question: str) -> list[Any]:
        """The row of the first question that a connection asks, without what the greeting in it gives.

        Raises DeskUnusable for a desk of another schema, also where the question does not fit it.
        """
        _ = self.cursor  # connecting takes longer than any answer
        asked = true_time()
        try:
            row: list[Any]
            *row, schema, now = self.send(f"{_PER_STATEMENT}; {question}").fetchone()
        except (errors.UndefinedColumn, errors.UndefinedTable, errors.UndefinedFunction):
            self._refuse_schema(self.send(f"{PREFIX}; select schema from desk").fetchone()[0])
            raise
        self._refuse_schema(schema)
        self._met = True
        learn(now, asked, true_time())
        return row

    def _refuse_schema(self, schema: int) -> None:
        if schema > SCHEMA_VERSION:
            raise DeskUnusable(
                f"The desk at {self.address} is newer than this program.", "Upgrade supportctl; nothing was changed."
            )
        if schema < SCHEMA_VERSION:
            raise DeskUnusable(
                f"The desk at {self.address} is older than this program.", "Upgrade it with `supportctl db migrate`."
            )

    def lose(self) -> None:
        """Forget a connection that is lost."""
        self._met = not self._greets
        with suppress(psycopg2.Error):
            if self._connection is not None:
                self._connection.close()
        self._connection = None

    def end_transaction(self) -> None:
        """Roll back the server's transaction; where the connection is lost, the server does so by itself."""
        if self._connection is not None and not self._connection.closed:
            with suppress(psycopg2.Error):
                self.send("rollback")
                return
        self.lose()

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
        if not self._met and translated(statement).reads and "bytea" not in said:  # JSON has no bytes
            return self.ahead([(statement, parameters)])[0]
        self.greet()
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

    def copy(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out a COPY of rows, in a transaction. Raises psycopg2.Error, and what the rows raise."""
        script = self.script
        assert isinstance(script, Script)  # noqa: S101  # rows by the thousand come in a transaction
        script.catch_up()
        from supportctl.store.postgres.copying import copy  # late: few runs load rows by the thousand

        copy(self.connection, statement, rows)

    def ahead(self, statements: Iterable[tuple[str, Any]], /) -> Sequence[Rows]:
        """The rows of several statements that read, of one moment: one message, with what `will_read` announced."""
        asked = [self.filled(*each) for each in statements]
        noted, self._ahead = [self.filled(*each) for each in self._ahead], []
        every = list(dict.fromkeys([*asked, *noted]))
        if not every:
            return []
        wide, answers = len(every) > WIDEST, ", ".join(map(as_json, every))
        one = f"select array[{answers}]" if wide else f"select {answers}"
        if isinstance(self.script, Script) and self.script.knows(asked):
            return [self.script.execute(translated("select"), said) for said in asked]
        if self.script is not None:
            row = self.script.first_row(one)
        elif self._met:
            row = self.send(f"{_PER_STATEMENT}; {one}").fetchone()
        else:
            row = self._first(f"{one}, {_GREETING}")
        texts = dict(zip(every, row[0] if wide else row, strict=True))
        rows = {said: rows_in(text) for said, text in texts.items()}
        if self.script is None:
            self.seen |= {said: (rows[said], digest(text)) for said, text in texts.items()}
        return [RowsRead(rows[said], len(rows[said])) for said in asked]

    def ahead_about(self, statements: Iterable[tuple[str, Any]], about: Sequence[About], /) -> list[list[Any]]:
        """The rows of several statements, and of those about what others find, in one message.

        What finds a value stands in its place, as a subselect; the answers count for the value itself too.
        """
        asked, pairs = list(statements), []
        for part in about:
            found = part.found.statement, part.found.parameters
            questions = [(each.statement, each.parameters) for each in part.asks(part.stand_in)]
            announced = part.announces(part.stand_in)
            pairs.append((part, [about_what(each, part.stand_in, found) for each in [*questions, *announced]]))
            asked += [found, *pairs[-1][1][: len(questions)]]
            self._ahead += pairs[-1][1][len(questions) :]
        rows = [each.fetchall() for each in self.ahead(asked)]
        for part, stood in pairs:
            value = next((row[0] for row in rows[asked.index((part.found.statement, part.found.parameters))]), None)
            if value is not None:
                actual = [*((each.statement, each.parameters) for each in part.asks(value)), *part.announces(value)]
                self._seen_too(zip(stood, actual, strict=True))
        return rows

    def _seen_too(self, pairs: Iterable[tuple[tuple[str, Any], tuple[str, Any]]]) -> None:
        """Take what was read ahead by the first of each pair as what the second gives, which asks the same."""
        for stood, actual in pairs:
            if (seen := self.seen.get(self.filled(*stood))) is not None:
                self.seen[self.filled(*actual)] = seen

    def will_read(self, statements: Callable[[], Iterable[tuple[str, Any]]], /, *, renewable: bool = False) -> None:
        """Read these with what is read next: the change that follows will ask for them."""
        announced = list(statements())
        self._ahead += announced
        if renewable:
            self.renewable |= {self.filled(*each) for each in announced}

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
        self.greet()  # nothing may be decided under its lock by a wrong clock
        return ScriptedTransaction(self)

    def save(self, act: Callable[[], T]) -> T:
        self.greet()
        for _ in range(TRIES):
            try:
                with ScriptedTransaction(self, known=self.seen):
                    return act()
            except Renewed as renewed:
                self.seen = {**renewed.seen}
        raise changed_meanwhile()

    def snapshot(self) -> AbstractContextManager[None]:
        self.greet()
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
        return int(true_time() * 1_000_000)

    def row_bytes(self, columns: Iterable[str]) -> str:
        """The expression for the bytes of a row that `totals.in_bytes` makes of the same columns."""
        values = (f"coalesce(convert_to({name}::text, 'UTF8'), '\\x00'::bytea)" for name in columns)
        return " || '\\x1f'::bytea || ".join(values)

    def close(self) -> None:
        self.lose()
        self._closed = True


def _is_a_desk(db: PostgresDesk) -> Desk:
    """Checked by mypy: this is a `store.desk.Desk`."""
    return db
