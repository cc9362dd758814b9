"""Tickets as seen at one moment: the SLA state, and in business time how late, how fast, how long still."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from supportctl.policy.ticket import Ticket
from supportctl.store import policies
from supportctl.store.desk import BatchReader, Desk
from supportctl.store.policies import Revisions, StoredRevision


class TicketView(NamedTuple):
    """A ticket at `at` (UTC epoch seconds), with the revision of the policy whose hours measure it."""

    ticket: Ticket
    at: int
    revision: StoredRevision

    @property
    def sla(self) -> str:
        return self.ticket.sla(self.at)

    @property
    def response_seconds(self) -> int | None:
        """Business seconds from received to the first response; None without one."""
        answered = self.ticket.first_response_at
        return None if answered is None else self.revision.calendar.between(self.ticket.received_at, answered)

    @property
    def late_seconds(self) -> int:
        """Business seconds past due: so far, or of the late answer; 0 if not late."""
        until = self.ticket.late_until(self.at)
        if until is None or self.ticket.target.due_at is None:
            return 0
        return self.revision.calendar.between(self.ticket.target.due_at, until)

    @property
    def remaining_seconds(self) -> int | None:
        """Business seconds until due; None unless the clock runs."""
        if self.sla != "running" or self.ticket.target.due_at is None:
            return None
        return self.revision.calendar.between(self.at, max(self.at, self.ticket.target.due_at))

    @property
    def paused(self) -> bool:
        """Whether the clock is paused, outside working hours."""
        return self.sla in ("late", "running") and not self.revision.calendar.is_open(self.at)


def see(revisions: Revisions, tickets: Iterable[Ticket], at: int) -> Iterator[TicketView]:
    """Tickets as seen at `at`, by the hours of the revision that each is owed by; each of these is built once."""
    built: dict[int, StoredRevision] = {}
    for ticket in tickets:
        number = ticket.target.policy_revision
        if number not in built:
            built[number] = revisions.numbered(number)
        yield TicketView(ticket, at, built[number])


def see_all(db: Desk, tickets: Iterable[Ticket], at: int) -> Iterator[TicketView]:
    """The same by what is on record of the policy."""
    return see(Revisions.read(BatchReader(db)), tickets, at)


def see_one(db: Desk, ticket: Ticket, at: int) -> TicketView:
    """One ticket as seen at `at`."""
    return TicketView(ticket, at, policies.revision(db, ticket.target.policy_revision))


def opens_at(db: Desk, at: int) -> int | None:
    """When the paused clock goes on, by the policy in force at `at`; None while it runs.

    Raises InputError for a policy that is never open again.
    """
    return policies.in_force(db, at).calendar.opens_at(at)
