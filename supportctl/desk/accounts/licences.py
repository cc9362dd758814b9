"""Licences: adding them, changing their terms and finding them; waiting tickets follow at once (2.2, 4.5)."""

from collections.abc import Iterator
from datetime import date

from supportctl.clock import end_of_day, policy_zone
from supportctl.desk.accounts.follow import Followed, follow
from supportctl.desk.vocabulary import known_tier
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.entitlement import Licence
from supportctl.policy.identity import fold_address, parse_address, parse_key
from supportctl.policy.model import Policy
from supportctl.store import licences, policies
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.sqlite.transaction import transaction

End = int | date  # when a licence ends: UTC epoch seconds, or with the end of a day in the policy's zone


def end_of(db: Desk, end: End, at: int) -> int:
    """The end of a licence as UTC epoch seconds, by the policy in force at `at` (hard question 6)."""
    if isinstance(end, int):
        return end
    return end_of_day(end, policy_zone(policies.in_force(db, at).policy.hours["timezone"]))


def add_licence(db: Desk, given: Licence, actor: Actor, *, end: End | None = None) -> Followed[Licence]:
    """Record a licence that ends at `end`. Adding the same twice changes nothing.

    Raises InputError for a malformed value, an unknown tier, or a key that is on record with other data, or revoked.
    """
    with transaction(db):
        ends = None if end is None else end_of(db, end, actor.now)
        licence = check_licence(db, given._replace(expires_at=ends), actor.now)
        known = licences.find(db, licence.key)
        if known is not None:
            _same_or_refuse(known, licence, actor.now)
            return Followed(known)
        added = licences.add(db, licence, actor)
        since = actor.now if added.issued_at is None else max(actor.now, added.issued_at)
        return follow(db, added, licences.addresses(db, added.id), since, "licence added", actor)


def check_licence(db: Desk, given: Licence, at: int) -> Licence:
    """The licence with its values in the desk's own spelling. Raises InputError."""
    if given.issued_at is not None and given.expires_at is not None and given.expires_at <= given.issued_at:
        raise InputError("The licence would expire before it is issued.", "Check both dates.")
    return given._replace(
        key=parse_key(given.key),
        tier=known_tier(given.tier, policies.in_force(db, at).policy.tiers),
        delivery_email=parse_address(given.delivery_email) if given.delivery_email else None,
    )


# How a known key may differ on record, and the way to change it.
_WAYS = {
    "tier": "`supportctl licence upgrade KEY TIER`",
    "end": "`supportctl licence renew KEY --expires DATE`",
    "delivery address": "`supportctl import licences FILE`",
    "order": "`supportctl import licences FILE`",
}


def _same_or_refuse(known: Licence, given: Licence, at: int) -> None:
    _refuse_revoked(known)
    others = [what for what, on_record, asked in _compared(known, given) if asked is not None and asked != on_record]
    if others:
        ways = " and ".join(dict.fromkeys(_WAYS[what] for what in others))
        raise InputError(
            f"This key is on record with another {' and '.join(others)}; nothing was changed.",
            f"See it with `supportctl licence show KEY`; change it with {ways}.",
        )
    if known.status(at) == "expired" and given.expires_at is None:
        raise InputError("This key is on record, and its licence has expired; nothing was changed.", f"{_RENEW}.")


def _compared(known: Licence, given: Licence) -> Iterator[tuple[str, object, object]]:
    yield "tier", known.tier, given.tier
    yield "end", known.expires_at, given.expires_at
    yield "delivery address", fold_address(known.delivery_email or ""), _folded(given.delivery_email)
    yield "order", known.order, given.order


def _folded(address: str | None) -> str | None:
    return None if address is None else fold_address(address)


_RENEW = "`supportctl licence renew KEY --expires DATE` gives it a new expiry date"


def _refuse_revoked(licence: Licence) -> None:
    if licence.revoked:
        raise InputError(
            "This licence was revoked; nothing was changed.",
            "Reinstate it first: `supportctl licence reinstate KEY`.",
        )


def upgrade_licence(
    db: Desk, key: str, tier: str, actor: Actor, *, lower: bool = False, end: End | None = None
) -> Followed[Licence]:
    """Give a licence another tier from now on (2.2); tickets that rest on it follow in the same transaction.

    When a trial becomes paid, its end no longer counts. Raises NotOnRecord, and InputError for an unknown tier, a
    revoked licence, or a lower tier unless `lower` agrees to that.
    """
    with transaction(db):
        licence = find_licence(db, key, actor.now)
        _refuse_revoked(licence)
        policy = policies.in_force(db, actor.now).policy
        name = known_tier(tier, policy.tiers)
        if _lower(policy, licence.tier, name) and not lower:
            raise InputError(
                f"{name} is lower than {licence.tier}, which this licence has now.", "Add --yes to confirm."
            )
        bought = policy.has_paid(name) and licence.tier in policy.tiers and not policy.has_paid(licence.tier)
        changed = licence._replace(tier=name, expires_at=None if bought else licence.expires_at)
        if end is not None:
            changed = changed._replace(expires_at=_still_to_come(end_of(db, end, actor.now), actor.now))
        return _change_terms(db, licence, changed, "licence upgraded", actor)


def _lower(policy: Policy, tier: str, than: str) -> bool:
    return tier in policy.tiers and policy.tiers[than].rank > policy.tiers[tier].rank


def revoke_licence(db: Desk, key: str, actor: Actor) -> Followed[Licence]:
    """Revoke a licence from now on; due times stay as promised. Raises InputError, NotOnRecord."""
    with transaction(db):
        licence = find_licence(db, key, actor.now)
        return _change_terms(db, licence, licence._replace(revoked=True), "licence revoked", actor)


def reinstate_licence(db: Desk, key: str, actor: Actor) -> Followed[Licence]:
    """Make a revoked licence count again from now on. Raises InputError, NotOnRecord."""
    with transaction(db):
        licence = find_licence(db, key, actor.now)
        return _change_terms(db, licence, licence._replace(revoked=False), "licence reinstated", actor)


def renew_licence(db: Desk, key: str, end: End, actor: Actor) -> Followed[Licence]:
    """Give a licence another end in the future. Raises NotOnRecord, and InputError for a revoked licence."""
    with transaction(db):
        licence = find_licence(db, key, actor.now)
        _refuse_revoked(licence)
        ends = _still_to_come(end_of(db, end, actor.now), actor.now)
        return _change_terms(db, licence, licence._replace(expires_at=ends), "licence renewed", actor)


def _still_to_come(end: int, now: int) -> int:
    if end <= now:
        raise InputError(
            "The licence would have expired already.",
            "Give a later --expires; to end a licence now, use `supportctl licence revoke`.",
        )
    return end


def _change_terms(db: Desk, licence: Licence, changed: Licence, cause: str, actor: Actor) -> Followed[Licence]:
    """Record new terms unless they are the old ones, and let the waiting tickets follow."""
    if changed == licence:
        return Followed(licence)
    licences.set_terms(db, changed, actor.now, actor)
    followed = follow(db, changed, licences.addresses(db, licence.id), actor.now, cause, actor)
    return followed._replace(remarks=(*_remarks(licence, changed, actor.now), *followed.remarks))


def _remarks(licence: Licence, changed: Licence, now: int) -> Iterator[str]:
    if licence.expires_at is not None and changed.expires_at is None:
        yield f"The end of the trial no longer counts; {_RENEW}."
    if changed.status(now) == "expired":
        yield f"The licence has expired, so it still gives no tier; {_RENEW}."


def find_licence(db: Desk, key: str, at: int) -> Licence:
    """The licence of a key on its terms at `at`. Raises InputError, NotOnRecord; neither repeats the key."""
    licence = licences.find(db, key, at)  # first: older desks may have keys that would be refused today
    if licence is None:
        parse_key(key)
        raise NotOnRecord("No licence with this key is on record.", "`supportctl licence list` lists them.")
    return licence


def list_licences(db: Desk, at: int) -> Iterator[Licence]:
    """All licences issued by `at`, by key."""
    return licences.every(db, at)
