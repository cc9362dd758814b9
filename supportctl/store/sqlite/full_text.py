"""The full text of a desk in SQLite: FTS5 (see `store.full_text.FullText`)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from supportctl.store import full_text
from supportctl.store.desk import Desk, Query, Reader
from supportctl.store.full_text import Document, Found, Index, Match, Rewording
from supportctl.store.sqlite import search

_INDEXES = {full_text.TICKETS: search.TICKETS, full_text.BUGS: search.BUGS}


class SqliteFullText:
    """The index reads the texts itself, so that it is never told what they say."""

    def __init__(self, db: Desk) -> None:
        self._db = db

    def add_tickets(self, new: Sequence[Document], /) -> None:
        search.add_tickets(self._db, new[0].number, new[-1].number)

    def add_bug(self, new: Document, /) -> None:
        search.add_bug(self._db, new.number)

    def reindexing(
        self, index: Index, number: int, _change: Rewording | None = None, /
    ) -> AbstractContextManager[None]:
        return search.reindexing(self._db, number, _INDEXES[index])

    def is_current(self) -> bool:
        return search.is_current(self._db)

    def rebuild(self) -> None:
        search.rebuild(self._db)

    def find_tickets(
        self, terms: Sequence[str], filters: Mapping[str, Sequence[str]], at: int, limit: int, /
    ) -> list[Found]:
        from supportctl.store.sqlite import find  # late: changes write words and look for none

        return find.find_tickets(self._db, terms, filters, at, limit)

    def find_bugs(self, terms: Sequence[str], at: int, /) -> Iterator[Found]:
        from supportctl.store.sqlite import find  # late: changes write words and look for none

        return find.find_bugs(self._db, terms, at)

    def find(
        self, terms: Sequence[str], filters: Mapping[str, Sequence[str]], at: int, limit: int, /
    ) -> tuple[list[Found], Iterator[Found]]:
        return self.find_tickets(terms, filters, at, limit), self.find_bugs(terms, at)

    def texts_of(self, _hits: Sequence[tuple[Index, int]], /) -> Sequence[Query[Any]]:
        return ()  # FTS5 reads and marks each when it is shown

    def matches(self, hits: Sequence[tuple[Index, int]], terms: Sequence[str], _read: Reader, /) -> Iterator[Match]:
        from supportctl.store.sqlite import find  # late: changes write words and look for none

        return (find.match_of(self._db, _INDEXES[index], number, terms) for index, number in hits)

    def like(
        self, of_bugs: Sequence[str], of_tickets: Sequence[str], limit: int, /
    ) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        return self.like_bugs(of_bugs, limit), self.like_tickets(of_tickets, limit)

    def like_bugs(self, words: Sequence[str], limit: int, /) -> list[tuple[int, str]]:
        return search.like_bugs(self._db, words, limit)

    def like_tickets(self, words: Sequence[str], limit: int, /) -> list[tuple[int, str]]:
        return search.like_tickets(self._db, words, limit)
