"""The order of work (3.4, 4.6): the lines in which requests wait, and their order within a line."""

from supportctl.policy.ticket import TICKET, Ticket
from supportctl.policy.verdict import Standing


def queue_line(standing: str, channel: str) -> int:
    """The line a request waits in: 0 entitled tickets, 1 entitled posts (4.6), 2 best effort (4.3), 3 not entitled."""
    if standing == Standing.ENTITLED:
        return 0 if channel == TICKET else 1
    return 2 if standing == Standing.BEST_EFFORT else 3


def queue_position(ticket: Ticket) -> tuple[int, int, bool, int, int]:
    """A ticket's place in the queue: its line, then the lower rank (2.1, 3.4), the earlier due time, the lower number.

    What is never due comes last of its rank.
    """
    target = ticket.target
    return (
        queue_line(target.standing, ticket.channel),
        target.rank,
        target.due_at is None,
        target.due_at or 0,
        ticket.id,
    )
