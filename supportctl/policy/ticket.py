"""A ticket as the policy sees it: its target, and whether it is met (2.1)."""

from typing import NamedTuple

from supportctl.policy.verdict import Reason

OUTBOUND = "outbound"  # the code of the reason for having no target until the customer writes (hard question 5)


class Ticket(NamedTuple):
    """A ticket at one moment. Instants are UTC epoch seconds, `target_seconds` is business time; None is absent."""

    id: int
    status: str  # open, waiting, closed, merged
    channel: str
    subject: str
    sender: str
    name: str | None
    product: str
    version: str | None
    version_support: str | None
    topic: str | None
    language: str
    outbound: bool
    key_given: str | None
    tags: tuple[str, ...]
    external_id: str | None
    assignee: str | None
    received_at: int
    entered_at: int
    first_response_at: int | None
    closed_at: int | None
    merged_into: int | None
    tier: str
    priority: int | None
    rank: int
    standing: str
    coverage: str
    registered: bool
    target_seconds: int | None
    due_at: int | None
    policy_revision: int
    entries: int
    row_version: int
    reasons: tuple[Reason, ...]

    @property
    def unanswered(self) -> bool:
        """Whether it still waits for a first response: only then can it be late or due."""
        return self.first_response_at is None and self.closed_at is None

    def sla(self, at: int) -> str:
        """Its SLA state at `at`: derived, never stored (hard question 7)."""
        return sla(self.due_at, self.first_response_at, self.closed_at, at)

    def late_until(self, at: int) -> int | None:
        """The end of a late ticket's lateness: its answer, or `at` while it has none."""
        return {"late": at, "missed": self.first_response_at}.get(self.sla(at))


def sla(due_at: int | None, first_response_at: int | None, closed_at: int | None, at: int) -> str:
    """The SLA state at `at`, by three facts of its ticket (all UTC epoch seconds, None if absent)."""
    if due_at is None:
        return "none"
    if first_response_at is not None:
        return "met" if first_response_at <= due_at else "missed"
    if closed_at is not None:
        return "unanswered"
    return "late" if due_at < at else "running"
