"""Whether a desk is sound: what is stored is compared with what it was derived from, and repaired if possible."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from supportctl.desk import container, promises, records
from supportctl.desk.findings import DAMAGED, OK, REPAIRED, RESTORE, Finding, Look
from supportctl.errors import SENSELESS
from supportctl.store import checking, mending
from supportctl.store.atomic import snapshot
from supportctl.store.connection import SCHEMA_VERSION, check_desk, connect, explained, schema_of
from supportctl.store.longwork import Tick, at_length, side_by_side
from supportctl.store.strangers import strangers

TOLD = 1000  # findings of one part that are listed; the rest are counted


class Part(NamedTuple):
    """What is checked in one go, and its share of the work in hundredths, as measured on a million tickets."""

    name: str
    share: int
    look: Look


class Looked(NamedTuple):
    """The findings of a part, and the tickets of which nothing may be derived."""

    part: Part
    findings: list[Finding]
    broken: set[int]


# Each list is read at the same time by a connection of its own, so the slowest part is a list by itself.
PAGES = (Part("file", 20, container.pages), Part("foreign keys", 2, container.foreign_keys))
CONTENTS = (Part("full text", 5, container.full_text), Part("values", 10, container.values))
SEALS = Part("history", 21, records.unsealed)
TOTALS = Part("totals", 15, records.untotalled)
HISTORY = Part("history", 4, records.history)
GUARDS = Part("guards", 0, container.schema)
RECORDS = (
    GUARDS,
    HISTORY,
    Part("due times", 8, promises.dues),
    Part("tickets", 15, records.contradicted),
    Part("counters", 0, records.numbers),
    Part("customers", 0, records.doubles),
)
MENDED = (container.pages, *(part.look for part in RECORDS), SEALS.look, container.full_text)  # in this order
CURRENT = (
    PAGES,
    CONTENTS,
    RECORDS,
    (SEALS, TOTALS),
)  # an older desk is told to migrate; its content is not checked


def check(desk: Path, now: int, tick: Tick | None = None, *, repair: bool = False) -> list[Finding]:
    """All findings about a desk, part by part; `now` (UTC epoch seconds) tells whether zone data is old.

    With `repair` what can be derived is repaired first, in one transaction, and the repairs lead the list. Raises
    DeskUnusable if the file cannot be read as a desk at all.
    """
    with explained(desk):
        check_desk(desk)
        mended = _repair(desk, tick) if repair else []
        return [*mended, *container.versions(desk, now), *container.files(desk), *_inside(desk, tick)]


def _inside(desk: Path, tick: Tick | None) -> list[Finding]:
    """The findings in the file, by parts, and those parts without any."""
    with closing(connect(desk)) as db:
        current = schema_of(db) == SCHEMA_VERSION
        lists = CURRENT if not _has_strangers(db) else (PAGES, (GUARDS,))  # a view says what its maker says
    looked = _look(desk, lists if current else (PAGES,), tick)
    names = list(dict.fromkeys(each.part.name for each in looked))
    faulty = {each.part.name for each in looked if each.findings}
    fine = [Finding(name, OK, "all right") for name in names if name not in faulty]
    found = [*_together(looked), *fine]
    return sorted(found, key=lambda each: names.index(each.part) if each.part in names else len(names))


def _has_strangers(db: sqlite3.Connection) -> bool:
    """Whether the desk has a trigger, a view or a table that does not replace one of ours."""
    return any(not each.named_as_ours for each in strangers(db, SCHEMA_VERSION))


def _look(desk: Path, lists: Sequence[Sequence[Part]], tick: Tick | None) -> list[Looked]:
    """Check lists of parts at the same time, each as of one moment."""
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
    looked = Looked(part, [], set())
    more = 0
    try:
        for finding in part.look(db):
            if finding.ticket is not None and not finding.mend:
                looked.broken.add(finding.ticket)
            if len(looked.findings) < TOLD:
                looked.findings.append(finding)
            else:
                more += 1
    except sqlite3.DatabaseError as error:
        if not _unreadable(error):
            raise
        looked.findings.append(Finding(part.name, DAMAGED, f"cannot be read: {error}", RESTORE))
    except SENSELESS as error:
        said = f"holds values that supportctl cannot have written ({type(error).__name__})"
        looked.findings.append(Finding(part.name, DAMAGED, said, RESTORE))
    if more:
        looked.findings.append(Finding(part.name, DAMAGED, f"and {more:,} more like these"))
    return looked


def _together(looked: Sequence[Looked]) -> Iterator[Finding]:
    """The findings of all parts: what one says about a ticket affects what another makes of it."""
    broken = set[int]().union(*(each.broken for each in looked))
    told = set[int]().union(*(each.broken for each in looked if each.part == HISTORY))
    for each in looked:
        for finding in each.findings:
            if each.part == SEALS and finding.ticket in told:
                continue  # what was done to its history was already reported, and more exactly
            yield finding._replace(mend=None, hint=RESTORE) if finding.mend and finding.ticket in broken else finding


def _unreadable(error: sqlite3.Error) -> bool:
    """Whether pages are damaged, or a table or column is missing."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)


# Repairing


def _repair(desk: Path, tick: Tick | None) -> list[Finding]:
    """Repair what can be derived; returns what was done. The desk in one transaction, its files' modes after it."""
    with closing(connect(desk, any_thread=True)) as db:
        done: list[Finding] = []
        if schema_of(db) == SCHEMA_VERSION:
            if mending.to_wal(db):
                done.append(Finding("file", REPAIRED, "its journal mode was not wal"))
            try:
                done += at_length(db, partial(mending.in_one_transaction, find=_mendable), tick)
            except (sqlite3.DatabaseError, *SENSELESS) as error:
                # Nothing was repaired then, and the check that follows says what is wrong.
                if isinstance(error, sqlite3.DatabaseError) and not _unreadable(error):
                    raise
    for found in container.files(desk):
        if found.mend:
            found.mend(db)
            done.append(found)
    return [found._replace(state=REPAIRED, hint=None, mend=None) for found in done]


def _mendable(db: sqlite3.Connection) -> list[Finding]:
    """The faults that can be repaired, found while nobody else can write; none if a stranger would act on it."""
    if _has_strangers(db):
        return []
    found, broken = [], set()
    for finding in chain.from_iterable(look(db) for look in MENDED):
        if finding.mend:
            found.append(finding)
        elif finding.ticket is not None:
            broken.add(finding.ticket)
    return [finding for finding in found if finding.ticket not in broken]
