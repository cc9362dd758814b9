"""Known bugs, their history and texts: rows to values. `store.bug_filing` writes them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from supportctl.policy.bugs import Bug, replay
from supportctl.policy.ticket import Entry
from supportctl.store.desk import Desk, Query, among

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


_WITH_HISTORY = (
    "select b.id, b.title, b.product, b.product_version, b.topic, b.reported_at,"
    " h.n, h.at, h.entered_at, h.kind, h.agent, h.system_user, h.data, x.body"
    " from bugs b join bug_history h on h.bug = b.id left join bug_texts x on x.bug = h.bug and x.n = h.n"
    " where b.reported_at <= :at and b.id {} order by b.id, h.n"
)


def of_numbers(numbers: Sequence[int], at: int) -> Query[dict[int, Bug]]:
    """Bugs by number as they were at `at`; those reported later, or never, are left out."""
    listed, values = among(numbers)
    return Query(_WITH_HISTORY.format(listed), {**values, "at": at}, partial(_by_number, at=at))


def linked_to(ticket: int, at: int) -> Query[dict[int, Bug]]:
    """The bugs that a ticket was linked to by `at`, as they were then, by number."""

    def linked(rows: Iterable[Any]) -> dict[int, Bug]:
        return {number: bug for number, bug in _by_number(rows, at).items() if ticket in bug.tickets}

    of = "in (select bug from bug_tickets where ticket = :ticket)"
    return Query(_WITH_HISTORY.format(of), {"ticket": ticket, "at": at}, linked)


def _by_number(rows: Iterable[Any], at: int) -> dict[int, Bug]:
    grouped = ((own, list(events)) for own, events in groupby(rows, lambda row: tuple(row[:6])))
    return {
        own[0]: replay(Bug(*own), *_events((own[0], *row[6:]) for row in events), until=at) for own, events in grouped
    }


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
