"""Whether a desk is sound: what is stored is held against what it was made from, and mended where that says how."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from supportctl.desk import records
from supportctl.errors import SENSELESS, DeskUnusable
from supportctl.store import checking, mending, surroundings, totals
from supportctl.store.atomic import snapshot
from supportctl.store.checking import DAMAGED, OK, REPAIRED, RESTORE, Finding, damage
from supportctl.store.connection import SCHEMA_VERSION, Desk, check_desk, connect, explained, schema_of
from supportctl.store.longwork import Tick, at_length, side_by_side
from supportctl.store.strangers import strangers
from supportctl.store.transaction import transaction

TOLD = 1000  # findings of one part that are told one by one; the rest are counted


class Part(NamedTuple):
    """What is looked at in one go, and the hundredths of the work that it is, as measured on a million tickets."""

    names: tuple[str, ...]
    share: int
    look: Callable[[sqlite3.Connection], Iterator[Finding]]


class Looked(NamedTuple):
    """What was found in a part, and the tickets of which nothing must be derived."""

    part: Part
    findings: list[Finding]
    broken: set[int]


# Read at the same time by connections of their own, so what takes longest is a list of its own.
PAGES = (Part(("file",), 20, checking.pages), Part(("foreign keys",), 2, checking.foreign_keys))
CONTENTS = (Part(("full text",), 5, checking.full_text), Part(("values",), 10, checking.values))
GUARDS = Part(("guards",), 0, checking.schema)
RECORDS = (
    GUARDS,
    Part(("history", "due times", "tickets"), 27, records.by_history),
    Part(("counters",), 0, checking.numbers),
    Part(("customers",), 0, checking.doubles),
)
WRITTEN = (Part(("history",), 21, checking.unsealed), Part(("totals",), 15, checking.untotalled))
CURRENT = (PAGES, CONTENTS, RECORDS, WRITTEN)  # an older desk is told to migrate; of its content nothing is known
MENDED = (checking.pages, *(part.look for part in RECORDS), checking.unsealed, checking.full_text)  # in this order


def check(desk: Path, now: int, tick: Tick | None = None, *, repair: bool = False) -> list[Finding]:
    """All that is found of a desk, part by part; `now` (UTC epoch seconds) tells whether zone data is old.

    With `repair` what can be derived is mended first, in one transaction, and what was done leads the list.
    Raises DeskUnusable where the file is not a desk that could be read at all.
    """
    with explained(desk):
        check_desk(desk)
        mended = _repair(desk, tick) if repair else []
        return [*mended, *surroundings.versions(desk, now), *surroundings.files(desk), *_inside(desk, tick)]


def faults(desk: Path, found: Sequence[Finding], *, repaired: bool) -> DeskUnusable | None:
    """What to say of a desk that is damaged, and what to do next."""
    wrong = [finding for finding in found if finding.state == DAMAGED]
    if not wrong:
        return None
    hint = "Restore a backup: supportctl db restore FILE."
    if not repaired and any(finding.mend for finding in wrong):
        hint = "Some can be mended: supportctl db check --repair."
    return DeskUnusable(f"The desk at {desk} has {len(wrong)} {'fault' if len(wrong) == 1 else 'faults'}.", hint)


def unfit(desk: Path) -> str | None:
    """The first damage of a desk with which something went wrong; None where none is found, or it is an older one."""
    with explained(desk), closing(connect(desk)) as db:
        parts = (GUARDS, *CONTENTS, PAGES[1], *RECORDS[1:], *WRITTEN) if schema_of(db) == SCHEMA_VERSION else ()
        found = chain.from_iterable(_of_part(db, part).findings for part in parts)
        return next((_named(finding) for finding in found if finding.state == DAMAGED), None)


def _named(finding: Finding) -> str:
    return finding.message if finding.ticket is None else f"of ticket {finding.ticket}, {finding.message}"


def _inside(desk: Path, tick: Tick | None) -> list[Finding]:
    """What is found in the file, by parts, and of which of them nothing is."""
    with closing(connect(desk)) as db:
        current = schema_of(db) == SCHEMA_VERSION
        lists = CURRENT if not _has_strangers(db) else (PAGES, (GUARDS,))  # what a view says, its maker says
    looked = _look(desk, lists if current else (PAGES,), tick)
    found = list(chain.from_iterable(each.findings for each in looked))
    # What one part says of a ticket bears on what another makes of it.
    broken = set[int]().union(*(each.broken for each in looked))
    found = [f._replace(mend=None, hint=RESTORE) if f.mend and f.ticket in broken else f for f in found]
    names = list(dict.fromkeys(name for each in looked for name in each.part.names))
    found += [Finding(name, OK, "all right") for name in names if all(each.part != name for each in found)]
    return sorted(found, key=lambda each: names.index(each.part) if each.part in names else len(names))


def _has_strangers(db: sqlite3.Connection) -> bool:
    """Whether the desk has a trigger, a view or a table that none of ours takes the place of."""
    return any(not each.named_as_ours for each in strangers(db, SCHEMA_VERSION))


def _look(desk: Path, lists: Sequence[Sequence[Part]], tick: Tick | None) -> list[Looked]:
    """Look at lists of parts at the same time, each as of one moment."""
    connections = [connect(desk, any_thread=True) for _ in lists]
    finished: list[Part] = []

    def look() -> None:
        if tick:
            tick(sum(part.share for part in finished) / 100)

    works = [(db, partial(_read, parts, finished)) for db, parts in zip(connections, lists, strict=True)]
    try:
        return list(chain.from_iterable(side_by_side(works, look)))
    finally:
        for db in connections:
            db.close()


def _read(parts: Sequence[Part], finished: list[Part], db: sqlite3.Connection) -> list[Looked]:
    checking.remember_on_disk(db)
    looked = []
    with snapshot(db):
        for part in parts:
            looked.append(_of_part(db, part))
            finished.append(part)
    return looked


def _of_part(db: sqlite3.Connection, part: Part) -> Looked:
    """What is wrong with a part. What cannot be read is damage, not an accident."""
    looked, counts = Looked(part, [], set()), Counter[str]()
    try:
        for finding in part.look(db):
            if finding.ticket is not None and not finding.mend:
                looked.broken.add(finding.ticket)
            counts[finding.part] += 1
            if counts[finding.part] <= TOLD:
                looked.findings.append(finding)
    except sqlite3.DatabaseError as error:
        if not _unreadable(error):
            raise
        looked.findings.extend(damage(name, f"cannot be read: {error}") for name in part.names)
    except SENSELESS as error:
        said = f"holds what nobody could have written ({type(error).__name__})"
        looked.findings.extend(damage(name, said) for name in part.names)
    more = {name: count - TOLD for name, count in counts.items() if count > TOLD}
    looked.findings.extend(Finding(name, DAMAGED, f"and {n:,} more like these") for name, n in more.items())
    return looked


def _unreadable(error: sqlite3.Error) -> bool:
    """Whether pages are damaged, or a table or column is not there."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)


# Mending


def _repair(desk: Path, tick: Tick | None) -> list[Finding]:
    """Mend what can be derived; what was done. All of the desk in one transaction, its files' modes after it."""
    with closing(connect(desk, any_thread=True)) as db:
        done: list[Finding] = []
        if schema_of(db) == SCHEMA_VERSION:
            if mending.to_wal(db):
                done.append(Finding("file", REPAIRED, "its journal mode was not wal"))
            try:
                done += at_length(db, _mend_all, tick)
            except (sqlite3.DatabaseError, *SENSELESS) as error:
                # Nothing was mended then, and the check that follows says what is wrong.
                if isinstance(error, sqlite3.DatabaseError) and not _unreadable(error):
                    raise
    for found in surroundings.files(desk):
        if found.mend:
            found.mend(db)
            done.append(found)
    return [found._replace(state=REPAIRED, hint=None, mend=None) for found in done]


def _mend_all(db: sqlite3.Connection) -> list[Finding]:
    """Find what is wrong while nobody else can write, and mend it, each thing once: all of it or nothing."""
    with transaction(db):
        found = _mendable(db)
        for mend in dict.fromkeys(finding.mend for finding in found):
            if mend is not None:
                mend(db)
        if isinstance(db, Desk):
            totals.settle(db)
    return found


def _mendable(db: sqlite3.Connection) -> list[Finding]:
    """What is wrong and can be mended; nothing where a stranger would act on it, or of a ticket that is broken."""
    if _has_strangers(db):
        return []
    every = list(chain.from_iterable(look(db) for look in MENDED))
    broken = {finding.ticket for finding in every if finding.ticket is not None and not finding.mend}
    return [finding for finding in every if finding.mend and finding.ticket not in broken]
