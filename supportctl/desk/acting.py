"""Who acts on the desk and when: the transactions of those who change it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from supportctl.store import agents
from supportctl.store.actor import Actor as Actor
from supportctl.store.desk import BatchReader, Desk
from supportctl.store.desk import retry_on_conflict as retry_on_conflict


@contextmanager
def actor_transaction(db: Desk, arriving: Callable[[], Actor], **touches: Any) -> Iterator[Actor]:
    """Begin a transaction and yield its actor, from `arriving` once the write lock is held, under the recorded name.

    Unless `--now` set the time (`dated`), it is not before the newest entry in scope (`touches` are the fields of
    `WriteScope`), so that a clock that was set back puts nothing in the wrong order.
    """
    with db.transaction():
        who = arriving()
        if touches and not who.dated:
            who = who._replace(now=action_time(db, who, **touches))
        yield who._replace(agent=agents.ensure(db, who.agent))


def action_time(db: Desk, who: Actor, **touches: Any) -> int:
    """When `who` acts (UTC epoch seconds): by the clock, but not before the newest entry in scope."""
    from supportctl.store.newest import WriteScope, newest  # late: most changes are of tickets that they load

    return max(who.now, newest(BatchReader(db), WriteScope(**touches), who.entered_at))
