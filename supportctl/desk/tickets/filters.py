"""The filters that every list of tickets takes."""

from collections.abc import Collection

from supportctl.policy.ticket import Ticket
from supportctl.store import policies
from supportctl.store.desk import Desk


class TicketFilter:
    """Which tickets are asked for; an empty collection asks for all. An assignee of "" asks for the unassigned."""

    def __init__(
        self,
        tiers: Collection[str] = (),
        channels: Collection[str] = (),
        assignee: str | None = None,
        statuses: Collection[str] = (),
    ) -> None:
        self.tiers, self.channels, self.assignee, self.statuses = tiers, channels, assignee, statuses
        self.asked = tiers, channels, assignee, statuses  # as the store takes them

    def takes(self, ticket: Ticket) -> bool:
        """Whether a ticket is among those asked for."""
        return (
            (not self.tiers or ticket.target.tier in self.tiers)
            and (not self.channels or ticket.channel in self.channels)
            and (self.assignee is None or _has(ticket, self.assignee))
            and (not self.statuses or ticket.status in self.statuses)
        )


def _has(ticket: Ticket, agent: str) -> bool:
    from supportctl.store import agents  # late: few lists are of one agent's tickets

    return agents.same(ticket.assignee or "", agent)


def ticket_filter(
    db: Desk,
    at: int,
    tiers: Collection[str],
    channels: Collection[str],
    assignee: str | None,
    statuses: Collection[str] = (),
) -> TicketFilter:
    """The filters, in the policy's spelling. Raises InputError that names the choices."""
    if not (tiers or channels):  # the policy is not asked for nothing
        return TicketFilter(assignee=assignee, statuses=_known_statuses(statuses))
    from supportctl.desk.vocabulary import known_tier, policy_spelling  # late: few lists are filtered

    policy = policies.in_force(db, at).policy
    return TicketFilter(
        tuple(known_tier(tier, policy.tiers) for tier in tiers),
        tuple(policy_spelling("channel", channel, policy.channels) for channel in channels),
        assignee,
        _known_statuses(statuses),
    )


def _known_statuses(statuses: Collection[str]) -> tuple[str, ...]:
    if not statuses:
        return ()
    from supportctl.desk.vocabulary import policy_spelling  # late: few lists are filtered

    return tuple(policy_spelling("status", status, ("open", "waiting", "closed", "merged")) for status in statuses)
