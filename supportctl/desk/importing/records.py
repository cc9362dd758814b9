"""Importing customers, licences and releases: each row is added, changes what is on record, or leaves it as it is."""

import sqlite3
from collections.abc import Callable

from supportctl.desk.importing.fields import CUSTOMERS, LICENCES, RELEASES, Cells
from supportctl.desk.importing.seen import Seen
from supportctl.desk.judging import reassess
from supportctl.desk.vocabulary import known, known_tier
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.identity import fold_address, fold_key, parse_address, parse_key
from supportctl.policy.versions import Release, parse_release
from supportctl.store import customers, licences, policies, releases
from supportctl.store.actor import Actor

ADDED, CHANGED, UNCHANGED = "added", "changed", "unchanged"
ReadTime = Callable[[str], int]
TWICE = "stands twice in this file, with other data"


class Customers:
    """Customers by address. A blank cell leaves what is on record; a blank registration of a new one is since ever."""

    def __init__(self, db: sqlite3.Connection, actor: Actor, time: ReadTime) -> None:
        self._db, self._actor, self._time, self._seen = db, actor, time, Seen(db)
        self._affected: set[str] = set()

    def take(self, cells: Cells) -> str:
        """Store one row. Raises InputError."""
        email = cells.must_read("email", parse_address)
        kind = cells.read("kind", lambda text: known("kind", text, ("customer", "reseller")))
        given = Account(0, email, cells.text("name"), kind or "customer", cells.read("registered_at", self._time))
        if before := self._seen.before(fold_address(email), cells.all(CUSTOMERS)[1:]):
            if before == "other":
                raise cells.wrong("email", TWICE, "Keep one of the rows.")
            return UNCHANGED
        account = customers.find(self._db, email)
        if account is None:
            customers.add(self._db, given, self._actor)
            self._affected.add(fold_address(email))
            return ADDED
        changed = account._replace(
            name=account.name if given.name is None else given.name,
            kind=kind or account.kind,
            registered_at=account.registered_at if given.registered_at is None else given.registered_at,
        )
        if changed == account:
            return UNCHANGED
        customers.change(self._db, changed)
        self._affected.add(fold_address(email))
        return CHANGED

    def finish(self) -> None:
        """Let the tickets that wait for these addresses follow."""
        reassess(self._db, sorted(self._affected), self._actor.now, "customers imported", self._actor)


class Licences:
    """Licences by key. Another tier, expiry or status are new terms from now on (2.2)."""

    def __init__(self, db: sqlite3.Connection, actor: Actor, time: ReadTime) -> None:
        self._db, self._actor, self._time, self._seen = db, actor, time, Seen(db)
        self._tiers = policies.in_force(db, actor.now).policy.tiers
        self._affected: set[str] = set()

    def take(self, cells: Cells) -> str:
        """Store one row. Raises InputError, which never repeats a key."""
        key = cells.must_read("key", parse_key)
        status = cells.read("status", lambda text: known("status", text, ("active", "revoked", "expired")))
        given = Licence(
            id=0,
            key=key,
            tier=cells.must_read("tier", lambda text: known_tier(text, self._tiers)),
            delivery_email=cells.read("delivery_email", parse_address),
            order=cells.text("order"),
            issued_at=cells.read("issued_at", self._time),
            expires_at=cells.read("expires_at", self._time),
            revoked=status == "revoked",
        )
        self._check(cells, given, status)
        if before := self._seen.before(fold_key(key), cells.all(LICENCES)[1:]):
            if before == "other":
                raise cells.wrong("key", TWICE, "Keep one of the rows.")
            return UNCHANGED
        licence = licences.find(self._db, key)
        return self._add(given, status) if licence is None else self._change(licence, given, status)

    def _check(self, cells: Cells, given: Licence, status: str | None) -> None:
        now = self._actor.now
        if status == "expired" and given.expires_at is not None and given.expires_at > now:
            raise cells.wrong("expires_at", "lies ahead, but the status says expired", "Correct one of the two.")
        if given.issued_at is not None and given.expires_at is not None and given.expires_at <= given.issued_at:
            raise cells.wrong("expires_at", "lies before the licence is issued", "Check both dates.")

    def _add(self, given: Licence, status: str | None) -> str:
        if status == "expired" and given.expires_at is None:
            given = given._replace(expires_at=self._actor.now)
        added = licences.add(self._db, given, self._actor)
        if given.issued_at is None or given.issued_at <= self._actor.now:
            self._affected.update(licences.addresses(self._db, added.id))
        return ADDED

    def _change(self, licence: Licence, given: Licence, status: str | None) -> str:
        now = self._actor.now
        expires_at = licence.expires_at if given.expires_at is None else given.expires_at
        if status == "expired" and licence.status(now) != "expired" and given.expires_at is None:
            expires_at = now
        revoked = licence.revoked if status is None else given.revoked
        terms = licence._replace(tier=given.tier, expires_at=expires_at, revoked=revoked)
        changed = terms._replace(
            delivery_email=given.delivery_email or licence.delivery_email,
            order=given.order or licence.order,
            issued_at=licence.issued_at if given.issued_at is None else given.issued_at,
        )
        if changed == licence:
            return UNCHANGED
        self._affected.update(licences.addresses(self._db, licence.id))
        if terms != licence:
            licences.set_terms(self._db, terms, now, self._actor)
        if changed != terms:
            licences.set_delivery(self._db, changed)
        self._affected.update(licences.addresses(self._db, licence.id))
        return CHANGED

    def finish(self) -> None:
        """Let the tickets that wait on these licences follow."""
        reassess(self._db, sorted(self._affected), self._actor.now, "licences imported", self._actor)


class Releases:
    """Releases by product and version. A blank date of a new one is unknown: before all dated ones."""

    def __init__(self, db: sqlite3.Connection, actor: Actor, time: ReadTime) -> None:
        self._db, self._actor, self._time, self._seen = db, actor, time, Seen(db)
        self._products = policies.in_force(db, actor.now).policy.products

    def take(self, cells: Cells) -> str:
        """Store one row. Raises InputError."""
        product = cells.must_read("product", lambda text: known("product", text, self._products))
        version = cells.must_read("version", parse_release)
        released_at = cells.read("released_at", self._time)
        if before := self._seen.before(f"{product} {version}", cells.all(RELEASES)):
            if before == "other":
                raise cells.wrong("version", TWICE, "Keep one of the rows.")
            return UNCHANGED
        release = releases.find(self._db, product, version)
        if release is not None and released_at in (None, release.released_at):
            return UNCHANGED
        releases.put(self._db, product, Release(version, released_at), self._actor)
        return ADDED if release is None else CHANGED

    def finish(self) -> None:
        """Nothing more: a release changes no ticket that was judged before."""
