"""`export`: the desk's records, for other programs, for a spreadsheet, and for another desk."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TextIO

from typer import Argument, Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.completers import complete_from
from supportctl.cli.run.progress import counting
from supportctl.cli.run.session import Session
from supportctl.cli.views import export as views
from supportctl.cli.views.export import MOVED
from supportctl.desk.transfer.export import exported
from supportctl.desk.transfer.serving import export_views
from supportctl.desk.transfer.whole_desk import export_desk
from supportctl.errors import InputError, OutputUnwritable
from supportctl.files import atomic_text
from supportctl.masking import unkeyed
from supportctl.render import FORMATS, show
from supportctl.render.columns import View
from supportctl.tabular.folder import new_folder

app = Verbs()

WHATS = ("customers", "licences", "releases", "tickets", "history", "desk", "sqlite")
ALIASES = {"licenses": "licences"}
FORMAT_OF = {ending: name for name, format in FORMATS.items() for ending in format.endings}


@app.verb("export", MOVED, several_views=True)
def export(
    session: Session,
    what: Annotated[
        str,
        Argument(metavar="WHAT", help=f"{', '.join(WHATS[:-1])} or {WHATS[-1]}", autocompletion=complete_from(WHATS)),
    ] = "tickets",
    to: Annotated[
        Path | None,
        Argument(metavar="FILE|DIR", help="the file to write; standard output if left out or -", show_default=False),
    ] = None,
    raw: Annotated[bool, Option("--raw", help="leave formulas in CSV as they are")] = False,
    reveal: Annotated[bool, Option("--reveal", help="show keys in full in tables too")] = False,
    full: Annotated[bool, Option("--full", help="export every field of the tickets")] = False,
    force: Annotated[bool, Option("--force", help="replace a file, or an earlier export of a desk")] = False,
) -> Result:
    """Export customers, licences, releases, tickets, the history of tickets, the whole desk, or a database for others.

    The first four have the columns that import takes: importing them again changes nothing. --full exports every field
    of the tickets; import such a file with --ignore-extra. -o gives the format, or else the ending of the file's name.

    CSV is made safe for spreadsheets: text that one would run as a formula gets a leading apostrophe. --raw, and every
    other format, keep text exact. Licence keys are in full, except in a table, where --reveal shows them.

    export desk DIR writes everything but access details into a new folder, for import desk DIR.

    export sqlite FILE writes a database for Datasette, DuckDB, sqlite-utils or a BI tool, with four tables: v_tickets,
    v_customers, v_licences and v_history. Times are UTC, keys masked, and passwords and keys removed from texts. The
    desk has views with the same names. Never serve the desk itself: it holds keys, passwords and access details.

    Only you can read the files. They are written completely or not at all, and replace nothing without --force.

    Plain output: the columns of the export; of desk {plain}; of sqlite the same with the file
    for the folder.

    \b
    Examples:
      supportctl export tickets -o csv
      supportctl export customers customers.csv
      supportctl export tickets --full -o jsonl
      supportctl export desk desk-export
      supportctl export sqlite helpdesk.db
    """
    what = _meant(what)
    if full and what != "tickets":
        raise InputError("--full is for tickets only.", "Leave it out.")
    file = to if to is not None and str(to) != "-" else None
    if what == "desk":
        return _export_desk(session, file, force)
    if what == "sqlite":
        return _export_views(session, file, force, reveal=reveal)
    format = _format(session, file, raw)
    view = session.chosen(_view(what, session.now, whole=reveal or format != "table", full=full))
    _export_rows(session, "full tickets" if full else what, view, format, file, force=force, raw=raw)
    return Result()


def _export_rows(
    session: Session, what: str, view: View, format: str, file: Path | None, *, force: bool, raw: bool
) -> None:
    with exported(session.desk, what, session.now) as found, _out(session, file, force) as out:
        # Rows that run over the terminal, or to a program that may write there, leave no room for a bar.
        apart = file is not None or _is_file(session.stdout)
        with counting(session, found.rows) if apart else nullcontext(lambda: None) as tick:
            show(
                view, _ticked(found.records, tick), format=format, out=out, many=True, zone=session.zone,
                now=session.now, width=session.width, color=session.color and file is None, raw=raw,
            )  # fmt: skip


def _meant(what: str) -> str:
    """What to export. Raises InputError that names the choices."""
    folded = what.strip().lower()
    if folded in WHATS or folded in ALIASES:
        return ALIASES.get(folded, folded)

    close = get_close_matches(folded, WHATS, n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    raise InputError(
        f"There is nothing called '{unkeyed(what)}' to export.", f"{meant}Choose from: {', '.join(WHATS)}."
    )


def _export_desk(session: Session, folder: Path | None, force: bool) -> Result:
    if folder is None:
        raise InputError("export desk needs a folder.", "Name a new one: `supportctl export desk DIR`.")
    session.place().refuse(folder)
    desk = session.desk
    with new_folder(folder, force=force) as new:
        moved = export_desk(desk, new, session.clock, partial(counting, session))
    return Result(moved._replace(folder=str(folder)))


def _export_views(session: Session, file: Path | None, force: bool, *, reveal: bool) -> Result:
    if file is None:
        raise InputError("export sqlite needs a file.", "Name a new one: `supportctl export sqlite FILE`.")
    if reveal:
        raise InputError("export sqlite never shows keys in full.", "Leave out --reveal.")
    session.place().refuse(file)
    written = export_views(session.desk, file, session.now, force=force, counting=partial(counting, session))
    return Result(written, views.WRITTEN)


def _view(what: str, at: int, *, whole: bool, full: bool) -> View:
    """The columns of what is exported at `at`; keys `whole`, tickets `full`."""
    match what:
        case "customers":
            return views.CUSTOMERS
        case "licences":
            return views.licences_view(at, whole)
        case "releases":
            return views.RELEASES
        case "history":
            return views.HISTORY
        case _:
            return views.FULL_TICKETS if full else views.TICKETS


def _format(session: Session, file: Path | None, raw: bool) -> str:
    """The format as given, else by the file's name, else CSV if `raw` is set, else that of every command.

    Raises InputError for a name with another format's ending, such as t.xlsx.
    """
    given: str | None = session.given.get("output")
    if given:
        return given
    if file is not None:
        ending = file.suffix.lower()
        if ending not in FORMAT_OF:
            raise InputError(
                f"No export format has the ending {ending[:20]}.",
                f"Name the file {', '.join(sorted(filter(None, FORMAT_OF)))}, or add -o.",
            )
        return FORMAT_OF[ending]
    return "csv" if raw else session.format


@contextmanager
def _out(session: Session, file: Path | None, force: bool) -> Iterator[TextIO]:
    if file is None:
        yield session.stdout
        return

    session.place().refuse(file)  # --force is for an earlier export
    with atomic_text(file, over=force) as out:
        yield out


def _is_file(out: TextIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(out.fileno()).st_mode)
    except (OSError, OutputUnwritable):
        return False


def _ticked(records: Iterable[Any], tick: Callable[[], None]) -> Iterator[Any]:
    for record in records:
        yield record
        tick()
