"""The facts that count for a waiting request, and from when: licences, registrations, revisions (hard question 4)."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from supportctl.clock import NEVER
from supportctl.policy.entitlement import Account, Entitlement, Holding, Licence, entitle
from supportctl.policy.hours import Calendar, with_closures
from supportctl.policy.model import Policy, policy_from

DELIVERED, APPLIED = "delivery-email", "applied-key"  # by what a licence is recognised (4.5)
EVER = -NEVER  # before everything on record


class LicenceTerms(NamedTuple):
    """A licence's terms from `effective_at` on, which were recorded at `recorded_at`."""

    effective_at: int
    recorded_at: int
    licence: Licence

    def unnamed(self, number: int) -> "LicenceTerms":
        """The same without what tells whose it is, under another number."""
        _, _, tier, _, _, issued_at, expires_at, revoked = self.licence
        unnamed = Licence(number, "", tier, None, None, issued_at, expires_at, revoked)
        return LicenceTerms(self.effective_at, self.recorded_at, unnamed)


class HeldLicence(NamedTuple):
    """A licence with all its terms, how it is recognised, and since when: for an applied key, since its application."""

    by: str
    since: int
    terms: tuple[LicenceTerms, ...]

    @property
    def licence(self) -> int:
        """The number of the licence."""
        return self.terms[0].licence.id

    def on_terms(self, at: int) -> Licence | None:
        """The licence on its terms at `at`; None if it has none yet."""
        met = [terms.licence for terms in self.terms if terms.effective_at <= at]
        return met[-1] if met else None

    def unnamed(self, number: int) -> "HeldLicence":
        """The same without what tells whose it is, under another number."""
        return HeldLicence(self.by, self.since, tuple([terms.unnamed(number) for terms in self.terms]))

    def with_terms(self, new: LicenceTerms) -> "HeldLicence":
        """The same with new terms, if it is their licence: of one moment, what was put on record last holds."""
        if new.licence.id != self.licence:
            return self
        return self._replace(terms=tuple(sorted((*self.terms, new), key=lambda terms: terms.effective_at)))


class Person(NamedTuple):
    """The sender, with everything ever on record for the account: its kinds by when they apply, and its licences.

    A registration of unknown date has always existed.
    """

    account: Account | None
    recorded_at: int
    kinds: tuple[tuple[int, str], ...]
    held: tuple[HeldLicence, ...]

    @property
    def newest(self) -> int:
        """When the latest of it was put on record."""
        terms = (terms.recorded_at for held in self.held for terms in held.terms)
        return max(
            self.recorded_at, *(since for since, _ in self.kinds), *(held.since for held in self.held), *terms, EVER
        )

    def unnamed(self) -> "Person":
        """The same without names, addresses, keys and record numbers: those who are equal so are owed the same."""
        account = self.account and Account(0, "", None, self.account.kind, self.account.registered_at)
        numbers = sorted({held.licence for held in self.held})  # their order decides between equal tiers
        return Person(
            account,
            self.recorded_at,
            self.kinds,
            tuple([held.unnamed(numbers.index(held.licence)) for held in self.held]),
        )

    def moments(self) -> Iterator[int]:
        """The moments at which what a request of theirs is owed may differ from just before or just after."""
        yield self.recorded_at
        if self.account is not None and self.account.registered_at is not None:
            yield self.account.registered_at
        yield from (since for since, _ in self.kinds)
        for held in self.held:
            yield held.since
            for terms in held.terms:
                yield from (terms.effective_at, terms.recorded_at)
                if terms.licence.expires_at is not None:
                    yield terms.licence.expires_at

    def account_at(self, at: int) -> Account | None:
        """The account, of the kind that it is at `at`."""
        kinds = [kind for since, kind in self.kinds if since <= at]
        return self.account._replace(kind=kinds[-1]) if self.account and kinds else self.account

    def as_account(self, changed: Account, at: int) -> "Person":
        """The person with a changed account, whose kind holds from `at` on; until then it was what it was."""
        was = self.account_at(at)
        if was is None or was.kind == changed.kind:
            return self._replace(account=changed)
        kinds = (*(self.kinds or ((EVER, was.kind),)), (at, changed.kind))
        return self._replace(account=changed, kinds=tuple(sorted(kinds, key=lambda kind: kind[0])))

    def has_applied(self, licence: int) -> bool:
        """Whether the key of a licence was applied to the account (4.5)."""
        return any(held.by == APPLIED and held.licence == licence for held in self.held)

    def holding(self, held: HeldLicence) -> "Person":
        """The person with one licence more."""
        every = (*self.held, held)
        return self._replace(held=tuple(sorted(every, key=lambda one: (one.by == APPLIED, one.licence))))

    def on_new_terms(self, new: LicenceTerms) -> "Person":
        """The person with new terms of a licence."""
        return self._replace(held=tuple(held.with_terms(new) for held in self.held))


class Revision:
    """A revision of the policy, since when it is in force, and when it was put on record; read when it is needed."""

    def __init__(self, number: int, effective_at: int, recorded_at: int, read: Callable[[], Mapping[str, Any]]) -> None:
        self.number, self.effective_at, self.recorded_at, self._read = number, effective_at, recorded_at, read
        self._calendars: dict[tuple[tuple[str, str], ...], Calendar] = {}

    @cached_property
    def _data(self) -> Mapping[str, Any]:
        return self._read()

    @cached_property
    def policy(self) -> Policy:
        """The policy itself."""
        return policy_from(self._data)

    def calendar(self, days: Mapping[str, str]) -> Calendar:
        """Its business hours, with these holidays of the desk."""
        named = tuple(sorted(days.items()))
        if named not in self._calendars:
            hours = self._data["hours"]
            merged = {**hours, "holidays": with_closures(hours["holidays"], days)}
            self._calendars[named] = Calendar.from_hours(merged)
        return self._calendars[named]


class JudgedRequest(NamedTuple):
    """A request as it is judged: when it was asked, when the desk recorded it, and who sent it."""

    at: int
    known_at: int
    person: Person
    revisions: Sequence[Revision]

    def counts(self, effective_at: int, recorded_at: int) -> int | None:
        """From when a fact counts for this request; None if it never does.

        Facts on record when the request was recorded count as of when it was asked. Later facts count from when they
        were recorded. Facts dated in the future never count: they judge later requests.
        """
        if effective_at <= self.at and recorded_at <= self.known_at:
            return self.at
        return max(self.at, recorded_at) if effective_at <= recorded_at else None

    def turns(self) -> set[int]:
        """The moments after it was asked at which what it is owed may change."""
        return {at for at in self._turns() if at is not None and at > self.at}

    def _turns(self) -> Iterator[int | None]:
        yield self._registered()
        yield from (since for since, _ in self.person.kinds)
        for held in self.person.held:
            yield self.counts(held.since, held.since)
            yield from (self.counts(t.effective_at, t.recorded_at) for t in held.terms)
        yield from (self.counts(r.effective_at, r.recorded_at) for r in self.revisions)

    def revision(self, at: int) -> Revision:
        """The revision that judges it at `at`."""
        counted = [r for r in self.revisions if _by(self.counts(r.effective_at, r.recorded_at), at)]
        return max(counted, key=lambda r: (r.effective_at, r.number))

    def entitlement(self, at: int) -> Entitlement:
        """Its sender's entitlement at `at`, by the facts that count then."""
        account, since = self._account(at)
        holdings = [h for held in self.person.held if (h := self._holding(held, since, at))]
        return entitle(self.revision(at).policy, account, holdings, at)

    def _registered(self) -> int | None:
        account = self.person.account
        if account is None:
            return None
        return self.counts(EVER if account.registered_at is None else account.registered_at, self.person.recorded_at)

    def _account(self, at: int) -> tuple[Account | None, int]:
        """The account as it is at `at`, and since when."""
        account, since = self.person.account, self._registered()
        if account is None:
            return None, at
        kinds = [(from_, kind) for from_, kind in self.person.kinds if from_ <= at]
        account = account._replace(kind=kinds[-1][1] if kinds else account.kind)
        if since is None or since > at:
            return account._replace(registered_at=at + 1), at
        return account, max(since, kinds[-1][0] if kinds else since)

    def _holding(self, held: HeldLicence, since: int, at: int) -> Holding | None:
        """A licence on the terms that count at `at`. One that was valid when it began to count does not run out."""
        given = self.counts(held.since, held.since)
        met = [(t, c) for t in held.terms if _by(c := self.counts(t.effective_at, t.recorded_at), at) and c is not None]
        if not met or given is None or given > at:
            return None
        terms, counted = met[-1]
        good = terms.licence.status(max(counted, given, since)) == "active"
        return Holding(terms.licence._replace(expires_at=None) if good else terms.licence, held.by)


def _by(counted: int | None, at: int) -> bool:
    return counted is not None and counted <= at


def as_late_as(moments: Sequence[int], at: int) -> int:
    """The earliest moment that comes after just those of some moments, in order, that `at` comes after; or is the same.

    Of two moments with the same answer, whatever is only compared with those moments comes out the same.
    """
    before = bisect_right(moments, at)
    return min(at, moments[before - 1] + 1) if before else EVER
