"""What a request is owed (2.1, 3.2, 4.x, 5.1, 6.x): standing, coverage and target, each with its reasons."""

from typing import NamedTuple

from supportctl.policy.entitlement import Entitlement
from supportctl.policy.model import Channel, Coverage, Policy, Topic
from supportctl.policy.ticket import OUTBOUND, TICKET, UNJUDGED, Target
from supportctl.policy.verdict import Reason, Standing


class Request(NamedTuple):
    """The parts of a request that the policy looks at: how it came, what it is about, and in which language."""

    channel: str
    product: str
    topic: str | None
    language: str
    outbound: bool


def judge_request(policy: Policy, entitlement: Entitlement, request: Request) -> Target:
    """The policy's verdict on a request, without its moment, its version's support, its due time and the revision.

    Not entitled and not covered have a target too: someone says where to turn.
    """
    # A later policy may lack a channel of an older request: what it does not mention, it does not guarantee.
    channel = policy.channels.get(request.channel) or Channel(request.channel, False, policy.clause("best-effort"))
    standing, why = _standing(policy, entitlement, channel)
    coverage, covered_by = _coverage(policy, policy.topics.get(request.topic) if request.topic else None)
    tier = entitlement.tier
    promised = standing is not Standing.BEST_EFFORT and not request.outbound
    advice = _advice(policy, entitlement, request)
    return UNJUDGED._replace(
        tier=tier.name,
        priority=tier.priority,
        rank=tier.rank,
        standing=standing,
        coverage=coverage,
        registered=entitlement.registered,
        target_seconds=tier.target if promised else None,
        reasons=(*entitlement.reasons, *why, *covered_by, *advice),
    )


def _standing(policy: Policy, entitlement: Entitlement, channel: Channel) -> tuple[Standing, list[Reason]]:
    tier = entitlement.tier.name
    if entitlement.reseller and channel.name not in entitlement.channels:
        text = f"Resellers use the ticket system only: not entitled by {channel.name}."
        return Standing.NOT_ENTITLED, [Reason(policy.clause("reseller-channel"), "reseller-channel", text)]
    if not channel.guaranteed:
        text = f"Support by {channel.name} is not guaranteed: best effort, no target."
        return Standing.BEST_EFFORT, [Reason(channel.clause, "best-effort", text)]
    if not entitlement.registered:
        return Standing.NOT_ENTITLED, []  # the entitlement's own reasons already say so
    if channel.name not in entitlement.channels:
        text = f"{tier} is not entitled to support by {channel.name}."
        return Standing.NOT_ENTITLED, [Reason(policy.clause("tiers"), "channel-not-entitled", text)]
    text = f"{tier} is entitled to support by {channel.name}."
    return Standing.ENTITLED, [Reason(channel.clause, "channel-entitled", text)]


def _coverage(policy: Policy, topic: Topic | None) -> tuple[Coverage, list[Reason]]:
    if topic is None:
        return Coverage.COVERED, []
    says = {
        Coverage.COVERED: f"Topic {topic.name}: covered.",
        Coverage.LIMITED: f"Topic {topic.name}: help is limited.",
        Coverage.NOT_COVERED: f"Topic {topic.name}: not covered.",
    }[topic.coverage]
    turn = f" Turn to {topic.turn_to}." if topic.turn_to else ""
    return topic.coverage, [Reason(topic.clause or policy.clause("coverage"), f"topic-{topic.coverage}", says + turn)]


def _advice(policy: Policy, entitlement: Entitlement, request: Request) -> list[Reason]:
    """Remarks that change no verdict: file a ticket instead (4.6), answered in English (4.2)."""
    advice = []
    entitled_to_tickets = entitlement.registered and TICKET in entitlement.channels
    if request.channel == "forum" and entitled_to_tickets and not entitlement.reseller:
        text = "Entitled to tickets, which go before forum posts: advise the sender to file one."
        advice.append(Reason(policy.clause("ticket-first"), "file-a-ticket", text))
    if request.language != policy.language:
        text = f"Written in '{request.language}', answered in '{policy.language}': it may not be fully understood."
        advice.append(Reason(policy.clause("language"), "other-language", text))
    if request.outbound:
        advice.append(
            Reason(policy.clause("tiers"), OUTBOUND, "Started by the desk: no target until the customer writes.")
        )
    return advice
