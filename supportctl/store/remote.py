"""Remote sessions, and the access details, which are kept as long as they last (8.1-8.5)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from supportctl.policy.verdict import Reason
from supportctl.store import counters, totals
from supportctl.store.desk import Desk


class RemoteSession(NamedTuple):
    """A remote session; instants are UTC epoch seconds, the fields of its end are None while it lasts.

    Only the ticket's history says when and how it ended, and who ended it. `secret` is None unless requested.
    """

    id: int
    ticket: int
    tool: str
    agent: str
    started_at: int
    ended_at: int | None
    ended_by: str | None
    outcome: str | None
    has_secret: bool
    reasons: tuple[Reason, ...]
    secret: str | None = None

    def at(self, at: int) -> "RemoteSession":
        """The session as it was at `at`."""
        lasted = self.ended_at is not None and self.ended_at > at
        return self._replace(ended_at=None, ended_by=None, outcome=None) if lasted else self


_SESSION = (
    "select s.id, s.ticket, s.tool, b.agent, b.at, e.at, e.agent, x.body, k.session is not null, s.reasons"
    " from remote_sessions s join history b on b.ticket = s.ticket and b.n = s.started_n"
    " left join history e on e.ticket = s.ticket and e.n = s.ended_n"
    " left join texts x on x.ticket = s.ticket and x.n = s.ended_n"
    " left join remote_secrets k on k.session = s.id"
)


def find(db: Desk, number: int) -> RemoteSession | None:
    """The session of this number."""
    row = db.execute(f"{_SESSION} where s.id = :id", {"id": number}).fetchone()
    return _session(row) if row else None


def every(db: Desk, at: int, ticket: int | None = None, *, open_only: bool) -> Iterator[RemoteSession]:
    """The sessions that had begun by `at`, of one ticket or of all, as they were then, by number."""
    conditions = ["b.at <= :at"]
    if ticket is not None:
        conditions.append("s.ticket = :ticket")
    if open_only:
        conditions.append("(s.ended_n is null or e.at > :at)")
    rows = db.execute(f"{_SESSION} where {' and '.join(conditions)} order by s.id", {"at": at, "ticket": ticket})
    return (_session(row).at(at) for row in rows)


def number(db: Desk) -> int:
    """The number of the next session."""
    return counters.take(db, "remote")


def add(db: Desk, number: int, ticket: int, tool: str, started_n: int, reasons: Iterable[Reason]) -> None:
    """Record a session; entry `started_n` of its ticket's history says when and by whom it was begun."""
    totals.put(
        db,
        "remote_sessions",
        {
            "id": number,
            "ticket": ticket,
            "tool": tool,
            "started_n": started_n,
            "reasons": json.dumps([tuple(reason) for reason in reasons], ensure_ascii=False),
        },
    )


def end(db: Desk, number: int, ended_n: int) -> bool:
    """Let entry `ended_n` of the ticket's history end a session; False if it has already ended."""
    values = {"id": number, "n": ended_n}
    with totals.changing(db, "remote_sessions", "id = :id", values):
        row = db.execute(
            "update remote_sessions set ended_n = :n where id = :id and ended_n is null returning id", values
        ).fetchone()
    return row is not None


def keep_secret(db: Desk, number: int, secret: str) -> None:
    """Keep the access details of a session, apart from everything else."""
    totals.put(db, "remote_secrets", {"session": number, "body": secret})


def secret(db: Desk, number: int) -> str | None:
    """The access details of a session, None if there never were any or they are gone."""
    row = db.execute("select body from remote_secrets where session = :id", {"id": number}).fetchone()
    return row[0] if row else None


_GOING = "s.id = :session or s.ticket = :ticket"
_SECRETS = "select k.session, k.body from remote_secrets k join remote_sessions s on s.id = k.session where"


def statement_of_secrets(*, session: int | None = None, ticket: int | None = None) -> tuple[str, dict[str, int | None]]:
    """What says whether there are access details of a session, or of any session of a ticket."""
    return f"{_SECRETS} ({_GOING}) limit 1", {"session": session, "ticket": ticket}


def forget_secrets(db: Desk, *, session: int | None = None, ticket: int | None = None) -> None:
    """Remove the access details of a session, or of every session of a ticket, for good; inside the transaction.

    The whole table is emptied and the rest put back, since that overwrites all of its pages: deleting one row could
    leave a stray copy where rows were once moved.
    """
    statement, values = statement_of_secrets(session=session, ticket=ticket)
    if db.execute(statement, values).fetchone() is None:
        return
    staying: Sequence[Any] = db.execute(f"{_SECRETS} not coalesce({_GOING}, false)", values).fetchall()
    with totals.changing(db, "remote_secrets", "true", {}):
        db.execute("delete from remote_secrets")
        db.executemany("insert into remote_secrets (session, body) values (?, ?)", staying)
    db.schedule_scrub(anywhere=False)


def _session(row: Any) -> RemoteSession:
    reasons = tuple(Reason(*fields) for fields in json.loads(row[9]))
    return RemoteSession._make((*row[:8], bool(row[8]), reasons, None))
