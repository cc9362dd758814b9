"""`demo`: a small desk to try things out on."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shlex import quote
from typing import Annotated

from typer import Argument, Context

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.desk import acting
from supportctl.cli.run.files import no_stream
from supportctl.cli.run.session import Session
from supportctl.cli.views.demo import DEMO
from supportctl.desk.demo import files
from supportctl.desk.transfer.fields import KINDS
from supportctl.desk.transfer.run import ImportPlan, run_import
from supportctl.errors import DeskUnusable, InputError
from supportctl.files import placing_folder, private_folder
from supportctl.store import policies
from supportctl.store.sqlite.connection import explained
from supportctl.store.sqlite.opening import open_desk
from supportctl.tabular.table import read_table

app = Verbs()

TRY = """
Try it:
  supportctl --db {desk} breaches
  supportctl --db {desk} queue
  supportctl --db {desk} show 1
  supportctl --db {desk} explain 23
  supportctl --db {desk} report
  supportctl --db {desk} lookup olga@harbour.example
  supportctl --db {desk} check 7.6.2.0
  supportctl --db {desk} licence upgrade RU-STAR-6B1N-08ZU PRO
  supportctl --db {desk} log --from ann@northwind.example --subject "A question" --topic usage
The files it was imported from are beside it. To start again, remove the folder."""


@app.verb("demo")
def demo(
    ctx: Context,
    folder: Annotated[Path, Argument(metavar="DIR", help="a new folder, or an empty one")] = Path("supportctl-demo"),
) -> None:
    """Make a small realistic desk in a folder of its own, never your own desk, and suggest what to try next.

    It writes import files and imports them like any others; look at them to see what an import takes.

    Plain output: desk, customers, licences, releases, tickets.

    \b
    Examples:
      supportctl demo
      supportctl demo ~/try-supportctl
    """

    session = Session.of(ctx)
    path = folder / "desk.db"
    with _made(folder) as new:
        added = _fill(session, new, folder)
    session.show(DEMO, {"desk": str(path), **added})
    session.say(TRY.format(desk=_quoted(str(path))))


@contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """A new folder that gets the name `folder` once the whole demo is in it; nothing is left if that fails."""

    no_stream(folder, "A demo")
    try:
        private_folder(folder.absolute().parent)
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty.", "Name a new folder: `supportctl demo DIR`.")
        with placing_folder(folder) as new:
            yield new
    except OSError as error:
        wrong = isinstance(error, FileExistsError | NotADirectoryError)  # otherwise its disk accepts nothing
        kind = InputError if wrong else DeskUnusable
        raise kind(f"{folder} cannot be made: {error.strerror}.", "Name another folder.") from None


def _fill(session: Session, new: Path, folder: Path) -> dict[str, int]:
    """Write the import files and import them; returns how many records each has added."""

    added = {}
    try:
        with explained(folder / "desk.db"), closing(open_desk(new / "desk.db", create=True)) as db:
            for name, text in files(session.now, policies.in_force(db, session.now).calendar).items():
                file = new / f"{name}.csv"
                file.touch(mode=0o600)
                file.chmod(0o600)  # a umask may have removed more
                file.write_text(text, encoding="utf-8", newline="\n")
                with file.open("rb") as stream:
                    table = read_table(stream, str(folder / file.name))
                    with acting(session, db) as who:
                        plan = ImportPlan(KINDS[name], {})
                        added[name] = run_import(db, plan, table, lambda _: session.time, who).added
    except DeskUnusable as error:
        raise DeskUnusable(error.message, "Nothing was kept; free some disk space, or name another folder.") from error
    return added


def _quoted(path: str) -> str:
    if sys.platform == "win32":
        return f'"{path}"' if " " in path else path

    return quote(path)
