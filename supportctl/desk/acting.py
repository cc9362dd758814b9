"""Who acts at the desk, and at which moment: no write is dated before the newest entry of what it touches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from supportctl.store import agents
from supportctl.store.actor import Actor as Actor
from supportctl.store.desk import Desk
from supportctl.store.newest import Touched, newest
from supportctl.store.sqlite.transaction import transaction


@contextmanager
def acting(db: Desk, arriving: Callable[[], Actor], **touches: Any) -> Iterator[Actor]:
    """One transaction, and who acts in it: who is `arriving` once the write lock is held, by the name on record.

    Whoever chose no moment (`dated`) acts no earlier than the newest entry of what is touched (the fields of
    `Touched`), so that a clock that was set back puts nothing in the wrong order.
    """
    with transaction(db):
        who = arriving()
        if not who.dated:
            who = who._replace(now=max(who.now, newest(db, Touched(**touches), who.entered_at)))
        yield who._replace(agent=agents.spelled(db, who.agent))
