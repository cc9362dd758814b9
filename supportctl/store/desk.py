"""A desk as the program knows it: statements in, rows out, whatever engine keeps it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from supportctl.errors import Conflict

Parameters = Mapping[str, Any] | Sequence[Any]
T = TypeVar("T")
# How often a change is decided before somebody else's is said to be in its way. Of many who change one ticket at once
# somebody is always done, and the others decide again.
TRIES, PAUSE = 12, 0.02  # seconds
T_co = TypeVar("T_co", covariant=True)


class Rows(Protocol):
    """What a statement gives: its rows, once, in order."""

    @property
    def rowcount(self) -> int: ...
    @property
    def description(self) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __next__(self) -> Any: ...


class Desk(Protocol):
    """An open desk. Statements are portable SQL with `:name` parameters; instants are UTC epoch seconds.

    `remains` says whether what was removed for good still lies in the desk's files, `kept` where an upgrade left its
    copy of the older desk, `counts` whether a change here is one on record. The rest is what `totals` noted in the
    transaction at hand.
    """

    remains: bool
    kept: Path | None
    counts: bool
    moved: dict[str, tuple[int, int]]
    counters_before: tuple[int, int] | None
    columns: dict[str, list[str]]

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, statement: str, parameters: Any = ..., /) -> Rows: ...
    def executemany(self, statement: str, parameters: Iterable[Any], /) -> Rows: ...
    def ahead(self, statements: Iterable[tuple[str, Any]], /) -> Sequence[Rows]:
        """The rows of several statements that read, of one moment: on a shared desk one trip."""

    def forget_moves(self) -> None: ...
    def close(self) -> None: ...


class Query(NamedTuple, Generic[T_co]):
    """A statement that reads, and what its rows are turned into.

    A decision may rest on the answer (see `store.change`): then either nothing in the `tables`, small and seldom
    changed, may have changed when it is carried out, or `what` the answer is about, whose rows must be the same.
    """

    statement: str
    parameters: Mapping[str, Any]
    answer: Callable[[Iterable[Any]], T_co]
    tables: tuple[str, ...] = ()
    what: str = ""


def first_value(rows: Iterable[Any]) -> Any:
    """The one value of the first row, None where there is none: for questions that ask for no more."""
    return next((row[0] for row in rows), None)


class Reader(Protocol):
    """Who answers questions: the desk as it stands, or the grounds of a decision, as they were read."""

    def ahead(self, *questions: Query[Any]) -> None: ...
    def of(self, question: Query[T], /) -> T: ...


class DirectReader:
    """Answers straight from the desk: for work that holds it, or only looks."""

    def __init__(self, db: Desk) -> None:
        self._db = db

    def ahead(self, *questions: Query[Any]) -> None:
        """Nothing is kept: each answer is of the moment at which it is asked for."""

    def of(self, question: Query[T], /) -> T:
        return question.answer(self._db.execute(question.statement, question.parameters).fetchall())


class BatchReader:
    """Answers to questions that are read together, each once: a desk on a server is asked as seldom as can be."""

    def __init__(self, db: Desk) -> None:
        self._db = db
        self._answers: dict[tuple[Any, ...], Any] = {}

    def ahead(self, *questions: Query[Any]) -> None:
        """Read what was not read yet, all at once and of one moment."""
        new = list({_key(each): each for each in questions if _key(each) not in self._answers}.values())
        if new:
            for each, rows in zip(new, self._read(new), strict=True):
                self._answers[_key(each)] = each.answer(rows)

    def of(self, question: Query[T], /) -> T:
        """The answer to a question, as it was read."""
        self.ahead(question)
        answer: T = self._answers[_key(question)]
        return answer

    def _read(self, questions: Sequence[Query[Any]]) -> list[list[Any]]:
        return fetch_all(self._db, [(each.statement, each.parameters) for each in questions])


def fetch_all(db: Desk, statements: Iterable[tuple[str, Any]]) -> list[list[Any]]:
    """All rows of several statements, of one moment: nothing is left to be read, and so no snapshot is kept."""
    return [rows.fetchall() for rows in db.ahead(statements)]


def query_together(db: Desk, *questions: Query[Any]) -> list[Any]:
    """The answers to several questions that are asked at once, of one moment; long ones are read as they are needed."""
    asked = db.ahead([(each.statement, each.parameters) for each in questions])
    return [each.answer(rows) for each, rows in zip(questions, asked, strict=True)]


def _key(question: Query[Any]) -> tuple[Any, ...]:
    return question.statement, *question.parameters.items()


def retry_on_conflict(operation: Callable[[], T]) -> T:
    """What a deed gives that loads, decides and carries out: where somebody else was faster it is done again.

    Raises Conflict when that does not help, and what the deed raises.
    """
    for tries in range(1, TRIES):
        try:
            return operation()
        except Conflict:
            _pause(tries)
    return operation()


def _pause(tries: int) -> None:
    """Wait a little, so that not all who met each other decide again at once."""
    from random import random  # late: most changes meet no other

    time.sleep(random() * PAUSE * tries)  # noqa: S311  # no secret
