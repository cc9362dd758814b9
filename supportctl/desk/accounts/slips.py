"""The customer whom an address on nobody's record most likely means."""

from supportctl.policy.identity import fold_address
from supportctl.policy.slips import slips
from supportctl.store import customers
from supportctl.store.desk import Desk


def meant_address(db: Desk, address: str, *, besides: int = 0) -> str | None:
    """The address of the account that is one slip away from an address; None if there is none, or this one is known.

    Known is whoever has an account, gets licences delivered, or wrote before; the ticket `besides` does not count.
    An index answers, in a few milliseconds however many accounts there are.
    """
    near = list(dict.fromkeys(slips(fold_address(address))))
    found = customers.spellings_near(db, address, besides, near)
    return next((found[each] for each in near if each in found), None)
