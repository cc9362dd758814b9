"""The facts that due times follow from, each with when it holds from and when it was put on record."""

import json
from itertools import groupby
from operator import itemgetter
from typing import Any

from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.facts import EVER, Held, Person, Revision, Terms
from supportctl.policy.identity import fold_address
from supportctl.policy.promise import Closing
from supportctl.store.desk import Question, Reader

_TERMS = (
    "l.id, l.key, t.tier, l.delivery_email, l.order_ref, l.issued_at, t.expires_at, t.revoked,"
    " t.effective_at, t.recorded_at from licences l join licence_terms t on t.licence = l.id"
)
_IN_ORDER = "order by l.id, t.effective_at, t.n"


def revisions() -> Question[list[Revision]]:
    """Every revision of the policy; an old one of unknown record was put there when it was entered."""
    return Question(
        "select revision, effective_at, coalesce(recorded_at, entered_at), data from policies",
        {},
        lambda rows: [Revision(row[0], row[1], row[2], json.loads(row[3])) for row in rows],
        tables=("policies",),
    )


def closings() -> Question[list[Closing]]:
    """Every holiday that the desk ever had of its own."""
    return Question(
        "select date, hours, recorded_at, removed_at from closures order by id",
        {},
        lambda rows: [Closing(*row) for row in rows],
        tables=("closures",),
    )


def of_person(email: str) -> tuple[Question[Any], ...]:
    """What is asked of an address: its account, the kinds of that, the licences delivered to it, the keys applied."""
    folded = fold_address(email)

    def question(statement: str) -> Question[list[Any]]:
        return Question(statement, {"email": folded}, list, what=f"What is on record of {email}")

    return (
        question("select id, email, name, kind, registered_at, recorded_at from customers where email_folded = :email"),
        question(
            "select k.effective_at, k.kind from customers c join account_kinds k on k.customer = c.id"
            " where c.email_folded = :email order by k.effective_at, k.n"
        ),
        question(f"select {EVER}, {_TERMS} where l.delivery_folded = :email {_IN_ORDER}"),
        question(
            f"select a.applied_at, {_TERMS} join applied_keys a on a.licence = l.id"
            f" join customers c on c.id = a.customer where c.email_folded = :email {_IN_ORDER}"
        ),
    )


def person(read: Reader, email: str) -> Person:
    """All that was ever on record of an address: its account, the licences delivered to it, and the keys applied."""
    questions = of_person(email)
    read.ahead(*questions)
    accounts, kinds, delivered, applied = map(read.of, questions)
    held = (*_held("delivery-email", delivered), *_held("applied-key", applied))
    for id, address, name, kind, registered_at, recorded_at in accounts:
        return Person(Account(id, address, name, kind, registered_at), recorded_at, tuple(kinds), held)
    return Person(None, EVER, (), held)


def _held(by: str, rows: Any) -> list[Held]:
    found = []
    for _, some in groupby(rows, key=itemgetter(1)):
        of_one = list(some)
        terms = tuple(Terms(row[9], row[10], Licence._make((*row[1:8], bool(row[8])))) for row in of_one)
        found.append(Held(by, of_one[0][0], terms))
    return found
