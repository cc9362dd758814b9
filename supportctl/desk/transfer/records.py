"""Importing customers, licences and releases: each row is added, changes what is on record, or leaves it as it is."""

from collections.abc import Callable, Iterable
from typing import Any

from supportctl.clock import date_alone
from supportctl.desk.accounts.follow import keys_applied
from supportctl.desk.accounts.keys import apply_waiting_keys
from supportctl.desk.accounts.licences import end_of
from supportctl.desk.revisions import MovedTicket, moved_of
from supportctl.desk.tickets.judge import reassess
from supportctl.desk.transfer.decision import ADDED, BATCH, CHANGED, UNCHANGED, Ending, RowDecision, TimesOf
from supportctl.desk.transfer.fields import Cells, Readers
from supportctl.desk.transfer.rows_before import RowsBefore
from supportctl.desk.transfer.spelling import Spelling
from supportctl.desk.vocabulary import known, known_tier
from supportctl.errors import InputError
from supportctl.masking import fold_key, unkeyed
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.identity import fold_address, parse_key
from supportctl.policy.versions import Release, parse_release
from supportctl.store import customers, licences, policies, releases, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Asking, Desk


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of these words, whatever its case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise InputError(f"'{unkeyed(text)}' is not one of {', '.join(words)}.", "Write one of them.")
        return text.lower()

    return read


class Waiting:
    """The tickets that wait for addresses whose entitlement changed: they follow, a batch at a time."""

    def __init__(self, db: Desk, actor: Actor, cause: str) -> None:
        self._db, self._actor, self._cause = db, actor, cause
        self._affected: set[str] = set()
        self._moved: dict[int, MovedTicket] = {}
        self._applied: list[int] = []

    def affect(self, folded: Iterable[str]) -> None:
        """What these addresses are entitled to may be another thing from now on."""
        self._affected.update(folded)

    def settle(self) -> None:
        """Let the tickets follow once there is a batch of addresses."""
        if len(self._affected) >= BATCH:
            self._follow()

    def finish(self) -> Ending:
        """Let the rest follow too, in the transaction of the import; what came of all that followed."""
        self._follow()
        return Ending(tuple(self._moved.values()), keys_applied(sorted(self._applied)))

    def _follow(self) -> None:
        self._applied += apply_waiting_keys(self._db, self._affected, self._actor)
        changes = reassess(self._db, sorted(self._affected), self._actor.now, self._cause, self._actor)
        for moved in moved_of(changes):
            earlier = self._moved.get(moved.id, moved)
            self._moved[moved.id] = moved._replace(was_due_at=earlier.was_due_at)
        self._affected.clear()


class Customers:
    """Customers by address. A blank value leaves what is on record; a new one without a date is since ever."""

    def __init__(self, db: Desk, actor: Actor, times: TimesOf, spelling: Spelling) -> None:
        self._db, self._actor, self._seen, self._spelling = db, actor, RowsBefore(db), spelling
        self._waiting = Waiting(db, actor, "customers imported")
        kind = one_of("customer", "reseller")
        self._readers: Readers = {
            "email": spelling.address,
            "name": str,
            "kind": kind,
            "registered_at": times("registered_at"),
        }
        self.settle = self._waiting.settle

    def decide(self, cells: Cells) -> RowDecision:
        """What one row does. Raises InputError."""
        facts = cells.facts(self._readers)
        folded = fold_address(facts["email"])
        remember = self._seen.agree(cells, folded, facts)
        account = customers.find(self._db, folded, self._actor.now)
        email = facts.pop("email")
        if account is None:
            new = Account(0, email, None, "customer", None)._replace(**facts)
            return RowDecision(ADDED, lambda: self._put(customers.add, new, remember))
        changed = account._replace(**self._spelling.as_on_record(facts, account._asdict()))
        if changed == account:
            return RowDecision(UNCHANGED, remember)
        return RowDecision(CHANGED, lambda: self._put(customers.change, changed, remember))

    def _put(self, put: Callable[..., object], account: Account, remember: Callable[[], None]) -> None:
        put(self._db, account, self._actor)
        self._waiting.affect([fold_address(account.email)])
        remember()

    def finish(self) -> Ending:
        """Let the tickets that wait for these addresses follow."""
        return self._waiting.finish()


class Licences:
    """Licences by key. Another tier, expiry or status are new terms from now on (2.2)."""

    def __init__(self, db: Desk, actor: Actor, times: TimesOf, spelling: Spelling) -> None:
        self._spelling = spelling
        self._db, self._actor, self._seen = db, actor, RowsBefore(db)
        self._waiting = Waiting(db, actor, "licences imported")
        self.settle = self._waiting.settle
        policy = policies.in_force(db, actor.now).policy
        self._unlicensed, self._frozen = policy.unlicensed, 0
        self._readers: Readers = {
            "key": parse_key,
            "tier": lambda text: known_tier(text, policy.tiers),
            "delivery_email": spelling.address,
            "order": str,
            "issued_at": times("issued_at"),
            "expires_at": lambda text: end_of(policy, date_alone(text) or times("expires_at")(text)),
            "status": one_of("active", "revoked", "expired"),
        }

    def decide(self, cells: Cells) -> RowDecision:
        """What one row does. Raises InputError, which never repeats a key."""
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
            return RowDecision(ADDED, lambda: self._add(changed, remember))
        if changed == licence:
            return RowDecision(UNCHANGED, remember)
        return RowDecision(CHANGED, lambda: self._change(licence, changed, remember))

    def _check_dates(self, cells: Cells, changed: Licence, facts: dict[str, Any]) -> None:
        if changed.issued_at is not None and changed.expires_at is not None and changed.expires_at <= changed.issued_at:
            raise cells.wrong("expires_at", "the licence would expire before it is issued.", "Check both dates.")
        if facts.get("status") == "expired" and changed.status(self._actor.now) == "active":
            raise cells.wrong("expires_at", "this lies ahead, but the status is expired.", "Correct one of the two.")

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

    def _add(self, licence: Licence, remember: Callable[[], None]) -> None:
        added = licences.add(self._db, licence, self._actor)
        senders = Asking(self._db).of(licences.addresses(added.key))
        self._waiting.affect(senders)
        self._frozen += sum(self._frozen_of(sender, licence) for sender in senders)
        remember()

    def _frozen_of(self, sender: str, licence: Licence) -> int:
        """How many tickets an address sent while a licence held that was not on record when they were answered."""
        since = policies.BEGINNING if licence.issued_at is None else licence.issued_at
        until = licences.FOREVER if licence.expires_at is None else licence.expires_at
        return tickets.count_frozen(self._db, sender, self._unlicensed, since, until)

    def _change(self, licence: Licence, changed: Licence, remember: Callable[[], None]) -> None:
        before = Asking(self._db).of(licences.addresses(licence.key))
        licences.set_delivery(self._db, changed)
        if changed[2] != licence[2] or changed[6:] != licence[6:]:  # tier, expiry, revocation
            licences.set_terms(self._db, changed, max(self._actor.now, changed.issued_at or 0), self._actor)
        self._waiting.affect(before + Asking(self._db).of(licences.addresses(licence.key)))
        remember()

    def finish(self) -> Ending:
        """Let the tickets that wait on these licences follow."""
        ending = self._waiting.finish()
        return ending._replace(remarks=(*ending.remarks, *self._remarks()))

    def _remarks(self) -> tuple[str, ...]:
        if not self._frozen:
            return ()
        named = "1 ticket stays" if self._frozen == 1 else f"{self._frozen:,} tickets stay"
        return (f"{named} {self._unlicensed}: answered or closed before these licences were on record.",)


class Releases:
    """Releases by product and version. A blank date of a new one is unknown: before all dated ones."""

    def __init__(self, db: Desk, actor: Actor, times: TimesOf) -> None:
        self._db, self._actor, self._seen = db, actor, RowsBefore(db)
        policy = policies.in_force(db, actor.now).policy
        self._readers: Readers = {
            "product": lambda text: known("product", text, policy.products),
            "version": lambda text: parse_release(text, policy.version_parts),
            "released_at": times("released_at"),
        }

    def decide(self, cells: Cells) -> RowDecision:
        """What one row does. Raises InputError."""
        facts = cells.facts(self._readers)
        product, version, released_at = facts["product"], facts["version"], facts.get("released_at")
        remember = self._seen.agree(cells, f"{product} {version}", facts)
        release = releases.find(self._db, product, version)
        if release is not None and released_at in (None, release.released_at):
            return RowDecision(UNCHANGED, remember)
        new = Release(version, released_at)
        return RowDecision(ADDED if release is None else CHANGED, lambda: self._put(product, new, remember))

    def _put(self, product: str, release: Release, remember: Callable[[], None]) -> None:
        releases.put(self._db, product, release, self._actor)
        remember()

    def settle(self) -> None:
        """Nothing waits."""

    def finish(self) -> Ending:
        """Nothing more: a release changes no ticket that was judged before."""
        return Ending()
