"""Keys applied to accounts (4.5)."""

from typing import NamedTuple

from supportctl.store import totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk


class AppliedKey(NamedTuple):
    """A key to apply to an account, and from when on: the numbers of both, 0 for a record that the same change adds."""

    account: int
    licence: int
    at: int


def add(db: Desk, account: int, licence: int, at: int, actor: Actor) -> bool:
    """Apply a key to an account from `at` on; returns whether that is new (4.5: once is enough)."""
    new = totals.add_rows(
        db,
        "applied_keys",
        "insert into applied_keys (customer, licence, applied_at, entered_at, agent)"
        " values (:customer, :licence, :at, :entered_at, :agent)"
        " on conflict (customer, licence) do nothing",
        {
            "customer": account,
            "licence": licence,
            "at": at,
            "entered_at": actor.entered_at,
            "agent": actor.agent,
        },
    )
    return new == 1
