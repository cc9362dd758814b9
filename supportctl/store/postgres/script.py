"""The transaction of a shared desk: a script that is written here and carried out there, under one lock.

As on SQLite one change is made at a time: a script begins by taking the desk's lock, which it holds until it ends at
the server, not for as long as messages travel. Statements that only write wait here until something has to be read.
If all that a change reads was read ahead, the whole script is one message: it first asks whether that is still true,
and is refused as a whole where it is not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import psycopg2

from supportctl.errors import AGAIN, Conflict, DeskUnusable, SupportctlError
from supportctl.store import totals
from supportctl.store.postgres.address import SILENT_SECONDS
from supportctl.store.postgres.connection import LONG_SECONDS, changes
from supportctl.store.postgres.errors import NOT_MADE, UNCERTAIN, is_lost, lost
from supportctl.store.postgres.rows import RowsRead, as_json, digest, rows_in, rows_of
from supportctl.store.postgres.statements import Statement

if TYPE_CHECKING:
    from supportctl.store.desk import Refusal, Rows
    from supportctl.store.postgres.desk import PostgresDesk

T = TypeVar("T")
LOCK = 0x53435431  # "SCT1": the advisory lock of writers
LOCK_SECONDS = 20  # as long as SQLite waits for it
IDLE_SECONDS = 120  # after which the server ends a transaction whose program says nothing more
PREFIX = "set local search_path = supportctl, pg_temp"
# What asks for few rows goes from table to table by their indexes, as on SQLite: where the server expects many, as of a
# condition on several columns, of a table that has just grown, or of a list in JSON, it would read whole tables, and
# compile that. Where whole tables are asked for, its own way is the best.
FEW_ROWS = "; ".join(
    f"set local {name} = off" for name in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit")
)
# A server does not look for its client while it works, or waits for a lock: it would carry out what somebody has called
# off long ago. Not every system can look, and none before PostgreSQL 14.
_LOOK = (
    "select set_config('client_connection_check_interval', '500ms', true) where version() like '%linux%'"
    " and current_setting('client_connection_check_interval', true) is not null"
)
_LOCK = f"{_LOOK}; set local lock_timeout = '{LOCK_SECONDS}s'; select pg_advisory_xact_lock({LOCK})"
REFUSED = "SCT01"  # the SQLSTATE by which `supportctl.refuse` ends a script
PAGE = 2000  # rows of the first page of a long answer
PAGE_SIZE = 2_000_000  # about so many characters has a later one, and no more than five times its rows
ASK_SECONDS = 15  # how long a server that was lost is asked what became of a script: restarting takes some
ASK_AGAIN_SECONDS = 0.5
# A script leaves its id on record. Some of them remove what is older than a day, more than was added since.
OFTEN = 64
_PRUNE = (
    "delete from commits where n <= (select max(n) from (select n from commits order by n limit 250) old)"
    " and at < now() - interval '1 day'"
)


class Script:
    """The statements of a transaction that is open, and how far they have been carried out."""

    def __init__(
        self, db: "PostgresDesk", known: "Mapping[str, tuple[list[Any], str]]", *, paged: bool = False, first: str = ""
    ) -> None:
        self._db = db
        self._known = known
        self._paged = paged
        self._first = first
        self._numbers = count(1)
        self._premises: dict[str, str] = {}
        self._renewable: dict[int, str] = {}
        self._waiting: list[str] = []
        self._refusals: list[Refusal] = []
        self._id = uuid4()
        self.begun = False
        self._explicit = False  # whether it needs a `begin` of its own even as one message

    def execute(self, statement: Statement, said: str) -> "Rows":
        """What a statement gives: at once if it was read ahead, else all that waits is carried out first."""
        if statement.reads and not self.begun and said in self._known:
            rows, self._premises[said] = self._known[said]
            return RowsRead(rows, len(rows))
        if statement.reads and self._paged:
            name = f"page_{next(self._numbers)}"
            return _Pages(self, name, self.flush(_first_page(name, said)))
        if statement.gives_rows:
            return rows_of(self.flush(said))
        self.add(said)
        return _Waiting(self, said)

    def more(self, name: str, rows: int) -> Any:
        """The next page of a long answer."""
        return self.flush(f"fetch {rows} from {name}")

    def close(self, name: str) -> None:
        """Close a cursor with the next message."""
        self.add(f"close {name}")

    def first_row(self, said: str) -> Any:
        """The first row of a statement as the server sends it, after all that waits."""
        return self.flush(said).fetchone()

    def knows(self, asked: Iterable[str]) -> bool:
        """Whether all of these were read ahead, and nothing has been carried out yet."""
        return not self.begun and all(each in self._known for each in asked)

    def add(self, said: str) -> None:
        """Let a statement wait for the next message."""
        self._waiting.append(said)

    def count_of(self, said: str) -> int:
        """How many rows the last of the waiting statements touches."""
        if self._waiting[-1:] != [said]:
            raise RuntimeError("how many rows a statement touched is asked for at once or not at all")
        touched: int = self.flush().rowcount
        return touched

    def refuse_unless(self, condition: str, refusal: "Refusal", changing: str = "") -> None:
        """Refuse the whole script where a condition is not met; what `refusal` asks for says why."""
        who = self._db.filled(refusal.statement, refusal.parameters) if refusal.statement else "select 1 where false"
        self._refusals.append(refusal)
        self._waiting.append(
            f"{changing}select case when {condition} then null else"
            f" refuse({len(self._refusals) - 1}, (select row_to_json(_w)::text from ({who}) _w limit 1)) end"
        )

    def change_one(self, said: str, refusal: "Refusal") -> None:
        """Let a statement wait that must change a row."""
        self.refuse_unless("exists (select 1 from _c)", refusal, f"with _c as ({said} returning 1) ")

    def flush(self, last: str = "", *, end: str = "") -> Any:
        """Carry out what waits, and a last statement; returns the cursor with what that gives."""
        explicit = self._explicit or not end
        parts = [*([] if self.begun else self._beginning(explicit=explicit)), *self._waiting]
        parts += [each for each in (last, end if self.begun or explicit else "") if each]
        self._waiting, self.begun = [], self.begun or explicit
        with self._explained():
            return self._db.send(";\n".join(parts), limit=LONG_SECONDS if self.begun and not end else None)

    def _beginning(self, *, explicit: bool) -> Iterator[str]:
        """What a script begins with; without an explicit `begin` the message itself is the transaction."""
        if explicit:
            yield f"begin; set local idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
        if self._first:
            yield self._first
        yield PREFIX
        if not self._paged:
            yield FEW_ROWS
        yield _LOCK
        yield f"insert into commits (id) values ('{self._id}')"
        if self._id.int % OFTEN == 0:
            yield _PRUNE
        renewable = [said for said in self._premises if said in self._db.renewable]
        for said, was in self._premises.items():
            if said not in renewable:
                yield f"select case when {_is(said, was)} then null else refuse(-1, null) end"
        for number, said in enumerate(renewable):
            self._renewable[-2 - number] = said
            now = f"refuse({-2 - number}, {as_json(said)})"
            yield f"select case when {_is(said, self._premises[said])} then null else {now} end"

    def catch_up(self) -> None:
        """Carry out what waits, so that what is no statement can follow."""
        if self._waiting or not self.begun:
            self.flush()

    def commit(self) -> None:
        """Carry out what waits, and end the transaction. Raises Conflict, DeskUnusable, psycopg2.Error."""
        if not self.begun and not self._waiting:
            return
        try:
            self.flush(end="commit")
        except psycopg2.Error as error:
            if not is_lost(error):
                raise
            self._ask(error)
        changes.made += 1

    def _ask(self, error: psycopg2.Error) -> None:
        """Ask what became of this script, whose answer was lost, for as long as a server takes to start again.

        Raises DeskUnusable if it was not carried out, or if nobody says.
        """
        until = monotonic() + ASK_SECONDS
        while True:
            self._db.lose()
            try:
                if self._is_on_record():
                    return
                raise DeskUnusable(lost(self._db.address), NOT_MADE) from error
            except psycopg2.Error as again:
                if not is_lost(again) or monotonic() > until:
                    raise DeskUnusable(lost(self._db.address), UNCERTAIN) from error
            sleep(ASK_AGAIN_SECONDS)

    def _is_on_record(self) -> bool:
        """Whether this script took effect; if not, it never will: should it arrive late, its id is taken."""
        take = f"insert into commits (id) values ('{self._id}') on conflict do nothing returning n"
        return self._db.send(f"{PREFIX}; {_LOCK}; {take}", limit=LOCK_SECONDS + SILENT_SECONDS).fetchone() is None

    def roll_back(self) -> None:
        """Undo what was carried out."""
        self._waiting.clear()
        if self.begun:
            self._db.end_transaction()

    def _explained(self) -> AbstractContextManager[None]:
        return _RefusalExplained(self._refusals, self._known, self._renewable)

    # Parts that are undone alone

    def savepoint(self, name: str) -> None:
        self._explicit = True  # a message alone is no block that has savepoints
        self._waiting.append(f"savepoint {name}")

    def release(self, name: str) -> None:
        self._waiting.append(f"release {name}")

    def back_to(self, name: str) -> None:
        self._waiting.append(f"rollback to {name}; release {name}")


def _is(said: str, digest: str) -> str:
    """The condition that a statement gives the rows of this digest."""
    return f"coalesce(md5({as_json(said)}), '') = '{digest}'"


def changed_meanwhile() -> Conflict:
    """Somebody else was first with something that nobody needs to know of."""
    return Conflict("The desk was changed meanwhile; your change was not made.", AGAIN)


class Renewed(Exception):
    """A script was refused, but what is not true any more is known anew: `seen` is all that was read."""

    def __init__(self, seen: "Mapping[str, tuple[list[Any], str]]") -> None:
        super().__init__()
        self.seen = seen


class _RefusalExplained(AbstractContextManager[None]):
    """Turns the refusal of a script into the error that its part stands for."""

    def __init__(
        self,
        refusals: "Sequence[Refusal]",
        known: "Mapping[str, tuple[list[Any], str]]",
        renewable: Mapping[int, str],
    ) -> None:
        self._refusals, self._known, self._renewable = refusals, known, renewable

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if not isinstance(error, psycopg2.Error) or error.pgcode != REFUSED:
            return
        number = int(error.diag.message_primary or -1)
        if said := self._renewable.get(number):
            now = error.diag.message_detail or None
            raise Renewed({**self._known, said: (rows_in(now), digest(now))}) from error
        if number < 0:
            raise changed_meanwhile() from error
        row = next(iter(rows_in(f"[{error.diag.message_detail}]" if error.diag.message_detail else None)), None)
        raise self._refusals[number].error(row) from error


class _Waiting:
    """What a statement gives that has not been carried out: only how many rows it touched can be asked."""

    description = None

    def __init__(self, script: Script, said: str) -> None:
        self._script = script
        self._said = said

    @property
    def rowcount(self) -> int:
        return self._script.count_of(self._said)

    def fetchone(self) -> Any:
        return None

    def fetchall(self) -> list[Any]:
        return []

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __next__(self) -> Any:
        raise StopIteration


class ScriptedTransaction(AbstractContextManager[None]):
    """All or nothing (see `Desk.transaction`); inside another transaction it is part of that.

    Long answers come page by page if it is `paged`: they may be larger than the memory of whoever asks. What is `first`
    goes before everything else: it makes the desk.
    """

    def __init__(
        self,
        db: "PostgresDesk",
        known: "Mapping[str, tuple[list[Any], str]] | None" = None,
        *,
        paged: bool = False,
        first: str = "",
    ) -> None:
        self._db = db
        self._known = known or {}
        self._paged = paged
        self._first = first

    def __enter__(self) -> None:
        self._inner = self._db.in_transaction
        if not self._inner:
            self._db.script = Script(self._db, self._known, paged=self._paged, first=self._first)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._inner:
            return
        script = self._db.script
        assert isinstance(script, Script)  # noqa: S101  # set on the way in
        try:
            if kind is None:
                if self._db.moved:
                    totals.keep(self._db)
                script.commit()
        except BaseException:
            kind = BaseException
            raise
        finally:
            if kind is not None:
                script.roll_back()
            self._db.script = None
            self._db.seen = {}
            self._db.forget_moves()


def as_a_whole(db: "PostgresDesk", act: Callable[[], T]) -> T:
    """A part of a transaction, and its result: if it is refused, all of it is undone, and nothing before it."""
    script = db.script
    assert isinstance(script, Script)  # noqa: S101  # a part is of a transaction
    moved, name = dict(db.moved), "part"
    script.savepoint(name)
    try:
        done = act()
    except SupportctlError:
        script.back_to(name)
        db.moved = moved
        raise
    script.release(name)
    return done


class PagedSnapshot(AbstractContextManager[None]):
    """Several reads of the same moment, whatever others write meanwhile; long answers come page by page.

    With `few` it is to ask for few rows only.
    """

    def __init__(self, db: "PostgresDesk", *, few: bool = False) -> None:
        self._db = db
        self._planned = [FEW_ROWS] if few else []
        self._numbers = count(1)
        self._waiting: list[str] = []

    def __enter__(self) -> None:
        self._begun = False
        self._db.script = self

    def __exit__(self, *_: object) -> None:
        self._db.script = None
        if self._begun:
            self._db.end_transaction()

    def execute(self, statement: Statement, said: str) -> "Rows":
        """What a statement gives, read as it is needed."""
        if not statement.gives_rows:
            self.add(said)
            return RowsRead([])
        if not statement.reads:
            return rows_of(self._send(said))
        name = f"page_{next(self._numbers)}"
        return _Pages(self, name, self._send(_first_page(name, said)))

    def first_row(self, said: str) -> Any:
        """The first row of a statement as the server sends it."""
        return self._send(said).fetchone()

    def add(self, said: str) -> None:
        """Carry out a statement that gives nothing, a setting of this transaction alone, with the next message."""
        self._waiting.append(said)

    def more(self, name: str, rows: int) -> Any:
        return self._send(f"fetch {rows} from {name}")

    def close(self, name: str) -> None:
        """Close a cursor with the next message."""
        self.add(f"close {name}")

    def _send(self, said: str) -> Any:
        beginning = [] if self._begun else ["begin isolation level repeatable read", PREFIX, _LOOK, *self._planned]
        self._begun = True
        waiting, self._waiting = self._waiting, []
        return self._db.send(";\n".join([*beginning, *waiting, said]), limit=LONG_SECONDS)


def _first_page(name: str, said: str) -> str:
    return f"declare {name} no scroll cursor for {said};\nfetch {PAGE} from {name}"


def _rows_of_a_page(before: Sequence[Any]) -> int:
    """How many rows the next page has: short ones many, as each page is a trip, and long ones no more than fit."""
    size = sum(len(value) if isinstance(value, str | bytes) else 8 for row in before[-100:] for value in row)
    return min(max(len(before[-100:]) * PAGE_SIZE // max(size, 1), 100), 5 * PAGE)


class _Pages(RowsRead):
    """The rows of a long answer, a page at a time."""

    def __init__(self, snapshot: PagedSnapshot | Script, name: str, first: Any) -> None:
        self._snapshot = snapshot
        self._name = name
        self._asked = PAGE
        super().__init__(self._every(self._page(first)), description=first.description)

    def _page(self, cursor: Any) -> list[Any]:
        """The rows of a page; at the last one, even if they are never read, the server may forget the answer."""
        page = rows_of(cursor).fetchall()
        if len(page) < self._asked:
            self._snapshot.close(self._name)
        return page

    def _every(self, page: list[Any]) -> Iterator[Any]:
        yield from page
        while len(page) == self._asked:
            self._asked = _rows_of_a_page(page)
            page.clear()  # or two pages would be held at a time
            page = self._page(self._snapshot.more(self._name, self._asked))
            yield from page
