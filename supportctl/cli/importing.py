"""`import`: customers, licences, releases and tickets from other systems' files."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from supportctl.cli.app import Noun
from supportctl.cli.at_desk import actor, at_desk
from supportctl.cli.session import Session
from supportctl.errors import InputError

if TYPE_CHECKING:
    from supportctl.desk.importing.fields import Kind

app = Noun("import", "Bring in customers, licences, releases or tickets: CSV, TSV, JSON or JSON Lines.")

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
    from supportctl.cli.rejects import Rejected
    from supportctl.cli.views.importing import OUTCOME
    from supportctl.desk.importing.fields import KINDS, parse_map
    from supportctl.desk.importing.reading import Source, read_rows
    from supportctl.desk.importing.run import Plan, run_import

    session = Session.of(ctx)
    kind: Kind = KINDS[what]
    mapping = parse_map(map or (), kind)
    name = "standard input" if str(file) == "-" else file.name
    with _opened(session, file) as stream, at_desk(session, create=True) as db, Rejected(rejects) as aside:
        plan = Plan(kind, name, mapping, ignore_extra, dry_run, redact, aside.take if rejects else None)
        with reading(session, file, stream) as watched, closing(read_rows(Source(name, watched))) as rows:
            outcome = run_import(db, plan, rows, session.time, actor(session))
        aside.keep()
    session.show(OUTCOME, outcome)
    if outcome.rejected:
        session.say(f"{outcome.rejected} rows were put aside in {rejects}.")


@contextmanager
def _opened(session: Session, file: Path) -> Iterator[BufferedReader]:
    if str(file) == "-":
        stream = getattr(session.stdin or sys.stdin, "buffer", None)
        if not isinstance(stream, BufferedReader):
            raise InputError("Standard input is not open.", "Pipe the file in, or name it.")
        yield stream
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Check the name and the permissions.") from None
    with stream:
        yield stream
