"""Writes the database that may be served to others: the desk's views for other programs, and no secret in any text.

The views themselves show a ticket's subject and first text as they were written, so on the channel ticket possibly with
a password or a key (8.5). Here these go through the guard that keeps them out of every other channel (8.6).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from supportctl.desk.tickets.as_of import ticket_at
from supportctl.desk.tickets.secrets import guarded_id, without_secrets_each
from supportctl.desk.transfer.whole_desk import Counting, Tick
from supportctl.files import atomic_file
from supportctl.store import customers, tables, tickets, views, views_file
from supportctl.store.desk import Desk, DirectReader

AT_ONCE = 100  # tickets whose texts are looked through together: one by one takes three times as long
_SUBJECT, _BODY, _TAGS, _EXTERNAL_ID = map(
    list(views.COLUMNS["v_tickets"]).index, ("subject", "body", "tags", "external_id")
)
Row = tuple[Any, ...]


class WrittenDatabase(NamedTuple):
    """What was written."""

    what: str
    file: str
    tables: int
    rows: int


def export_views(db: Desk, file: Path, at: int, *, force: bool, counting: Counting) -> WrittenDatabase:
    """Write the views as of `at` (UTC epoch seconds) into a new database at `file`, all of one moment, 0600.

    `counting` is given the number of rows, and what it gives is called at each. Raises InputError for a file that is
    there already (unless `force`), OutputUnwritable; then nothing has changed.
    """
    size = sum(tables.count(db, view.removeprefix("v_")) for view in views.COLUMNS)
    with atomic_file(file, over=force) as new, db.snapshot(), counting(size) as tick:
        written = views_file.write(new, file, ((view, _ticked(_rows(db, view, at), tick)) for view in views.COLUMNS))
    return WrittenDatabase("sqlite", str(file), len(views.COLUMNS), written)


def _ticked(rows: Iterable[Row], tick: Tick) -> Iterator[Row]:
    for row in rows:
        yield row
        tick()


def _rows(db: Desk, view: str, at: int) -> Iterator[Row]:
    rows = views.rows(db, view, at)
    return _guarded(db, _as_they_were(db, rows, at)) if view == "v_tickets" else rows


def _as_they_were(db: Desk, rows: Iterator[Row], at: int) -> Iterator[Row]:
    """Rows of tickets; those with later entries, as they were at `at`."""
    later = set(DirectReader(db).of(tickets.changed_after(at)))
    for row in rows:
        if row[0] not in later:
            yield row
        elif (then := ticket_at(db, tickets.get(db, row[0]), at)) is not None:
            account = customers.find(db, then.sender, at)
            yield views.ticket_row(then, row[_BODY], account.email if account else None, at)


def _guarded(db: Desk, rows: Iterator[Row]) -> Iterator[Row]:
    """Rows of tickets without secrets in their subjects, texts, tags and external ids."""
    while some := list(islice(rows, AT_ONCE)):
        texts = list(map(_texts, some))
        clean = iter(without_secrets_each(db, list(chain.from_iterable(texts))))
        for row, written in zip(some, texts, strict=True):
            safe = list(islice(clean, len(written)))
            yield row if safe == written else _with_texts(row, safe)


def _texts(row: Row) -> list[str]:
    return [row[_SUBJECT], row[_BODY] or "", guarded_id(row[_EXTERNAL_ID]) or "", *json.loads(row[_TAGS])]


def _with_texts(row: Row, texts: Sequence[str]) -> Row:
    fields = list(row)
    fields[_SUBJECT], body, external_id, *tags = texts
    fields[_BODY] = body if row[_BODY] is not None else None
    if guarded_id(row[_EXTERNAL_ID]) is not None:
        fields[_EXTERNAL_ID] = external_id
    fields[_TAGS] = tickets.dump(tags)
    return tuple(fields)
