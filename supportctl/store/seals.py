"""Seals: for each ticket and each bug a digest of all that was written about it, extended with every entry.

If another program changes a history, a target or a text, the seal no longer fits, even if nothing else contradicts the
change: who did it, when it was typed, the words. What a ticket or bug says about itself outside its history, such as
its subject, has a seal too. `store.totals` finds a seal that is itself changed, restored or removed. A seal is not a
signature: it reveals changes by hand, by a broken disk or by another tool, but not by somebody who reads this file and
makes a new seal.

How seals are made is part of the schema: it never changes, or every desk on record would look tampered with.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from supportctl.store import totals
from supportctl.store.desk import LARGEST, Desk
from supportctl.store.digest import blake2b
from supportctl.store.tickets import ENTRY, TARGET, TEXT

if TYPE_CHECKING:
    from supportctl.store.soundness import Told

Row = Sequence[Any]  # of a part: the number of the ticket or bug, then its columns
Numbers = tuple[int, int]  # of tickets or bugs: the first and the last


class SealedTable(NamedTuple):
    """What has seals: its table, theirs, the column that names it, its own words, and its parts with their columns."""

    table: str
    seals: str
    of: str
    own: str
    parts: Mapping[str, str]

    @property
    def every(self) -> tuple[str, ...]:
        """Everything that has a seal, in the order of the columns."""
        return (*self.parts, OWN)

    def rows(self, part: str) -> tuple[str, list[str]]:
        """Where the rows of a part are, and their columns: first the one that names the ticket or bug."""
        if part == OWN:
            return self.table, ["id", *self.own.split(", ")]
        return part, [self.of, *self.parts[part].split(", ")]


OWN = "own"  # what a ticket or bug says about itself outside its history
TICKETS = SealedTable(
    "tickets", "ticket_seals", "ticket", "subject, sender, key_given, external_id",
    {"history": ENTRY, "targets": TARGET, "texts": TEXT},
)  # fmt: skip
BUGS = SealedTable(
    "bugs", "bug_seals", "bug", "title, product, product_version, topic, reported_at",
    {"bug_history": ENTRY, "bug_texts": "n, body"},
)  # fmt: skip
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
OWN_SCHEMA = """
alter table ticket_seals add column own text not null default '';

alter table bug_seals add column own text not null default ''
"""


class BrokenSeal(NamedTuple):
    """A part of a ticket or bug that was changed by another program."""

    table: str
    id: int
    part: str


def append(db: Desk, what: SealedTable, rows: Mapping[str, Sequence[Row]], new: Sequence[Row] = ()) -> None:
    """Put rows into some parts and seal them, in the caller's transaction; rows of one ticket or bug together.

    `new` is what newly recorded tickets or bugs say about themselves.
    """
    for part, some in rows.items():
        if not some:
            continue
        table, columns = what.rows(part)
        places = ", ".join("?" * len(columns))
        db.executemany(f"insert into {table} ({', '.join(columns)}) values ({places})", some)
    added = {
        part: {number: list(of) for number, of in groupby(some, itemgetter(0))}
        for part, some in {**rows, OWN: new}.items()
    }
    numbers = dict.fromkeys(number for some in added.values() for number in some)
    before = [row for number in numbers if number not in added[OWN] and (row := _kept(db, what, number))]
    kept = {row[0]: row[1:] for row in before}
    unsealed = ("",) * len(what.every)
    after = [(number, *_grown(what, number, kept.get(number, unsealed), added)) for number in numbers]
    sets = ", ".join(f"{part} = excluded.{part}" for part in what.every)
    db.executemany(
        f"insert into {what.seals} ({what.of}, {', '.join(what.every)}) values (?{', ?' * len(what.every)})"
        f" on conflict ({what.of}) do update set {sets}",
        after,
    )
    totals.count(db, what.seals, come=totals.total_of(after), gone=totals.total_of(before))


def _kept(db: Desk, what: SealedTable, number: int) -> Row | None:
    """The number of a ticket or bug with its seals, None if it has none yet."""
    row: Row | None = db.execute(*kept_statement(what, number)).fetchone()
    return row


def kept_statement(what: SealedTable, number: int) -> tuple[str, dict[str, int]]:
    """What reads the seals of a ticket or bug."""
    kept = f"select {what.of}, {', '.join(what.every)} from {what.seals} where {what.of} = :number"
    return kept, {"number": number}


def _grown(what: SealedTable, number: int, seals: Row, added: Mapping[str, Mapping[int, Iterable[Row]]]) -> list[str]:
    """The seals of a ticket or bug, extended by what was added."""
    return [
        _fold(seal, map(totals.in_bytes, added.get(part, {}).get(number, ())))
        for part, seal in zip(what.every, seals, strict=True)
    ]


@contextmanager
def resealing(db: Desk, what: SealedTable, number: int, *parts: str) -> Iterator[None]:
    """Seal parts again after a permitted change, if they fitted their seals before it.

    A part that did not fit keeps its old seal: a removal must not hide another change.
    """
    before = {part: _seal_of(db, what, number, part) for part in parts}
    yield
    with totals.changing(db, what.seals, f"{what.of} = :number", {"number": number}):
        for part in parts:
            db.execute(
                f"update {what.seals} set {part} = :now where {what.of} = :number and {part} = :before",
                {"now": _seal_of(db, what, number, part), "number": number, "before": before[part]},
            )


def _seal_of(db: Desk, what: SealedTable, number: int, part: str) -> str:
    return _fitting(db, what, part, (number, number)).get(number, "")


def make_all(db: Desk) -> None:
    """Seal everything as it is, on a desk that has no seals yet."""
    for what in (TICKETS, BUGS):
        none_yet = ", ''" * len(what.parts)
        db.execute(f"insert into {what.seals} select id{none_yet} from {what.table}")
        for part in what.parts:
            _make(db, what, part)


def make_own(db: Desk) -> None:
    """Seal what tickets and bugs say about themselves as it is."""
    for what in (TICKETS, BUGS):
        _make(db, what, OWN)


def _make(db: Desk, what: SealedTable, part: str) -> None:
    for numbers, _ in _kept_together(db, what, ()):
        made = ((seal, number) for number, seal in _fitting(db, what, part, numbers).items())
        db.executemany(f"update {what.seals} set {part} = ? where {what.of} = ?", made)


TOGETHER = 2000  # tickets or bugs whose seals are compared at once


def broken_seals(db: Desk, told: "Told" = lambda _: None) -> Iterator[BrokenSeal]:
    """Every part of a ticket or bug that does not fit its seal, or has none; one pass over each table.

    `told` is called now and then with the share of the tickets that is done.
    """
    for what in (TICKETS, BUGS):
        (highest,) = db.execute(f"select max({what.of}) from {what.seals}").fetchone()
        for numbers, kept in _kept_together(db, what, what.every):
            for part, seals in kept.items():
                fitting = _fitting(db, what, part, numbers)
                if fitting != seals:
                    unlike = sorted({number for number, _ in fitting.items() ^ seals.items()})
                    yield from (BrokenSeal(what.table, number, part) for number in unlike)
            if what is TICKETS:
                told(min(1.0, numbers[1] / max(highest or 0, 1)))


def _kept_together(
    db: Desk, what: SealedTable, parts: Sequence[str]
) -> Iterator[tuple[Numbers, dict[str, dict[int, str]]]]:
    """All tickets or bugs with seals, some at a time: which ones, and the seals of some parts by number."""
    first = -LARGEST
    while first < LARGEST:
        rows = db.execute(
            f"select {', '.join([what.of, *parts])} from {what.seals} where {what.of} >= :first"
            f" order by {what.of} limit {TOGETHER}",
            {"first": first},
        ).fetchall()
        last = rows[-1][0] if len(rows) == TOGETHER else LARGEST - 1
        yield (first, last), {part: {row[0]: row[n] for row in rows if row[n]} for n, part in enumerate(parts, 1)}
        first = last + 1


def _fitting(db: Desk, what: SealedTable, part: str, numbers: Numbers) -> dict[int, str]:
    """The seals that fit a part, by the number of the ticket or bug."""
    table, (of, *columns) = what.rows(part)
    order = of if part == OWN else f"{of}, n"
    rows = db.execute(
        f"select {of}, {db.row_bytes([of, *columns])} from {table} where {of} between :first and :last"
        f" order by {order}",
        {"first": numbers[0], "last": numbers[1]},
    )
    seals: dict[int, str] = {}
    number, begun = None, _begin()
    for owner, row in rows:  # a flat loop: it sees every row of the desk
        if owner == number:
            before = begun.digest()
        else:
            if number is not None:
                seals[number] = begun.hexdigest()
            number, before = owner, b""
        begun = _begin()
        begun.update(before + row)
    if number is not None:
        seals[number] = begun.hexdigest()
    return seals


_begin = blake2b(digest_size=16).copy  # takes less than making one


def _fold(seal: str, rows: Iterable[bytes]) -> str:
    digest = bytes.fromhex(seal)
    for row in rows:
        begun = _begin()
        begun.update(digest + row)
        digest = begun.digest()
    return digest.hex()
