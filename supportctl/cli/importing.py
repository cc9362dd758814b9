"""`import`: customers, licences, releases and tickets from other systems' files."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.app import Noun
from supportctl.cli.at_desk import actor, at_desk, has_desk
from supportctl.cli.session import Session
from supportctl.errors import InputError
from supportctl.store.connection import explained, open_desk

app = Noun("import", "Bring in customers, licences, releases, tickets (CSV, TSV, JSON, JSON Lines) or a whole desk.")

File = Annotated[Path, Argument(metavar="FILE|-", help="the file; - reads standard input")]
Map = Annotated[
    list[str] | None, Option("--map", metavar="FIELD=COLUMN", help="which column is this field; may be repeated")
]
Extra = Annotated[bool, Option("--ignore-extra", help="pass over columns that are not known")]
DryRun = Annotated[bool, Option("--dry-run", help="do everything but keep it")]
Rejects = Annotated[
    Path | None, Option("--rejects", metavar="FILE", help="write bad rows there and keep the good ones")
]


@app.verb("customers")
def customers(
    ctx: Context,
    file: File,
    map: Map = None,
    ignore_extra: Extra = False,
    dry_run: DryRun = False,
    rejects: Rejects = None,
) -> None:
    """Import registrations by e-mail: email, name, kind (customer, reseller), registered_at.

    A blank cell leaves what is on record; a new customer without a date is registered since ever.
    Plain output: what, added, changed, unchanged, rejected, dry_run.

    \b
    Examples:
      supportctl import customers customers.csv
      supportctl import customers crm.csv --map email=Mail --map name="Full name" --ignore-extra
    """
    _import(ctx, "customers", file, map, ignore_extra, dry_run, rejects)


@app.verb("licences")
def licences(
    ctx: Context,
    file: File,
    map: Map = None,
    ignore_extra: Extra = False,
    dry_run: DryRun = False,
    rejects: Rejects = None,
) -> None:
    """Import licences by key.

    Columns: key, tier, delivery_email, order, issued_at, expires_at, status (active, revoked, expired).

    Another tier, expiry or status holds from now on, and waiting tickets follow; a blank cell leaves what is on record.
    Plain output: what, added, changed, unchanged, rejected, dry_run.

    \b
    Examples:
      supportctl import licences orders.csv
      supportctl import licences orders.tsv --map key=Serial --map delivery_email=Email --ignore-extra --dry-run
    """
    _import(ctx, "licences", file, map, ignore_extra, dry_run, rejects)


@app.verb("releases")
def releases(
    ctx: Context,
    file: File,
    map: Map = None,
    ignore_extra: Extra = False,
    dry_run: DryRun = False,
    rejects: Rejects = None,
) -> None:
    """Import releases by product and version: product, version, released_at (blank: before all dated ones).

    Plain output: what, added, changed, unchanged, rejected, dry_run.

    \b
    Examples:
      supportctl import releases releases.csv
    """
    _import(ctx, "releases", file, map, ignore_extra, dry_run, rejects)


@app.verb("tickets")
def tickets(
    ctx: Context,
    file: File,
    map: Map = None,
    ignore_extra: Extra = False,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    redact: Annotated[bool, Option("--redact", help="store credentials and keys masked (8.6)")] = False,
) -> None:
    """Import tickets, each judged as of when it was received.

    Columns: from, subject, body, channel, product, version, topic, language, received_at, first_response_at, closed_at,
    assignee, external_id.

    A known external_id is corrected, its text kept as first imported; a row without one that equals a row imported
    before is skipped.
    Plain output: what, added, changed, unchanged, rejected, dry_run.

    \b
    Examples:
      supportctl import tickets tickets.csv
      supportctl import tickets helpdesk.jsonl --map from=requester --map received_at=created --ignore-extra
    """
    _import(ctx, "tickets", file, map, ignore_extra, dry_run, rejects, redact)


@app.verb("desk")
def desk(ctx: Context, folder: Annotated[Path, Argument(metavar="DIR", help="a folder made by export desk")]) -> None:
    """Make a desk from the folder that export desk wrote: equal to the one it came from, but for access details.

    The desk that it makes must not exist yet, or have nothing on it; all of it comes in, or nothing.
    Plain output: what, folder, tables, rows.

    \b
    Examples:
      supportctl --db new.db import desk desk-export
    """
    from supportctl.cli.progress import counting
    from supportctl.cli.views.exporting import MOVED
    from supportctl.desk.moving import import_desk
    from supportctl.store.connection import SCHEMA_VERSION
    from supportctl.tabular.folder import read_manifest

    session = Session.of(ctx)
    manifest = read_manifest(folder, SCHEMA_VERSION)
    path = session.desk_path()
    with explained(path), counting(session, sum(part.rows for part in manifest.parts.values())) as tick:
        moved = import_desk(folder, manifest, path, tick)
    session.show(MOVED, moved)


def _import(
    ctx: Context,
    what: str,
    file: Path,
    map: list[str] | None,
    ignore_extra: bool,
    dry_run: bool,
    rejects: Path | None,
    redact: bool = False,
) -> None:
    from supportctl.cli.progress import reading
    from supportctl.cli.views.importing import OUTCOME
    from supportctl.desk.importing.fields import KINDS, parse_map
    from supportctl.desk.importing.run import Plan, run_import
    from supportctl.tabular.rejects import Rejects
    from supportctl.tabular.table import read_table

    session = Session.of(ctx)
    kind = KINDS[what]
    mapping = parse_map(map or (), kind)
    _spare(session, file, rejects)
    with ExitStack() as stack:
        stream, size = _opened(session, file, stack)
        table = read_table(stream, "standard input" if size is None and str(file) == "-" else str(file))
        aside = stack.enter_context(Rejects(rejects, table)) if rejects else None
        db = stack.enter_context(_desk(session, dry_run))
        tick = stack.enter_context(reading(session, stream, size))
        plan = Plan(kind, mapping, ignore_extra, dry_run, redact, aside)
        outcome = run_import(db, plan, table, session.time, actor(session), tick)
    session.show(OUTCOME, outcome)
    if outcome.rejected:
        rows = "row is" if outcome.rejected == 1 else "rows are"
        session.say(
            f"{outcome.rejected:,} {rows} in {rejects}, each with its error."
            " Correct them there, and import that file with --ignore-extra."
        )


def _spare(session: Session, file: Path, rejects: Path | None) -> None:
    """Refuse to write the rejected rows over what is read, or over the desk."""
    if rejects and rejects.exists() and any(p.exists() and rejects.samefile(p) for p in (file, session.desk_path())):
        raise InputError(f"--rejects {rejects} would be written over what is read.", "Name another file.")


def _opened(session: Session, file: Path, stack: ExitStack) -> tuple[BufferedReader, int | None]:
    """The bytes of the file, and how many they are where that is known."""
    if str(file) == "-":
        stream = getattr(session.stdin, "buffer", None)
        if not isinstance(stream, BufferedReader):
            raise InputError("Standard input is not open.", "Pipe the file in, or name it.")
        return stream, None
    try:
        opened = stack.enter_context(file.open("rb"))
        found = os.fstat(opened.fileno())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it has no such name"
        raise InputError(f"{file} cannot be read: {why}.", "Check the name and the permissions.") from None
    return opened, found.st_size if stat.S_ISREG(found.st_mode) else None


@contextmanager
def _desk(session: Session, dry_run: bool) -> Iterator[sqlite3.Connection]:
    """The desk of this run; where there is none yet, a dry run has one that is gone afterwards."""
    if not dry_run or has_desk(session):
        with at_desk(session, create=True) as db:
            yield db
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="supportctl-") as folder:
        path = Path(folder, "desk.db")
        with explained(path), closing(open_desk(path, create=True)) as db:
            yield db
