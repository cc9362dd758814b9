"""3.3, 8.2, 8.3, 8.5: who gets a remote session, and where access details may come from."""

import pytest

from supportctl.policy.entitlement import Account, Entitlement, Holding, Licence, entitle
from supportctl.policy.model import Policy
from supportctl.policy.remote import judge_remote


def entitled(policy: Policy, tier: str | None, kind: str = "customer", by: str = "applied-key") -> Entitlement:
    held = [Holding(Licence(1, "KEY", tier, None, None, None, None, False), by)] if tier else []
    return entitle(policy, Account(1, "ann@example.com", None, kind, 100), held, 200)


@pytest.mark.parametrize(
    ("tier", "kind", "allowed", "clause"),
    [
        ("SITE", "customer", True, "8.2"),
        ("PRO", "customer", True, "8.2"),
        ("PLUS", "customer", True, "8.2"),
        ("STARTER", "customer", True, "8.2"),
        ("TRIAL", "customer", False, "8.2"),
        ("FREE", "customer", False, "8.2"),
        (None, "customer", False, "8.2"),
        (None, "reseller", True, "3.3"),
        ("TRIAL", "reseller", True, "3.3"),
        ("SITE", "reseller", True, "8.2"),
    ],
)
def test_remote_support_is_for_commercial_licences_and_resellers(
    policy: Policy, tier: str | None, kind: str, allowed: bool, clause: str
) -> None:
    verdict = judge_remote(policy, entitled(policy, tier, kind), "ticket", policy.name, details=False)
    assert (verdict.allowed, verdict.reasons[0].clause) == (allowed, clause)


@pytest.mark.parametrize("channel", ["forum", "email", "chat", "social", "phone"])
def test_access_details_come_by_ticket_only(policy: Policy, channel: str) -> None:
    site = entitled(policy, "SITE")
    assert judge_remote(policy, site, "ticket", policy.name, details=True).allowed
    refused = judge_remote(policy, site, channel, policy.name, details=True)
    assert (refused.allowed, refused.reasons[-1].clause) == (False, "8.5")
    assert judge_remote(policy, site, channel, policy.name, details=False).allowed, "a session without details may be"


def test_the_tool_is_the_vendors_choice(policy: Policy) -> None:
    for tool, says in ((policy.name, "own tool"), ("Quick Assist", "Another")):
        reason = judge_remote(policy, entitled(policy, "PRO"), "ticket", tool, details=False).reasons[-1]
        assert reason.clause == "8.3" and says in reason.text
