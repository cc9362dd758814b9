"""`db`: the desk's file: where it is, whether it is sound, and its backups."""

from functools import partial
from pathlib import Path
from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.desk import UPGRADING, at_desk, has_desk, say_what_became_one
from supportctl.cli.run.files import no_stream
from supportctl.cli.run.progress import working
from supportctl.cli.run.session import Session
from supportctl.cli.views.db import CHECKED, COPY, PLACE, RESTORED, UPGRADED
from supportctl.desk.check import run
from supportctl.files import free_name
from supportctl.store.sqlite.backup import back_up
from supportctl.store.sqlite.upgrade import upgrade_file

app = Noun("db", "The desk's file: where it is, whether it is sound, and its backups.")


@app.verb("path")
def path(ctx: Context) -> None:
    """Print the path of the desk, even if it does not exist yet.

    Plain output: desk.

    \b
    Examples:
      supportctl db path
      ls -l "$(supportctl db path)"
    """

    session = Session.of(ctx)
    session.show(PLACE, {"desk": str(session.desk_path().absolute()), "exists": has_desk(session)})


@app.verb("check")
def check(
    ctx: Context,
    repair: Annotated[bool, Option("--repair", help="repair what can be derived, and say what was done")] = False,
) -> None:
    """Check that the desk is sound: the file, keys, triggers, full text, and every ticket against its history.

    Prints a line per part: ok, warning, damaged, or with --repair repaired. Every due time, target and status is worked
    out again. Others can keep working meanwhile. Exit 6 if anything is damaged; each line says what to do.

    --repair restores what can be derived: stored values from the history, indexes, triggers, file modes. It never
    changes the history, and leaves alone what cannot be derived.

    Plain output: part, state, ticket, message, hint.

    \b
    Examples:
      supportctl db check
      supportctl db check --repair
      supportctl db check --json
    """

    session = Session.of(ctx)
    desk = session.desk_path()
    with working(session, "Checking") as tick:
        found = run.look_through(desk, session.clock, tick, repair=repair)
    session.show(CHECKED, found, many=True)
    if wrong := run.faults(desk, found, repaired=repair):
        session.flush()
        raise wrong


@app.verb("backup")
def backup(
    ctx: Context,
    file: Annotated[Path, Argument(metavar="FILE", help="the backup to write; a new file")],
    force: Annotated[bool, Option("--force", help="overwrite an existing file")] = False,
) -> None:
    """Copy the desk as it is at one moment, while others keep writing, and check the copy.

    If interrupted, it leaves FILE as it was. A backup is a whole desk: `--db FILE` opens it, `db restore` restores it.
    It holds everything, including access details: only you can read it. Keep it that way.

    Plain output: backup, bytes, schema, tickets.

    \b
    Examples:
      supportctl db backup desk-monday.db
      supportctl db backup copies/desk.db --force
    """

    session = Session.of(ctx)
    no_stream(file, "A backup")
    with working(session, "Backing up") as tick:
        made = back_up(session.desk_path(), file, force=force, tick=tick)
    session.show(COPY, made)


@app.verb("restore")
def restore(
    ctx: Context, file: Annotated[Path, Argument(metavar="FILE", help="a backup, or another desk; it is only read")]
) -> None:
    """Replace the desk with a backup; the old desk is kept beside it.

    The backup is checked first, and upgraded to this program's schema if it is older. Nobody has to stop working: all
    see the restored desk at once. Asks first if a desk exists, unless --yes is given.

    Plain output: desk, backup, kept, schema, tickets.

    \b
    Examples:
      supportctl db restore desk-monday.db
      supportctl --db copy.db db restore desk-monday.db --yes
    """
    from supportctl.store.sqlite import backup

    session = Session.of(ctx)
    no_stream(file, "A backup")
    desk = session.desk_path()
    backup.check_backup(file, desk)  # before anything is asked
    kept = free_name(desk.with_name(f"{desk.name}.replaced"))
    if has_desk(session) and not session.confirm(
        f"Replace the desk at {desk} with {file}? The old one is kept at {kept}."
    ):
        session.say("Nothing was changed.")
        return
    with working(session, "Restoring") as tick:
        done = backup.restore(file, desk, kept, tick)
    session.show(RESTORED, done)


@app.verb("migrate")
def migrate(ctx: Context) -> None:
    """Upgrade an older desk to this program's schema, keeping a copy. Every other command does this by itself.

    Plain output: desk, schema_before, schema, kept.

    \b
    Examples:
      supportctl db migrate
      supportctl --db old.db db migrate --json
    """

    session = Session.of(ctx)
    upgraded = upgrade_file(session.desk_path(), partial(session.say, UPGRADING))
    session.show(UPGRADED, upgraded)
    if upgraded.kept:
        with at_desk(session) as db:
            say_what_became_one(session, db)
