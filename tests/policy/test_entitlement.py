"""2.1, 3.x, 4.4, 4.5: which tier an account and its licences give."""

import pytest

from supportctl.policy.entitlement import Account, Entitlement, Holding, Licence, entitle, entitle_key
from supportctl.policy.model import Policy

CUSTOMER = Account(1, "ann@example.com", "Ann", "customer", 100)
RESELLER = Account(2, "shop@example.com", None, "reseller", 100)


def licence(tier: str, *, id: int = 1, revoked: bool = False, expires_at: int | None = None) -> Licence:
    return Licence(id, f"KEY-{id}", tier, None, None, None, expires_at, revoked)


def delivered(tier: str, **facts: int) -> Holding:
    return Holding(licence(tier, **facts), "delivery-email")  # type: ignore[arg-type]  # fields by name


def applied(tier: str, **facts: int) -> Holding:
    return Holding(licence(tier, **facts), "applied-key")  # type: ignore[arg-type]  # fields by name


def codes(verdict: Entitlement) -> dict[str, str]:
    return {reason.code: reason.clause for reason in verdict.reasons}


def test_no_licence_means_free_by_2_1(policy: Policy) -> None:
    verdict = entitle(policy, CUSTOMER, [], 200)
    assert (verdict.tier.name, verdict.recognised_by) == ("FREE", "none")
    assert codes(verdict)["tier-target"] == "2.1"


def test_the_best_active_licence_wins_by_rank(policy: Policy) -> None:
    verdict = entitle(
        policy, CUSTOMER, [delivered("STARTER", id=1), applied("SITE", id=2), delivered("PRO", id=3)], 200
    )
    assert (verdict.tier.name, verdict.recognised_by) == ("SITE", "applied-key")
    assert codes(verdict)["recognised"] == "4.5"


@pytest.mark.parametrize(("at", "tier"), [(299, "PRO"), (300, "FREE"), (301, "FREE")])
def test_a_licence_counts_until_the_second_it_expires(policy: Policy, at: int, tier: str) -> None:
    assert entitle(policy, CUSTOMER, [delivered("PRO", expires_at=300)], at).tier.name == tier


def test_a_revoked_licence_does_not_count(policy: Policy) -> None:
    verdict = entitle(policy, CUSTOMER, [delivered("SITE", revoked=True)], 200)
    assert verdict.tier.name == "FREE"
    assert "no-active-licence" in codes(verdict)


@pytest.mark.parametrize(("at", "registered", "tier"), [(99, False, "FREE"), (100, True, "SITE"), (101, True, "SITE")])
def test_an_account_is_free_until_the_second_it_is_registered(
    policy: Policy, at: int, registered: bool, tier: str
) -> None:
    verdict = entitle(policy, CUSTOMER, [delivered("SITE")], at)
    assert (verdict.registered, verdict.tier.name) == (registered, tier)


def test_an_unregistered_delivery_address_is_told_what_registering_would_give(policy: Policy) -> None:
    verdict = entitle(policy, None, [delivered("SITE")], 200)
    assert verdict.tier.name == "FREE"
    assert codes(verdict) == {"not-registered": "4.4", "recognised-once-registered": "4.5", "tier-target": "2.1"}


def test_a_reseller_is_reseller_whatever_was_delivered_to_its_address(policy: Policy) -> None:
    verdict = entitle(policy, RESELLER, [delivered("SITE")], 200)
    assert (verdict.tier.name, verdict.channels, verdict.remote_support) == ("RESELLER", ("ticket",), True)
    assert codes(verdict) == {"reseller": "3.2", "resold": "4.5", "tier-target": "3.4"}
    assert codes(entitle(policy, RESELLER, [], 200)).keys() == {"reseller", "no-active-licence", "tier-target"}


def test_a_key_applied_to_a_reseller_account_gives_its_tier_but_no_forum(policy: Policy) -> None:
    verdict = entitle(policy, RESELLER, [applied("PRO")], 200)
    assert (verdict.tier.name, verdict.channels) == ("PRO", ("ticket",))


def test_a_worse_key_never_lowers_a_reseller(policy: Policy) -> None:
    assert entitle(policy, RESELLER, [applied("FREE")], 200).tier.name == "RESELLER"


def test_a_delivery_address_that_applied_its_key_too_is_recognised_by_the_address(policy: Policy) -> None:
    both = [applied("PRO", id=7), delivered("PRO", id=7)]
    assert entitle(policy, CUSTOMER, both, 200).recognised_by == "delivery-email"


@pytest.mark.parametrize(("revoked", "tier"), [(False, "PLUS"), (True, "FREE")])
def test_a_key_by_itself_gives_its_tier_while_active(policy: Policy, revoked: bool, tier: str) -> None:
    assert entitle_key(policy, licence("PLUS", revoked=revoked), [CUSTOMER], 200).tier.name == tier
