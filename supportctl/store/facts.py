"""The facts behind due times, each with when it takes effect and when it was recorded."""

import json
from itertools import groupby
from operator import itemgetter
from typing import Any

from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.facts import EVER, Held, Person, Revision, Terms
from supportctl.policy.identity import fold_address
from supportctl.policy.promise import Closing
from supportctl.store.desk import Desk

_TERMS = (
    "l.id, l.key, t.tier, l.delivery_email, l.order_ref, l.issued_at, t.expires_at, t.revoked,"
    " t.effective_at, t.recorded_at from licences l join licence_terms t on t.licence = l.id"
)


def revisions(db: Desk) -> list[Revision]:
    """Every revision of the policy; if it is not known when one was recorded, it was when it was entered."""
    rows = db.execute("select revision, effective_at, coalesce(recorded_at, entered_at), data from policies")
    return [Revision(row[0], row[1], row[2], json.loads(row[3])) for row in rows]


def closings(db: Desk) -> list[Closing]:
    """Every holiday that the desk ever had of its own."""
    rows = db.execute("select date, hours, recorded_at, removed_at from closures order by id")
    return [Closing(*row) for row in rows]


def person(db: Desk, email: str) -> Person:
    """Everything ever recorded about an address: its account, the licences delivered to it, and the keys applied."""
    folded = fold_address(email)
    row = db.execute(
        "select id, email, name, kind, registered_at, recorded_at from customers where email_folded = :email",
        {"email": folded},
    ).fetchone()
    delivered = db.execute(
        f"select {EVER}, {_TERMS} where l.delivery_folded = :email order by l.id, t.effective_at, t.n",
        {"email": folded},
    )
    held = list(_held("delivery-email", delivered))
    if row is None:
        return Person(None, EVER, (), tuple(held))
    applied = db.execute(
        f"select a.applied_at, {_TERMS} join applied_keys a on a.licence = l.id where a.customer = :id"
        " order by l.id, t.effective_at, t.n",
        {"id": row[0]},
    )
    held += _held("applied-key", applied)
    kinds = db.execute(
        "select effective_at, kind from account_kinds where customer = :id order by effective_at, n", {"id": row[0]}
    )
    return Person(Account(*row[:5]), row[5], tuple(kinds.fetchall()), tuple(held))


def _held(by: str, rows: Any) -> list[Held]:
    found = []
    for _, some in groupby(rows, key=itemgetter(1)):
        of_one = list(some)
        terms = tuple(Terms(row[9], row[10], Licence._make((*row[1:8], bool(row[8])))) for row in of_one)
        found.append(Held(by, of_one[0][0], terms))
    return found
