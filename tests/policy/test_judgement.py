"""3.2, 4.x, 5.1, 6.x: standing, coverage and target of a request."""

import pytest

from supportctl.policy.entitlement import Account, Entitlement, Holding, Licence, entitle
from supportctl.policy.judgement import Request, judge_request
from supportctl.policy.model import Policy
from supportctl.policy.ticket import Target

HOURS = 3600


def entitlement(policy: Policy, who: str) -> Entitlement:
    """A SITE, FREE or reseller account, or nobody known."""
    licence = Licence(1, "KEY-1", "SITE", None, None, None, None, False)
    account = None if who == "nobody" else Account(1, "a@b.c", None, "reseller" if who == "reseller" else "customer", 0)
    return entitle(policy, account, [Holding(licence, "delivery-email")] if who == "site" else [], 1)


def judged(policy: Policy, who: str, channel: str = "ticket", topic: str | None = None, **more: object) -> Target:
    facts = {"product": "remote-utilities", "language": "en", "outbound": False} | more
    return judge_request(policy, entitlement(policy, who), Request(channel=channel, topic=topic, **facts))  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("who", "channel", "standing", "target", "clause"),
    [
        ("site", "ticket", "entitled", 2, "4.1"),
        ("site", "forum", "entitled", 2, "4.1"),
        ("site", "email", "best-effort", None, "4.3"),
        ("site", "phone", "best-effort", None, "4.3"),
        ("free", "ticket", "not-entitled", 24, "2.1"),
        ("free", "forum", "entitled", 24, "4.1"),
        ("reseller", "ticket", "entitled", 24, "4.1"),
        ("reseller", "forum", "not-entitled", 24, "3.2"),
        ("reseller", "email", "not-entitled", 24, "3.2"),
        ("nobody", "ticket", "not-entitled", 24, "4.4"),
        ("nobody", "forum", "not-entitled", 24, "4.4"),
        ("nobody", "chat", "best-effort", None, "4.3"),
    ],
)
def test_who_is_owed_what_by_which_channel(
    policy: Policy, who: str, channel: str, standing: str, target: int | None, clause: str
) -> None:
    judgement = judged(policy, who, channel)
    assert judgement.standing == standing
    assert judgement.target_seconds == (target and target * HOURS)
    assert clause in [reason.clause for reason in judgement.reasons]


@pytest.mark.parametrize(
    ("topic", "coverage", "clause"),
    [
        ("installation", "covered", "5.1"),
        ("network", "not-covered", "6.1"),
        ("hardware", "not-covered", "6.2"),
        ("integration", "not-covered", "6.3"),
        ("antivirus", "limited", "6.4"),
        ("other", "not-covered", "5.1"),
    ],
)
def test_each_topic_is_covered_or_not_by_its_clause(policy: Policy, topic: str, coverage: str, clause: str) -> None:
    judgement = judged(policy, "site", topic=topic)
    assert judgement.coverage == coverage
    assert (clause, f"topic-{coverage}") in [(reason.clause, reason.code) for reason in judgement.reasons]
    assert judgement.target_seconds == 2 * HOURS, "what is not covered still gets an answer"


def test_no_topic_is_taken_for_covered(policy: Policy) -> None:
    assert judged(policy, "site").coverage == "covered"


@pytest.mark.parametrize(("who", "advised"), [("site", True), ("free", False), ("nobody", False)])
def test_a_forum_post_by_someone_entitled_to_tickets_carries_that_advice(
    policy: Policy, who: str, advised: bool
) -> None:
    assert ("4.6" in [reason.clause for reason in judged(policy, who, "forum").reasons]) == advised


def test_another_language_is_flagged_and_not_refused(policy: Policy) -> None:
    judgement = judged(policy, "site", language="da")
    assert judgement.standing == "entitled"
    assert "4.2" in [reason.clause for reason in judgement.reasons]


def test_what_the_desk_starts_itself_has_no_target(policy: Policy) -> None:
    assert judged(policy, "site", outbound=True).target_seconds is None
