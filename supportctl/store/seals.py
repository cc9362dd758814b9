"""Seals: of each ticket and each bug a digest of all that was written about it, grown with every entry.

Whatever another program changes of a history, a target or a text no longer fits its seal, also where it contradicts
nothing else: who did it, when it was typed, the words. A seal is no signature. It tells of what was done by hand, by a
broken disk or by another tool; not of somebody who reads this file and makes a new one.

How seals are made is part of the schema: it never changes, or every desk on record would look tampered with.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from supportctl.store.digest import blake2b
from supportctl.store.tickets import ENTRY, TARGET, TEXT

Row = Sequence[Any]  # of a part: the number of the ticket or bug, then its columns


class Sealed(NamedTuple):
    """What has seals: its table, theirs, the column that names it, and its parts with their columns."""

    table: str
    seals: str
    of: str
    parts: Mapping[str, str]


TICKETS = Sealed("tickets", "ticket_seals", "ticket", {"history": ENTRY, "targets": TARGET, "texts": TEXT})
BUGS = Sealed("bugs", "bug_seals", "bug", {"bug_history": ENTRY, "bug_texts": "n, body"})
SCHEMA = """
create table ticket_seals (
    ticket integer primary key references tickets (id),
    history text not null,
    targets text not null,
    texts text not null
);

create table bug_seals (
    bug integer primary key references bugs (id),
    bug_history text not null,
    bug_texts text not null
)
"""


class Broken(NamedTuple):
    """A ticket or bug of which a part is not what was written."""

    table: str
    id: int
    part: str


def append(db: sqlite3.Connection, what: Sealed, rows: Mapping[str, Sequence[Row]]) -> None:
    """Put rows into some parts and seal them, in the caller's transaction; those of one ticket or bug together."""
    for part, some in rows.items():
        columns = _columns(what, part)
        places = ", ".join("?" * len(columns))
        db.executemany(f"insert into {part} ({', '.join(columns)}) values ({places})", some)
    added = {part: {number: list(of) for number, of in groupby(some, itemgetter(0))} for part, some in rows.items()}
    numbers = dict.fromkeys(number for some in added.values() for number in some)
    sets = ", ".join(f"{part} = excluded.{part}" for part in what.parts)
    db.executemany(
        f"insert into {what.seals} ({what.of}, {', '.join(what.parts)}) values (?{', ?' * len(what.parts)})"
        f" on conflict ({what.of}) do update set {sets}",
        ((number, *_grown(db, what, number, added)) for number in numbers),
    )


def _grown(
    db: sqlite3.Connection, what: Sealed, number: int, added: Mapping[str, Mapping[int, Iterable[Row]]]
) -> list[str]:
    """The seals of a ticket or bug once they hold what was added."""
    kept = f"select {', '.join(what.parts)} from {what.seals} where {what.of} = :number"
    seals = db.execute(kept, {"number": number}).fetchone() or [""] * len(what.parts)
    return [
        _fold(seal, map(_bytes, added.get(part, {}).get(number, ())))
        for part, seal in zip(what.parts, seals, strict=True)
    ]


@contextmanager
def resealing(db: sqlite3.Connection, what: Sealed, number: int, part: str) -> Iterator[None]:
    """Seal a part again that is changed meanwhile as it may be, if it fitted its seal until then.

    One that did not fit keeps its old seal: a removal must not hide that something else was changed.
    """
    before = _seal_of(db, what, number, part)
    yield
    db.execute(
        f"update {what.seals} set {part} = :now where {what.of} = :number and {part} = :before",
        {"now": _seal_of(db, what, number, part), "number": number, "before": before},
    )


def _seal_of(db: sqlite3.Connection, what: Sealed, number: int, part: str) -> str:
    """The seal that fits a part as it stands."""
    rows = db.execute(
        f"select {_stored(what, part)} from {part} where {what.of} = :number order by n", {"number": number}
    )
    return _fold("", (row[0] for row in rows))


def make_all(db: sqlite3.Connection) -> None:
    """Seal everything as it stands, on a desk that has no seals yet."""
    for what in (TICKETS, BUGS):
        none_yet = ", ''" * len(what.parts)
        db.execute(f"insert into {what.seals} select id{none_yet} from {what.table}")
        for part in what.parts:
            made = ((seal, number) for number, seal in _walk(db, what, part))
            db.executemany(f"update {what.seals} set {part} = ? where {what.of} = ?", made)


def broken(db: sqlite3.Connection) -> Iterator[Broken]:
    """Every part of a ticket or bug that does not fit its seal, or has none; one pass of each table."""
    for what in (TICKETS, BUGS):
        for part in what.parts:
            yield from (Broken(what.table, number, part) for number in _unlike(db, what, part))


def _unlike(db: sqlite3.Connection, what: Sealed, part: str) -> Iterator[int]:
    """The numbers of tickets or bugs whose kept seal of a part is not the one that fits; a thousand at once."""
    kept = f"select {what.of}, {part} from {what.seals} where {part} <> '' and {what.of} > :after"
    fitting = _walk(db, what, part)
    after = -1  # numbers begin with 1
    while some := list(islice(fitting, 1000)):
        until = some[-1][0]
        there = db.execute(
            f"{kept} and {what.of} <= :until order by {what.of}", {"after": after, "until": until}
        ).fetchall()
        if some != there:
            yield from dict.fromkeys(number for number, _ in {*some} ^ {*there})
        after = until
    yield from (number for number, _ in db.execute(kept, {"after": after}))


def _walk(db: sqlite3.Connection, what: Sealed, part: str) -> Iterator[tuple[int, str]]:
    """Every ticket or bug with rows in a part, by number, and the seal that fits them."""
    rows = db.execute(f"select {what.of}, {_stored(what, part)} from {part} order by {what.of}, n")
    number, digest = None, b""
    for owner, row in rows:  # a flat loop: it sees every row of the desk
        if owner != number:
            if number is not None:
                yield number, digest.hex()
            number, digest = owner, b""
        digest = blake2b(digest + row, digest_size=16).digest()
    if number is not None:
        yield number, digest.hex()


def _stored(what: Sealed, part: str) -> str:
    """The expression by which SQLite gives a row in the very bytes of `_bytes`: a million are read in seconds."""
    columns = [f"coalesce({name}, char(0))" for name in _columns(what, part)]
    return f"cast({' || char(31) || '.join(columns)} as blob)"


def _columns(what: Sealed, part: str) -> list[str]:
    return [what.of, *what.parts[part].split(", ")]


def _bytes(row: Row) -> bytes:
    return "\x1f".join("\0" if value is None else str(value) for value in row).encode()


def _fold(seal: str, rows: Iterable[bytes]) -> str:
    digest = bytes.fromhex(seal)
    for row in rows:
        digest = blake2b(digest + row, digest_size=16).digest()
    return digest.hex()
