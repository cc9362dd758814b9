"""`db`: the desk itself: where it is, whether it is sound, its backups, and who may do what."""

from functools import partial
from pathlib import Path
from typing import Annotated

from typer import Argument, Option
from typer.models import TyperPath

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.desk import has_desk
from supportctl.cli.run.progress import working
from supportctl.cli.run.session import Session
from supportctl.desk.accounts.customers import duplicate_accounts
from supportctl.desk.check.run import damage_report, run_checks
from supportctl.desk.opening import UPGRADING
from supportctl.desk.transfer.copy import copy_desk
from supportctl.errors import InputError
from supportctl.files import no_stream
from supportctl.render.columns import FLAG, NUMBER, Column, View

PLACES = TyperPath(path_type=str)  # as a person wrote it: a path has no two slashes in a row, an address has

app = Noun("db", "The desk's file: where it is, whether it is sound, and its backups.")


PLACE = View(columns=(Column("desk"), Column("exists", FLAG)), plain=("desk",), table=("desk", "exists"))

MADE = View(columns=(Column("desk"), Column("schema", NUMBER)), plain=("desk", "schema"))

COPY = View(
    columns=(
        Column("backup", get=lambda copy: str(copy.path)),
        Column("bytes", NUMBER),
        Column("schema", NUMBER),
        Column("tickets", NUMBER),
    ),
    plain=("backup", "bytes", "schema", "tickets"),
)

RESTORED = View(
    columns=(
        Column("desk", get=lambda done: str(done.desk.path)),
        Column("backup", get=lambda done: str(done.source)),
        Column("kept", title="Old desk kept at", get=lambda done: str(done.kept) if done.kept else None),
        Column("schema_before", NUMBER, "Schema of the backup"),
        Column("schema", NUMBER, get=lambda done: done.desk.schema),
        Column("tickets", NUMBER, get=lambda done: done.desk.tickets),
    ),
    plain=("desk", "backup", "kept", "schema", "tickets"),
)

COPIED = View(
    columns=(
        Column("from", get=lambda done: done.source),
        Column("desk"),
        Column("schema", NUMBER),
        Column("tables", NUMBER),
        Column("rows", NUMBER),
        Column("tickets", NUMBER),
    ),
    plain=("from", "desk", "schema", "tables", "rows", "tickets"),
)

UPGRADED = View(
    columns=(
        Column("desk", get=lambda done: str(done.desk)),
        Column("schema_before", NUMBER),
        Column("schema", NUMBER),
        Column("kept", title="Old desk kept at", get=lambda done: str(done.kept) if done.kept else None),
    ),
    plain=("desk", "schema_before", "schema", "kept"),
)

CHECKED = View(
    columns=(
        Column("part"),
        Column("state"),
        Column("ticket", NUMBER),
        Column("message"),
        Column("hint", title="What to do"),
    ),
    plain=("part", "state", "ticket", "message", "hint"),
    style=lambda found: {"damaged": "late", "warning": "soon", "repaired": "done"}.get(found.state, ""),
)


ROLES = View(columns=(Column("login"), Column("role")), plain=("login", "role"))
GIVEN = "agent", "lead", "reader"


@app.verb("path", PLACE)
def path(session: Session) -> Result:
    """Print the path of the desk, even if it does not exist yet.

    \b
    Examples:
      supportctl db path
      ls -l "$(supportctl db path)"
    """
    return Result({"desk": session.place().address(), "exists": has_desk(session)})


@app.verb("create", MADE)
def create(
    session: Session,
    desk: Annotated[
        str | None, Argument(metavar="[DESK]", help="a file, or postgresql://USER@HOST/DATABASE", click_type=PLACES)
    ] = None,
) -> Result:
    """Make a new desk, with the built-in policy in force: the one named, or that of --db.

    A file needs no command: the first request, customer or import makes it. A shared desk is made once, in an empty
    database of a PostgreSQL server that you may create a schema in; `supportctl help team` says how.


    \b
    Examples:
      supportctl db create postgresql://desk@db.example.com/desk
      supportctl db create team.db
    """
    place = session.place() if desk is None else session.place_named(desk, "DESK")
    schema = place.create()
    if schema is None:
        raise InputError(f"There is something at {place} already.", "Nothing was changed: name another place.")
    return Result({"desk": place.address(), "schema": schema})


@app.verb("check", CHECKED)
def check(
    session: Session,
    repair: Annotated[bool, Option("--repair", help="repair what can be derived, and say what was done")] = False,
    quick: Annotated[bool, Option("--quick", help="look only at what is fast on any desk, and list the rest")] = False,
) -> Result:
    """Check that the desk is sound: the file, keys, triggers, full text, and every ticket against its history.

    Prints a line per part: ok, warning, damaged, with --repair repaired, with --quick skipped. Every due time, target
    and status is worked out again. Others can keep working meanwhile. Exit 6 if anything is damaged; each line says
    what to do.

    --repair restores what can be derived: stored values from the history, indexes, triggers, file modes. It never
    changes the history, and leaves alone what cannot be derived.


    \b
    Examples:
      supportctl db check
      supportctl db check --repair
      supportctl db check --quick --json
    """
    if quick and repair:
        raise InputError("--quick and --repair cannot be combined.", "A repair has to look at everything.")
    place = session.place()
    with working(session, "Checking") as tick:
        found = run_checks(place, session.clock, tick, repair=repair, quick=quick)
    return Result(found, many=True, error=damage_report(place, found, repaired=repair))


@app.verb("backup", COPY)
def backup(
    session: Session,
    file: Annotated[Path, Argument(metavar="FILE", help="the backup to write; a new file")],
    force: Annotated[bool, Option("--force", help="overwrite an existing file")] = False,
) -> Result:
    """Copy the desk as it is at one moment, while others keep writing, and check the copy.

    If interrupted, it leaves FILE as it was. A backup is a whole desk: `--db FILE` opens it, `db restore` restores it.
    It holds everything, including access details: only you can read it. Keep it that way.


    \b
    Examples:
      supportctl db backup desk-monday.db
      supportctl db backup copies/desk.db --force
    """
    no_stream(file, "A backup")
    with working(session, "Backing up") as tick:
        return Result(session.place().back_up(file, force=force, tick=tick))


@app.verb("restore", RESTORED)
def restore(
    session: Session, file: Annotated[Path, Argument(metavar="FILE", help="a backup, or another desk; it is only read")]
) -> Result:
    """Replace the desk with a backup; the old desk is kept beside it.

    The backup is checked first, and upgraded to this program's schema if it is older. Nobody has to stop working: all
    see the restored desk at once. Asks first if a desk exists, unless --yes is given.


    \b
    Examples:
      supportctl db restore desk-monday.db
      supportctl --db copy.db db restore desk-monday.db --yes
    """
    no_stream(file, "A backup")
    desk = session.place()
    kept = desk.path_for_copy(file)  # before anything is asked
    if has_desk(session) and not session.confirm(
        f"Replace the desk at {desk} with {file}? The old one is kept at {kept}."
    ):
        return Result(say=["Nothing was changed."])
    with working(session, "Restoring") as tick:
        return Result(desk.restore(file, kept, tick))


@app.verb("copy", COPIED)
def copy(
    session: Session,
    source: Annotated[str, Argument(metavar="FROM", help="the desk to copy: a path or an address", click_type=PLACES)],
    target: Annotated[str, Argument(metavar="TO", help="where to: no desk yet, or an empty one", click_type=PLACES)],
) -> Result:
    """Copy a whole desk to another place: from a file to a shared desk, or back.

    Copies everything as it is at one moment, including access details, while others keep writing to FROM; what they
    write later is not copied. Reads the copy again before it counts: if anything differs, nothing is copied. Where
    there is no desk yet, TO is made.


    \b
    Examples:
      supportctl db copy desk.db moved.db
      supportctl db copy desk.db postgresql://desk@db.example.com/desk --json
    """
    places = session.place_named(source, "FROM"), session.place_named(target, "TO")
    with working(session, "Copying") as tick:
        return Result(copy_desk(*places, session.say, tick))


@app.verb("migrate", UPGRADED)
def migrate(session: Session) -> Result:
    """Upgrade an older desk to this program's schema, keeping a copy. Every other command does this by itself.

    A shared desk is upgraded by this command alone, and by its owner. From then on older programs refuse it: let
    everybody install the new one first, and make a backup (`pg_dump`).

    \b
    Examples:
      supportctl db migrate
      supportctl --db old.db db migrate --json
    """
    upgraded = session.place().upgrade(partial(session.say, UPGRADING))
    return Result(upgraded, say=duplicate_accounts(session.desk) if upgraded.kept else [])


@app.verb("roles", ROLES)
def roles(
    session: Session,
    desk: Annotated[
        str | None,
        Argument(metavar="[DESK]", help="postgresql://USER@HOST/DATABASE", click_type=PLACES),
    ] = None,
    grant: Annotated[
        list[str] | None,
        Option("--grant", metavar="LOGIN=ROLE", help="give a login of the server a role: agent, lead or reader"),
    ] = None,
    revoke: Annotated[list[str] | None, Option("--revoke", metavar="LOGIN", help="take its role from a login")] = None,
) -> Result:
    """List who may do what on a shared desk, or change it; the server itself refuses everything else.

    An agent does the day's work, under their own name, and never changes what is on record. A lead does that under any
    name, and changes the policy, holidays and licences, imports, redacts and erases. A reader only queries the views
    v_tickets, v_customers, v_licences and v_history, with any program that speaks SQL. The owner made the desk.

    Logins and their passwords are made at the server: `create role kim login`. A login has one role at most. Only the
    owner, or whoever runs the server, can change roles.


    \b
    Examples:
      supportctl db roles
      supportctl db roles --grant kim=agent --grant metabase=reader
      supportctl db roles --revoke kim
    """
    place = session.place() if desk is None else session.place_named(desk, "DESK")
    wanted = [_granted(each) for each in grant or ()]
    for login, role in wanted:
        place.grant_role(login, role)
    for login in revoke or ():
        place.revoke_role(login)
    found = place.roles()
    return Result(found.logins, many=True, say=found.remarks)


def _granted(text: str) -> tuple[str, str]:
    """LOGIN=ROLE. Raises InputError."""
    login, _, role = text.rpartition("=")
    if not login or role not in GIVEN:
        raise InputError("--grant takes LOGIN=ROLE.", f"Choose from: {', '.join(GIVEN)}.")
    return login, role
