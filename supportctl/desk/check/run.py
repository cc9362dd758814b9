"""Whether a desk is sound: what is stored is compared with what it was derived from, and repaired if possible."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from supportctl.desk.check import histories
from supportctl.errors import SENSELESS, DeskUnusable
from supportctl.store import totals
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.place import Tick
from supportctl.store.sqlite import check, environment, repair
from supportctl.store.sqlite.background import at_length, side_by_side
from supportctl.store.sqlite.check import DAMAGED, OK, REPAIRED, RESTORE, SKIPPED, Finding, damage
from supportctl.store.sqlite.connection import (
    DatabaseError,
    check_desk,
    connect,
    schema_of,
    translate_errors,
    unreadable,
)
from supportctl.store.sqlite.foreign_schema import foreign_objects

ALL_OF_IT = "Check it with `supportctl db check`."
TOLD = 1000  # findings of one part that are listed; the rest are counted


class CheckPart(NamedTuple):
    """A part of the check, and its share of the work in hundredths, as measured on a hundred thousand tickets."""

    names: tuple[str, ...]
    share: int
    look: Callable[[Desk], Iterator[Finding]]


class CheckedPart(NamedTuple):
    """The findings of a part, and the tickets that must not be derived again."""

    part: CheckPart
    findings: list[Finding]
    broken: set[int]


# Each list is read at the same time by a connection of its own, so the slowest part is a list by itself.
PAGES = (CheckPart(("file",), 21, check.pages), CheckPart(("foreign keys",), 3, check.foreign_keys))
CONTENTS = (CheckPart(("full text",), 9, check.full_text), CheckPart(("values",), 10, check.values))
GUARDS = CheckPart(("guards",), 0, check.schema)
RECORDS = (
    GUARDS,
    CheckPart(("history", "due times", "tickets"), 19, histories.check_histories),
    CheckPart(("counters",), 0, check.numbers),
    CheckPart(("customers",), 0, check.duplicate_accounts),
)
WRITTEN = (CheckPart(("history",), 24, check.seal_mismatches), CheckPart(("totals",), 14, check.total_mismatches))
CURRENT = (PAGES, CONTENTS, RECORDS, WRITTEN)  # an older desk is told to migrate; its content is not checked
# What a quick check looks at takes no longer on a larger desk: the tables that every decision rests on are small.
SMALL = ("counters", "policies", "closures", "releases")
QUICK = (
    (
        GUARDS,
        CheckPart(("counters",), 50, check.numbers),
        CheckPart(("totals",), 50, partial(check.total_mismatches, tables=SMALL)),
    ),
)
REPAIRABLE = (check.pages, *(part.look for part in RECORDS), check.seal_mismatches, check.full_text)  # in this order


def run_checks(
    desk: Path, now: int, tick: Tick | None = None, *, repair: bool = False, quick: bool = False
) -> list[Finding]:
    """All findings about a desk, part by part; `now` (UTC epoch seconds) tells whether zone data is old.

    With `repair` what can be derived is repaired first, in one transaction, and the repairs lead the list. With `quick`
    only the parts that are fast on any desk are looked at, and the others listed as skipped. Raises DeskUnusable if the
    file cannot be read as a desk at all.
    """
    with translate_errors(desk):
        check_desk(desk)
        mended = _repair(desk, tick) if repair else []
        inside = _inside(desk, tick, quick=quick)
        return [*mended, *environment.versions(desk, now), *environment.files(desk), *inside]


def damage_report(desk: Path, found: Sequence[Finding], *, repaired: bool) -> DeskUnusable | None:
    """The error for a damaged desk, with the next step; None if it is sound."""
    wrong = [finding for finding in found if finding.state == DAMAGED]
    if not wrong:
        return None
    hint = "Restore a backup: `supportctl db restore FILE`."
    if not repaired and any(finding.mend for finding in wrong):
        hint = "Repair what can be repaired: `supportctl db check --repair`."
    return DeskUnusable(f"The desk at {desk} has {len(wrong)} {'fault' if len(wrong) == 1 else 'faults'}.", hint)


def first_damage(desk: Path) -> str | None:
    """The first damage of a desk on which something went wrong; None if none is found, or if it is an older desk."""
    with translate_errors(desk), closing(connect(desk)) as db:
        parts = (GUARDS, *CONTENTS, PAGES[1], *RECORDS[1:], *WRITTEN) if schema_of(db) == SCHEMA_VERSION else ()
        found = chain.from_iterable(_of_part(db, part).findings for part in parts)
        return next((_named(finding) for finding in found if finding.state == DAMAGED), None)


def _named(finding: Finding) -> str:
    return finding.message if finding.ticket is None else f"in ticket {finding.ticket}, {finding.message}"


def _inside(desk: Path, tick: Tick | None, *, quick: bool) -> list[Finding]:
    """The findings in the file, by parts, those parts without any, and those that were not looked at."""
    with closing(connect(desk)) as db:
        lists = _lists(db, quick=quick)
    looked = _look(desk, lists, tick)
    found = list(chain.from_iterable(each.findings for each in looked))
    # What one part says about a ticket affects what another makes of it.
    broken = set[int]().union(*(each.broken for each in looked))
    found = [f._replace(mend=None, hint=RESTORE) if f.mend and f.ticket in broken else f for f in found]
    names = list(dict.fromkeys(name for each in looked for name in each.part.names))
    found += _skipped(names) if quick else []
    found += [Finding(name, OK, "all right") for name in names if all(each.part != name for each in found)]
    return sorted(found, key=lambda each: names.index(each.part) if each.part in names else len(names))


def _skipped(looked_at: Sequence[str]) -> list[Finding]:
    """What a quick check did not look at, by part."""
    every = dict.fromkeys(name for parts in CURRENT for part in parts for name in part.names)
    some = Finding("totals", SKIPPED, f"only looked at those of {', '.join(SMALL)}", ALL_OF_IT)
    return [some, *(Finding(name, SKIPPED, "not looked at", ALL_OF_IT) for name in every if name not in looked_at)]


def _lists(db: Desk, *, quick: bool) -> Sequence[Sequence[CheckPart]]:
    """The parts to check; of an older desk only its pages, and of one with foreign objects no content."""
    pages = () if quick else (PAGES,)
    if schema_of(db) != SCHEMA_VERSION:
        return pages
    if _has_strangers(db):
        return (*pages, (GUARDS,))  # a view says what its maker says
    return QUICK if quick else CURRENT


def _has_strangers(db: Desk) -> bool:
    """Whether the desk has a trigger, a view or a table that does not replace one of ours."""
    return any(not named_as_ours for _, _, named_as_ours in foreign_objects(db, SCHEMA_VERSION))


def _look(desk: Path, lists: Sequence[Sequence[CheckPart]], tick: Tick | None) -> list[CheckedPart]:
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


def _read(parts: Sequence[CheckPart], finished: list[CheckPart], db: Desk) -> list[CheckedPart]:
    check.remember_on_disk(db)
    looked = []
    with db.snapshot():
        for part in parts:
            looked.append(_of_part(db, part))
            finished.append(part)
    return looked


def _of_part(db: Desk, part: CheckPart) -> CheckedPart:
    """The findings in a part. Whatever cannot be read is damage."""
    looked, counts = CheckedPart(part, [], set()), Counter[str]()
    try:
        for finding in part.look(db):
            if finding.ticket is not None and not finding.mend:
                looked.broken.add(finding.ticket)
            counts[finding.part] += 1
            if counts[finding.part] <= TOLD:
                looked.findings.append(finding)
    except DatabaseError as error:
        if not unreadable(error):
            raise
        looked.findings.extend(damage(name, f"cannot be read: {error}") for name in part.names)
    except SENSELESS as error:
        said = f"holds values that supportctl cannot have written ({type(error).__name__})"
        looked.findings.extend(damage(name, said) for name in part.names)
    more = {name: count - TOLD for name, count in counts.items() if count > TOLD}
    looked.findings.extend(Finding(name, DAMAGED, f"and {n:,} more like these") for name, n in more.items())
    return looked


# Repairing


def _repair(desk: Path, tick: Tick | None) -> list[Finding]:
    """Repair what can be derived; returns what was done. The desk in one transaction, its files' modes after it."""
    with closing(connect(desk, any_thread=True)) as db:
        done: list[Finding] = []
        if schema_of(db) == SCHEMA_VERSION:
            if repair.to_wal(db):
                done.append(Finding("file", REPAIRED, "its journal mode was not wal"))
            try:
                done += at_length(db, _repair_all, tick)
            except (DatabaseError, *SENSELESS) as error:
                # Nothing was repaired then, and the check that follows says what is wrong.
                if isinstance(error, DatabaseError) and not unreadable(error):
                    raise
    for found in environment.files(desk):
        if found.mend:
            found.mend(db)
            done.append(found)
    return [found._replace(state=REPAIRED, hint=None, mend=None) for found in done]


def _repair_all(db: Desk) -> list[Finding]:
    """Find the faults while nobody else can write, and repair each once: all or nothing."""
    with db.transaction():
        found = _mendable(db)
        for mend in dict.fromkeys(finding.mend for finding in found):
            if mend is not None:
                mend(db)
        totals.settle(db)
    return found


def _mendable(db: Desk) -> list[Finding]:
    """The faults that can be repaired; none if a stranger would act on it, and none of a ticket that is broken."""
    if _has_strangers(db):
        return []
    every = list(chain.from_iterable(look(db) for look in REPAIRABLE))
    broken = {finding.ticket for finding in every if finding.ticket is not None and not finding.mend}
    return [finding for finding in every if finding.mend and finding.ticket not in broken]
