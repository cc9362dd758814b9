"""What an address is entitled to, by what the desk knows of it."""

import sqlite3

from supportctl.policy.entitlement import Entitlement, Holding, entitle
from supportctl.policy.model import Policy
from supportctl.store import customers, licences


def entitlement_of(
    db: sqlite3.Connection, policy: Policy, email: str, at: int, *, asked_at: int | None = None
) -> Entitlement:
    """What an address is entitled to at `at`, by effective time.

    With `asked_at`, what a request is entitled to that waits since then: a licence that held then and has only expired
    meanwhile still counts, since an expiry judges what is received from then on (hard question 4).
    """
    account = customers.find(db, email, at)
    holdings = licences.held(db, email, account, at)
    if asked_at is not None:
        holdings = [_as_asked(holding, asked_at) for holding in holdings]
    return entitle(policy, account, holdings, at)


def _as_asked(holding: Holding, at: int) -> Holding:
    """The licence without an end, if it held at `at`."""
    licence = holding.licence
    if licence.status(at) != "active" or (licence.issued_at or 0) > at:
        return holding
    return holding._replace(licence=licence._replace(expires_at=None))
