"""Whether a desk is sound: what is stored is compared with what it was derived from, and repaired if possible."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from supportctl.desk.check import histories
from supportctl.desk.check.processes import in_processes
from supportctl.desk.check.progress import Progress
from supportctl.errors import SENSELESS, DeskUnusable
from supportctl.store import faults, totals
from supportctl.store.desk import Desk
from supportctl.store.place import Place, Tick
from supportctl.store.soundness import (
    DAMAGED,
    OK,
    REPAIRED,
    RESTORE,
    SKIPPED,
    CheckPart,
    Checks,
    EngineParts,
    Finding,
    Told,
    damage,
    unheard,
)

ALL_OF_IT = "Check it with `supportctl db check`."
TOLD = 1000  # findings of one part that are listed; the rest are counted


class CheckedPart(NamedTuple):
    """The findings of a part, and the tickets that must not be derived again."""

    part: CheckPart
    findings: list[Finding]
    broken: set[int]


RECORDS = (
    CheckPart(("history", "due times", "tickets"), 21, histories.check_histories, tells=True),
    CheckPart(("counters",), 0, faults.numbers),
    CheckPart(("customers",), 0, faults.duplicate_accounts),
)
SEALS = CheckPart(("history",), 30, faults.seal_mismatches, tells=True)
TOTALS = CheckPart(("totals",), 6, faults.total_mismatches)
# What a quick check looks at takes no longer on a larger desk: the tables that every decision rests on are small.
SMALL = ("counters", "policies", "closures", "releases")
QUICK = (
    CheckPart(("counters",), 50, faults.numbers),
    CheckPart(("totals",), 50, partial(faults.total_mismatches, tables=SMALL)),
)


def every_part(of: EngineParts) -> Sequence[CheckPart]:
    """The whole check; of an older desk only the basics are looked at, and it is told to migrate."""
    return *of.basics, *of.contents, of.guards, *RECORDS, TOTALS, SEALS


def run_checks(
    place: Place, now: int, tick: Tick | None = None, *, repair: bool = False, quick: bool = False
) -> list[Finding]:
    """All findings about a desk, part by part; `now` (UTC epoch seconds) tells whether zone data is old.

    With `repair` what can be derived is repaired first, in one transaction, and the repairs lead the list. With `quick`
    only the parts that are fast on any desk are looked at, and the others listed as skipped. Raises DeskUnusable if
    what is there cannot be read as a desk at all.
    """
    checks = place.checks()
    with place.in_words():
        checks.refuse_others()
        mended = _repair(checks, tick) if repair else []
        inside = _inside(place, tick, quick=quick)
        return [*mended, *checks.surroundings(now), *inside]


def damage_report(place: Place, found: Sequence[Finding], *, repaired: bool) -> DeskUnusable | None:
    """The error for a damaged desk, with the next step; None if it is sound."""
    wrong = [finding for finding in found if finding.state == DAMAGED]
    if not wrong:
        return None
    hint = place.checks().restoring
    if not repaired and any(finding.mend for finding in wrong):
        hint = "Repair what can be repaired: `supportctl db check --repair`."
    return DeskUnusable(f"The desk at {place} has {len(wrong)} {'fault' if len(wrong) == 1 else 'faults'}.", hint)


def first_damage(place: Place) -> str | None:
    """The first damage of a desk on which something went wrong; None if none is found, or if it is an older desk."""
    checks = place.checks()
    with place.in_words(), checks.connect() as db:
        if not checks.is_current(db):
            return None
        parts = (checks.parts.guards, *checks.parts.suspects, *RECORDS, SEALS, TOTALS)
        found = chain.from_iterable(_of_part(checks, db, part, unheard).findings for part in parts)
        return next((_named(finding) for finding in found if finding.state == DAMAGED), None)


def _named(finding: Finding) -> str:
    return finding.message if finding.ticket is None else f"in ticket {finding.ticket}, {finding.message}"


def _inside(place: Place, tick: Tick | None, *, quick: bool) -> list[Finding]:
    """The findings in the desk, by parts, those parts without any, and those that were not looked at."""
    checks = place.checks()
    with checks.connect() as db:
        parts = _parts(checks, db, quick=quick)
        large = not quick and checks.is_large(db)
    with checks.moment() as moment:
        looked = _look_apart(place, moment, parts, tick) if large else _look(place, moment, parts, unheard)
    found = list(
        dict.fromkeys(chain.from_iterable(each.findings for each in looked))
    )  # two parts may look at one table
    # What one part says about a ticket affects what another makes of it.
    broken = set[int]().union(*(each.broken for each in looked))
    found = [f._replace(mend=None, hint=RESTORE) if f.mend and f.ticket in broken else f for f in found]
    names = list(dict.fromkeys(name for each in looked for name in each.part.names))
    found += _skipped(checks, names) if quick else []
    found += [Finding(name, OK, "all right") for name in names if all(each.part != name for each in found)]
    return sorted(found, key=lambda each: names.index(each.part) if each.part in names else len(names))


def _skipped(checks: Checks, looked_at: Sequence[str]) -> list[Finding]:
    """What a quick check did not look at, by part."""
    every = dict.fromkeys(name for part in every_part(checks.parts) for name in part.names)
    some = Finding("totals", SKIPPED, f"only looked at those of {', '.join(SMALL)}", ALL_OF_IT)
    return [some, *(Finding(name, SKIPPED, "not looked at", ALL_OF_IT) for name in every if name not in looked_at)]


def _parts(checks: Checks, db: Desk, *, quick: bool) -> Sequence[CheckPart]:
    """The parts to check; of an older desk only its basics, and of one with foreign objects no content."""
    basics = () if quick else checks.parts.basics
    if not checks.is_current(db):
        return basics
    if checks.has_strangers(db):
        return *basics, checks.parts.guards  # a view says what its maker says
    return (checks.parts.guards, *QUICK) if quick else every_part(checks.parts)


def _look_apart(place: Place, moment: str, parts: Sequence[CheckPart], tick: Tick | None) -> list[CheckedPart]:
    """Check parts at the same time, each with a connection of its own; the longest ones first."""
    by_length = sorted(parts, key=lambda part: -part.share)
    progress = Progress(by_length)

    def told(shares: Sequence[float | None]) -> None:
        if tick:
            tick(progress.done(shares))

    looked = in_processes([partial(_look, place, moment, [part]) for part in by_length], told)
    found = dict(zip(by_length, looked, strict=True))
    return [each for part in parts for each in found[part]]


def _look(place: Place, moment: str, parts: Sequence[CheckPart], told: Told) -> list[CheckedPart]:
    """Check parts one by one, as of a moment."""
    checks = place.checks()
    found = []
    with place.in_words(), checks.connect() as db:
        for part in parts:
            with checks.at(db, moment):
                found.append(_of_part(checks, db, part, told))
    return found


def _of_part(checks: Checks, db: Desk, part: CheckPart, told: Told) -> CheckedPart:
    """The findings in a part. Whatever cannot be read is damage."""
    looked, counts = CheckedPart(part, [], set()), Counter[str]()
    try:
        for finding in part.look(db, told) if part.tells else part.look(db):
            if finding.ticket is not None and not finding.mend:
                looked.broken.add(finding.ticket)
            counts[finding.part] += 1
            if counts[finding.part] <= TOLD:
                looked.findings.append(finding)
    except SENSELESS as error:
        said = f"holds values that supportctl cannot have written ({type(error).__name__})"
        looked.findings.extend(damage(name, said) for name in part.names)
    except Exception as error:
        if not checks.unreadable(error):
            raise
        said = str(error).partition("\n")[0]  # a server adds where in the statement it was
        looked.findings.extend(damage(name, f"cannot be read: {said}") for name in part.names)
    more = {name: count - TOLD for name, count in counts.items() if count > TOLD}
    looked.findings.extend(Finding(name, DAMAGED, f"and {n:,} more like these") for name, n in more.items())
    return looked


# Repairing


def _repair(checks: Checks, tick: Tick | None) -> list[Finding]:
    """Repair what can be derived; returns what was done."""
    done = checks.repair(partial(_repair_all, checks), tick)
    return [found._replace(state=REPAIRED, hint=None, mend=None) for found in done]


def _repair_all(checks: Checks, db: Desk) -> list[Finding]:
    """Find the faults while nobody else can write, and repair each once: all or nothing.

    Where that fails nothing was repaired, and the check that follows says what is wrong.
    """
    try:
        with db.transaction():
            with checks.beside(db) as reader:
                found = _mendable(checks, reader)
            for mend in dict.fromkeys(finding.mend for finding in found):
                if mend is not None:
                    mend(db)
            totals.settle(db)
        return found
    except SENSELESS:
        return []
    except Exception as error:
        if not checks.unreadable(error):
            raise
        return []


def _mendable(checks: Checks, db: Desk) -> list[Finding]:
    """The faults that can be repaired; none if a stranger would act on it, and none of a ticket that is broken."""
    if checks.has_strangers(db):
        return []
    records = (*(part.look for part in RECORDS), faults.seal_mismatches)
    looks = (*checks.parts.first, *records, *checks.parts.last)
    every = list(chain.from_iterable(look(db) for look in looks))
    broken = {finding.ticket for finding in every if finding.ticket is not None and not finding.mend}
    return [finding for finding in every if finding.mend and finding.ticket not in broken]
