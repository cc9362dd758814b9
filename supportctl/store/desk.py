"""A desk as the program knows it: statements in, rows out, whatever engine keeps it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

Parameters = Mapping[str, Any] | Sequence[Any]


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
    def forget_moves(self) -> None: ...
    def close(self) -> None: ...
