"""Known bugs, their history and texts: rows to values and back."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from supportctl.policy.bugs import Bug, replay
from supportctl.policy.ticket import Entry
from supportctl.store import counters, seals, totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.sqlite import search

_BUG = "select b.id, b.title, b.product, b.product_version, b.topic, b.reported_at from bugs b"
_HISTORY = (
    "select h.bug, h.n, h.at, h.entered_at, h.kind, h.agent, h.system_user, h.data, x.body from bug_history h"
    " left join bug_texts x on x.bug = h.bug and x.n = h.n"
)


def find(db: Desk, number: int, at: int | None = None) -> Bug | None:
    """The bug of this number as it was at `at` (now if None); None also if it was reported later."""
    row = db.execute(f"{_BUG} where b.id = :id", {"id": number}).fetchone()
    if row is None or (at is not None and row[5] > at):
        return None
    return replay(Bug(*row), *history(db, number), until=at)


def every(db: Desk, at: int) -> Iterator[Bug]:
    """All bugs reported by `at`, as they were then, by number."""
    events = {
        number: _events(rows) for number, rows in groupby(db.execute(f"{_HISTORY} order by h.bug, h.n"), itemgetter(0))
    }
    for row in db.execute(f"{_BUG} where b.reported_at <= :at order by b.id", {"at": at}):
        yield replay(Bug(*row), *events[row[0]], until=at)


def history(db: Desk, number: int) -> tuple[list[Entry], dict[int, str]]:
    """A bug's history in the order of typing, and its texts by entry number."""
    return _events(db.execute(f"{_HISTORY} where h.bug = :id order by h.n", {"id": number}))


def _events(rows: Iterable[tuple[object, ...]]) -> tuple[list[Entry], dict[int, str]]:
    entries, texts = [], {}
    for _, *fields, data, body in rows:
        entry = Entry._make((*fields, json.loads(str(data))))
        entries.append(entry)
        if body is not None:
            texts[entry.n] = str(body)
    return entries, texts


def linked_to(db: Desk, ticket: int, at: int) -> list[Bug]:
    """The bugs that a ticket was linked to by `at`, as they were then, by number."""
    rows = db.execute("select bug from bug_tickets where ticket = :ticket order by bug", {"ticket": ticket})
    bugs = (find(db, row[0], at) for row in rows.fetchall())
    return [bug for bug in bugs if bug is not None and ticket in bug.tickets]


def add(db: Desk, bug: Bug, actor: Actor) -> int:
    """Record a new bug, inside the caller's transaction; returns its number."""
    number = counters.take(db, "bug")
    own = (number, bug.title, bug.product, bug.version, bug.topic, bug.reported_at)
    db.execute(f"insert into bugs (id, {seals.BUGS.own}, entries) values (?, ?, ?, ?, ?, ?, 1)", own)
    _write(db, number, 1, "reported", {}, None, actor, [own])
    search.add_bug(db, number)
    return number


def append(db: Desk, number: int, kind: str, data: dict[str, object], text: str | None, actor: Actor) -> None:
    """Record something that happens to a bug at the actor's now, inside the caller's transaction."""
    with search.reindexing(db, number, search.BUGS):
        n = _next(db, number)
        _write(db, number, n, kind, data, text, actor)


def link(db: Desk, number: int, ticket: int, actor: Actor) -> bool:
    """Link a ticket to a bug, inside the caller's transaction; returns whether that is new."""
    known = db.execute(
        "select 1 from bug_tickets where bug = :bug and ticket = :ticket", {"bug": number, "ticket": ticket}
    ).fetchone()
    if known:
        return False
    n = _next(db, number)
    _write(db, number, n, "linked", {"ticket": ticket}, None, actor)
    totals.put(db, "bug_tickets", {"bug": number, "ticket": ticket, "n": n})
    return True


def _next(db: Desk, number: int) -> int:
    row = db.execute(
        "update bugs set entries = entries + 1 where id = :id returning entries", {"id": number}
    ).fetchone()
    n: int = row[0]
    return n


def _write(
    db: Desk, number: int, n: int, kind: str, data: dict[str, object], text: str | None, actor: Actor,
    new: Sequence[seals.Row] = (),
) -> None:  # fmt: skip
    dumped = json.dumps(data, ensure_ascii=False)
    entry = (number, n, actor.now, actor.entered_at, kind, actor.agent, actor.system_user, dumped)
    texts = [] if text is None else [(number, n, text)]
    seals.append(db, seals.BUGS, {"bug_history": [entry], "bug_texts": texts}, new)
