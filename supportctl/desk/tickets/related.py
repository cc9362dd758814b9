"""Finds what is already known about a request (1.3): bugs it is linked to or likely about, and tickets like it."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from supportctl.desk.tickets.as_of import tickets_at
from supportctl.policy.bugs import Bug, may_touch
from supportctl.policy.ticket import Ticket
from supportctl.policy.words import is_similar, significant
from supportctl.store import bugs, policies, tickets
from supportctl.store.desk import BatchReader, Desk, Reader
from supportctl.store.full_text import CLOSE, OPEN

NAMED = 3  # how many bugs, and tickets, are named as likely: what fits on a screen and gets read
_CANDIDATES = 15
_ASKED = 8  # telling words of a subject that are searched for
_TOLD = 40  # telling words of subject and text together


class KnownBug(NamedTuple):
    """A known bug, and whether the ticket is linked to it or only likely about it."""

    bug: Bug
    linked: bool


class Related:
    """Bugs and tickets related to a ticket; searched on demand, since most output does not need them."""

    def __init__(self, db: Desk, ticket: Ticket, text: str, at: int) -> None:
        self._db, self._ticket, self._text, self._at = db, ticket, text, at

    @property
    def clause(self) -> str:
        """The clause by which they are named."""
        return policies.in_force(self._db, self._at).policy.clause("known")

    @property
    def bugs(self) -> list[KnownBug]:
        """The known bugs it is linked to or likely about, as they were at `at`."""
        return self._found[0]

    @property
    def tickets(self) -> list[Ticket]:
        """Other tickets whose subjects are likely about the same thing, as they were at `at`, the likeliest first."""
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[list[KnownBug], list[Ticket]]:
        """Both, in few trips to the desk."""
        db, ticket, at = self._db, self._ticket, self._at
        told, asked = significant(f"{ticket.subject}\n{self._text}", _TOLD), significant(ticket.subject, _ASKED)
        like_bugs, like_tickets = db.full_text.like(told, asked, _CANDIDATES)
        numbers = [number for number, subject in like_tickets if number != ticket.id and _alike(subject)]
        linked, others = bugs.linked_to(ticket.id, at), bugs.of_numbers([number for number, _ in like_bugs], at)
        read = BatchReader(db)
        read.ahead(linked, *([others] if like_bugs else []), *tickets.histories_of(numbers[:NAMED]))
        likely = [number for number, title in like_bugs if _alike(title)]
        known = _known(
            read.of(linked), [read.of(others)[number] for number in likely if number in read.of(others)], ticket
        )
        return known, _first(db, read, numbers, at)


def _known(linked: Mapping[int, Bug], likely: Sequence[Bug], ticket: Ticket) -> list[KnownBug]:
    """The bugs a ticket is linked to, then those it is likely about."""
    about = (bug for bug in likely if bug.id not in linked and may_touch(bug, ticket.product, ticket.version))
    return [*(KnownBug(bug, True) for bug in linked.values()), *(KnownBug(bug, False) for bug in islice(about, NAMED))]


def _first(db: Desk, read: Reader, numbers: Sequence[int], at: int) -> list[Ticket]:
    """The first NAMED of these tickets that had come in by `at`, as they were then."""
    found: list[Ticket] = []
    for start in range(0, len(numbers), NAMED):
        some = numbers[start : start + NAMED]
        then = tickets_at(db, read, some, at)
        found += [then[number] for number in some if number in then]
        if len(found) >= NAMED:
            break
    return found[:NAMED]


def _alike(marked: str) -> bool:
    """Whether a heading shares enough of its telling words: those between the marks."""
    plain = marked.replace(OPEN, "").replace(CLOSE, "")
    inside = " ".join(piece.partition(CLOSE)[0] for piece in marked.split(OPEN)[1:])
    return is_similar(len(significant(inside)), len(significant(plain)))
