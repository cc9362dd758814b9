"""A change of the desk: what was decided is carried out as a whole, or not at all, in one short transaction."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from supportctl.errors import Conflict
from supportctl.policy.entitlement import Account, Licence
from supportctl.store import agents, customers, filing, licences, notified
from supportctl.store.actor import Actor
from supportctl.store.customers import AppliedKey
from supportctl.store.desk import Desk
from supportctl.store.filing import ChangedTicket, NewTicket, Retargeted
from supportctl.store.grounds import Grounds
from supportctl.store.sqlite.transaction import transaction

T = TypeVar("T")
# How often a change is decided before somebody else's is said to be in its way. Of many who change one ticket at once
# somebody is always done, and the others decide again.
TRIES, PAUSE = 12, 0.02  # seconds


class Change(NamedTuple):
    """What a decision makes of the desk: its grounds, who acts, and what is to be added and changed.

    A new ticket has no number before the change is carried out; one that is changed, or gets new targets, has the
    version it was read at. Access details go with what has `ended` (8.5), and a breach of what is `news_again` is told
    once more. `agents` are those who are new; so are an `account` and a `licence` without a number, and `terms` are
    what a licence is on from now on.
    """

    grounds: Grounds
    actor: Actor
    agents: Sequence[str] = ()
    account: Account | None = None
    licence: Licence | None = None
    terms: Licence | None = None
    keys: Sequence[AppliedKey] = ()
    changed: Sequence[ChangedTicket] = ()
    retargeted: Sequence[Retargeted] = ()
    new: Sequence[NewTicket] = ()
    ended: Sequence[int] = ()
    news_again: Sequence[int] = ()


def carry_out(db: Desk, change: Change) -> list[int]:
    """Put a change on record, and return the numbers of its new tickets; inside a transaction it is part of that.

    Raises Conflict, with nothing changed, if what it changes or rests on is another by now.
    """
    with transaction(db):
        for name in dict.fromkeys(change.agents):
            agents.put(db, name)
        change.grounds.refuse_changed()
        _put_accounts(db, change)
        filing.retarget(db, change.retargeted)
        for each in change.changed:
            filing.save(db, *each)
        numbers = filing.insert(db, change.new) if change.new else []
        _forget_access(db, change.ended)
        notified.forget(db, change.news_again)
    return numbers


def _put_accounts(db: Desk, change: Change) -> None:
    account, licence = change.account, change.licence
    if account is not None and account.id:
        customers.change(db, account, change.actor)
    elif account is not None:
        account = customers.add(db, account, change.actor)
    if licence is not None:
        licence = licences.add(db, licence, change.actor)
    if change.terms is not None:
        licences.set_terms(db, change.terms, change.actor.now, change.actor)
    for of, key, at in change.keys:
        customers.apply_key(
            db, of or (account.id if account else 0), key or (licence.id if licence else 0), at, change.actor
        )


def _forget_access(db: Desk, ended: Sequence[int]) -> None:
    for number in ended:
        from supportctl.store import remote  # late: most changes end no ticket

        remote.forget_secrets(db, ticket=number)


def decided(deed: Callable[[], T]) -> T:
    """What a deed gives that loads, decides and carries out: where somebody else was faster it is done again.

    Raises Conflict when that does not help, and what the deed raises.
    """
    for tries in range(1, TRIES):
        try:
            return deed()
        except Conflict:
            _pause(tries)
    return deed()


def _pause(tries: int) -> None:
    """Wait a little, so that not all who met each other decide again at once."""
    from random import random  # late: most changes meet no other

    time.sleep(random() * PAUSE * tries)  # noqa: S311  # no secret
