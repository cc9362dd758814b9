"""Who is answering which ticket just now: a mark that lasts exactly as long as the run that made it.

It is no record, so it is not on the desk but in a folder beside it: a small SQLite file for each answer, which its run
holds locked. However the run ends, the lock ends with it, on every system. No mark changes a ticket, or anything that
a seal or a total covers; and where none can be made (a read-only folder, a full disk), people answer all the same.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from supportctl.store.place import Answering

LEFT_OVER = 60  # seconds after which a file that nobody holds is removed: a younger one may just be in the making


@contextmanager
def answering(desk: Path, tickets: Iterable[int], agent: str) -> Iterator[None]:
    """Show others, for the block, that this agent is answering these tickets."""
    rows = [Answering(ticket, agent, int(time.time())) for ticket in tickets]
    mark = _folder(desk) / f"{os.getpid()}-{os.urandom(4).hex()}"
    held = None
    with suppress(OSError, sqlite3.Error):
        held = _made(mark, rows) if rows else None
    try:
        yield
    finally:
        if held is not None:
            with suppress(sqlite3.Error):
                held.close()
            _remove(mark)


def being_answered(desk: Path) -> list[Answering]:
    """Who is answering which ticket; this takes next to no time while nobody is."""
    found: list[Answering] = []
    with suppress(OSError):
        for mark in _folder(desk).iterdir():
            if mark.suffix == "":  # else it is SQLite's own, beside a mark
                found += _held(mark)
    return sorted(found, key=lambda each: (each.ticket, each.since))


def _folder(desk: Path) -> Path:
    real = desk.resolve()
    return real.with_name(f"{real.name}-answering")


def _made(mark: Path, rows: Iterable[Answering]) -> sqlite3.Connection:
    """A new mark, held: others can read it, and cannot lock it."""
    mark.parent.mkdir(mode=0o700, exist_ok=True)
    mark.touch(mode=0o600)
    db = sqlite3.connect(mark, timeout=1.0, isolation_level=None)
    try:
        db.execute("pragma synchronous = off")  # nobody reads it after a crash of the machine
        db.execute("pragma journal_mode = memory")
        db.execute("begin immediate")
        db.execute("create table answering (ticket integer not null, agent text not null, since integer not null)")
        db.executemany("insert into answering values (?, ?, ?)", rows)
        db.execute("commit")
        db.execute("begin immediate")
    except BaseException:
        db.close()
        raise
    return db


def _held(mark: Path) -> list[Answering]:
    """What a mark says, if its run still holds it."""
    try:
        with closing(sqlite3.connect(mark.absolute().as_uri() + "?mode=rw", uri=True, timeout=0)) as db:
            try:
                db.execute("begin immediate")
            except sqlite3.OperationalError:
                return [Answering(*row) for row in db.execute("select ticket, agent, since from answering")]
        if time.time() - mark.stat().st_mtime > LEFT_OVER:
            _remove(mark)
    except (OSError, sqlite3.Error):
        pass  # it has just gone, or is in the making
    return []


def _remove(mark: Path) -> None:
    with suppress(OSError):
        mark.unlink(missing_ok=True)
        mark.parent.rmdir()  # with the last of them
