"""Whether a desk is sound: what is stored is held against what it was made from, and mended where that says how."""

import json
import platform
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from supportctl.clock import iso
from supportctl.errors import SENSELESS, SupportctlError
from supportctl.policy.history import replay
from supportctl.policy.hours import Calendar
from supportctl.policy.identity import fold_address
from supportctl.policy.ticket import Ticket
from supportctl.policy.triage import line
from supportctl.store import (
    checking,
    counters,
    filing,
    mending,
    policies,
    scrubbing,
    seals,
    search,
    surroundings,
    tickets,
)
from supportctl.store.checking import Due, Thread
from supportctl.store.connection import SCHEMA_VERSION, check_owner, check_there, connect, explained, snapshot
from supportctl.store.longwork import Tick, at_length, side_by_side

OK, WARNING, DAMAGED, REPAIRED = "ok", "warning", "damaged", "repaired"
Mend = Callable[[sqlite3.Connection], object]
TOLD = 1000  # findings of one part that are told one by one; the rest are counted
RESTORE = "Restore a backup from before it happened; nothing else can say what it was."
BY_REPAIR = "`supportctl db check --repair` mends it."
# Hundredths of the work that each part is, as measured on a million tickets: they tell how long it still takes.
SHARES = {
    "file": 27, "foreign keys": 3, "full text": 8, "values": 12, "history": 26, "due times": 10, "tickets": 14,
}  # fmt: skip


class Finding(NamedTuple):
    """What a part of the desk is found to be; `mend` puts it right where that can be derived."""

    part: str
    state: str
    message: str
    hint: str | None = None
    ticket: int | None = None
    mend: Mend | None = None


Part = Callable[[sqlite3.Connection], Iterator[Finding]]


def check(desk: Path, now: int, tick: Tick | None = None, *, repair: bool = False) -> list[Finding]:
    """All that is found of a desk, part by part; `now` (UTC epoch seconds) tells whether zone data is old.

    With `repair` what can be derived is mended first, in one transaction, and what was done leads the list.
    Raises DeskUnusable where the file is not a desk that could be read at all.
    """
    with explained(desk):
        check_there(desk)
        check_owner(desk)
        mended = _repair(desk, tick) if repair else []
        return mended + _around(desk, now) + _inside(desk, tick)


def _inside(desk: Path, tick: Tick | None) -> list[Finding]:
    """The parts of the file, read at the same time by connections of their own, each as of one moment."""
    parts: list[list[tuple[str, Part]]] = [
        [("file", _file), ("foreign keys", _foreign_keys)],
        [("full text", _index), ("values", _values)],
    ]
    with closing(connect(desk)) as db:
        current = db.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION
    parts = [*parts, _Records().parts()] if current else parts[:1]
    connections = [connect(desk, any_thread=True) for _ in parts]
    finished: list[str] = []

    def look() -> None:
        if tick:
            tick(sum(SHARES.get(name, 0) for name in finished) / 100)

    works = [(db, partial(_read, some, finished)) for db, some in zip(connections, parts, strict=True)]
    try:
        found = side_by_side(works, look)
    finally:
        for db in connections:
            db.close()
    return list(chain.from_iterable(found))


def _read(parts: list[tuple[str, Part]], finished: list[str], db: sqlite3.Connection) -> list[Finding]:
    db.execute("pragma temp_store = file")  # what a check must remember may be more than fits in memory
    found = []
    with snapshot(db):
        for name, part in parts:
            found += _of_part(db, name, part)
            finished.append(name)
    return found


def _of_part(db: sqlite3.Connection, name: str, part: Part) -> list[Finding]:
    """What is wrong with a part, or that it is all right. What cannot be read is damage, not an accident."""
    told: list[Finding] = []
    more = 0
    try:
        for finding in part(db):
            if len(told) < TOLD:
                told.append(finding)
            else:
                more += 1
    except sqlite3.DatabaseError as error:
        if not _unreadable(error):
            raise
        told.append(Finding(name, DAMAGED, f"cannot be read: {error}", RESTORE))
    except SENSELESS as error:
        told.append(Finding(name, DAMAGED, f"holds what nobody could have written ({type(error).__name__})", RESTORE))
    if more:
        told.append(Finding(name, DAMAGED, f"and {more:,} more like these"))
    return told or [Finding(name, OK, "all right")]


def _unreadable(error: sqlite3.Error) -> bool:
    """Whether pages are damaged, or a table or column is not there."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)


# The file


def _file(db: sqlite3.Connection) -> Iterator[Finding]:
    faults = checking.integrity(db)
    # What an index should say stands in its table.
    mend = mending.reindex if all(" index " in f" {fault} " for fault in faults) else None
    for fault in faults:
        yield Finding("file", DAMAGED, fault, BY_REPAIR if mend else RESTORE, mend=mend)
    mode: str = db.execute("pragma journal_mode").fetchone()[0]
    if mode != "wal":
        yield Finding("file", WARNING, f"its journal mode is {mode}, so that readers wait for writers", BY_REPAIR)


def _foreign_keys(db: sqlite3.Connection) -> Iterator[Finding]:
    for table, parent, count in checking.foreign_keys(db):
        yield Finding("foreign keys", DAMAGED, f"{count} of {table} name rows of {parent} that are not there", RESTORE)


def _values(db: sqlite3.Connection) -> Iterator[Finding]:
    for table, column, count in checking.misfits(db):
        yield Finding("values", DAMAGED, f"{count} of {table}.{column} are such as supportctl never writes", RESTORE)


def _index(db: sqlite3.Connection) -> Iterator[Finding]:
    for index in (search.TICKETS, search.BUGS):
        if not checking.in_step(db, index):
            what = index.name.removesuffix("_index")
            yield Finding(
                "full text", DAMAGED, f"the index of {what} does not say what their texts say: one was changed",
                "If a text or a subject was tampered with, restore a backup: see what is said of the history. Else "
                "`supportctl db check --repair` makes it anew from the texts as they are.",
                mend=mending.rebuild_index,
            )  # fmt: skip


def _schema(db: sqlite3.Connection) -> Iterator[Finding]:
    there, declared = checking.schema(db), checking.as_declared()
    for (kind, name), sql in declared.items():
        if there.get((kind, name)) == sql or (kind == "table" and (kind, name) in there):
            continue
        what = "another one" if (kind, name) in there else "missing"
        said = {"trigger": "the guard {} is {}", "table": "the table {} is {}"}.get(kind, f"the {kind} {{}} is {{}}")
        mend = None if kind == "table" else partial(mending.declare, kind=kind, name=name)
        yield Finding(
            "guards" if kind == "trigger" else "schema", DAMAGED, said.format(name, what),
            BY_REPAIR if mend else RESTORE, mend=mend,
        )  # fmt: skip
    for kind, name in there.keys() - declared.keys():
        if kind == "trigger":
            yield Finding(
                "guards", WARNING, f"the trigger {name} is none of ours, and may change what is written",
                "Find out who made it, and drop it.",
            )  # fmt: skip


# The records


class _Records:
    """The parts that look at tickets. What one finds broken in a history, another must not derive anything from."""

    def __init__(self) -> None:
        self._broken: set[int] = set()

    def parts(self) -> list[tuple[str, Part]]:
        """By name, in the order in which they rely on each other."""
        return [
            ("guards", _schema), ("history", self._history), ("due times", self._dues), ("tickets", self._tickets),
            ("counters", _counters),
        ]  # fmt: skip

    def _told(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        for finding in findings:
            if finding.ticket is not None:
                self._broken.add(finding.ticket)
            yield finding

    def _history(self, db: sqlite3.Connection) -> Iterator[Finding]:
        return self._told(chain(_numbering(db), _texts(db), _mergers(db), self._unsealed(db)))

    def _unsealed(self, db: sqlite3.Connection) -> Iterator[Finding]:
        """What is not as it was written, of all that the parts before it had nothing against."""
        for found in seals.broken(db):
            ticket = found.id if found.table == "tickets" else None
            if ticket not in self._broken:
                what = "" if ticket else f"bug {found.id}: "
                yield Finding("history", DAMAGED, f"{what}{_NOT_AS_WRITTEN[found.part]}", RESTORE, ticket)

    def _dues(self, db: sqlite3.Connection) -> Iterator[Finding]:
        return self._told(_dues(db))

    def _tickets(self, db: sqlite3.Connection) -> Iterator[Finding]:
        """Tickets that are not what their history makes of them."""
        for number in checking.untargeted(db):
            if not tickets.targets(db, number):
                self._broken.add(number)
            yield self._contradicted(number, "it names a target that is not there")
        checking.suspects(db)
        for thread in checking.threads(db):
            number = thread.ticket.id
            for n in thread.unread:
                self._broken.add(number)
                yield Finding("history", DAMAGED, f"entry {n} cannot be read", RESTORE, number)
            try:
                said = _contradictions(thread)
            except SENSELESS:
                yield Finding("history", DAMAGED, "its history makes no sense", RESTORE, number)
                continue
            if said:
                yield self._contradicted(number, said)
        for number, said in _derived(db):
            yield self._contradicted(number, said)

    def _contradicted(self, number: int, said: str) -> Finding:
        """A ticket that is to be derived from its history, unless that is broken."""
        if number in self._broken:
            return Finding("tickets", DAMAGED, said, RESTORE, number)
        return Finding("tickets", DAMAGED, said, BY_REPAIR, number, partial(mending.derive, number=number))


_ENTRIES = "its history is not what was written: an entry was changed, put in or removed by something else"
_TEXTS = "its texts are not what was written: one was changed by something else"
_NOT_AS_WRITTEN = {
    "history": _ENTRIES,
    "targets": "its targets are not what was set: one was changed, put in or removed by something else",
    "texts": _TEXTS,
    "bug_history": _ENTRIES,
    "bug_texts": _TEXTS,
}


def _numbering(db: sqlite3.Connection) -> Iterator[Finding]:
    for found in checking.misnumbered(db):
        ticket = found.id if found.table == "tickets" else None
        what = "" if ticket else f"bug {found.id}: "
        if not found.found:
            said = "its history is gone"
        elif found.first != 1 or found.last != found.found:
            said = f"entries of its history are missing: {found.found} are left, numbered {found.first} to {found.last}"
        elif found.found < found.entries:
            said = f"its history holds {found.found} entries of {found.entries}: the last were removed"
        else:
            said = f"its history holds {found.found} entries, and {found.entries} were made: the last were put in"
        yield Finding("history", DAMAGED, what + said, RESTORE, ticket)


def _texts(db: sqlite3.Connection) -> Iterator[Finding]:
    for ticket, n in checking.textless(db):
        yield Finding("history", DAMAGED, f"the text of entry {n} is missing", RESTORE, ticket)


def _mergers(db: sqlite3.Connection) -> Iterator[Finding]:
    for ticket, n, kind, other in checking.half_merged(db):
        said = f"merged into {other}" if kind == "merged" else f"merged with {other}"
        yield Finding(
            "history", DAMAGED, f"entry {n} says that it was {said}, whose history does not say so", RESTORE, ticket
        )


def _derived(db: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Columns that follow from others of the same ticket."""
    for standing, channel, stored in list(checking.lines(db)):
        if stored != line(standing, channel):
            for number in checking.in_line(db, standing, channel, stored):
                yield number, "its place in the queue is wrong"
    for number, sender, folded in checking.oddly_folded(db):
        if fold_address(sender) != folded:
            yield number, "its sender is filed under another address"


_SHOWN = (
    "status", "channel", "product", "version", "topic", "language", "outbound", "tags", "assignee", "received_at",
    "entered_at", "first_response_at", "closed_at", "merged_into", *filing.OWED,
)  # fmt: skip


def _contradictions(thread: Thread) -> str:
    """Where a ticket contradicts its history. Raises what a history that makes no sense leads to."""
    first = next((entry for entry in thread.entries if entry.kind == "received"), None)
    if first is None or not thread.targets:
        raise LookupError
    ticket = thread.ticket
    made = replay(ticket._replace(received_at=first.at, entered_at=first.entered_at), thread.entries, thread.targets)
    others = [name for name in _SHOWN if getattr(made, name) != getattr(ticket, name)]
    if not others and made.reasons != ticket.reasons:
        return "its reasons are those of another target"
    return "; ".join(_contradiction(name, ticket, made) for name in others)


def _contradiction(name: str, stored: Ticket, made: Ticket) -> str:
    what = name.removesuffix("_at").replace("_", " ")
    return f"{what} is {_said(name, stored)}, but its history says {_said(name, made)}"


def _said(name: str, ticket: Ticket) -> str:
    value: Any = getattr(ticket, name)
    if value is None:
        return "none"
    if name.endswith("_at") and isinstance(value, int):
        return iso(value)
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _counters(db: sqlite3.Connection) -> Iterator[Finding]:
    for name, value, highest in checking.counters(db):
        said = f"the counter of {name} numbers stands at {value}, and {highest} was given already"
        mend = partial(counters.raise_to, name=name, value=highest)
        yield Finding("counters", DAMAGED, said, BY_REPAIR, mend=mend)
    for name, first, last in checking.gone(db):
        numbers = f"{first}" if first == last else f"{first} to {last}"
        yield Finding("counters", DAMAGED, f"{name} {numbers} is gone: that number was given once", RESTORE)
    if counters.value(db, scrubbing.REMOVED) != counters.value(db, scrubbing.SCRUBBED):
        yield Finding(
            "counters", WARNING, "what was removed for good may still lie in the file", "The next `redact` clears it."
        )


# What was promised


def _dues(db: sqlite3.Connection) -> Iterator[Finding]:
    """Targets that are not what their entry says, or not what the policy's hours give."""
    promises = _Promises(db)
    for due in checking.dues(db):
        if said := promises.wrong(due):
            yield Finding("due times", DAMAGED, f"entry {due.n}: {said}", RESTORE, due.ticket)


class _Promises:
    """Due times held against the hours of the policy, with the desk's own holidays as they have come and gone."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[int, list[Calendar]] = {}

    def wrong(self, due: Due) -> str | None:
        """What contradicts a target, None where nothing does. What a correction made of it is not worked out again."""
        if due.set_at != due.at:
            return f"its target is set at {iso(due.set_at)}, and the entry holds from {iso(due.at)}"
        if due.kind == "retargeted":
            return self._retargeted(due)
        if due.kind in ("received", "customer-replied"):
            return self._given(due, ())
        return None

    def _retargeted(self, due: Due) -> str | None:
        try:
            data = json.loads(due.data)
            was, became = data["due_at"]
        except (ValueError, TypeError, LookupError):
            return "it cannot be read"
        # Not always the last one before it: what was taken back since does not count.
        if was not in due.before or became != due.due_at:
            return f"it moves a due time from {_time(was)} to {_time(became)}, and the targets say otherwise"
        return None if "closure" in data else self._given(due, due.before)

    def _given(self, due: Due, others: tuple[int | None, ...]) -> str | None:
        """Whether the target's business time leads to its due time, or that is one of `others`."""
        if due.seconds is None or due.due_at is None or due.due_at in others:
            return None if (due.seconds is None) == (due.due_at is None) else "it has a target without a due time"
        try:
            given = [calendar.add(due.at, due.seconds) for calendar in self._calendars(due.revision)[-1:]]
            if due.due_at in given:
                return None
            given += [calendar.add(due.at, due.seconds) for calendar in self._calendars(due.revision)]
        except SupportctlError:
            return None  # beyond what a calendar reaches
        if due.due_at in given or not given:
            return None
        return f"it is due {iso(due.due_at)}, and the hours of the policy give {iso(given[0])}"

    def _calendars(self, revision: int) -> list[Calendar]:
        if revision not in self._known:
            self._known[revision] = list(policies.every_calendar(self._db, revision))
        return self._known[revision]


def _time(value: object) -> str:
    return iso(value) if isinstance(value, int) else "none"


# What it stands on


def _around(desk: Path, now: int) -> list[Finding]:
    return [*_versions(desk, now), *_files(desk)]


def _versions(desk: Path, now: int) -> Iterator[Finding]:
    from supportctl import __version__

    with closing(connect(desk)) as db:
        schema: int = db.execute("pragma user_version").fetchone()[0]
    yield Finding("desk", OK, str(desk.absolute()))
    yield Finding("supportctl", OK, __version__)
    yield _warned(
        "schema", str(schema), schema < SCHEMA_VERSION, "older than this program", "Run `supportctl db migrate`."
    )
    yield Finding("python", OK, platform.python_version())
    yield _warned(
        "sqlite", sqlite3.sqlite_version, surroundings.sqlite_at_fault(),
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


def _files(desk: Path) -> Iterator[Finding]:
    loose = surroundings.loose_files(desk)
    for found in loose:
        yield Finding(
            "file modes", DAMAGED, f"others may use {found.path.name}: its mode is {found.mode:04o}",
            BY_REPAIR, mend=partial(_tighten, found=found),
        )  # fmt: skip
    if folder := surroundings.loose_folder(desk):
        yield Finding(
            "file modes", WARNING, f"others may look into its folder: its mode is {folder.mode:04o}",
            f"If nothing else lies there that others need: chmod 700 {folder.path}",
        )  # fmt: skip
    if not loose and not folder:
        yield Finding("file modes", OK, "all right")
    if kind := surroundings.network_disk(desk):
        yield Finding(
            "disk", WARNING, f"the desk lies on {kind}, which machines share: SQLite cannot lock it safely",
            "Move it to a disk of this machine.",
        )  # fmt: skip
    for path in surroundings.leftovers(desk):
        yield Finding(
            "leftovers", WARNING, f"{path.name} was left by a run that was killed",
            "Remove it, unless supportctl is at work right now, or it is an .old export that you still need.",
        )  # fmt: skip


# Mending


def _tighten(_: sqlite3.Connection, found: surroundings.Loose) -> None:
    surroundings.tighten(found)


def _repair(desk: Path, tick: Tick | None) -> list[Finding]:
    """Mend what can be derived; what was done. All of the desk in one transaction, its files' modes after it."""
    with closing(connect(desk, any_thread=True)) as db:
        done: list[Finding] = []
        if db.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION:
            if mending.to_wal(db):
                done.append(Finding("file", REPAIRED, "its journal mode was not wal"))
            try:
                done += at_length(db, partial(mending.in_one_transaction, find=_mendable), tick)
            except (sqlite3.DatabaseError, *SENSELESS) as error:
                # Nothing was mended then, and the check that follows says what is wrong.
                if isinstance(error, sqlite3.DatabaseError) and not _unreadable(error):
                    raise
    for found in _files(desk):
        if found.mend:
            found.mend(db)
            done.append(found)
    return [found._replace(state=REPAIRED, hint=None, mend=None) for found in done]


def _mendable(db: sqlite3.Connection) -> list[Finding]:
    """What is wrong and can be mended, found while nobody else can write."""
    parts: list[tuple[str, Part]] = [("file", _file), *_Records().parts(), ("full text", _index_here)]
    return [finding for _, part in parts for finding in part(db) if finding.mend]


def _index_here(db: sqlite3.Connection) -> Iterator[Finding]:
    if not search.in_step(db):
        yield Finding(
            "full text",
            DAMAGED,
            "the full-text index was made anew: it did not say what the texts say",
            None,
            None,
            mending.rebuild_index,
        )
