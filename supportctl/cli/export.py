"""`export`: the desk's records, for other programs, for a spreadsheet, and for another desk."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TextIO

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.desk import at_desk
from supportctl.cli.run.progress import counting
from supportctl.cli.run.session import Session
from supportctl.cli.views import export as views
from supportctl.cli.views.export import MOVED
from supportctl.desk.accounts.customers import list_customers
from supportctl.desk.releases import list_releases
from supportctl.desk.transfer import export as desk
from supportctl.desk.transfer.whole_desk import export_desk
from supportctl.errors import InputError, OutputUnwritable
from supportctl.files import refuse_desk, written
from supportctl.masking import unkeyed
from supportctl.render import show
from supportctl.render.columns import View
from supportctl.store.desk import Desk
from supportctl.store.sqlite.atomic import snapshot
from supportctl.store.sqlite.tables import count, size
from supportctl.tabular.folder import new_folder

app = Verbs()

WHATS = ("customers", "licences", "releases", "tickets", "history", "desk")
ALIASES = {"licenses": "licences"}
FORMAT_OF = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "plain", "": "csv"}


def complete_what(_ctx: Context, _args: list[str], incomplete: str) -> list[str]:
    """What can be exported."""
    return [what for what in WHATS if what.startswith(incomplete)]


@app.verb("export")
def export(
    ctx: Context,
    what: Annotated[
        str, Argument(metavar="WHAT", help=f"{', '.join(WHATS[:-1])} or desk", autocompletion=complete_what)
    ] = "tickets",
    to: Annotated[
        Path | None,
        Argument(metavar="FILE|DIR", help="the file to write; standard output if left out or -", show_default=False),
    ] = None,
    raw: Annotated[bool, Option("--raw", help="leave formulas in CSV as they are")] = False,
    reveal: Annotated[bool, Option("--reveal", help="show keys in full in tables too")] = False,
    full: Annotated[bool, Option("--full", help="export every field of the tickets")] = False,
    force: Annotated[bool, Option("--force", help="replace a file, or an earlier export of a desk")] = False,
) -> None:
    """Export customers, licences, releases, tickets, the history of tickets, or the whole desk.

    The first four have the columns that import takes: importing them again changes nothing. --full exports every field
    of the tickets; import such a file with --ignore-extra. -o gives the format, or else the ending of the file's name.

    CSV is made safe for spreadsheets: text that one would run as a formula gets a leading apostrophe. --raw, and every
    other format, keep text exact. Licence keys are in full, except in a table, where --reveal shows them.

    export desk DIR writes everything but access details into a new folder, for import desk DIR.

    Only you can read the files. They are written completely or not at all, and replace nothing without --force.

    Plain output: the columns of the export; of a desk what, folder, tables, rows.

    \b
    Examples:
      supportctl export tickets -o csv
      supportctl export customers customers.csv
      supportctl export tickets --full -o jsonl
      supportctl export desk desk-export
    """
    session = Session.of(ctx)
    what = _meant(what)
    if full and what != "tickets":
        raise InputError("--full is for tickets only.", "Leave it out.")
    file = to if to is not None and str(to) != "-" else None
    if what == "desk":
        _export_desk(session, file, force)
    else:
        _export_rows(session, what, file, raw=raw, reveal=reveal, full=full, force=force)


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


def _export_desk(session: Session, folder: Path | None, force: bool) -> None:
    if folder is None:
        raise InputError("export desk needs a folder.", "Name a new one: `supportctl export desk DIR`.")
    refuse_desk(session.desk_path(), folder)
    with (
        at_desk(session) as db,
        snapshot(db),
        counting(session, size(db)) as tick,
        new_folder(folder, force=force) as new,
    ):
        moved = export_desk(db, new, session.clock, tick)
    session.show(MOVED, moved._replace(folder=str(folder)))


class ExportSource(NamedTuple):
    """What is exported: its columns, and its records, one at a time."""

    view: View
    records: Iterable[Any]


def _source(session: Session, db: Desk, what: str, *, whole: bool, full: bool) -> ExportSource:
    """The source for a name; keys `whole`, tickets `full`."""

    match what:
        case "customers":
            return ExportSource(views.CUSTOMERS, list_customers(db, session.now))
        case "licences":
            return ExportSource(views.licences_view(session.now, whole), desk.export_licences(db, session.now))
        case "releases":
            return ExportSource(views.RELEASES, list_releases(db, None, session.now))
        case "history":
            return ExportSource(views.HISTORY, desk.export_history(db, session.now))
        case _:
            view = views.FULL_TICKETS if full else views.TICKETS
            return ExportSource(view, desk.export_tickets(db, session.now))


def _export_rows(
    session: Session, what: str, file: Path | None, *, raw: bool, reveal: bool, full: bool, force: bool
) -> None:
    format = _format(session, file, raw)
    with ExitStack() as stack:
        db = stack.enter_context(at_desk(session))
        stack.enter_context(snapshot(db))
        out = stack.enter_context(_out(session, file, force))
        # Rows that run over the terminal, or to a program that may write there, leave no room for a bar.
        apart = file is not None or _is_file(session.stdout)
        tick = stack.enter_context(counting(session, count(db, what))) if apart else lambda: None
        view, records = _source(session, db, what, whole=reveal or format != "table", full=full)
        show(
            view, _ticked(records, tick), format=format, out=out, many=True, zone=session.zone, now=session.now,
            width=session.width, color=session.color and file is None, raw=raw,
        )  # fmt: skip


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
                f"Name the file {', '.join(filter(None, FORMAT_OF))}, or add -o.",
            )
        return FORMAT_OF[ending]
    return "csv" if raw else session.format


@contextmanager
def _out(session: Session, file: Path | None, force: bool) -> Iterator[TextIO]:
    if file is None:
        yield session.stdout
        return

    refuse_desk(session.desk_path(), file)  # --force is for an earlier export
    with written(file, over=force) as out:
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
