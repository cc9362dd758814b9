"""`db`: the desk's file: where it is, whether it is sound, copies of it, and putting one back."""

from functools import partial
from pathlib import Path
from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.app import Noun
from supportctl.cli.session import Session

app = Noun("db", "The desk's file: where it is, whether it is sound, backups of it, and putting one back.")


@app.verb("path")
def path(ctx: Context) -> None:
    """Print where the desk is, or would be.

    Plain output: desk.

    \b
    Examples:
      supportctl db path
      ls -l "$(supportctl db path)"
    """
    from supportctl.cli.at_desk import has_desk
    from supportctl.cli.views.db import PLACE

    session = Session.of(ctx)
    session.show(PLACE, {"desk": str(session.desk_path().absolute()), "exists": has_desk(session)})


@app.verb("check")
def check(
    ctx: Context,
    repair: Annotated[bool, Option("--repair", help="mend what can be derived, and say what was done")] = False,
) -> None:
    """Check that the desk is sound: the file, its keys and guards, the full text, and every ticket by its history.

    Each part gets a line: ok, warning, damaged, or with --repair repaired. Every due time, target and status is worked
    out again. Others may go on working meanwhile. Exit 6 if anything is damaged, and each line says what to do.

    --repair mends what can be derived: stored values from the history, indexes, guards, file modes. It writes no
    history, and what cannot be derived it leaves alone.
    Plain output: part, state, ticket, message, hint.

    \b
    Examples:
      supportctl db check
      supportctl db check --repair
      supportctl db check --json
    """
    from supportctl.cli.progress import working
    from supportctl.cli.views.db import CHECKED
    from supportctl.desk import soundness

    session = Session.of(ctx)
    desk = session.desk_path()
    with working(session, "Checking") as tick:
        found = soundness.check(desk, session.clock, tick, repair=repair)
    session.show(CHECKED, found, many=True)
    if wrong := soundness.faults(desk, found, repaired=repair):
        session.flush()
        raise wrong


@app.verb("backup")
def backup(
    ctx: Context,
    file: Annotated[Path, Argument(metavar="FILE", help="where to; a new file")],
    force: Annotated[bool, Option("--force", help="write over a file that is there")] = False,
) -> None:
    """Copy the desk as it is at one moment, while others go on writing, and check the copy before it counts.

    Cut short, it leaves FILE as it was. A backup is a whole desk: `--db FILE` opens it, `db restore` puts it back.
    It holds everything, access details too: it is readable by you alone, and is to be kept so.
    Plain output: backup, bytes, schema, tickets.

    \b
    Examples:
      supportctl db backup desk-monday.db
      supportctl db backup copies/desk.db --force
    """
    from supportctl.cli.files import no_stream
    from supportctl.cli.progress import working
    from supportctl.cli.views.db import COPY
    from supportctl.store.backup import back_up

    session = Session.of(ctx)
    no_stream(file, "A backup")
    with working(session, "Backing up") as tick:
        made = back_up(session.desk_path(), file, force=force, tick=tick)
    session.show(COPY, made)


@app.verb("restore")
def restore(
    ctx: Context, file: Annotated[Path, Argument(metavar="FILE", help="a backup, or another desk; it is only read")]
) -> None:
    """Put a backup in the place of the desk; the desk that it replaces is kept beside it.

    The backup is read through first; an older one is brought to this program's schema. Nobody has to stop working:
    what is put back shows to all at once. Where a desk exists, it asks first; --yes agrees beforehand.
    Plain output: desk, backup, kept, schema, tickets.

    \b
    Examples:
      supportctl db restore desk-monday.db
      supportctl --db copy.db db restore desk-monday.db --yes
    """
    from supportctl.cli.at_desk import has_desk
    from supportctl.cli.files import no_stream
    from supportctl.cli.progress import working
    from supportctl.cli.views.db import RESTORED
    from supportctl.files import free_name
    from supportctl.store import backup

    session = Session.of(ctx)
    no_stream(file, "A backup")
    desk = session.desk_path()
    backup.check_backup(file, desk)  # before anything is asked
    kept = free_name(desk.with_name(f"{desk.name}.replaced"))
    if has_desk(session) and not session.confirm(f"Replace the desk at {desk} by {file}? It is kept at {kept}."):
        session.say("Nothing was changed.")
        return
    with working(session, "Restoring") as tick:
        done = backup.restore(file, desk, kept, tick)
    session.show(RESTORED, done)


@app.verb("migrate")
def migrate(ctx: Context) -> None:
    """Bring an older desk to this program's schema, after a copy beside it. Every other command does it by itself.

    Plain output: desk, schema_before, schema, kept.

    \b
    Examples:
      supportctl db migrate
      supportctl --db old.db db migrate --json
    """
    from supportctl.cli.at_desk import UPGRADING, at_desk, say_what_became_one
    from supportctl.cli.views.db import UPGRADED
    from supportctl.store.upgrading import upgrade_file

    session = Session.of(ctx)
    upgraded = upgrade_file(session.desk_path(), partial(session.say, UPGRADING))
    session.show(UPGRADED, upgraded)
    if upgraded.kept:
        with at_desk(session) as db:
            say_what_became_one(session, db)
