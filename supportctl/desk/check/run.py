"""Whether a desk is sound: what is stored is compared with what it was derived from, and repaired if possible."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from supportctl.desk.check import due_times, file, histories
from supportctl.desk.check.finding import DAMAGED, OK, REPAIRED, RESTORE, Finding, Look
from supportctl.errors import SENSELESS
from supportctl.store.desk import Desk
from supportctl.store.sqlite import check, repair
from supportctl.store.sqlite.atomic import snapshot
from supportctl.store.sqlite.background import Tick, at_length, side_by_side
from supportctl.store.sqlite.connection import (
    SCHEMA_VERSION,
    DatabaseError,
    check_desk,
    connect,
    explained,
    schema_of,
    unreadable,
)
from supportctl.store.sqlite.foreign_schema import strangers

TOLD = 1000  # findings of one part that are listed; the rest are counted


class CheckPart(NamedTuple):
    """What is checked in one go, and its share of the work in hundredths, as measured on a million tickets."""

    name: str
    share: int
    look: Look


class Looked(NamedTuple):
    """The findings of a part, and the tickets of which nothing may be derived."""

    part: CheckPart
    findings: list[Finding]
    broken: set[int]


# Each list is read at the same time by a connection of its own, so the slowest part is a list by itself.
PAGES = (CheckPart("file", 20, file.pages), CheckPart("foreign keys", 2, file.foreign_keys))
CONTENTS = (CheckPart("full text", 5, file.full_text), CheckPart("values", 10, file.values))
SEALS = CheckPart("history", 21, histories.unsealed)
TOTALS = CheckPart("totals", 15, histories.untotalled)
HISTORY = CheckPart("history", 4, histories.history)
GUARDS = CheckPart("guards", 0, file.schema)
RECORDS = (
    GUARDS,
    HISTORY,
    CheckPart("due times", 8, due_times.dues),
    CheckPart("tickets", 15, histories.contradicted),
    CheckPart("counters", 0, histories.numbers),
    CheckPart("customers", 0, histories.doubles),
)
MENDED = (file.pages, *(part.look for part in RECORDS), SEALS.look, file.full_text)  # in this order
CURRENT = (
    PAGES,
    CONTENTS,
    RECORDS,
    (SEALS, TOTALS),
)  # an older desk is told to migrate; its content is not checked


def look_through(desk: Path, now: int, tick: Tick | None = None, *, repair: bool = False) -> list[Finding]:
    """All findings about a desk, part by part; `now` (UTC epoch seconds) tells whether zone data is old.

    With `repair` what can be derived is repaired first, in one transaction, and the repairs lead the list. Raises
    DeskUnusable if the file cannot be read as a desk at all.
    """
    with explained(desk):
        check_desk(desk)
        mended = _repair(desk, tick) if repair else []
        return [*mended, *file.versions(desk, now), *file.files(desk), *_inside(desk, tick)]


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


def _has_strangers(db: Desk) -> bool:
    """Whether the desk has a trigger, a view or a table that does not replace one of ours."""
    return any(not each.named_as_ours for each in strangers(db, SCHEMA_VERSION))


def _look(desk: Path, lists: Sequence[Sequence[CheckPart]], tick: Tick | None) -> list[Looked]:
    """Check lists of parts at the same time, each as of one moment."""
    connections = [connect(desk, any_thread=True) for _ in lists]
    finished: list[CheckPart] = []

    def look() -> None:
        if tick:
            tick(sum(part.share for part in finished) / 100)

    works = [(db, partial(_read, parts, finished)) for db, parts in zip(connections, lists, strict=True)]
    try:
        return list(chain.from_iterable(side_by_side(works, look)))
    finally:
        for db in connections:
            db.close()


def _read(parts: Sequence[CheckPart], finished: list[CheckPart], db: Desk) -> list[Looked]:
    check.remember_on_disk(db)
    looked = []
    with snapshot(db):
        for part in parts:
            looked.append(_of_part(db, part))
            finished.append(part)
    return looked


def _of_part(db: Desk, part: CheckPart) -> Looked:
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
    except DatabaseError as error:
        if not unreadable(error):
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


# Repairing


def _repair(desk: Path, tick: Tick | None) -> list[Finding]:
    """Repair what can be derived; returns what was done. The desk in one transaction, its files' modes after it."""
    with closing(connect(desk, any_thread=True)) as db:
        done: list[Finding] = []
        if schema_of(db) == SCHEMA_VERSION:
            if repair.to_wal(db):
                done.append(Finding("file", REPAIRED, "its journal mode was not wal"))
            try:
                done += at_length(db, partial(repair.in_one_transaction, find=_mendable), tick)
            except (DatabaseError, *SENSELESS) as error:
                # Nothing was repaired then, and the check that follows says what is wrong.
                if isinstance(error, DatabaseError) and not unreadable(error):
                    raise
    for found in file.files(desk):
        if found.mend:
            found.mend(db)
            done.append(found)
    return [found._replace(state=REPAIRED, hint=None, mend=None) for found in done]


def _mendable(db: Desk) -> list[Finding]:
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
