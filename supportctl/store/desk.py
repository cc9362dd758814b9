"""A desk as the program knows it: statements in, rows out, whatever engine keeps it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from supportctl.errors import Conflict

if TYPE_CHECKING:
    from supportctl.store.full_text import FullText
    from supportctl.store.histories import Histories
    from supportctl.store.tables import Tables

SCHEMA_VERSION = 15  # the number of migrations that made the schema of this program
LARGEST = 1 << 63  # a person may type a number that no desk can hold: from here on
T = TypeVar("T")
# How often a change is tried before a conflict is reported. Of many who change one ticket at once somebody always
# succeeds, and the others try again.
TRIES, PAUSE = 12, 0.02  # seconds
T_co = TypeVar("T_co", covariant=True)


class Rows(Protocol):
    """The rows of a statement, in order; they can be read once."""

    @property
    def rowcount(self) -> int: ...
    @property
    def description(self) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __next__(self) -> Any: ...


class Refusal(NamedTuple):
    """Why a change is refused: a statement (or none) whose first row says it, and the error that is made of that row.

    The row is None where there is none.
    """

    error: Callable[[Any], Exception]
    statement: str = ""
    parameters: Any = ()


class Desk(Protocol):
    """An open desk. Statements are portable SQL with `:name` parameters; instants are UTC epoch seconds.

    `remains` says whether removed text is still in the desk's files, `kept` where an upgrade left its copy of the
    older desk, `counts` whether changes here are recorded. The rest is what `totals` noted in the current transaction.
    """

    remains: bool
    kept: Path | None
    counts: bool
    moved: dict[str, tuple[int, int]]
    columns: dict[str, list[str]]

    @property
    def in_transaction(self) -> bool: ...
    @property
    def login(self) -> str | None:
        """Who works here by the server's account; None where that is an account of the machine."""

    @property
    def full_text(self) -> "FullText": ...
    @property
    def tables(self) -> "Tables":
        """The desk as tables, whatever is in them: for exports, checks and totals."""

    def execute(self, statement: str, parameters: Any = ..., /) -> Rows: ...
    def executemany(self, statement: str, parameters: Iterable[Any], /) -> Rows: ...
    def ahead(self, statements: Iterable[tuple[str, Any]], /) -> Sequence[Rows]:
        """The rows of several statements that read, of one moment: on a shared desk one trip."""

    def ahead_about(self, statements: Iterable[tuple[str, Any]], about: "Sequence[About]", /) -> list[list[Any]]:
        """The rows of several statements, and of those about what others find, all of one moment and in one trip too.

        After those of `statements` come for each part of `about` the rows by which it is found, and those about it.
        """

    def will_read(self, statements: Callable[[], Iterable[tuple[str, Any]]], /, *, renewable: bool = False) -> None:
        """Announce what the change that follows will read: a shared desk reads it in the trip of the next `ahead`.

        If another change is first, that is a conflict; but no decision rests on what is `renewable`, such as the next
        number of a ticket: then the change is saved by what is true now.
        """

    def expect(self, statement: str, parameters: Any, rows: Sequence[Any], refusal: Refusal, /) -> None:
        """Refuse the transaction unless a statement gives these rows now. It may be refused only at its end."""

    def change_one(self, statement: str, parameters: Any, refusal: Refusal, /) -> None:
        """Execute a statement that changes a row; without one the transaction is refused, perhaps only at its end."""

    def next_change(self) -> int:
        """The number of the change that is being made: above those of all changes before it."""

    def row_bytes(self, columns: Iterable[str], /) -> str:
        """The expression by which the engine returns some columns of a row in the bytes of `totals.in_bytes`."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing. It takes the write lock at once: a read that turns into a write would fail under concurrency.

        Inside another transaction it is part of that.
        """

    def save(self, act: Callable[[], T]) -> T:
        """The result of `act`, in a transaction that may take what was read ahead as true.

        If it is not, all of it is refused with Conflict; if only what is renewable is not, `act` runs again.
        """

    def snapshot(self) -> AbstractContextManager[None]:
        """Several reads of the same moment, whatever others write meanwhile."""

    def as_a_whole(self, act: Callable[[], T]) -> T:
        """A part of a transaction, and its result: if it is refused, all of it is undone, and nothing before it."""

    def rewriting_history(self, ticket: int) -> AbstractContextManager[None]:
        """For the block, inside a transaction, let the data of a ticket's history change: to erase a person from it."""

    def schedule_scrub(self, *, anywhere: bool) -> None:
        """Note, inside a transaction, that it removes something for good, so that its bytes leave the desk's files.

        `anywhere` means that copies of it may be in any table, and in the full text.
        """

    def greet(self) -> None:
        """Know whether the desk is one for this program, and the time of its server, before anything is asked.

        Otherwise the first answer says so. Raises DeskUnusable; ClockDiffers as `true_time.learn`.
        """

    def histories(self) -> "Histories":
        """What a check reads of all tickets with their histories, inside a snapshot."""

    def count_change(self) -> None: ...
    def forget_moves(self) -> None: ...
    def close(self) -> None: ...


class Query(NamedTuple, Generic[T_co]):
    """A statement that reads, and a function that makes the answer of its rows.

    A decision may rest on the answer (see `store.change`). Before it is saved, either the `tables`, which are small and
    seldom change, must be unchanged as a whole, or the rows of the answer itself; `what` names those in a conflict.
    """

    statement: str
    parameters: Mapping[str, Any]
    answer: Callable[[Iterable[Any]], T_co]
    tables: tuple[str, ...] = ()
    what: str = ""


class About(NamedTuple):
    """Questions about a value that the desk has to find first, as the case of the first ticket of the queue.

    `asks` gives the questions about a value, which the first row of `found` begins with, and `announces` what a change
    will read about it (see `Desk.will_read`). `stand_in` is a value of that kind that is on no desk.
    """

    found: Query[Any]
    asks: Callable[[Any], Sequence[Query[Any]]]
    stand_in: Any
    announces: Callable[[Any], Sequence[tuple[str, Any]]] = lambda _: ()


NO_NUMBER = -(1 << 40)  # stands in for the number of a ticket
NO_ADDRESS = "stand-in@address.invalid"  # stands in for an address, folded


def among(values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """`in (…)` with some values for a statement, and the parameters that it names: at most AT_ONCE.

    Many texts are one parameter, so that the statement is the same for the next ones: an engine prepares it once. One
    with a NUL, as an id may have, would be cut there.
    """
    if len(values) > FEW and isinstance(values[0], str) and not any("\0" in value for value in values):
        import json  # late: a look-up of one asks for one

        return "in (select value from json_each(:these))", {"these": json.dumps(values)}
    named = {f"v{n}": value for n, value in enumerate(values)}
    return f"in (:{', :'.join(named)})", named


NUMBERS = 10_000  # in a statement: it may be a million characters long


def in_numbers(numbers: Iterable[int]) -> str:
    """`in (…)` with some numbers, at most NUMBERS: in the statement itself, as parameters would be too many."""
    return f"in ({', '.join(map(str, numbers))})"


def grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    """The second values of each first, in order."""
    found: dict[str, list[T]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


AT_ONCE = 500  # values of a statement; older SQLites take 999
FEW = 8  # texts that are so many parameters
PARTS = 4  # such statements that are asked for together


def rows_among(db: Desk, statement: str, values: Sequence[Any], **others: Any) -> Iterator[Any]:
    """The rows of a statement for many values, a part of them at a time: it has `{}` for `in (…)` with these.

    `others` are its other parameters.
    """
    for at in range(0, len(values), AT_ONCE * PARTS):
        some = range(at, min(at + AT_ONCE * PARTS, len(values)), AT_ONCE)
        for rows in db.ahead(_with_some(statement, values[n : n + AT_ONCE], others) for n in some):
            yield from rows


def _with_some(statement: str, some: Sequence[Any], others: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    these, values = among(some)
    return statement.format(these), {**values, **others}


FIRST_PAGE, LATER_PAGE = 100, 2000  # rows of the first page of a long answer, and of each after it


def pages(db: Desk, statement: str, values: Mapping[str, Any]) -> Iterator[Any]:
    """The rows of a statement, read a page at a time, without their last column: a text that none share, their order.

    So nobody who needs the first rows waits for all. The statement names `:after`, the last of these that was read, and
    `:limit`, the rows of a page.
    """
    after, limit = "", FIRST_PAGE
    while True:
        page = db.execute(statement, {**values, "after": after, "limit": limit}).fetchall()
        yield from (row[:-1] for row in page)
        if len(page) < limit:
            return
        after, limit = page[-1][-1], LATER_PAGE


def first_value(rows: Iterable[Any]) -> Any:
    """The one value of the first row, None where there is none: for questions that ask for no more."""
    return next((row[0] for row in rows), None)


class Reader:
    """Answers queries: from the desk as it is now, or from what a decision has already read."""

    def ahead(self, *questions: Query[Any]) -> None:
        """Read the answers not read yet, in one batch."""
        raise NotImplementedError

    def of(self, question: Query[T], /) -> T:
        """The answer to a question."""
        raise NotImplementedError


class DirectReader(Reader):
    """Runs each query when it is asked: for work that holds a lock, or only reads."""

    def __init__(self, db: Desk) -> None:
        self._db = db

    def ahead(self, *questions: Query[Any]) -> None:
        """Does nothing: this reader caches no answers."""

    def of(self, question: Query[T], /) -> T:
        return question.answer(self._db.execute(question.statement, question.parameters).fetchall())


def in_parts(db: Desk, query: Callable[[Sequence[str]], Query[dict[str, T]]], values: Sequence[str]) -> dict[str, T]:
    """What a query answers for each of any number of values: asked for AT_ONCE of them at a time."""
    read, found = DirectReader(db), dict[str, T]()
    for at in range(0, len(values), AT_ONCE):
        found |= read.of(query(values[at : at + AT_ONCE]))
    return found


class BatchReader(Reader):
    """Runs queries in batches, each once: every trip to a desk on a server takes time."""

    def __init__(self, db: Desk) -> None:
        self._db = db
        self._answers: dict[tuple[Any, ...], Any] = {}

    def ahead(self, *questions: Query[Any], about: Sequence[About] = ()) -> None:
        """Read the answers not read yet, in one batch and from one snapshot; with those about what has to be found."""
        new = list({_key(each): each for each in questions if _key(each) not in self._answers}.values())
        if not (new or about):
            return
        every = iter(self._read(new, about))
        for each in new:
            self._keep(each, next(every))
        for part in about:
            found = next(every)
            self._keep(part.found, found)
            value = found[0][0] if found else None
            for each in part.asks(part.stand_in if value is None else value):
                rows = next(every)
                if value is not None:
                    self._keep(each, rows)

    def of(self, question: Query[T], /) -> T:
        """The answer to a question, as it was read."""
        self.ahead(question)
        answer: T = self._answers[_key(question)]
        return answer

    def _read(self, questions: Sequence[Query[Any]], about: Sequence[About]) -> list[list[Any]]:
        return fetch_all(self._db, [(each.statement, each.parameters) for each in questions], about)

    def _keep(self, question: Query[Any], rows: list[Any]) -> None:
        self._answers[_key(question)] = question.answer(rows)


def fetch_all(db: Desk, statements: Iterable[tuple[str, Any]], about: Sequence[About] = ()) -> list[list[Any]]:
    """All rows of several statements, from one snapshot, which is released because every row is read."""
    if about:
        return db.ahead_about(statements, about)
    return [rows.fetchall() for rows in db.ahead(statements)]


def query_together(db: Desk, *questions: Query[Any]) -> list[Any]:
    """The answers to several queries, from one snapshot; the rows of long ones are read as they are needed."""
    asked = db.ahead([(each.statement, each.parameters) for each in questions])
    return [each.answer(rows) for each, rows in zip(questions, asked, strict=True)]


def _key(question: Query[Any]) -> tuple[Any, ...]:
    return question.statement, *question.parameters.items()


def retry_on_conflict(operation: Callable[[], T], last: Callable[[], AbstractContextManager[None]] = nullcontext) -> T:
    """Run an operation that loads, decides and saves, and return its result; after a conflict it runs again.

    The `last` attempt runs inside that: holding the write lock, it is ahead of everybody else. Raises Conflict if every
    attempt meets one, and whatever the operation raises.
    """
    for tries in range(1, TRIES):
        try:
            return operation()
        except Conflict:
            _pause(tries)
    with last():
        return operation()


def _pause(tries: int) -> None:
    """Wait a little, at random: those who collided should not all try again at once."""
    from random import random  # late: few changes meet a conflict

    time.sleep(random() * PAUSE * tries)  # noqa: S311  # no secret
