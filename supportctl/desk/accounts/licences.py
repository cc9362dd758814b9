"""Licences: adding them, changing their terms and finding them; waiting tickets follow at once (2.2, 4.5)."""

from collections.abc import Iterator
from datetime import date

from supportctl.clock import end_of_day, policy_zone
from supportctl.desk.accounts.follow import ChangedRecord, consequences_of, save_with_consequences
from supportctl.desk.tickets.judge import Judge
from supportctl.desk.vocabulary import known_tier
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.entitlement import Licence
from supportctl.policy.facts import DELIVERED, EVER, HeldLicence, LicenceTerms
from supportctl.policy.identity import fold_address, parse_address, parse_key
from supportctl.policy.model import Policy
from supportctl.store import facts, licences
from supportctl.store.actor import Actor
from supportctl.store.change import ReadSet
from supportctl.store.desk import Desk, DirectReader, Reader
from supportctl.store.newest import WriteScope, begin
from supportctl.store.policies import BEGINNING

End = int | date  # when a licence ends: UTC epoch seconds, or with the end of a day in the policy's zone


def expiry_of(policy: Policy, end: End) -> int:
    """The end of a licence as UTC epoch seconds, by the zone of a policy (hard question 6)."""
    return end if isinstance(end, int) else end_of_day(end, policy_zone(policy.hours["timezone"]))


def add_licence(db: Desk, given: Licence, actor: Actor, *, end: End | None = None) -> ChangedRecord[Licence]:
    """Record a licence that ends at `end`. Adding the same twice changes nothing.

    Raises InputError for a malformed value, an unknown tier, or a key that is on record with other data, or revoked.
    """
    waiting = [given.delivery_email] if given.delivery_email else []
    questions = facts.of_key(given.key), licences.addresses(given.key)
    reads, actor = begin(db, actor, WriteScope(key=given.key, waiting=waiting), *questions)
    policy = Judge(reads).in_force(actor.now).policy
    ends = None if end is None else expiry_of(policy, end)
    licence = check_licence(policy, given._replace(expires_at=ends))
    known = facts.licence(reads, licence.key)
    if known is not None:
        on_record = known.terms[-1].licence
        _same_or_refuse(on_record, licence, actor.now)
        return ChangedRecord(on_record)
    held = HeldLicence(DELIVERED, EVER, (LicenceTerms(_beginning(licence), actor.now, licence),))
    people = {each: facts.person(reads, each) for each in reads.of(licences.addresses(licence.key))}
    if licence.delivery_email:
        people[fold_address(licence.delivery_email)] = facts.person(reads, licence.delivery_email).holding(held)
    since = actor.now if licence.issued_at is None else max(actor.now, licence.issued_at)
    found = consequences_of(reads, dict(sorted(people.items())), since, "licence added", actor, held)
    return save_with_consequences(db, reads, licence, found, actor, licence=licence)


def _beginning(licence: Licence) -> int:
    """Since when the first terms of a licence are effective."""
    return BEGINNING if licence.issued_at is None else licence.issued_at


def check_licence(policy: Policy, given: Licence) -> Licence:
    """The licence with its values in the desk's own spelling. Raises InputError."""
    if given.issued_at is not None and given.expires_at is not None and given.expires_at <= given.issued_at:
        raise InputError("The licence would expire before it is issued.", "Check both dates.")
    return given._replace(
        key=parse_key(given.key),
        tier=known_tier(given.tier, policy.tiers),
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
) -> ChangedRecord[Licence]:
    """Give a licence another tier from now on (2.2); tickets that rest on it follow in the same transaction.

    When a trial becomes paid, its end no longer counts. Raises NotOnRecord, and InputError for an unknown tier, a
    revoked licence, or a lower tier unless `lower` agrees to that.
    """
    reads, actor, held, licence = _take_up(db, key, actor)
    _refuse_revoked(licence)
    policy = Judge(reads).in_force(actor.now).policy
    name = known_tier(tier, policy.tiers)
    if _lower(policy, licence.tier, name) and not lower:
        raise InputError(f"{name} is lower than {licence.tier}, which this licence has now.", "Add --yes to confirm.")
    bought = policy.has_paid(name) and licence.tier in policy.tiers and not policy.has_paid(licence.tier)
    changed = licence._replace(tier=name, expires_at=None if bought else licence.expires_at)
    if end is not None:
        changed = changed._replace(expires_at=_still_to_come(expiry_of(policy, end), actor.now))
    return _change_terms(db, reads, held, licence, changed, "licence upgraded", actor)


def _lower(policy: Policy, tier: str, than: str) -> bool:
    return tier in policy.tiers and policy.tiers[than].rank > policy.tiers[tier].rank


def revoke_licence(db: Desk, key: str, actor: Actor) -> ChangedRecord[Licence]:
    """Let a licence count no more from now on; due times stay as promised. Raises InputError, NotOnRecord."""
    reads, actor, held, licence = _take_up(db, key, actor)
    return _change_terms(db, reads, held, licence, licence._replace(revoked=True), "licence revoked", actor)


def reinstate_licence(db: Desk, key: str, actor: Actor) -> ChangedRecord[Licence]:
    """Let a licence that was revoked count again from now on. Raises InputError, NotOnRecord."""
    reads, actor, held, licence = _take_up(db, key, actor)
    return _change_terms(db, reads, held, licence, licence._replace(revoked=False), "licence reinstated", actor)


def renew_licence(db: Desk, key: str, end: End, actor: Actor) -> ChangedRecord[Licence]:
    """Give a licence another end in the future. Raises NotOnRecord, and InputError for a revoked licence."""
    reads, actor, held, licence = _take_up(db, key, actor)
    _refuse_revoked(licence)
    ends = _still_to_come(expiry_of(Judge(reads).in_force(actor.now).policy, end), actor.now)
    return _change_terms(db, reads, held, licence, licence._replace(expires_at=ends), "licence renewed", actor)


def restore_terms(db: Desk, number: int, n: int, actor: Actor) -> ChangedRecord[Licence]:
    """Give a licence the terms again that it had before those of number `n`, from now on; due times stay as promised.

    Raises NotOnRecord, Conflict.
    """
    (before, _), *_ = DirectReader(db).of(licences.terms_from(number, n - 1))
    reads, actor, held, licence = _take_up(db, before.key, actor)
    restored = licence._replace(tier=before.tier, revoked=before.revoked, expires_at=before.expires_at)
    return _change_terms(db, reads, held, licence, restored, "licence change taken back", actor)


def _take_up(db: Desk, key: str, actor: Actor) -> tuple[ReadSet, Actor, HeldLicence, Licence]:
    """The licence of a key, with all its terms and with the current ones, and the people it concerns, in one batch."""
    reads, actor = begin(db, actor, WriteScope(key=key), facts.of_key(key), licences.addresses(key))
    return reads, actor, *read_licence(reads, key, actor.now)


def _still_to_come(end: int, now: int) -> int:
    if end <= now:
        raise InputError(
            "The licence would have expired already.",
            "Give a later --expires; to end a licence now, use `supportctl licence revoke`.",
        )
    return end


def _change_terms(
    db: Desk, reads: ReadSet, held: HeldLicence, licence: Licence, changed: Licence, cause: str, actor: Actor
) -> ChangedRecord[Licence]:
    """Record new terms unless they are the old ones, and let the waiting tickets follow."""
    if changed == licence:
        return ChangedRecord(licence)
    terms, senders = LicenceTerms(actor.now, actor.now, changed), reads.of(licences.addresses(licence.key))
    reads.ahead(*(question for sender in senders for question in facts.of_person(sender)))
    people = {sender: facts.person(reads, sender).on_new_terms(terms) for sender in senders}
    found = consequences_of(reads, people, actor.now, cause, actor, held.with_terms(terms))
    followed = save_with_consequences(db, reads, changed, found, actor, terms=changed)
    return followed._replace(remarks=(*_remarks(licence, changed, actor.now), *followed.remarks))


def _remarks(licence: Licence, changed: Licence, now: int) -> Iterator[str]:
    if licence.expires_at is not None and changed.expires_at is None:
        yield f"The end of the trial no longer counts; {_RENEW}."
    if changed.status(now) == "expired":
        yield f"The licence has expired, so it still gives no tier; {_RENEW}."


def find_licence(db: Desk, key: str, at: int) -> Licence:
    """The licence of a key on its terms at `at`. Raises InputError, NotOnRecord; neither repeats the key."""
    return read_licence(DirectReader(db), key, at)[1]


def read_licence(read: Reader, key: str, at: int) -> tuple[HeldLicence, Licence]:
    """The licence of a key, with all its terms and with those of `at`. Raises InputError, NotOnRecord."""
    held = facts.licence(read, key)  # first: older desks may have keys that would be refused today
    licence = held.on_terms(at) if held else None
    if held is None or licence is None:
        parse_key(key)
        raise NotOnRecord("No licence with this key is on record.", "`supportctl licence list` lists them.")
    return held, licence


def list_licences(db: Desk, at: int) -> Iterator[Licence]:
    """All licences issued by `at`, by key."""
    return licences.every(db, at)
