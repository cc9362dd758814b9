"""Who is entitled to what (2.x, 3.x, 4.4, 4.5): the tier that an account and its licences give, and why."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from supportctl.clock import duration
from supportctl.policy.model import Policy, Tier
from supportctl.policy.verdict import Reason


class Account(NamedTuple):
    """A registration (4.4). `registered_at` is None if the date is unknown: before everything on record."""

    id: int
    email: str
    name: str | None
    kind: str  # "customer" or "reseller"
    registered_at: int | None

    def registered(self, at: int) -> bool:
        return self.registered_at is None or self.registered_at <= at


class Licence(NamedTuple):
    """A licence on its terms at one moment; instants are UTC epoch seconds, None if unknown or without end."""

    id: int
    key: str
    tier: str
    delivery_email: str | None
    order: str | None
    issued_at: int | None
    expires_at: int | None
    revoked: bool

    def status(self, at: int) -> str:
        """`active`, `revoked` or `expired`: derived, so that no stored flag can go stale."""
        if self.revoked:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= at else "active"


class Holding(NamedTuple):
    """A licence of an account, and how it is recognised: `delivery-email`, `applied-key` or `key` (4.5)."""

    licence: Licence
    by: str


class Entitlement(NamedTuple):
    """The tier at one moment, what recognised it, and the reasons, each with its clause."""

    tier: Tier
    recognised_by: str
    account: Account | None
    registered: bool
    channels: tuple[str, ...]
    remote_support: bool
    holdings: tuple[Holding, ...]
    reasons: tuple[Reason, ...]

    @property
    def reseller(self) -> bool:
        return self.account is not None and self.account.kind == "reseller"


def entitle(policy: Policy, account: Account | None, holdings: Sequence[Holding], at: int) -> Entitlement:
    """The sender's entitlement at `at`. `holdings` are the licences effective by then.

    Without an account, or before its registration, it is the unlicensed tier (4.4). A reseller gets the reseller tier
    unless a key applied to the account gives more (3.1, 4.5), a customer the best tier of its active licences (2.1,
    4.5).
    """
    if account is None or not account.registered(at):
        return _unregistered(policy, account, holdings, at)
    reseller = account.kind == "reseller" and policy.reseller is not None
    # Orders that a reseller resold may bear its address: only keys applied to its own account count.
    counted = [h for h in holdings if h.by == "applied-key"] if reseller else list(holdings)
    base = policy.tiers[policy.reseller if reseller and policy.reseller else policy.unlicensed]
    active = _active(policy, counted, at)
    best = _best(policy, active)
    reasons = [_reseller_reason(policy, base)] if reseller else []
    if best is None or (reseller and policy.tiers[best.licence.tier].rank >= base.rank):
        reasons += _passed_over(policy, counted, at) if counted or not holdings else [_resold(policy)]
        return _entitlement(policy, base, "none", account, True, holdings, reasons)
    tier = policy.tiers[best.licence.tier]
    reasons.append(_recognised(policy, best, len({h.licence.id for h in active})))
    return _entitlement(policy, tier, best.by, account, True, holdings, reasons)


def entitle_key(policy: Policy, licence: Licence, accounts: Sequence[Account], at: int) -> Entitlement:
    """The entitlement that a licence key gives by itself (2.1); a revoked or expired one does not count."""
    holding = Holding(licence, "key")
    active = _counts(policy, licence, at)
    tier = policy.tiers[licence.tier if active else policy.unlicensed]
    reasons = [_recognised(policy, holding, 1)] if active else _passed_over(policy, [holding], at)
    registered = [a for a in accounts if a.registered(at)]
    if not registered:
        reasons.append(_not_registered(policy))
    account = registered[0] if registered else None
    customer = account if account is None or account.kind == "customer" else None
    return _entitlement(policy, tier, "key", customer, bool(registered), [holding], reasons)


def _unregistered(policy: Policy, account: Account | None, holdings: Sequence[Holding], at: int) -> Entitlement:
    reasons = [_not_registered(policy)]
    waiting = _best(policy, _active(policy, holdings, at))
    if waiting is not None:
        text = f"Registering this address would give {waiting.licence.tier}: an order was delivered to it."
        reasons.append(Reason(policy.clause("recognition"), "recognised-once-registered", text))
    return _entitlement(policy, policy.tiers[policy.unlicensed], "none", account, False, holdings, reasons)


def _entitlement(
    policy: Policy,
    tier: Tier,
    by: str,
    account: Account | None,
    registered: bool,
    holdings: Sequence[Holding],
    reasons: Sequence[Reason],
) -> Entitlement:
    reseller = account is not None and account.kind == "reseller"
    # 3.2 holds whatever the tier: a reseller has the channels of the reseller tier, and no forum.
    channels = policy.tiers[policy.reseller].channels if reseller and policy.reseller else tier.channels
    return Entitlement(
        tier=tier,
        recognised_by=by,
        account=account,
        registered=registered,
        channels=channels,
        remote_support=tier.remote_support or bool(reseller and policy.reseller),
        holdings=tuple(holdings),
        reasons=(*reasons, *tier_reasons(tier)),
    )


def _active(policy: Policy, holdings: Sequence[Holding], at: int) -> list[Holding]:
    return [h for h in holdings if _counts(policy, h.licence, at)]


def _best(policy: Policy, active: Sequence[Holding]) -> Holding | None:
    """The best tier of some active licences; among equals the one recognised without a key, then the first entered."""
    return min(
        active, key=lambda h: (policy.tiers[h.licence.tier].rank, h.by != "delivery-email", h.licence.id), default=None
    )


def _counts(policy: Policy, licence: Licence, at: int) -> bool:
    """Whether a licence gives its tier: it is active, and the policy of that moment has the tier."""
    return licence.status(at) == "active" and licence.tier in policy.tiers


@lru_cache(maxsize=64)  # a policy has few tiers, and an import or a list of look-ups asks for each again and again
def tier_reasons(tier: Tier) -> tuple[Reason, ...]:
    """The tier's own target (2.1), and our reading of the policy if it rests on one."""
    text = f"{tier.name}: first response within {duration(tier.target)} of working time."
    return (Reason(tier.clause, "tier-target", f"{text} {tier.reading}".rstrip()),)


def _not_registered(policy: Policy) -> Reason:
    return Reason(
        policy.clause("registration"), "not-registered", f"Not registered: {policy.unlicensed} until registered (free)."
    )


def _reseller_reason(policy: Policy, tier: Tier) -> Reason:
    return Reason(policy.clause("reseller-channel"), "reseller", f"A reseller account: {tier.name}, by ticket only.")


def _resold(policy: Policy) -> Reason:
    text = "Orders delivered to a reseller's address do not count: only keys applied to its account do."
    return Reason(policy.clause("recognition"), "resold", text)


def _recognised(policy: Policy, holding: Holding, among: int) -> Reason:
    best = f"; the best of {among} active licences" if among > 1 else ""
    return Reason(policy.clause("recognition"), "recognised", f"{holding.licence.tier}: {_HOW[holding.by]}{best}.")


_HOW = {
    "delivery-email": "the address is the delivery address of an order",
    "applied-key": "a paid key was applied to the account",
    "key": "the key is on record and active",
}


def _passed_over(policy: Policy, holdings: Sequence[Holding], at: int) -> list[Reason]:
    """Why the licences on record give nothing, or that there are none."""
    gone = sorted({h.licence.status(at) for h in holdings} - {"active"})
    text = f"Every licence on record is {' or '.join(gone)}." if gone else "No licence on record."
    active = {h.licence.tier for h in holdings if h.licence.status(at) == "active"}
    if nameless := sorted(active - policy.tiers.keys()):
        text = f"The policy has no tier {' or '.join(nameless)}: such a licence does not count."
    return [Reason(policy.clause("tiers"), "no-active-licence", text)]
