"""The entitlement of an address, from the records of the desk."""

from typing import Any

from supportctl.policy.entitlement import Entitlement, entitle
from supportctl.policy.model import Policy
from supportctl.store import customers, licences
from supportctl.store.desk import Query, Reader


def entitlement_queries(email: str, at: int) -> list[Query[Any]]:
    """The queries that an address's entitlement is worked out from: its account and its licences."""
    return [customers.registered(email, at), *licences.held_by(email, at)]


def entitlement_of(read: Reader, policy: Policy, email: str, at: int) -> Entitlement:
    """The entitlement of an address at `at`, by effective time."""
    read.ahead(*entitlement_queries(email, at))
    account, *held = map(read.of, entitlement_queries(email, at))
    return entitle(policy, account, [holding for some in held for holding in some], at)
