"""Accounts registered twice: two addresses that an older desk told apart and today's comparison does not."""

from supportctl.clock import NEVER
from supportctl.policy.entitlement import Account
from supportctl.policy.identity import fold_address
from supportctl.store import totals
from supportctl.store.customers import ACCOUNT, find
from supportctl.store.desk import Desk, DirectReader, Query


def spelled_otherwise() -> Query[list[Account]]:
    """The accounts whose address is compared as a desk of an older schema did, by number."""
    said = f"{ACCOUNT} where length(cast(c.email_folded as blob)) > length(c.email_folded) order by c.id"
    return Query(said, {"at": NEVER}, lambda rows: [Account(*row) for row in rows], what="What is registered twice")


def pairs(db: Desk) -> list[tuple[Account, Account]]:
    """Pairs of accounts with the same address: the one that counts, and the other.

    Desks that compared addresses differently may have them; new registrations cannot.
    """
    found = ((find(db, other.email), other) for other in DirectReader(db).of(spelled_otherwise()))
    return [(counts, other) for counts, other in found if counts is not None and counts.id != other.id]


def keep_one(db: Desk, kept: Account, other: Account) -> None:
    """Merge two accounts of an address: the one kept gets the keys of both; the other's row is deleted."""
    copy_keys(db, other.id, kept.id)
    values = {"other": other.id, "folded": fold_address(kept.email), "id": kept.id}
    for table, column in (("applied_keys", "customer"), ("account_kinds", "customer"), ("customers", "id")):
        with totals.changing(db, table, f"{column} = :other", values):
            db.execute(f"delete from {table} where {column} = :other", values)
    with totals.changing(db, "customers", "id = :id", values):
        db.execute("update customers set email_folded = :folded where id = :id", values)


def copy_keys(db: Desk, account: int, other: int) -> None:
    """Make the keys applied to an account count for another as well, from when they were applied."""
    totals.add_rows(
        db,
        "applied_keys",
        "insert into applied_keys (customer, licence, applied_at, entered_at, agent)"
        " select :other, licence, applied_at, entered_at, agent from applied_keys where customer = :account"
        " on conflict (customer, licence) do nothing",
        {"account": account, "other": other},
    )
