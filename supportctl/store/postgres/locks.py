"""What lasts as long as a run: the right to report breaches, and who is answering which ticket.

Each is a lock of the server that a connection of its own holds in an open transaction: however the run ends, the
server releases it. So it works behind a pooler too.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from time import monotonic, sleep

import psycopg2

from supportctl.store.place import Answering
from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.script import LOCK, LOCK_SECONDS, PREFIX
from supportctl.true_time import true_time

WAIT = 0.2  # seconds between two looks whether the other run has ended
REPORTING = LOCK + 1
ANSWERS = LOCK + 2  # the first half of a mark's lock; the second is the number of the mark


@contextmanager
def exclusive_run(address: str) -> Iterator[None]:
    """Exclude other runs of `breaches --new`, which wait as long as for a change. Raises psycopg2.Error."""
    with closing(PostgresDesk(address)) as db:
        until = monotonic() + LOCK_SECONDS
        # Whoever waits holds no transaction, which may be one of few connections of a pooler.
        while not db.send(f"begin; select pg_try_advisory_xact_lock({REPORTING})").fetchone()[0]:
            db.send("rollback")
            if monotonic() > until:
                db.send(f"begin; set local lock_timeout = '1ms'; select pg_advisory_xact_lock({REPORTING})")
                break
            sleep(WAIT)
        yield
        db.send("rollback")


@contextmanager
def answering(address: str, tickets: Iterable[int], agent: str) -> Iterator[None]:
    """Show others, for the block, that this agent is answering these tickets; if that fails, the work goes on."""
    rows = list(tickets)
    mark = int.from_bytes(os.urandom(4)) >> 1
    with closing(PostgresDesk(address)) as db:
        with suppress(psycopg2.Error):
            if rows:
                _mark(db, mark, rows, agent)
        yield
        with suppress(psycopg2.Error):
            if rows:
                db.send(f"rollback; {PREFIX}; delete from answering where mark = {mark}")


def _mark(db: PostgresDesk, mark: int, tickets: Iterable[int], agent: str) -> None:
    since = int(true_time())
    values = ", ".join(db.filled("(?, ?, ?, ?)", (mark, ticket, agent, since)) for ticket in tickets)
    db.send(
        f"begin; {PREFIX}; delete from answering a where {_GONE};"
        f" insert into answering (mark, ticket, agent, since) values {values}; commit;"
        f" begin; select pg_advisory_xact_lock({ANSWERS}, {mark})"
    )


_HELD = (
    "exists (select 1 from pg_locks l where l.locktype = 'advisory' and l.database = "
    "(select oid from pg_database where datname = current_database())"
    f" and l.classid = {ANSWERS} and l.objid = a.mark and l.objsubid = 2)"
)
_GONE = f"a.since < extract(epoch from now()) - 60 and not {_HELD}"  # a younger one may just be in the making


def being_answered(address: str) -> list[Answering]:
    """Who is answering which ticket."""
    with suppress(psycopg2.Error), closing(PostgresDesk(address)) as db:
        return being_answered_on(db)
    return []


def being_answered_on(db: PostgresDesk) -> list[Answering]:
    """The same, on an open connection."""
    found = db.send(f"{PREFIX}; select ticket, agent, since from answering a where {_HELD} order by ticket, since")
    return [Answering(*row) for row in found.fetchall()]
