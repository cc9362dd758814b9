"""Finds what is already known about a request (1.3): bugs it is linked to or likely about, and tickets like it."""

from functools import cached_property
from typing import NamedTuple

from supportctl.desk.tickets.as_of import ticket_at
from supportctl.policy.bugs import Bug, may_touch
from supportctl.policy.ticket import Ticket
from supportctl.policy.words import is_similar, significant
from supportctl.store import bugs, policies, tickets
from supportctl.store.desk import Desk
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

    @cached_property
    def bugs(self) -> list[KnownBug]:
        """The known bugs it is linked to or likely about."""
        return known_bugs(self._db, self._ticket, self._text, self._at)

    @cached_property
    def tickets(self) -> list[Ticket]:
        """Other tickets like it."""
        return similar_tickets(self._db, self._ticket, self._at)


def known_bugs(db: Desk, ticket: Ticket, text: str, at: int) -> list[KnownBug]:
    """The bugs a ticket is linked to, then those it is likely about, as they were at `at`; `text` is its body."""
    linked = bugs.linked_to(db, ticket.id, at)
    known = [KnownBug(bug, True) for bug in linked]
    numbers = {bug.id for bug in linked}
    words = significant(f"{ticket.subject}\n{text}", _TOLD)
    for number, title in db.full_text.like_bugs(words, _CANDIDATES):
        if number in numbers or len(known) == len(linked) + NAMED or not _alike(title):
            continue
        bug = bugs.find(db, number, at)
        if bug is not None and may_touch(bug, ticket.product, ticket.version):
            known.append(KnownBug(bug, False))
    return known


def similar_tickets(db: Desk, ticket: Ticket, at: int) -> list[Ticket]:
    """Other tickets whose subjects are likely about the same thing, as they were at `at`, the likeliest first."""
    found = db.full_text.like_tickets(significant(ticket.subject, _ASKED), _CANDIDATES)
    numbers = [number for number, subject in found if number != ticket.id and _alike(subject)]
    then = (ticket_at(db, tickets.get(db, number), at) for number in numbers)
    return [other for other in then if other is not None][:NAMED]


def _alike(marked: str) -> bool:
    """Whether a heading shares enough of its telling words: those between the marks."""
    plain = marked.replace(OPEN, "").replace(CLOSE, "")
    inside = " ".join(piece.partition(CLOSE)[0] for piece in marked.split(OPEN)[1:])
    return is_similar(len(significant(inside)), len(significant(plain)))
