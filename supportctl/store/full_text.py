"""Full text over tickets and bugs, whatever engine keeps it: `Desk.full_text`.

A ticket is one document, its subject and all texts of its thread, so that words from different messages are found
together; a bug is its title and its workaround. Words and marks are the same on every engine, and so are the hits and
their order: words as FTS5's `porter unicode61 remove_diacritics 2` makes them, ranks by BM25.

Whoever changes a subject or a text does so through `store.filing` or `store.bug_filing`, or within `reindexing`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from supportctl.store.desk import Query, Reader

# Noncharacters: they have no meaning in any text, so they can surround a match until it is shown.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
# Words that match this many tickets do not rank, for ranking reads every hit; tickets found by these alone come newest
# first.
RANKED = 4000
TELLING = 500  # a word in fewer tickets can tell them apart


class Index(NamedTuple):
    """What can be searched: the name of its records, and what their heading is called."""

    name: str
    heading: str


TICKETS = Index("tickets", "subject")
BUGS = Index("bugs", "title")


class Document(NamedTuple):
    """A new ticket or bug: its number, its heading and its texts in order."""

    number: int
    heading: str
    texts: Sequence[str] = ()


class Rewording(NamedTuple):
    """What changes in a document: its heading, its whole text (None where it stays), and the texts added at its end."""

    heading: str | None = None
    text: str | None = None
    added: Sequence[str] = ()


class Found(NamedTuple):
    """A hit. The smaller `rank`, the better; None if there are too many to rank, and the newest go first."""

    id: int
    rank: float | None


class Match(NamedTuple):
    """Where a hit's words are: the heading and the text, with OPEN and CLOSE around each match."""

    heading: str
    text: str


class FullText(Protocol):
    """The full text of an open desk. Terms are quoted as `policy.words` quotes them, words are not; each comes once."""

    # Keeping in step, in the caller's transaction

    def add_tickets(self, new: Sequence[Document], /) -> None:
        """Add new tickets, by number without gaps."""

    def add_bug(self, new: Document, /) -> None: ...
    def reindexing(self, index: Index, number: int, change: Rewording | None = None, /) -> AbstractContextManager[None]:
        """Change the heading or texts of a ticket (or bug) inside, and the index follows.

        Without `change` the whole document is read again.
        """

    # The index as a whole

    def is_current(self) -> bool:
        """Whether it matches the texts; it reads them all, and may block writers meanwhile."""

    def rebuild(self) -> None:
        """Make it anew from the texts, inside the caller's transaction."""

    # Searching

    def find_tickets(
        self, terms: Sequence[str], filters: Mapping[str, Sequence[str]], at: int, limit: int, /
    ) -> list[Found]:
        """Tickets received by `at` with all terms that pass the filters (see `search_filters`), best first.

        They are ranked by their rarer terms; tickets found by common words alone come newest first.
        """

    def find_bugs(self, terms: Sequence[str], at: int, /) -> Iterator[Found]:
        """Bugs reported by `at` with all terms, best first; without terms all, newest first."""

    def find(
        self, terms: Sequence[str], filters: Mapping[str, Sequence[str]], at: int, limit: int, /
    ) -> tuple[list[Found], Iterator[Found]]:
        """Both kinds, on a server in one trip."""

    def texts_of(self, hits: Sequence[tuple[Index, int]], /) -> "Sequence[Query[Any]]":
        """What `matches` reads, if it can be read with something else."""

    def matches(self, hits: Sequence[tuple[Index, int]], terms: Sequence[str], read: "Reader", /) -> Iterator[Match]:
        """Where each hit contains the terms: the heading and the text, or the best piece of a long one."""

    def like(
        self, of_bugs: Sequence[str], of_tickets: Sequence[str], limit: int, /
    ) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        """`like_bugs` and `like_tickets`, on a server in one trip."""

    def like_bugs(self, words: Sequence[str], limit: int, /) -> list[tuple[int, str]]:
        """Bugs with any of the words, best first: number, and title with the shared ones marked."""

    def like_tickets(self, words: Sequence[str], limit: int, /) -> list[tuple[int, str]]:
        """Tickets with any of the words that fewer than TELLING have, best first, or else with all the others, newest
        first: number, and subject with the shared words marked.
        """
