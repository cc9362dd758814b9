"""Imports customers, licences and releases: each row is added, changes what is on record, or leaves it as it is."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

from supportctl.clock import NEVER, date_alone
from supportctl.desk.accounts.follow import keys_applied
from supportctl.desk.accounts.keys import apply_waiting_keys
from supportctl.desk.accounts.licences import expiry_of
from supportctl.desk.revisions import MovedTicket, moved_tickets
from supportctl.desk.tickets.judge import reassess
from supportctl.desk.transfer.decision import ADDED, BATCH, CHANGED, UNCHANGED, Ending, RowDecision, TimesOf
from supportctl.desk.transfer.fields import CUSTOMERS, LICENCES, RELEASES, Cells, Readers, RecordKind
from supportctl.desk.transfer.spelling import Spelling
from supportctl.desk.vocabulary import known_tier, policy_spelling
from supportctl.errors import InputError
from supportctl.masking import fold_key, unkeyed
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.identity import fold_address, parse_key
from supportctl.policy.versions import Release, parse_release
from supportctl.store import accounts, customers, import_rows, licences, policies, releases, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader, in_parts

ADDRESSES = frozenset({"from", "email", "delivery_email"})


def same_form(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they are compared: ignoring the case of an address."""
    return {**facts, **{field: fold_address(facts[field]) for field in ADDRESSES & facts.keys()}}


class ImportedRows:
    """The rows of an import so far, by their subject; memory does not grow with the file."""

    def __init__(self, db: Desk, fields: Sequence[str]) -> None:
        self._db, self._fields = db, fields
        self._earlier: dict[str, import_rows.Said | None] = {}  # of the ids looked up, None for one not seen before
        self._unkept: dict[str, import_rows.Said] = {}
        import_rows.begin(db, fields)

    def look_ahead(self, ids: Sequence[str]) -> None:
        """Look up in one go what rows before said of these ids."""
        import_rows.record_rows(self._db, self._fields, self._unkept.values())
        self._unkept = {}
        self._earlier = {**dict.fromkeys(ids), **import_rows.said_before(self._db, ids)}

    def agree(self, cells: Cells, id: str, facts: Mapping[str, Any]) -> Callable[[], None]:
        """A function that remembers a row once it is imported. Raises InputError if an earlier one contradicts it.

        A blank contradicts nothing.
        """
        if id not in self._earlier:
            self.look_ahead([id])
        same = same_form(facts)
        said = [hash(same[field]) if field in same else None for field in self._fields]
        place = cells.place
        if earlier := self._earlier[id]:
            _, place, *before = earlier
            for at, (was, now) in enumerate(zip(before, said, strict=True)):
                if now is None:
                    said[at] = was
                elif was is not None and was != now:
                    raise cells.wrong(self._fields[at], f"{place} contradicts it.", "Keep one of the two rows.")
        return partial(self._remember, (id, place, *said))

    def _remember(self, said: import_rows.Said) -> None:
        self._earlier[said[0]] = self._unkept[said[0]] = said


def one_of(*words: str) -> Callable[[str], str]:
    """A reader for one of these words, ignoring case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise InputError(f"'{unkeyed(text)}' is not one of {', '.join(words)}.", "Write one of them.")
        return text.lower()

    return read


class ReadRow(NamedTuple):
    """A row as read: what it is about, in the form that is compared, and its facts by field."""

    cells: Cells
    id: str
    facts: dict[str, Any]


T = TypeVar("T")


class Importer(Generic[T]):
    """Imports rows of one kind, a batch at a time: each adds a record of type T, changes it, or leaves it as it is.

    The waiting tickets of what they change follow, a batch of addresses at a time.
    """

    cause = ""
    kind: RecordKind

    def __init__(self, db: Desk, actor: Actor, times: TimesOf, spelling: Spelling) -> None:
        self._db, self._actor, self._spelling = db, actor, spelling
        self._seen = ImportedRows(db, [field for field in self.kind.fields if field not in self.kind.required])
        self._policy = policies.in_force(db, actor.now).policy
        self._readers = self._readers_of(times)
        self._known: dict[str, T | None] = {}  # by id, as on record: those of the batch that no row of it has changed
        self._new: list[T] = []  # to be added
        self._affected: set[str] = set()
        self._moved: dict[int, MovedTicket] = {}
        self._applied: list[int] = []

    def _readers_of(self, times: TimesOf) -> Readers:
        """How the fields of a row are read."""
        raise NotImplementedError

    def _id(self, facts: dict[str, Any]) -> str:
        """What a row with these facts is about, in the form that is compared."""
        raise NotImplementedError

    def _on_record(self, rows: Sequence[ReadRow]) -> Mapping[str, T]:
        """The records that some rows are about, by id."""
        raise NotImplementedError

    def _add_all(self, new: Sequence[T]) -> None:
        """Record what is new."""
        raise NotImplementedError

    def read(self, cells: Cells) -> ReadRow:
        """The row as read. Raises InputError."""
        facts = cells.facts(self._readers)
        return ReadRow(cells, self._id(facts), facts)

    def look_ahead(self, rows: Sequence[ReadRow]) -> None:
        """Look up in one go what is known about the rows to come."""
        self._record_new()
        ids = [row.id for row in rows]
        self._seen.look_ahead(ids)
        self._known = {**dict.fromkeys(ids), **self._on_record(rows)}

    def decide(self, row: ReadRow) -> RowDecision:
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

    def _known_as(self, row: ReadRow) -> T | None:
        """The record that a row is about, with what earlier rows made of it."""
        if row.id not in self._known:
            self._record_new()
            self._known[row.id] = self._on_record([row]).get(row.id)
        return self._known[row.id]

    def _record_new(self) -> None:
        if self._new:
            self._add_all(self._new)
            self._new = []

    def _follow(self) -> None:
        self._record_new()
        if senders := sorted(tickets.senders_among(self._db, list(self._affected))):
            self._applied += apply_waiting_keys(self._db, senders, self._actor)
            changes = reassess(self._db, senders, self._actor.now, self.cause, self._actor)
            for moved in moved_tickets(changes):
                earlier = self._moved.get(moved.id, moved)
                self._moved[moved.id] = moved._replace(was_due_at=earlier.was_due_at)
        self._affected.clear()


class Customers(Importer[Account]):
    """Customers by address. A blank value leaves what is on record; a new one without a date was always registered."""

    cause = "customers imported"
    kind = CUSTOMERS

    def _readers_of(self, times: TimesOf) -> Readers:
        return {
            "email": self._spelling.address,
            "name": str,
            "kind": one_of("customer", "reseller"),
            "registered_at": times("registered_at"),
        }

    def _id(self, facts: dict[str, Any]) -> str:
        return fold_address(facts["email"])

    def _on_record(self, rows: Sequence[ReadRow]) -> Mapping[str, Account]:
        registered = partial(customers.registered, at=self._actor.now)
        return in_parts(self._db, registered, [row.id for row in rows])

    def _add_all(self, new: Sequence[Account]) -> None:
        accounts.add_accounts(self._db, new, self._actor)

    def decide(self, row: ReadRow) -> RowDecision:
        remember = self._seen.agree(row.cells, row.id, row.facts)
        account = self._known_as(row)
        if account is None:
            return RowDecision(ADDED, remember, partial(self._add, row.id, NEW_ACCOUNT._replace(**row.facts)))
        facts = self._spelling.as_on_record({**row.facts, "email": account.email}, account._asdict())
        changed = account._replace(**facts)
        if changed == account:
            return RowDecision(UNCHANGED, remember)
        return RowDecision(CHANGED, remember, partial(self._change, row.id, changed))

    def _add(self, id: str, account: Account) -> None:
        self._new.append(account)
        self._touch(id)

    def _change(self, id: str, account: Account) -> None:
        accounts.change_account(self._db, account, self._actor)
        self._touch(id)

    def _touch(self, id: str) -> None:
        del self._known[id]
        self._affected.add(id)


NEW_ACCOUNT = Account(0, "", None, "customer", None)
NEW_LICENCE = Licence(0, "", "", None, None, None, None, False)


class Licences(Importer[Licence]):
    """Licences by key. A changed tier, expiry or status is a new set of terms from now on (2.2)."""

    cause = "licences imported"
    kind = LICENCES
    _frozen = 0  # answered tickets sent while a licence was valid that was not on record at the time

    def _readers_of(self, times: TimesOf) -> Readers:
        expiry = times("expires_at")
        return {
            "key": parse_key,
            "tier": lru_cache(maxsize=256)(lambda text: known_tier(text, self._policy.tiers)),
            "delivery_email": self._spelling.address,
            "order": str,
            "issued_at": times("issued_at"),
            "expires_at": lambda text: expiry_of(self._policy, date_alone(text) or expiry(text)),
            "status": one_of("active", "revoked", "expired"),
        }

    def _id(self, facts: dict[str, Any]) -> str:
        return fold_key(facts["key"])

    def _on_record(self, rows: Sequence[ReadRow]) -> Mapping[str, Licence]:
        return in_parts(self._db, licences.of_keys, [row.id for row in rows])

    def look_ahead(self, rows: Sequence[ReadRow]) -> None:
        super().look_ahead(rows)
        self._gave_key = tickets.senders_with_keys(self._db, [row.id for row in rows])
        concerned = {fold_address(to) for row in rows if (to := row.facts.get("delivery_email"))}
        concerned.update(*self._gave_key.values())
        self._senders = tickets.senders_among(self._db, list(concerned))

    def _add_all(self, new: Sequence[Licence]) -> None:
        accounts.add_licences(self._db, new, self._actor)

    def decide(self, row: ReadRow) -> RowDecision:
        cells, facts, licence = row.cells, row.facts, self._known_as(row)
        if licence is not None:
            facts = self._spelling.as_on_record({**facts, "key": licence.key}, {"order": licence.order})
        elif "tier" not in facts:
            raise cells.wrong("tier", "it is missing, and no licence of this key is on record.", "Give its tier.")
        changed = self._on(licence or NEW_LICENCE, dict(facts))
        self._check_dates(cells, changed, facts)
        remember = self._seen.agree(cells, row.id, facts)
        if licence is None:
            return RowDecision(ADDED, remember, partial(self._add, row.id, changed))
        if changed == licence:
            return RowDecision(UNCHANGED, remember)
        return RowDecision(CHANGED, remember, partial(self._change, row.id, licence, changed))

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
        if "expires_at" not in facts and status in ("active", "expired"):
            is_now = licence._replace(revoked=False).status(self._actor.now)
            if status != is_now:
                facts["expires_at"] = self._actor.now if status == "expired" else None
        if status in ("active", "revoked"):
            facts["revoked"] = status == "revoked"
        return licence._replace(**facts)

    def _add(self, id: str, licence: Licence) -> None:
        """Record a new licence. It concerns its delivery address, and who sent its key before it was on record."""
        self._new.append(licence)
        del self._known[id]
        concerned = set(self._gave_key.get(id, ()))
        if licence.delivery_email:
            concerned.add(fold_address(licence.delivery_email))
        self._affected |= concerned
        since = policies.BEGINNING if licence.issued_at is None else licence.issued_at
        until = NEVER if licence.expires_at is None else licence.expires_at
        for sender in concerned & self._senders:
            self._frozen += tickets.count_frozen(self._db, sender, self._policy.unlicensed, since, until)

    def _change(self, id: str, licence: Licence, changed: Licence) -> None:
        del self._known[id]
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


class Releases(Importer[tuple[str, Release]]):
    """Releases by product and version; they do not change tickets that were judged before.

    Without a date, a new one is of unknown date: before all dated ones.
    """

    kind = RELEASES

    def _readers_of(self, times: TimesOf) -> Readers:
        return {
            "product": lambda text: policy_spelling("product", text, self._policy.products),
            "version": lambda text: parse_release(text, self._policy.version_parts),
            "released_at": times("released_at"),
        }

    def _id(self, facts: dict[str, Any]) -> str:
        return f"{facts['product']} {facts['version']}"

    def _on_record(self, rows: Sequence[ReadRow]) -> Mapping[str, tuple[str, Release]]:
        asked = {(row.facts["product"], row.facts["version"]) for row in rows}
        found = releases.find_all(self._db, sorted(asked))
        return {f"{product} {release.version}": (product, release) for product, release in found}

    def _add_all(self, new: Sequence[tuple[str, Release]]) -> None:
        releases.add_all(self._db, new, self._actor)

    def decide(self, row: ReadRow) -> RowDecision:
        remember = self._seen.agree(row.cells, row.id, row.facts)
        released_at, known = row.facts.get("released_at"), self._known_as(row)
        if known is not None and released_at in (None, known[1].released_at):
            return RowDecision(UNCHANGED, remember)
        new = Release(row.facts["version"], released_at)
        if known is None:
            return RowDecision(ADDED, remember, partial(self._add, row, new))
        return RowDecision(CHANGED, remember, partial(self._change, row, new))

    def _add(self, row: ReadRow, release: Release) -> None:
        self._new.append((row.facts["product"], release))
        self._known[row.id] = (row.facts["product"], release)

    def _change(self, row: ReadRow, release: Release) -> None:
        self._record_new()
        releases.put(self._db, row.facts["product"], release, self._actor)
        self._known[row.id] = (row.facts["product"], release)
