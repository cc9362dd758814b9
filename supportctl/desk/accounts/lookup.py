"""Looks up what an address or a licence key is entitled to."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from supportctl.desk.accounts.entitlement import entitlement_queries, entitlements_of
from supportctl.errors import InputError
from supportctl.masking import fold_key, unkeyed
from supportctl.policy.entitlement import Account, Entitlement, Licence, entitle_key
from supportctl.policy.identity import could_be_key, fold_address, looks_like_address, parse_address, parse_key
from supportctl.policy.model import Policy
from supportctl.policy.verdict import Reason
from supportctl.store import customers, licences, policies
from supportctl.store.desk import BatchReader, Desk, Query, among
from supportctl.store.policies import Revisions

Senders = tuple[str, dict[str, str]]  # a condition on folded addresses, and its values
Hints = dict[str, list[str]]  # the addresses that words which are neither address nor key may mean
HINTS = 20  # such words that are searched for in a run: each search reads all customers


class LookupAnswer(NamedTuple):
    """The entitlement verdict on one query; `at` is when it applies, `entitlement` None for an unknown key."""

    query: str
    at: int
    found: bool
    email: str | None
    account: Account | None
    entitlement: Entitlement | None
    channels: dict[str, bool]
    licences: tuple[Licence, ...]
    accounts: tuple[str, ...]
    open_tickets: int
    reasons: tuple[Reason, ...]


def look_up(db: Desk, query: str, at: int) -> LookupAnswer:
    """The verdict on an address or a key at `at`. Raises InputError if `query` can be neither."""
    (answer,) = look_up_all(db, [query], at)
    if isinstance(answer, InputError):
        raise answer
    return answer


def look_up_all(
    db: Desk, queries: Sequence[str], at: int, hints: Hints | None = None
) -> Iterator[LookupAnswer | InputError]:
    """The verdicts on up to 500 addresses and keys at `at`, in order; in place of what can be neither, its error.

    Who asks several times passes the same `hints` each time: only so many words of a run are searched for.
    """
    near = {} if hints is None else hints
    asked = [_read_query(db, query, near) for query in queries]
    said = [each for each in asked if isinstance(each, str)]
    emails = {each: fold_address(each) for each in said if looks_like_address(each)}
    keys = {each: fold_key(each) for each in said if each not in emails}
    records = _Records.read(db, list(dict.fromkeys(emails.values())), list(dict.fromkeys(keys.values())), at)

    def answer(query: str | InputError) -> LookupAnswer | InputError:
        if isinstance(query, InputError):
            return query
        return records.of_address(query, emails[query]) if query in emails else records.of_key(query, keys[query])

    return map(answer, asked)


def _read_query(db: Desk, query: str, hints: Hints) -> str | InputError:
    """The address or the key that is asked for, or why it is neither."""
    try:
        if looks_like_address(query):
            return parse_address(query)
        if could_be_key(query):
            return parse_key(query)
    except InputError as error:
        return error
    if query not in hints and len(hints) < HINTS:
        hints[query] = nearest_addresses(db, query)
    near = hints.get(query)
    meant = f"Did you mean {' or '.join(near)}?" if near else "Give the full address, or the full key."
    return InputError(f"'{unkeyed(query.strip())}' is neither an e-mail address nor a licence key.", meant)


def nearest_addresses(db: Desk, word: str) -> list[str]:
    """Addresses that a word may mean: those with the word in address or name, else those one typing error away."""
    word = word.strip()
    if len(word) < 2:
        return []
    if found := customers.addresses_like(db, word, NEAREST):
        return found
    from difflib import get_close_matches  # late: only typing errors need it

    begun = {address.partition("@")[0].lower(): address for address in customers.addresses_from(db, word[:2], 500)}
    return [begun[name] for name in get_close_matches(word.lower(), begun, n=NEAREST, cutoff=0.6)]


NEAREST = 3  # addresses in a hint


class _Records(NamedTuple):
    """What is on record about the folded addresses and keys of some queries, as of `at`."""

    policy: Policy
    at: int
    entitlements: Mapping[str, Entitlement]
    licences: Mapping[str, Licence]
    holders: Mapping[str, Sequence[Account]]
    open_tickets: Mapping[str, int]

    @classmethod
    def read(cls, db: Desk, emails: Sequence[str], keys: Sequence[str], at: int) -> "_Records":
        """Read in one batch, with the tickets of the accounts that keys belong to."""
        read = BatchReader(db)
        of_key, holding = licences.of_keys(keys, at), customers.holding(keys, at)
        senders = [*([among(emails)] if emails else []), *([customers.holders(keys)] if keys else [])]
        read.ahead(
            policies.recorded(), policies.holidays(),
            *(entitlement_queries(emails, at) if emails else ()), *((of_key, holding) if keys else ()),
            *(question for each in senders for question in _tickets_of(each, at)),
        )  # fmt: skip
        policy = Revisions.read(read).in_force(at).policy
        accounts = read.of(holding) if keys else {}
        holders = {key: [each for each in some if each.registered(at)] for key, some in accounts.items()}
        others = [fold_address(each.email) for some in holders.values() for each in some]
        return cls(
            policy,
            at,
            entitlements_of(read, policy, emails, at) if emails else {},
            read.of(of_key) if keys else {},
            holders,
            _open_tickets(db, read, senders, {*emails, *others}, at),
        )

    def of_address(self, email: str, folded: str) -> LookupAnswer:
        """The verdict on an address."""
        verdict = self.entitlements[folded]
        held = tuple({h.licence.id: h.licence for h in verdict.holdings}.values())
        account = verdict.account if verdict.registered else None
        return LookupAnswer(
            query=email,
            at=self.at,
            found=account is not None or bool(held),
            email=account.email if account else email,
            account=account,
            entitlement=verdict,
            channels=self._channels(verdict),
            licences=held,
            accounts=(account.email,) if account else (),
            open_tickets=self.open_tickets.get(folded, 0),
            reasons=verdict.reasons,
        )

    def of_key(self, key: str, folded: str) -> LookupAnswer:
        """The verdict on a key."""
        licence, accounts = self.licences.get(folded), self.holders.get(folded, ())
        if licence is None:
            why = Reason(self.policy.clause("recognition"), "unknown-key", "No licence with this key is on record.")
            return LookupAnswer(key, self.at, False, None, None, None, {}, (), (), 0, (why,))
        verdict = entitle_key(self.policy, licence, accounts, self.at)
        return LookupAnswer(
            query=key,
            at=self.at,
            found=True,
            email=accounts[0].email if accounts else licence.delivery_email,
            account=accounts[0] if accounts else None,
            entitlement=verdict,
            channels=self._channels(verdict),
            licences=(licence,),
            accounts=tuple(a.email for a in accounts),
            open_tickets=sum(self.open_tickets.get(fold_address(a.email), 0) for a in accounts),
            reasons=verdict.reasons,
        )

    def _channels(self, verdict: Entitlement) -> dict[str, bool]:
        """The guaranteed channels (4.1), and whether the tier has them."""
        return {c.name: c.name in verdict.channels for c in self.policy.channels.values() if c.guaranteed}


def _tickets_of(senders: Senders, at: int) -> tuple[Query[dict[str, int]], Query[list[int]]]:
    return customers.count_open_tickets(senders, at), customers.tickets_changed_after(senders, at)


def _open_tickets(
    db: Desk, read: BatchReader, senders: Sequence[Senders], asked: Collection[str], at: int
) -> dict[str, int]:
    """How many tickets of each of some folded addresses were neither closed nor merged at `at`; only changed ones are
    looked back at. Those of `asked` are among `senders`.
    """
    pairs = [_tickets_of(each, at) for each in senders]
    counts = {sender: count for standing, _ in pairs for sender, count in read.of(standing).items()}
    if not (later := sorted({number for _, changed in pairs for number in read.of(changed)})):
        return counts
    from supportctl.desk.tickets.as_of import ticket_at  # late: only an account has open tickets
    from supportctl.store import tickets  # late: only an account has open tickets

    for number in later:
        ticket = ticket_at(db, tickets.get(db, number), at)
        if ticket is None or ticket.closed_at is not None:
            continue
        if (sender := fold_address(ticket.sender)) in asked:
            counts[sender] = counts.get(sender, 0) + 1
    return counts
