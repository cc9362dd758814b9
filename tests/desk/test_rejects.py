"""With rejected rows put aside, what is on record is what importing the other rows alone gives."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from conftest import fresh
from desks import ENGINE, ON_POSTGRES
from hypothesis import given, settings
from hypothesis import strategies as st

from supportctl.clock import parse_time
from supportctl.desk.transfer import records, tickets
from supportctl.desk.transfer import run as importing
from supportctl.desk.transfer.fields import CUSTOMERS, KINDS, RecordKind
from supportctl.desk.transfer.run import AllRejected, ImportOutcome, ImportPlan, run_import
from supportctl.desk.transfer.times import Formats, reader_of
from supportctl.errors import InputError
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.tabular.record import Record, Table
from supportctl.tabular.table import read_table

NOW = parse_time("2026-03-06T16:30:00Z", now=0, zone=None)
TIMES = reader_of(Formats(None, {}), NOW, None)
ACTOR = Actor("tess", "tess", NOW, NOW)
# Few values, so that rows meet: some are blank, some are bad, some contradict others. The first is the usual one.
VALUES = {
    "email": ["a@x.example", "A@x.example", "b@x.example", "c@x.example", "nobody", ""],
    "name": ["", "Ann", "Bob"],
    "kind": ["", "customer", "reseller", "boss"],
    "registered_at": ["", "2026-01-01", "2026-03-05", "soon"],
    "key": ["K-00001", "k00001", "K-00002", "K-00003", "--"],
    "tier": ["", "SITE", "PRO", "FREE", "GOLD"],
    "delivery_email": ["", "a@x.example", "b@x.example", "nobody"],
    "order": ["", "1"],
    "issued_at": ["", "2025-01-01", "2026-03-03", "2026-05-01"],
    "expires_at": ["", "2026-03-04", "2027-01-01", "2024-01-01"],
    "status": ["", "active", "revoked", "expired"],
    "product": ["remote-utilities", "Remote-Utilities", "excel", ""],
    "version": ["7.6.2.0", "7.1.7.0", "7.6"],
    "released_at": ["", "2024-10-16", "2025-01-01", "soon"],
    "from": ["a@x.example", "A@x.example", "b@x.example", "nobody"],
    "subject": ["one", "two", ""],
    "body": ["", "text", "password: hunter2"],
    "channel": ["", "ticket", "forum", "chat", "owl"],
    "topic": ["", "usage", "network"],
    "language": ["", "en", "de"],
    "received_at": ["2026-03-01", "2026-03-02", "2026-03-07"],
    "first_response_at": ["", "2026-03-03", "2026-02-01"],
    "closed_at": ["", "2026-03-04"],
    "assignee": ["", "kim"],
    "external_id": ["1", "2", "002", "", "3"],
}
Rows = list[dict[str, str]]


class Aside:
    """Takes the rejected rows, as a file of them would."""

    path, first = Path("bad"), ""

    def __init__(self) -> None:
        self.places: set[str] = set()

    def add(self, record: Record, _why: str) -> None:
        self.places.add(record.place)

    def place(self) -> None:
        pass


def as_csv(kind: RecordKind, rows: Rows) -> str:
    out = io.StringIO()
    csv.DictWriter(out, kind.fields, lineterminator="\n").writerows(
        [dict(zip(kind.fields, kind.fields, strict=True)), *rows]
    )
    return out.getvalue()


def as_json(_: RecordKind, rows: Rows) -> str:
    """Blank values are left out, so that each record has columns of its own."""
    return "\n".join(json.dumps({name: value for name, value in row.items() if value}) for row in rows)


def table_of(text: str) -> Table:
    return read_table(io.BufferedReader(io.BytesIO(text.encode())), "f")


def run(db: Desk, kind: RecordKind, text: str, rejects: Aside | None) -> ImportOutcome | None:
    aside: Any = rejects
    try:
        return run_import(db, ImportPlan(kind, {}, rejects=aside), table_of(text), TIMES, ACTOR)
    except AllRejected:
        return None


def contents(db: Desk) -> dict[str, list[Any]]:
    """Every table with its rows, but for the parts of a full-text index, which are of one batch each.

    A shared desk numbers its changes by the clock, and keeps when each was committed: that differs from run to run.
    """
    names = [name for name in ENGINE.tables(db) if "_index_" not in name and name != "commits"]
    found = {name: sorted(db.execute(f"select * from {name}"), key=repr) for name in names}
    if ON_POSTGRES:
        found["changes"] = [row[1:] for row in found["changes"]]
        found["totals"] = [row for row in found["totals"] if row[0] not in ("changes", "desk")]
    return found


def same_as_kept_alone(kind: RecordKind, write: Callable[[RecordKind, Rows], str], before: Rows, rows: Rows) -> None:
    with fresh() as whole, fresh() as kept_alone:
        for db in (whole, kept_alone):
            run(db, kind, write(kind, before), Aside())
        text = write(kind, rows)
        aside = Aside()
        done = run(whole, kind, text, aside)
        kept = [row for row, record in zip(rows, table_of(text), strict=True) if record.place not in aside.places]
        alone = run(kept_alone, kind, write(kind, kept), None) if kept else None
        assert contents(whole) == contents(kept_alone)
        counts = (done.added, done.changed, done.unchanged, done.moved) if done else None
        assert counts == ((alone.added, alone.changed, alone.unchanged, alone.moved) if alone else None)


def rows_of(kind: RecordKind) -> st.SearchStrategy[Rows]:
    usual = {field: VALUES[field] + VALUES[field][:1] * 5 for field in kind.fields}
    row = st.fixed_dictionaries({field: st.sampled_from(usual[field]) for field in kind.fields})
    return st.lists(row.filter(lambda row: any(row.values())), min_size=1, max_size=12)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("write", [as_csv, as_json])
def test_rejecting_rows_equals_leaving_them_out(name: str, write: Callable[[RecordKind, Rows], str]) -> None:
    kind = KINDS[name]

    @settings(max_examples=60)
    @given(before=rows_of(kind), rows=rows_of(kind), batch=st.sampled_from([1, 2, 3, 1000]))
    def holds(before: Rows, rows: Rows, batch: int) -> None:
        with (
            patch.object(records, "BATCH", batch),
            patch.object(tickets, "BATCH", batch),
            patch.object(importing, "BATCH", batch),
        ):
            same_as_kept_alone(kind, write, before, rows)

    holds()


def test_a_row_that_fails_takes_no_batch_with_it() -> None:
    """The rows before a contradiction wait to be written when it is found."""
    rows = [{"from": f"{n}@x.example", "subject": n, "received_at": "2026-03-01", "external_id": n} for n in "123"]
    rows += [rows[0] | {"subject": "other"}, rows[0] | {"external_id": "4"}]
    with fresh() as db:
        done = run(db, KINDS["tickets"], as_json(KINDS["tickets"], rows), Aside())
        assert done is not None
        assert (done.added, done.rejected) == (4, 1)
        assert db.execute("select count(*) from tickets").fetchone() == (4,)


def test_rows_rejected_the_first_time_are_rejected_the_second() -> None:
    rows = [{"from": "a@x.example", "subject": s, "received_at": "2026-03-01", "external_id": "1"} for s in ("S", "T")]
    with fresh() as db:
        once, twice = (run(db, KINDS["tickets"], as_json(KINDS["tickets"], rows), Aside()) for _ in "12")
    assert once is not None
    assert twice is not None
    assert (once.added, once.rejected) == (twice.unchanged, twice.rejected) == (1, 1)


def test_of_two_errors_the_first_of_the_file_is_said() -> None:
    """Rows are read some at a time; so are those that a quote without an end keeps from being read."""
    text = 'email,kind\na@x.example,\na@x.example,boss\nnobody,\n"b@x.example,\n'
    assert [len(batch) for batch in each_batch(text)] == [3]
    with fresh() as db, pytest.raises(InputError, match="line 3, column kind"):
        run_import(db, ImportPlan(CUSTOMERS, {}), table_of(text), TIMES, ACTOR)


def each_batch(text: str) -> Iterator[list[Record]]:
    with suppress(InputError):
        yield from importing._batches(table_of(text))


@pytest.mark.parametrize("write", [as_csv, as_json])
def test_long_rows_are_not_held_by_the_thousand(write: Callable[[RecordKind, Rows], str]) -> None:
    rows = [{"email": f"{n}@x.example", "name": "N" * 300, "kind": "", "registered_at": ""} for n in range(20)]
    with patch.object(importing, "BATCH_SIZE", 1_000):
        batches = list(each_batch(write(CUSTOMERS, rows)))
    assert sum(map(len, batches)) == 20
    assert max(map(len, batches)) <= 4
