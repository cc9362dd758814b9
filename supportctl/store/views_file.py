"""A database of nothing but the views for other programs, as tables: what may be served, unlike the desk.

It is an SQLite file because that is what others open, such as Datasette: a format, whatever engine keeps the desk.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from supportctl.errors import OutputUnwritable
from supportctl.store.views import COLUMNS

_KEYS = {
    "v_tickets": ["primary key (id)", "foreign key (merged_into) references v_tickets (id)"],
    "v_customers": ["primary key (id)"],
    "v_licences": ["primary key (id)"],
    "v_history": ["primary key (ticket, n)", "foreign key (ticket) references v_tickets (id)"],
}
_INDEXED = ("received_at", "customer_email")  # of tickets: what they are sorted by, and joined to


def write(new: Path, named: Path, tables: Iterable[tuple[str, Iterable[tuple[Any, ...]]]]) -> int:
    """Fill the empty file `new`, which messages call `named`, with a table of each view's rows; returns how many.

    Raises OutputUnwritable if it cannot be written, else what reading the rows raises.
    """
    written = 0
    with closing(sqlite3.connect(new, isolation_level=None)) as out, writing_copy(named):
        out.execute("pragma journal_mode = off")  # an unfinished file is thrown away
        out.execute("pragma synchronous = off")  # a finished one is written to disk when it gets its name
        out.execute("begin")
        for view, each in tables:
            columns = [f"{name} {kind}" for name, kind in COLUMNS[view].items()]
            out.execute(f"create table {view} ({', '.join([*columns, *_KEYS[view]])})")
            places = ", ".join("?" * len(columns))
            written += out.executemany(f"insert into {view} values ({places})", each).rowcount
        for name in _INDEXED:
            out.execute(f"create index {name} on v_tickets ({name})")
        out.execute("commit")
        out.execute("pragma journal_mode = delete")  # what it says of itself: any program may open it
    return written


@contextmanager
def writing_copy(named: Path) -> Iterator[None]:
    """A desk that is only read does not fill a disk: these errors of SQLite are those of the file that is written."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY) or code in _WRITING:
            raise OutputUnwritable(
                f"{named} cannot be written: the disk is full.", "Free some disk space, or name a file elsewhere."
            ) from error
        raise


_WRITING = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_FSYNC)
