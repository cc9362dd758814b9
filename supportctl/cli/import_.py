"""`import`: customers, licences, releases and tickets from other systems' files, and whole desks."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.desk import actor_transaction, create_or_open, has_desk
from supportctl.cli.run.input_file import input_file, open_input
from supportctl.cli.run.progress import counting, reading
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import Redact
from supportctl.cli.views.export import MOVED
from supportctl.cli.views.policy import MOVED as MOVED_TICKETS
from supportctl.desk.opening import Desk
from supportctl.desk.transfer.fields import KINDS, columns_of, parse_map, parse_values
from supportctl.desk.transfer.inspect import ImportArguments, inspect
from supportctl.desk.transfer.run import AllRejected, ImportOutcome, ImportPlan, check_rows, for_a_trial, run_import
from supportctl.desk.transfer.times import Formats, parse_formats, parse_usual, reader_of
from supportctl.desk.transfer.whole_desk import import_desk
from supportctl.errors import InputError
from supportctl.files import no_stream, same_file
from supportctl.render import OBJECTS
from supportctl.render.columns import DATA, FLAG, LIST, NUMBER, Column, View
from supportctl.tabular.record import FileForm
from supportctl.tabular.rejects import Rejects as Rejected
from supportctl.tabular.source import parse_encoding
from supportctl.tabular.table import read_table

app = Noun("import", "Import customers, licences, releases, tickets (CSV, TSV, JSON, JSON Lines) or a whole desk.")

OUTCOME = View(
    columns=(
        Column("what"),
        Column("added", NUMBER),
        Column("changed", NUMBER),
        Column("unchanged", NUMBER),
        Column("rejected", NUMBER),
        Column("dry_run", FLAG),
        MOVED_TICKETS,
    ),
    plain=("what", "added", "changed", "unchanged", "rejected", "dry_run"),
    card=("what", "added", "changed", "unchanged", "rejected", "dry_run", "moved"),
)
COLUMN = View(
    columns=(Column("column"), Column("field"), Column("values", LIST)),
    plain=("column", "field", "values"),
)
INSPECTION = View(
    columns=(
        Column("what"),
        Column("file"),
        Column("columns", DATA, get=lambda found: [column._asdict() for column in found.columns]),
        Column("missing", LIST),
        Column("command"),
    ),
    plain=("what", "file", "missing", "command"),
)

File = Annotated[Path, Argument(metavar="FILE|-", help="the file; - reads standard input")]
Map = Annotated[
    list[str] | None, Option("--map", metavar="FIELD=COLUMN", help="the column that holds a field; may be repeated")
]
Value = Annotated[
    list[str] | None,
    Option("--value", metavar="FIELD:THEIRS=OURS", help="translate a value, * for any other; may be repeated"),
]
Times = Annotated[
    list[str] | None,
    Option(
        "--times", metavar="[FIELD=]FORMAT", help="how times are written, such as '%d/%m/%Y %H:%M'; may be repeated"
    ),
]
Encoding = Annotated[
    str | None, Option("--encoding", metavar="NAME", help="the encoding of the file, such as windows-1252")
]
Inspect = Annotated[bool, Option("--inspect", help="show the columns and the command to run; change nothing")]
Extra = Annotated[bool, Option("--ignore-extra", help="ignore unknown columns")]
DryRun = Annotated[bool, Option("--dry-run", help="try everything, but change nothing")]
Rejects = Annotated[
    Path | None, Option("--rejects", metavar="FILE", help="write bad rows to FILE and import the good ones")
]


class ImportOptions(NamedTuple):
    """What an import was asked for."""

    what: str
    file: Path
    map: list[str] | None
    value: list[str] | None
    times: list[str] | None
    encoding: str | None
    ignore_extra: bool
    dry_run: bool
    rejects: Path | None
    inspect: bool
    redact: bool = False


def _verb(what: str, help: str) -> None:
    """Declare the import of one kind of records; all take the same options."""

    def verb(
        session: Session,
        file: File,
        map: Map = None,
        value: Value = None,
        times: Times = None,
        encoding: Encoding = None,
        ignore_extra: Extra = False,
        dry_run: DryRun = False,
        rejects: Rejects = None,
        inspect: Inspect = False,
    ) -> Result:
        asked = ImportOptions(what, file, map, value, times, encoding, ignore_extra, dry_run, rejects, inspect)
        return _import(session, asked)

    verb.__doc__ = help
    app.verb(what, OUTCOME)(verb)


_verb(
    "customers",
    """Import registrations by e-mail: email, name, kind (customer, reseller), registered_at.

    A blank cell leaves what is on record; a new customer without a date counts as always registered.


    \b
    Examples:
      supportctl import customers customers.csv
      supportctl import customers crm.csv --inspect
      supportctl import customers crm.csv --map email=Mail --map name="Full name" --ignore-extra
    """,
)
_verb(
    "licences",
    """Import licences by key.

    Columns: key, tier, delivery_email, order, issued_at, expires_at, status (active, revoked, expired).

    A changed tier, expiry or status holds from now on, and open tickets follow; a blank cell leaves what is on record.


    \b
    Examples:
      supportctl import licences orders.csv
      supportctl import licences orders.tsv --map key=Serial --map delivery_email=Email --ignore-extra --dry-run
      supportctl import licences shop.csv --value tier:professional=PRO --times "%d/%m/%Y"
    """,
)
_verb(
    "releases",
    """Import releases by product and version: product, version, released_at (blank: before all dated ones).

    \b
    Examples:
      supportctl import releases releases.csv
      supportctl import releases releases.csv --dry-run --json
    """,
)


@app.verb("tickets", OUTCOME)
def tickets(
    session: Session,
    file: File,
    map: Map = None,
    value: Value = None,
    times: Times = None,
    encoding: Encoding = None,
    ignore_extra: Extra = False,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    inspect: Inspect = False,
    redact: Redact = False,
) -> Result:
    """Import tickets, each judged as of the time it was received.

    Columns: from, subject, body, channel, product, version, topic, language, received_at, first_response_at, closed_at,
    assignee, external_id.

    A ticket with a known external_id is corrected, but keeps its text as first imported. A row without an external_id
    is skipped if it equals a ticket on record or a row imported before. A row that differs from one only by an id that
    a spreadsheet retyped is an error.


    \b
    Examples:
      supportctl import tickets tickets.csv
      supportctl import tickets helpdesk.csv --inspect
      supportctl import tickets helpdesk.json --map from=requester.email --map received_at=created_at --ignore-extra
      supportctl import tickets helpdesk.csv --map channel=Via --value channel:Mail=email --value "channel:*=ticket"
    """
    asked = ImportOptions("tickets", file, map, value, times, encoding, ignore_extra, dry_run, rejects, inspect, redact)
    return _import(session, asked)


@app.verb("desk", MOVED)
def desk(
    session: Session, folder: Annotated[Path, Argument(metavar="DIR", help="a folder made by export desk")]
) -> Result:
    """Make a desk from the folder that export desk wrote: the same as the original, except for access details.

    The new desk must not exist yet, or must be empty. Everything is imported, or nothing.


    \b
    Examples:
      supportctl --db new.db import desk desk-export
      supportctl --db copy.db import desk desk-export --json
    """
    return Result(import_desk(folder, session.place(), partial(counting, session)))


def _import(session: Session, asked: ImportOptions) -> Result:
    kind = KINDS[asked.what]
    if asked.inspect and asked.rejects is not None:
        raise InputError("--inspect and --rejects cannot be combined.", "Give --rejects to the import itself.")
    plan = ImportPlan(
        kind, parse_map(asked.map or (), kind), asked.ignore_extra, asked.dry_run, asked.redact,
        values=parse_values(asked.value or (), kind),
    )  # fmt: skip
    formats = parse_formats(asked.times or (), kind)
    form = _form(asked, plan)
    if asked.inspect:
        return _inspect(session, asked, plan, formats, form)
    _spare(session, asked.file, asked.rejects)
    try:
        outcome = _run(session, asked, plan, formats, form)
    except AllRejected as error:
        return Result(error.outcome, error=error)
    return Result(outcome, say=[*outcome.remarks, *_of_rejected(asked, outcome)])


def _form(asked: ImportOptions, plan: ImportPlan) -> FileForm:
    encoding = parse_encoding(asked.encoding) if asked.encoding is not None else None
    return FileForm(encoding, frozenset(columns_of(plan.kind, plan.mapping).values()), flat=asked.inspect)


def _inspect(session: Session, asked: ImportOptions, plan: ImportPlan, formats: Formats, form: FileForm) -> Result:
    given = ImportArguments(plan.mapping, _options(asked), formats != Formats(None, {}))
    with ExitStack() as stack:
        stream, name = open_input(session, asked.file, stack)
        time = partial(parse_usual, now=session.now, zone=session.zone)
        found = inspect(read_table(stream, name, form), plan.kind, str(asked.file), given, time)
    if session.format in OBJECTS:
        return Result(found, INSPECTION)
    missing = [f"No column maps to {' or '.join(found.missing)}: name it with --map."] if found.missing else []
    return Result(found.columns, COLUMN, many=True, say=[*missing, f"Run: {found.command}"])


def _options(asked: ImportOptions) -> list[str]:
    """The given options that the suggested command keeps."""
    words = [word for text in asked.times or () for word in ("--times", text)]
    words += [word for text in asked.value or () for word in ("--value", text)]
    words += ["--encoding", asked.encoding] if asked.encoding else []
    return words + ["--ignore-extra"] * asked.ignore_extra


def _of_rejected(asked: ImportOptions, outcome: ImportOutcome) -> list[str]:
    if not outcome.rejected:
        return []
    rows = "row is" if outcome.rejected == 1 else "rows are"
    return [
        f"{outcome.rejected:,} {rows} in {asked.rejects}, each with its error."
        f" Correct them there, and import that file with --ignore-extra{_anew(asked)}."
    ]


def _anew(asked: ImportOptions) -> str:
    """How to import the file of rejected rows: it is UTF-8, whatever the first file was."""
    return ", without --encoding" if asked.encoding else ""


def _run(session: Session, asked: ImportOptions, plan: ImportPlan, formats: Formats, form: FileForm) -> ImportOutcome:
    """Run the import. A missing desk is made if all goes well; a dry run removes it again."""
    look = partial(check_rows, plan, rejecting=asked.rejects is not None)
    with input_file(session, asked.file, form, look) as source:

        def bring_in(db: Desk) -> ImportOutcome:
            with ExitStack() as stack:
                stream = stack.enter_context(source.stream())
                table = read_table(stream, source.name, form)
                aside = stack.enter_context(Rejected(asked.rejects, table)) if asked.rejects else None
                tick = stack.enter_context(reading(session, stream, source.size))
                times = reader_of(formats, session.now, session.zone)
                who = stack.enter_context(actor_transaction(session, db, desk=True))
                return run_import(db, plan._replace(rejects=aside), table, times, who, tick)

        if asked.dry_run and not has_desk(session):
            with for_a_trial() as db:
                return bring_in(db)
        with create_or_open(session, bring_in) as (_, outcome):
            return outcome


def _spare(session: Session, file: Path, rejects: Path | None) -> None:
    """Refuse to write the rejected rows over the input, or over the desk and the files beside it."""
    if rejects is None:
        return
    no_stream(rejects, "The file of --rejects")
    session.place().refuse(rejects)
    if same_file(rejects, file):
        raise InputError(f"--rejects {rejects} would overwrite the input.", "Name another file.")
