"""What an import of accounts leaves on the desk, byte for byte, as rows that were taken one by one left it."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import fresh

from supportctl.clock import parse_time
from supportctl.desk.tickets.receive import Received, log_here
from supportctl.desk.transfer import records, run
from supportctl.desk.transfer.fields import CUSTOMERS, LICENCES, RELEASES, TICKETS, RecordKind
from supportctl.desk.transfer.run import ImportPlan, run_import
from supportctl.desk.transfer.times import Formats, reader_of
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.tabular.record import Record
from supportctl.tabular.table import read_table

NOW = parse_time("2026-03-06T16:30:00Z", now=0, zone=None)
ROWS, BATCH = 450, 100
# By the code of before, which looked up and wrote row by row.
TABLES = "1692a7d2353a34d79c59df5af11c9c97a9cdbf7fc81efdf052466f9dd41af0dd"
SAID = "654d981299ad06981c1adf8e28515882fb22781d077cb57372999643bb5c756d"
Rows = Iterator[tuple[str, ...]]


def pick(number: int, *values: str) -> str:
    """One of some values, in no order that an eye would see, but always the same."""
    return values[number * 2_654_435_761 % 4_294_967_296 * len(values) >> 32]


def address(number: int) -> str:
    """One of five hundred addresses, some spelled otherwise each time, some bad."""
    name = number * 7_919 % 500
    at = pick(number, "@", "@", "@", "@", "@", "@", "@", "@", "@", "@", "@", "@", "@", "@", "@", " at ")
    return pick(
        number + 1, f"p{name}{at}x.example", f"p{name}{at}x.example", f"P{name}{at}X.example", f"p{name}{at}bü.example"
    )


def customers(seed: int) -> Rows:
    for n in range(seed, seed + ROWS):
        day = f"20{10 + n % 15}-{1 + n % 12:02}-{1 + n % 28:02}"
        when = pick(
            n + 2,
            "",
            day,
            f"{day}T{n % 24:02}:15:00Z",
            f"{day}T{n % 24:02}:15:00+02:00",
            f"{day} soon" if n % 5 else day,
        )
        yield (
            address(n),
            pick(n + 3, "", f"Name {n % 40}", f"Näme {n % 9}"),
            pick(n + seed // 25 * 3, "", "", "customer", "Reseller", "boss" if n % 7 == 0 else ""),
            when,
        )


def licences(seed: int) -> Rows:
    for n in range(seed, seed + ROWS):
        key = f"RU-{n * 104_729 % 509:06}-{pick(n, 'AA', 'aa', 'A-A')}"
        if n % 97 == 0:
            key = pick(n, "no@key", "--", "")
        issued = pick(n + 1, "", "2025-01-01", f"2025-0{1 + n % 9}-03T07:00:00Z", "2026-05-01")
        expires = pick(
            n + 2,
            "",
            "",
            "2026-03-04",
            f"2027-0{1 + n % 9}-01",
            "2024-01-01" if n % 5 == 0 else "",
            f"2028-0{1 + n % 9}-03T07:00:00Z",
        )
        tier = pick(n + 3, "SITE", "pro", "PLUS", "STARTER", "FREE", "TRIAL", "GOLD" if n % 11 == 0 else "PRO", "")
        yield (
            key,
            tier,
            pick(n + 4, address(n), address(n), ""),
            pick(n + 5, "", f"O-{n % 50}"),
            issued,
            expires,
            pick(n + seed // 25 * 3, "", "", "active", "revoked", "expired"),
        )


def releases(seed: int) -> Rows:
    for n in range(seed, seed + 150):
        product = pick(
            n,
            "remote-utilities",
            "Remote-Utilities-Server",
            "remote-utilities",
            "excel" if n % 9 == 0 else "remote-utilities",
        )
        yield (
            product,
            f"7.{n % 13}.{n % 5}{pick(n + 1, '', '.0', '.1')}",
            pick(n + 2, "", f"2025-0{1 + n % 9}-01", f"2025-0{1 + n % 9}-01", "soon" if n % 8 == 0 else ""),
        )


def requests(seed: int) -> Rows:
    for n in range(seed, seed + 100):
        answered = pick(n, "", "", "2026-03-05T09:00:00Z")
        yield f"p{n * 7 % 500}@x.example", f"Question {n}", "2026-03-0" + pick(n + 1, "2", "3", "4"), answered, f"T-{n}"


class Aside:
    """Takes the rejected rows, and keeps what was wrong with them."""

    path, first = None, ""

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def add(self, record: Record, why: str) -> None:
        self.said.append(f"{record.place} {why}")

    def place(self) -> None:
        """Nothing is kept elsewhere."""


def as_csv(head: tuple[str, ...], rows: Rows) -> str:
    return "\n".join(",".join(row) for row in [head, *rows])


def as_json(head: tuple[str, ...], rows: Rows) -> str:
    """Blank values are left out, so that records have columns of their own."""
    return "\n".join(json.dumps({k: v for k, v in zip(head, row, strict=True) if v} or {head[0]: ""}) for row in rows)


KEPT = ("customers", "account_kinds", "licences", "licence_terms", "applied_keys", "releases", "counters")


def contents(db: Desk) -> str:
    """Every table of accounts with its rows and its total, and what became of the tickets that follow."""
    asked = [f"select * from {name}" for name in KEPT]
    asked += [f"select * from totals where name in {KEPT}", "select ticket, n, at, kind, data from history"]
    asked += ["select id, status, tier, priority, rank, standing, registered, target_seconds, due_at from tickets"]
    return repr([sorted(db.execute(each), key=repr) for each in asked])


def imported() -> tuple[str, list[str]]:
    """A desk after many imports, and what was said of them."""
    said: list[str] = []
    with fresh() as db:
        day = NOW

        def bring(kind: RecordKind, head: tuple[str, ...], rows: Rows, write: Any = as_csv) -> None:
            actor = Actor("tess", "tess", day, day)
            text = write(head, rows).encode()
            rejects: Any = Aside(said)
            done = run_import(
                db, ImportPlan(kind, {}, rejects=rejects), read_table(io.BufferedReader(io.BytesIO(text)), "f"),
                reader_of(Formats(None, {}), day, None), actor,
            )  # fmt: skip
            said.append(repr(done))

        def ask(number: int) -> None:
            key = f"ru{number * 104_729 % 509:06}aa"
            with db.transaction():
                log_here(db, Received(f"p{number}@x.example", "Key", "", day, key=key), Actor("tess", "tess", day, day))

        bring(CUSTOMERS, CUSTOMERS.fields, customers(0))
        bring(TICKETS, ("from", "subject", "received_at", "first_response_at", "external_id"), requests(0))
        for number in range(0, 120, 7):
            ask(number)
        bring(LICENCES, LICENCES.fields, licences(0))
        bring(RELEASES, RELEASES.fields, releases(0))
        day += 86_400
        bring(CUSTOMERS, CUSTOMERS.fields, customers(250), as_json)
        bring(LICENCES, LICENCES.fields, licences(300), as_json)
        bring(RELEASES, RELEASES.fields, releases(40), as_json)
        bring(LICENCES, LICENCES.fields, licences(300))
        return contents(db), said


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("at_once", [7, 10 * BATCH])
def test_tables_are_those_that_row_by_row_gave(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """However many rows are looked up together. The tickets follow after as many addresses as they did."""
    monkeypatch.setattr(records, "BATCH", BATCH)
    monkeypatch.setattr(run, "BATCH", at_once)
    tables, said = imported()
    assert (digest(tables), digest("\n".join(said))) == (TABLES, SAID)
