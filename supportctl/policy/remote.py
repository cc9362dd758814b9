"""Who gets remote support, and how access details may be given (3.3, 8.2, 8.3, 8.5)."""

from typing import NamedTuple

from supportctl.policy.entitlement import Entitlement
from supportctl.policy.model import Policy
from supportctl.policy.ticket import TICKET
from supportctl.policy.verdict import Reason


class RemoteVerdict(NamedTuple):
    """Whether a remote session may begin, and why; the last reason decides."""

    allowed: bool
    reasons: tuple[Reason, ...]


def judge_remote(policy: Policy, entitlement: Entitlement, channel: str, tool: str, *, details: bool) -> RemoteVerdict:
    """Whether this entitlement gives a remote session, with access details given by `channel` if `details`."""
    tier = entitlement.tier.name
    if not entitlement.remote_support:
        text = f"{tier} has no remote support: it is for customers with a commercial licence and for resellers."
        return RemoteVerdict(False, (Reason(policy.clause("remote"), "no-remote-support", text),))
    if details and channel != TICKET:
        text = f"Access details may be given only through the ticket system, and this came by {channel}."
        return RemoteVerdict(False, (Reason(policy.clause("access-details"), "details-by-ticket", text),))
    return RemoteVerdict(True, (_entitled(policy, entitlement), _by_tool(policy, tool)))


def _entitled(policy: Policy, entitlement: Entitlement) -> Reason:
    if not entitlement.tier.remote_support or entitlement.tier.name == policy.reseller:
        return Reason(policy.clause("reseller-remote"), "reseller-remote", "Resellers are entitled to remote support.")
    return Reason(policy.clause("remote"), "remote-support", f"{entitlement.tier.name} includes remote support.")


def _by_tool(policy: Policy, tool: str) -> Reason:
    text = "The vendor's own tool." if tool == policy.name else "Another remote tool, of the vendor's choice."
    return Reason(policy.clause("remote-tool"), "remote-tool", text)
