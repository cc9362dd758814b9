"""Whether the file is sound and has what this program declares, and what it depends on: its modes, disk, versions."""

import platform
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from supportctl import __version__
from supportctl.clock import iso
from supportctl.desk.check.finding import BY_REPAIR, DAMAGED, OK, RESTORE, WARNING, Finding, Mend
from supportctl.store.desk import Desk
from supportctl.store.sqlite import check, repair, search, surroundings
from supportctl.store.sqlite.connection import SCHEMA_VERSION, connect, schema_of, scrub_owed
from supportctl.store.sqlite.foreign_schema import strangers

# The file


def pages(db: Desk) -> Iterator[Finding]:
    faults = check.integrity(db)
    # What an index should say is in its table.
    mend = repair.reindex if all(" index " in f" {fault} " for fault in faults) else None
    for fault in faults:
        yield Finding("file", DAMAGED, fault, BY_REPAIR if mend else RESTORE, mend=mend)
    mode = check.journal_mode(db)
    if mode != "wal":
        yield Finding("file", WARNING, f"its journal mode is {mode}, so that readers wait for writers", BY_REPAIR)
    if scrub_owed(db):
        said = "text removed for good is still in it: the run that removed it was cut short"
        yield Finding(
            "file",
            WARNING,
            said,
            "The next write clears it, or `supportctl db check --repair`.",
            mend=repair.finish_removal,
        )


def foreign_keys(db: Desk) -> Iterator[Finding]:
    for table, parent, count in check.foreign_keys(db):
        yield Finding(
            "foreign keys", DAMAGED, f"{count} of {table} refer to rows of {parent} that do not exist", RESTORE
        )


def values(db: Desk) -> Iterator[Finding]:
    for table, column, count in check.misfits(db):
        yield Finding(
            "values", DAMAGED, f"{count} of {table}.{column} have values that supportctl never writes", RESTORE
        )


def full_text(db: Desk) -> Iterator[Finding]:
    for index in (search.TICKETS, search.BUGS):
        if not check.in_step(db, index):
            what = index.name.removesuffix("_index")
            yield Finding(
                "full text", DAMAGED, f"the index of {what} does not match their texts: one of the two was changed",
                "If text or a subject was tampered with, restore a backup: see the findings about the history. "
                "Otherwise `supportctl db check --repair` rebuilds it from the texts as they are.",
                mend=repair.rebuild_index,
            )  # fmt: skip


def schema(db: Desk) -> Iterator[Finding]:
    there, declared = check.schema(db), check.as_declared()
    for (kind, name), sql in declared.items():
        if there.get((kind, name)) == sql or (kind == "table" and (kind, name) in there):
            continue
        what = "another one" if (kind, name) in there else "missing"
        said = {"trigger": "the trigger {} is {}", "table": "the table {} is {}"}.get(kind, f"the {kind} {{}} is {{}}")
        mend = _made_anew(kind, name)
        yield Finding(
            "guards" if kind == "trigger" else "schema", DAMAGED, said.format(name, what),
            BY_REPAIR if mend else RESTORE, mend=mend,
        )  # fmt: skip
    for kind, name, named_as_ours in strangers(db, SCHEMA_VERSION):
        if not named_as_ours:
            yield Finding(
                "guards" if kind == "trigger" else "schema", DAMAGED, f"the {kind} {name} is not one of supportctl's",
                "Find out who made it, and drop it. A view may stay if its name begins with my_.",
            )  # fmt: skip


def _made_anew(kind: str, name: str) -> Mend | None:
    """How to make a missing part of the schema again; a table only if everything in it is derived."""
    if kind != "table":
        return partial(repair.declare, kind=kind, name=name)
    ours = any(name in (index.name, *index.tables) for index in (search.TICKETS, search.BUGS))
    return repair.rebuild_index if ours else None


# What it depends on


def versions(desk: Path, now: int) -> Iterator[Finding]:
    with closing(connect(desk)) as db:
        schema = schema_of(db)
    yield Finding("desk", OK, str(desk.absolute()))
    yield Finding("supportctl", OK, __version__)
    yield _warned(
        "schema", str(schema), schema < SCHEMA_VERSION, "older than this program", "Run `supportctl db migrate`."
    )
    yield Finding("python", OK, platform.python_version())
    yield _warned(
        "sqlite", surroundings.SQLITE_VERSION, surroundings.sqlite_at_fault(),
        "when several processes write at once, it can in rare cases damage a desk (the WAL-reset bug)",
        "Use a Python with SQLite 3.51.3 or later (or 3.50.7, 3.44.6), and keep backups.",
    )  # fmt: skip
    version, source = surroundings.zone_data()
    old = surroundings.stale(version, int(iso(now)[:4]))
    yield _warned(
        "time zone data", f"{version or 'of unknown version'}, from {source}", old,
        "out of date: hours and holidays may be off", "Update the system's zone data, or the tzdata package.",
    )  # fmt: skip


def _warned(part: str, value: str, wrong: bool, said: str, hint: str) -> Finding:
    return Finding(part, WARNING, f"{value}: {said}", hint) if wrong else Finding(part, OK, value)


def files(desk: Path) -> Iterator[Finding]:
    loose = surroundings.loose_files(desk)
    for found in loose:
        yield Finding(
            "file modes", DAMAGED, f"others can access {found.path.name}: its mode is {found.mode:04o}",
            BY_REPAIR, mend=partial(_tighten, found=found),
        )  # fmt: skip
    if folder := surroundings.loose_folder(desk):
        yield Finding(
            "file modes", WARNING, f"others can look into its folder: its mode is {folder.mode:04o}",
            f"Unless others need something there: `chmod 700 {folder.path}`.",
        )  # fmt: skip
    if not loose and not folder:
        yield Finding("file modes", OK, "all right")
    if kind := surroundings.network_disk(desk):
        yield Finding(
            "disk", WARNING, f"the desk is on {kind}, a shared file system: SQLite cannot lock it safely",
            "Move it to a disk of this machine.",
        )  # fmt: skip
    for path in surroundings.leftovers(desk):
        yield Finding(
            "leftovers", WARNING, f"{path.name} was left by a run that was killed",
            "Remove it, unless supportctl is running right now, or it is an .old export that you still need.",
        )  # fmt: skip


def _tighten(_: Desk, found: surroundings.Loose) -> None:
    surroundings.tighten(found)
