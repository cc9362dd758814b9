"""What FTS5 makes of texts that are in no index of this file: their words, and marks around matches.

SQLite is part of every Python, so that other engines take from here what must be the same everywhere.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import NamedTuple

from supportctl.store.full_text import CLOSE, OPEN

TOKENS = "porter unicode61 remove_diacritics 2"  # how texts become words: as in `search.SCHEMA`, which is published
# Characters of a text in which matches are marked at once; in a longer one a piece is searched for.
LONG, PIECE = 20_000, 4000


# FTS5 ends a word at its 32,768th byte, also within a character, which then is none.
_WHOLE = "case when length(cast(term as blob)) < 32765 then term else substr(term, 1, 8191) end"


class Word(NamedTuple):
    """A word of a document: its place in `documents`, 0 for its heading or 1 for its text, and where it is there."""

    document: int
    part: int
    word: str
    times: int
    places: str


@contextmanager
def places_of(documents: Iterable[tuple[str, str]]) -> Iterator[sqlite3.Connection]:
    """What to ask for the words of some documents, headings with texts: its table `places` has each word at each place.

    The columns are `term`; `doc`, the place in `documents`; `col`, heading or body; and `offset`, the place there.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as aside:
        aside.execute(f"create virtual table words using fts5 (heading, body, content = '', tokenize = '{TOKENS}')")
        aside.execute("create virtual table places using fts5vocab (words, instance)")
        aside.execute("begin")
        aside.executemany("insert into words (rowid, heading, body) values (?, ?, ?)", _numbered(documents))
        yield aside


def words_of(
    documents: Iterable[tuple[str, str]], first: tuple[int, int] = (0, 0), last: int = 1 << 31
) -> Iterator[Word]:
    """The different words of each part of some documents, which are headings with texts, each with its places.

    Those are "0,4,17", counted from `first` in each part; what is beyond `last` counts as there.
    """
    with places_of(documents) as aside:
        rows = aside.execute(
            f"select doc, col = 'body', {_WHOLE}, count(*),"
            " group_concat(min(offset + case col when 'body' then :body else :heading end, :last))"
            " from places group by doc, col, term",
            {"heading": first[0], "body": first[1], "last": last},
        )
        yield from map(Word._make, rows)


def _numbered(documents: Iterable[tuple[str, str]]) -> Iterator[tuple[int, str, str]]:
    return ((n, *document) for n, document in enumerate(documents))


def phrases(texts: Sequence[str]) -> list[list[str]]:
    """The words of each text in order, as a search for it as a phrase takes them."""
    found: list[list[tuple[int, str]]] = [[] for _ in texts]
    for each in words_of(("", text) for text in texts):
        found[each.document] += [(int(place), each.word) for place in each.places.split(",")]
    return [[word for _, word in sorted(words)] for words in found]


def marked(documents: Sequence[tuple[str, str]], query: str) -> list[tuple[str, str]]:
    """Headings and texts, none of them LONG, with OPEN and CLOSE around the matches of an FTS5 query.

    As FTS5 gives them: they end at a NUL, if there is one.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as aside:
        aside.execute(f"create virtual table documents using fts5 (heading, body, tokenize = '{TOKENS}')")
        aside.execute("begin")
        aside.executemany("insert into documents (rowid, heading, body) values (?, ?, ?)", _numbered(documents))
        rows = aside.execute(
            "select rowid, highlight(documents, 0, :open, :close), highlight(documents, 1, :open, :close)"
            " from documents where documents match :query",
            {"open": OPEN, "close": CLOSE, "query": query},
        )
        found = {number: (heading, body) for number, heading, body in rows}
    return [found.get(n) or _until_nul(*document) for n, document in enumerate(documents)]


def _until_nul(heading: str, body: str) -> tuple[str, str]:
    return heading.partition("\0")[0], body.partition("\0")[0]


def piece_of(text: str, terms: Sequence[str]) -> str:
    """The piece of a text that matches the terms best, marked; its beginning if none does."""
    with closing(sqlite3.connect(":memory:")) as aside:
        aside.execute(f"create virtual table pieces using fts5 (piece, tokenize = '{TOKENS}')")
        pieces = ((text[at : at + PIECE],) for at in range(0, len(text), PIECE))
        aside.executemany("insert into pieces values (?)", pieces)
        row = aside.execute(
            "select highlight(pieces, 0, :open, :close) from pieces where pieces match :any order by rank limit 1",
            {"open": OPEN, "close": CLOSE, "any": " OR ".join(terms)},
        ).fetchone()
    return row[0] if row else text[:PIECE]
