"""The entitlements of addresses, from the records of the desk."""

from collections.abc import Sequence
from typing import Any

from supportctl.policy.entitlement import Entitlement, entitle
from supportctl.policy.identity import fold_address
from supportctl.policy.model import Policy
from supportctl.store import customers, licences
from supportctl.store.desk import Query, Reader


def entitlement_queries(folded: Sequence[str], at: int) -> list[Query[Any]]:
    """The queries that the entitlements of folded addresses are worked out from: their accounts and licences."""
    return [customers.registered(folded, at), *licences.held_by(folded, at)]


def entitlements_of(read: Reader, policy: Policy, folded: Sequence[str], at: int) -> dict[str, Entitlement]:
    """The entitlement of each of some folded addresses at `at`, by effective time."""
    questions = entitlement_queries(folded, at)
    read.ahead(*questions)
    accounts, delivered, applied = map(read.of, questions)
    return {
        each: entitle(policy, accounts.get(each), [*delivered.get(each, ()), *applied.get(each, ())], at)
        for each in folded
    }


def entitlement_of(read: Reader, policy: Policy, email: str, at: int) -> Entitlement:
    """The entitlement of one address, as spelled."""
    folded = fold_address(email)
    return entitlements_of(read, policy, [folded], at)[folded]
