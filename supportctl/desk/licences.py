"""Licences: adding them and finding them; tickets that wait follow at once (2.2, 4.5)."""

import sqlite3
from collections.abc import Iterator

from supportctl.desk.judging import reassess
from supportctl.desk.vocabulary import known_tier
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.entitlement import Licence
from supportctl.policy.identity import parse_address, parse_key
from supportctl.store import licences, policies
from supportctl.store.actor import Actor
from supportctl.store.connection import transaction


def add_licence(db: sqlite3.Connection, given: Licence, actor: Actor) -> Licence:
    """Put a licence on record. Adding the same twice changes nothing.

    Raises InputError for a malformed value, an unknown tier, or a key that is on record with other data.
    """
    with transaction(db):
        licence = check_licence(db, given, actor.now)
        known = licences.find(db, licence.key)
        if known is not None:
            _same_or_refuse(known, licence)
            return known
        added = licences.add(db, licence, actor)
        since = actor.now if added.issued_at is None else max(actor.now, added.issued_at)
        reassess(db, licences.addresses(db, added.id), since, "licence added", actor)
        return added


def check_licence(db: sqlite3.Connection, given: Licence, at: int) -> Licence:
    """The licence with its values in the desk's own spelling. Raises InputError."""
    if given.issued_at is not None and given.expires_at is not None and given.expires_at <= given.issued_at:
        raise InputError("The licence would expire before it is issued.", "Check both dates.")
    return given._replace(
        key=parse_key(given.key),
        tier=known_tier(given.tier, policies.in_force(db, at).policy.tiers),
        delivery_email=parse_address(given.delivery_email) if given.delivery_email else None,
    )


def _same_or_refuse(known: Licence, given: Licence) -> None:
    fields = ("tier", "delivery_email", "order", "expires_at")
    other = [f for f in fields if getattr(given, f) is not None and getattr(given, f) != getattr(known, f)]
    if other:
        raise InputError(
            f"This key is on record with another {' and '.join(other).replace('_', ' ')}; nothing was changed.",
            "See it with `supportctl licence show`, change its tier with `licence upgrade`.",
        )


def upgrade_licence(db: sqlite3.Connection, key: str, tier: str, actor: Actor, *, lower: bool = False) -> Licence:
    """Give a licence another tier from now on (2.2); every ticket that waits on it follows in the same transaction.

    Raises NotOnRecord, and InputError for an unknown tier, or for a lower one unless `lower` agrees to that.
    """
    with transaction(db):
        licence = find_licence(db, key, actor.now)
        tiers = policies.in_force(db, actor.now).policy.tiers
        name = known_tier(tier, tiers)
        if licence.tier in tiers and tiers[name].rank > tiers[licence.tier].rank and not lower:
            raise InputError(
                f"{name} is lower than {licence.tier}, which this licence has now.", "Add --yes if that is meant."
            )
        return _change_terms(db, licence, licence._replace(tier=name), "licence upgraded", actor)


def revoke_licence(db: sqlite3.Connection, key: str, actor: Actor) -> Licence:
    """Let a licence count no more from now on; due times stay as promised. Raises InputError, NotOnRecord."""
    with transaction(db):
        licence = find_licence(db, key, actor.now)
        return _change_terms(db, licence, licence._replace(revoked=True), "licence revoked", actor)


def _change_terms(db: sqlite3.Connection, licence: Licence, changed: Licence, cause: str, actor: Actor) -> Licence:
    """Put new terms on record unless they are the old ones, and let the waiting tickets follow."""
    if changed != licence:
        licences.set_terms(db, changed, actor.now, actor)
        reassess(db, licences.addresses(db, licence.id), actor.now, cause, actor)
    return changed


def find_licence(db: sqlite3.Connection, key: str, at: int) -> Licence:
    """The licence of a key on its terms at `at`. Raises InputError, NotOnRecord; neither repeats the key."""
    licence = licences.find(db, parse_key(key), at)
    if licence is None:
        raise NotOnRecord("No licence with this key is on record.", "`supportctl licence list` shows those that are.")
    return licence


def list_licences(db: sqlite3.Connection, at: int) -> Iterator[Licence]:
    """All licences issued by `at`, by key."""
    return licences.every(db, at)
