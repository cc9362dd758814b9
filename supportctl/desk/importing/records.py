"""Importing customers, licences and releases: each row is added, changes what is on record, or leaves it as it is."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from supportctl.clock import date_alone
from supportctl.desk.importing.fields import Cells, Readers
from supportctl.desk.importing.seen import Seen
from supportctl.desk.importing.spelling import Spelling
from supportctl.desk.judging import reassess
from supportctl.desk.keys import apply_waiting_keys
from supportctl.desk.licences import end_of
from supportctl.desk.vocabulary import known, known_tier
from supportctl.errors import InputError
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.identity import fold_address, fold_key, parse_key
from supportctl.policy.versions import Release, parse_release
from supportctl.store import customers, licences, policies, releases
from supportctl.store.actor import Actor

ADDED, CHANGED, UNCHANGED = "added", "changed", "unchanged"
ReadTime = Callable[[str], int]
BATCH = 1000


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of these words, whatever its case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise InputError(f"'{text[:60]}' is not one of {', '.join(words)}.", "Write one of them.")
        return text.lower()

    return read


class Waiting:
    """The tickets that wait for addresses whose entitlement changed: they follow, a batch at a time."""

    def __init__(self, db: sqlite3.Connection, actor: Actor, cause: str) -> None:
        self._db, self._actor, self._cause = db, actor, cause
        self._affected: set[str] = set()

    def affect(self, folded: Iterable[str]) -> None:
        """What these addresses are entitled to may be another thing from now on."""
        self._affected.update(folded)
        if len(self._affected) >= BATCH:
            self.follow()

    def follow(self) -> None:
        """Let the tickets of the affected addresses follow, in the transaction of the import."""
        apply_waiting_keys(self._db, self._affected, self._actor)
        reassess(self._db, sorted(self._affected), self._actor.now, self._cause, self._actor)
        self._affected.clear()


class Customers:
    """Customers by address. A blank value leaves what is on record; a new one without a date is since ever."""

    def __init__(self, db: sqlite3.Connection, actor: Actor, time: ReadTime, spelling: Spelling) -> None:
        self._db, self._actor, self._seen, self._spelling = db, actor, Seen(db), spelling
        self._waiting = Waiting(db, actor, "customers imported")
        kind = one_of("customer", "reseller")
        self._readers: Readers = {"email": spelling.address, "name": str, "kind": kind, "registered_at": time}

    def take(self, cells: Cells) -> str:
        """Store one row. Raises InputError."""
        facts = cells.facts(self._readers)
        folded = fold_address(facts["email"])
        self._seen.agree(cells, folded, facts)
        account = customers.find(self._db, folded, self._actor.now)
        email = facts.pop("email")
        if account is not None:
            facts = self._spelling.as_on_record(facts, account._asdict())
        if account is None:
            customers.add(self._db, Account(0, email, None, "customer", None)._replace(**facts), self._actor)
        elif (changed := account._replace(**facts)) != account:
            customers.change(self._db, changed, self._actor)
        else:
            return UNCHANGED
        self._waiting.affect([folded])
        return ADDED if account is None else CHANGED

    def finish(self) -> None:
        """Let the tickets that wait for these addresses follow."""
        self._waiting.follow()


class Licences:
    """Licences by key. Another tier, expiry or status are new terms from now on (2.2)."""

    def __init__(self, db: sqlite3.Connection, actor: Actor, time: ReadTime, spelling: Spelling) -> None:
        self._spelling = spelling
        self._db, self._actor, self._seen = db, actor, Seen(db)
        self._waiting = Waiting(db, actor, "licences imported")
        tiers = policies.in_force(db, actor.now).policy.tiers
        self._readers: Readers = {
            "key": parse_key,
            "tier": lambda text: known_tier(text, tiers),
            "delivery_email": spelling.address,
            "order": str,
            "issued_at": time,
            "expires_at": lambda text: end_of(db, date_alone(text) or time(text), actor.now),
            "status": one_of("active", "revoked", "expired"),
        }

    def take(self, cells: Cells) -> str:
        """Store one row. Raises InputError, which never repeats a key."""
        facts = cells.facts(self._readers)
        key = facts.pop("key")
        licence = licences.find(self._db, key)
        if licence is not None:
            facts = self._spelling.as_on_record(facts, {"order": licence.order})
        if licence is None and "tier" not in facts:
            raise cells.wrong("tier", "it is missing, and no licence of this key is on record.", "Give its tier.")
        changed = self._on(licence or Licence(0, key, "", None, None, None, None, False), dict(facts))
        if changed.issued_at is not None and changed.expires_at is not None and changed.expires_at <= changed.issued_at:
            raise cells.wrong("expires_at", "the licence would expire before it is issued.", "Check both dates.")
        if facts.get("status") == "expired" and changed.status(self._actor.now) == "active":
            raise cells.wrong("expires_at", "this lies ahead, but the status is expired.", "Correct one of the two.")
        self._seen.agree(cells, fold_key(key), facts)
        if licence is None:
            return self._add(changed)
        return UNCHANGED if changed == licence else self._change(licence, changed)

    def _on(self, licence: Licence, facts: dict[str, Any]) -> Licence:
        """The licence with these facts. A status without a date counts from now: when it came about is not known."""
        status = facts.pop("status", None)
        if licence.delivery_email and "delivery_email" in facts:
            same = fold_address(facts["delivery_email"]) == fold_address(licence.delivery_email)
            facts["delivery_email"] = licence.delivery_email if same else facts["delivery_email"]
        is_now = licence._replace(revoked=False).status(self._actor.now)
        if "expires_at" not in facts and status in ("active", "expired") and status != is_now:
            facts["expires_at"] = self._actor.now if status == "expired" else None
        if status in ("active", "revoked"):
            facts["revoked"] = status == "revoked"
        return licence._replace(**facts)

    def _add(self, licence: Licence) -> str:
        added = licences.add(self._db, licence, self._actor)
        if licence.issued_at is None or licence.issued_at <= self._actor.now:
            self._waiting.affect(licences.addresses(self._db, added.id))
        return ADDED

    def _change(self, licence: Licence, changed: Licence) -> str:
        before = licences.addresses(self._db, licence.id)
        licences.set_delivery(self._db, changed)
        if changed[2] != licence[2] or changed[6:] != licence[6:]:  # tier, expiry, revocation
            licences.set_terms(self._db, changed, max(self._actor.now, changed.issued_at or 0), self._actor)
        self._waiting.affect(before + licences.addresses(self._db, licence.id))
        return CHANGED

    def finish(self) -> None:
        """Let the tickets that wait on these licences follow."""
        self._waiting.follow()


class Releases:
    """Releases by product and version. A blank date of a new one is unknown: before all dated ones."""

    def __init__(self, db: sqlite3.Connection, actor: Actor, time: ReadTime) -> None:
        self._db, self._actor, self._seen = db, actor, Seen(db)
        products = policies.in_force(db, actor.now).policy.products
        self._readers: Readers = {
            "product": lambda text: known("product", text, products),
            "version": parse_release,
            "released_at": time,
        }

    def take(self, cells: Cells) -> str:
        """Store one row. Raises InputError."""
        facts = cells.facts(self._readers)
        product, version, released_at = facts["product"], facts["version"], facts.get("released_at")
        self._seen.agree(cells, f"{product} {version}", facts)
        release = releases.find(self._db, product, version)
        if release is not None and released_at in (None, release.released_at):
            return UNCHANGED
        releases.put(self._db, product, Release(version, released_at), self._actor)
        return ADDED if release is None else CHANGED

    def finish(self) -> None:
        """Nothing more: a release changes no ticket that was judged before."""
