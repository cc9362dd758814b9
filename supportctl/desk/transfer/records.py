"""Imports customers, licences and releases: each row is added, changes what is on record, or leaves it as it is."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from supportctl.clock import NEVER, date_alone
from supportctl.desk.accounts.follow import keys_applied
from supportctl.desk.accounts.keys import apply_waiting_keys
from supportctl.desk.accounts.licences import expiry_of
from supportctl.desk.revisions import MovedTicket, moved_tickets
from supportctl.desk.tickets.judge import reassess
from supportctl.desk.transfer.decision import ADDED, BATCH, CHANGED, UNCHANGED, Ending, RowDecision, TimesOf
from supportctl.desk.transfer.fields import Cells, Readers
from supportctl.desk.transfer.spelling import Spelling
from supportctl.desk.vocabulary import known_tier, policy_spelling
from supportctl.errors import InputError
from supportctl.masking import fold_key, unkeyed
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.identity import fold_address, parse_key
from supportctl.policy.versions import Release, parse_release
from supportctl.store import accounts, customers, licences, policies, releases, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader
from supportctl.store.sqlite import import_rows

ADDRESSES = frozenset({"from", "email", "delivery_email"})


def same_form(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they are compared: ignoring the case of an address."""
    return {field: fold_address(fact) if field in ADDRESSES else fact for field, fact in facts.items()}


class ImportedRows:
    """The rows of an import so far, by their subject; memory does not grow with the file."""

    def __init__(self, db: Desk) -> None:
        self._db = db
        import_rows.begin(db)

    def agree(self, cells: Cells, id: str, facts: Mapping[str, Any]) -> Callable[[], None]:
        """A function that remembers a row once it is imported. Raises InputError if an earlier one contradicts it.

        A blank contradicts nothing.
        """
        said = {field: hash(fact) for field, fact in same_form(facts).items()}
        place, before = import_rows.first_row(self._db, id) or (cells.place, "{}")
        earlier = json.loads(before)
        for field, fact in said.items():
            if earlier.get(field, fact) != fact:
                raise cells.wrong(field, f"{place} contradicts it.", "Keep one of the two rows.")
        return lambda: import_rows.record_row(self._db, id, place, json.dumps(earlier | said))


def one_of(*words: str) -> Callable[[str], str]:
    """A reader for one of these words, ignoring case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise InputError(f"'{unkeyed(text)}' is not one of {', '.join(words)}.", "Write one of them.")
        return text.lower()

    return read


class Importer:
    """Imports rows of one kind; the waiting tickets of what they change follow, a batch of addresses at a time."""

    cause = ""

    def __init__(self, db: Desk, actor: Actor, times: TimesOf, spelling: Spelling) -> None:
        self._db, self._actor, self._seen, self._spelling = db, actor, ImportedRows(db), spelling
        self._policy = policies.in_force(db, actor.now).policy
        self._readers = self._readers_of(times)
        self._affected: set[str] = set()
        self._moved: dict[int, MovedTicket] = {}
        self._applied: list[int] = []

    def _readers_of(self, times: TimesOf) -> Readers:
        """How the fields of a row are read."""
        raise NotImplementedError

    def decide(self, cells: Cells) -> RowDecision:
        """The decision on one row; nothing of it is written yet. Raises InputError, Refused."""
        raise NotImplementedError

    def settle(self) -> None:
        """Let the tickets follow once there is a batch of addresses."""
        if len(self._affected) >= BATCH:
            self._follow()

    def finish(self) -> Ending:
        """Let the rest follow too, in the import's transaction; returns everything that moved."""
        self._follow()
        return Ending(tuple(self._moved.values()), keys_applied(sorted(self._applied)))

    def _follow(self) -> None:
        self._applied += apply_waiting_keys(self._db, self._affected, self._actor)
        changes = reassess(self._db, sorted(self._affected), self._actor.now, self.cause, self._actor)
        for moved in moved_tickets(changes):
            earlier = self._moved.get(moved.id, moved)
            self._moved[moved.id] = moved._replace(was_due_at=earlier.was_due_at)
        self._affected.clear()


class Customers(Importer):
    """Customers by address. A blank value leaves what is on record; a new one without a date was always registered."""

    cause = "customers imported"

    def _readers_of(self, times: TimesOf) -> Readers:
        return {
            "email": self._spelling.address,
            "name": str,
            "kind": one_of("customer", "reseller"),
            "registered_at": times("registered_at"),
        }

    def decide(self, cells: Cells) -> RowDecision:
        facts = cells.facts(self._readers)
        folded = fold_address(facts["email"])
        remember = self._seen.agree(cells, folded, facts)
        account = customers.find(self._db, folded, self._actor.now)
        email = facts.pop("email")
        if account is None:
            new = Account(0, email, None, "customer", None)._replace(**facts)
            return RowDecision(ADDED, remember, lambda: self._put(accounts.add_account, new))
        changed = account._replace(**self._spelling.as_on_record(facts, account._asdict()))
        if changed == account:
            return RowDecision(UNCHANGED, remember)
        return RowDecision(CHANGED, remember, lambda: self._put(accounts.change_account, changed))

    def _put(self, put: Callable[..., object], account: Account) -> None:
        put(self._db, account, self._actor)
        self._affected.add(fold_address(account.email))


class Licences(Importer):
    """Licences by key. A changed tier, expiry or status is a new set of terms from now on (2.2)."""

    cause = "licences imported"
    _frozen = 0  # answered tickets sent while a licence was valid that was not on record at the time

    def _readers_of(self, times: TimesOf) -> Readers:
        return {
            "key": parse_key,
            "tier": lambda text: known_tier(text, self._policy.tiers),
            "delivery_email": self._spelling.address,
            "order": str,
            "issued_at": times("issued_at"),
            "expires_at": lambda text: expiry_of(self._policy, date_alone(text) or times("expires_at")(text)),
            "status": one_of("active", "revoked", "expired"),
        }

    def decide(self, cells: Cells) -> RowDecision:
        facts = cells.facts(self._readers)
        key = facts.pop("key")
        licence = licences.find(self._db, key)
        if licence is not None:
            facts = self._spelling.as_on_record(facts, {"order": licence.order})
        if licence is None and "tier" not in facts:
            raise cells.wrong("tier", "it is missing, and no licence of this key is on record.", "Give its tier.")
        changed = self._on(licence or Licence(0, key, "", None, None, None, None, False), dict(facts))
        self._check_dates(cells, changed, facts)
        remember = self._seen.agree(cells, fold_key(key), facts)
        if licence is None:
            return RowDecision(ADDED, remember, lambda: self._add(changed))
        if changed == licence:
            return RowDecision(UNCHANGED, remember)
        return RowDecision(CHANGED, remember, lambda: self._change(licence, changed))

    def _check_dates(self, cells: Cells, changed: Licence, facts: dict[str, Any]) -> None:
        if changed.issued_at is not None and changed.expires_at is not None and changed.expires_at <= changed.issued_at:
            raise cells.wrong("expires_at", "the licence would expire before it is issued.", "Check both dates.")
        if facts.get("status") == "expired" and changed.status(self._actor.now) == "active":
            raise cells.wrong(
                "expires_at", "this is in the future, but the status is expired.", "Correct one of the two."
            )

    def _on(self, licence: Licence, facts: dict[str, Any]) -> Licence:
        """The licence with these facts. A status without a date counts from now: when it changed is not known."""
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

    def _add(self, licence: Licence) -> None:
        added = accounts.add_licence(self._db, licence, self._actor)
        senders = DirectReader(self._db).of(licences.addresses(added.key))
        self._affected.update(senders)
        since = policies.BEGINNING if licence.issued_at is None else licence.issued_at
        until = NEVER if licence.expires_at is None else licence.expires_at
        for sender in senders:
            self._frozen += tickets.count_frozen(self._db, sender, self._policy.unlicensed, since, until)

    def _change(self, licence: Licence, changed: Licence) -> None:
        before = DirectReader(self._db).of(licences.addresses(licence.key))
        accounts.set_delivery(self._db, changed)
        if changed[2] != licence[2] or changed[6:] != licence[6:]:  # tier, expiry, revocation
            accounts.set_terms(self._db, changed, max(self._actor.now, changed.issued_at or 0), self._actor)
        self._affected.update(before + DirectReader(self._db).of(licences.addresses(licence.key)))

    def finish(self) -> Ending:
        ending = super().finish()
        if not self._frozen:
            return ending
        named = "1 ticket stays" if self._frozen == 1 else f"{self._frozen:,} tickets stay"
        said = f"{named} {self._policy.unlicensed}: answered or closed before these licences were on record."
        return ending._replace(remarks=(*ending.remarks, said))


class Releases(Importer):
    """Releases by product and version; they do not change tickets that were judged before.

    Without a date, a new one is of unknown date: before all dated ones.
    """

    def _readers_of(self, times: TimesOf) -> Readers:
        return {
            "product": lambda text: policy_spelling("product", text, self._policy.products),
            "version": lambda text: parse_release(text, self._policy.version_parts),
            "released_at": times("released_at"),
        }

    def decide(self, cells: Cells) -> RowDecision:
        facts = cells.facts(self._readers)
        product, version, released_at = facts["product"], facts["version"], facts.get("released_at")
        remember = self._seen.agree(cells, f"{product} {version}", facts)
        release = releases.find(self._db, product, version)
        if release is not None and released_at in (None, release.released_at):
            return RowDecision(UNCHANGED, remember)
        new = Release(version, released_at)
        done = ADDED if release is None else CHANGED
        return RowDecision(done, remember, lambda: releases.put(self._db, product, new, self._actor))
