"""Looks up what an address or a licence key is entitled to."""

from typing import NamedTuple

from supportctl.desk.accounts.entitlement import entitlement_of, entitlement_queries
from supportctl.errors import InputError
from supportctl.masking import unkeyed
from supportctl.policy.entitlement import Account, Entitlement, Licence, entitle_key
from supportctl.policy.identity import could_be_key, fold_address, looks_like_address, parse_address, parse_key
from supportctl.policy.model import Policy
from supportctl.policy.verdict import Reason
from supportctl.store import customers, licences, policies
from supportctl.store.desk import BatchReader, Desk, Query
from supportctl.store.policies import Revisions


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
    read = BatchReader(db)
    if looks_like_address(query):
        return _look_up_address(db, read, parse_address(query), at)
    if not could_be_key(query):
        near = nearest_addresses(db, query)
        meant = f"Did you mean {' or '.join(near)}?" if near else "Give the full address, or the full key."
        raise InputError(f"'{unkeyed(query.strip())}' is neither an e-mail address nor a licence key.", meant)
    return _look_up_key(db, read, parse_key(query), at)


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


def _look_up_address(db: Desk, read: BatchReader, email: str, at: int) -> LookupAnswer:
    read.ahead(policies.recorded(), policies.holidays(), *entitlement_queries(email, at), *_tickets_of(email, at))
    policy = Revisions.read(read).in_force(at).policy
    verdict = entitlement_of(read, policy, email, at)
    held = tuple({h.licence.id: h.licence for h in verdict.holdings}.values())
    account = verdict.account if verdict.registered else None
    return LookupAnswer(
        query=email,
        at=at,
        found=account is not None or bool(held),
        email=account.email if account else email,
        account=account,
        entitlement=verdict,
        channels=_channels(policy, verdict),
        licences=held,
        accounts=(account.email,) if account else (),
        open_tickets=_open_tickets(db, read, email, at),
        reasons=verdict.reasons,
    )


def _look_up_key(db: Desk, read: BatchReader, key: str, at: int) -> LookupAnswer:
    read.ahead(policies.recorded(), policies.holidays(), licences.of_key(key, at), customers.holding(key, at))
    policy, licence = Revisions.read(read).in_force(at).policy, read.of(licences.of_key(key, at))
    if licence is None:
        why = Reason(policy.clause("recognition"), "unknown-key", "No licence with this key is on record.")
        return LookupAnswer(key, at, False, None, None, None, {}, (), (), 0, (why,))
    accounts = [a for a in read.of(customers.holding(key, at)) if a.registered(at)]
    read.ahead(*(question for account in accounts for question in _tickets_of(account.email, at)))
    verdict = entitle_key(policy, licence, accounts, at)
    return LookupAnswer(
        query=key,
        at=at,
        found=True,
        email=accounts[0].email if accounts else licence.delivery_email,
        account=accounts[0] if accounts else None,
        entitlement=verdict,
        channels=_channels(policy, verdict),
        licences=(licence,),
        accounts=tuple(a.email for a in accounts),
        open_tickets=sum(_open_tickets(db, read, a.email, at) for a in accounts),
        reasons=verdict.reasons,
    )


def _tickets_of(email: str, at: int) -> tuple[Query[int], Query[list[int]]]:
    return customers.count_open_tickets(email, at), customers.tickets_changed_after(email, at)


def _open_tickets(db: Desk, read: BatchReader, email: str, at: int) -> int:
    """How many tickets of an address were neither closed nor merged at `at`; only changed ones are looked back at."""
    count = read.of(customers.count_open_tickets(email, at))
    if not (later := read.of(customers.tickets_changed_after(email, at))):
        return count
    from supportctl.desk.tickets.as_of import ticket_at  # late: only an account has open tickets
    from supportctl.store import tickets  # late: only an account has open tickets

    found = (ticket_at(db, tickets.get(db, number), at) for number in later)
    own = (t for t in found if t is not None and fold_address(t.sender) == fold_address(email))
    return count + sum(ticket.closed_at is None for ticket in own)


def _channels(policy: Policy, verdict: Entitlement) -> dict[str, bool]:
    """The guaranteed channels (4.1), and whether the tier has them."""
    return {c.name: c.name in verdict.channels for c in policy.channels.values() if c.guaranteed}
