"""A ticket, what happened to it, and what the policy owes it: its target, and whether it is met (2.1)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from supportctl.policy.verdict import Reason

TICKET = "ticket"  # the channel that may carry access details (8.5) and goes before posts (4.6)
SPAM = "spam"  # the code of the reason of a ticket set aside
OUTBOUND = "outbound"  # the code of the reason for having no target until the customer writes (hard question 5)


class Target(NamedTuple):
    """The policy's promise to a ticket from `set_at` on, and the entry `n` of its history that says why it changed."""

    n: int
    set_at: int
    tier: str
    priority: int | None
    rank: int
    standing: str
    coverage: str
    registered: bool
    version_support: str | None
    target_seconds: int | None
    due_at: int | None
    policy_revision: int
    reasons: tuple[Reason, ...]


UNJUDGED = Target(0, 0, "", None, 0, "", "", False, None, None, None, 0, ())


class Entry(NamedTuple):
    """One thing that happened: `at` is when it takes effect, `entered_at` when it was typed (both UTC epoch seconds).

    `data` contains no text and no name of a person: those are kept separately, where they can be removed for good.
    """

    n: int
    at: int
    entered_at: int
    kind: str
    agent: str
    system_user: str
    data: Mapping[str, Any]


# What the first entry of a ticket's history says about it, in this order. Its subject, its sender and its external id
# stay out: they could not be removed from there.
RECEIPT = ("channel", "product", "version", "topic", "language", "assignee", "tags")


class Ticket(NamedTuple):
    """A ticket at one moment, with the target that it has then. Instants are UTC epoch seconds; None is absent."""

    id: int
    channel: str
    subject: str
    sender: str
    product: str
    language: str
    received_at: int
    entered_at: int
    status: str = "open"  # or waiting, closed, merged
    name: str | None = None  # of the sender's account
    version: str | None = None
    topic: str | None = None
    outbound: bool = False
    key_given: str | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    assignee: str | None = None
    first_response_at: int | None = None
    closed_at: int | None = None
    merged_into: int | None = None
    entries: int = 0
    row_version: int = 1
    target: Target = UNJUDGED

    @property
    def unanswered(self) -> bool:
        """Whether it still waits for a first response: only then can it be late or due."""
        return self.first_response_at is None and self.closed_at is None

    @property
    def is_spam(self) -> bool:
        """Whether it was set aside as spam, and that was not taken back."""
        return any(reason.code == SPAM for reason in self.target.reasons)

    def sla(self, at: int) -> str:
        """Its SLA state at `at`: derived, never stored (hard question 7)."""
        return sla(self.target.due_at, self.first_response_at, self.closed_at, at)

    def late_until(self, at: int) -> int | None:
        """The end of a late ticket's lateness: its answer, or `at` while it has none."""
        sla = self.sla(at)
        return at if sla == "late" else self.first_response_at if sla == "missed" else None


def sla(due_at: int | None, first_response_at: int | None, closed_at: int | None, at: int) -> str:
    """The SLA state at `at`, by three facts of its ticket (all UTC epoch seconds, None if absent)."""
    if due_at is None:
        return "none"
    if first_response_at is not None:
        return "met" if first_response_at <= due_at else "missed"
    if closed_at is not None:
        return "unanswered"
    return "late" if due_at < at else "running"
