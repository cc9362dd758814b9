"""What an address is entitled to, by what the desk knows about it."""

from supportctl.policy.entitlement import Entitlement, entitle
from supportctl.policy.model import Policy
from supportctl.store import customers, licences
from supportctl.store.desk import Desk


def entitlement_of(db: Desk, policy: Policy, email: str, at: int) -> Entitlement:
    """What an address is entitled to at `at`, by effective time."""
    account = customers.find(db, email, at)
    return entitle(policy, account, licences.held(db, email, account, at), at)
