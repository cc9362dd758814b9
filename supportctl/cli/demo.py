"""`demo`: a small desk to try things out on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shlex import quote
from shutil import which
from typing import Annotated

from typer import Argument

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.desk import actor_transaction
from supportctl.cli.run.session import Session
from supportctl.desk.demo import fill
from supportctl.errors import DeskUnusable, InputError
from supportctl.files import atomic_folder, no_stream, private_folder, same_file
from supportctl.render.columns import NUMBER, Column, View

app = Verbs()

DEMO = View(
    columns=(
        Column("desk"),
        Column("customers", NUMBER),
        Column("licences", NUMBER),
        Column("releases", NUMBER),
        Column("tickets", NUMBER),
    ),
    plain=("desk", "customers", "licences", "releases", "tickets"),
)

TRY = """
Try it:
  {program} --db {desk} breaches
  {program} --db {desk} queue
  {program} --db {desk} show 1
  {program} --db {desk} explain 23
  {program} --db {desk} report
  {program} --db {desk} lookup olga@harbour.example
  {program} --db {desk} check 7.6.2.0
  {program} --db {desk} licence upgrade RU-STAR-6B1N-08ZU PRO
  {program} --db {desk} log --from ann@northwind.example --subject "A question" --topic usage
The files it was imported from are beside it. To start again, remove the folder."""


@app.verb("demo", DEMO)
def demo(
    session: Session,
    folder: Annotated[Path, Argument(metavar="DIR", help="a new folder, or an empty one")] = Path("supportctl-demo"),
) -> Result:
    """Make a small realistic desk in a folder of its own, never your own desk, and suggest what to try next.

    It writes import files and imports them like any others; look at them to see what an import takes.


    \b
    Examples:
      supportctl demo
      supportctl demo ~/try-supportctl
    """
    path = folder / "desk.db"
    with _made(folder) as new:
        added = fill(new, folder, session.now, partial(actor_transaction, session), session.time)
    return Result({"desk": str(path), **added}, say=[TRY.format(program=_called(), desk=_quoted(str(path)))])


@contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """A new folder that gets the name `folder` once the whole demo is in it; nothing is left if that fails."""
    no_stream(folder, "A demo")
    try:
        private_folder(folder.absolute().parent)
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty.", "Name a new folder: `supportctl demo DIR`.")
        with atomic_folder(folder) as new:
            yield new
    except OSError as error:
        wrong = isinstance(error, FileExistsError | NotADirectoryError)  # otherwise its disk accepts nothing
        kind = InputError if wrong else DeskUnusable
        raise kind(f"{folder} cannot be made: {error.strerror}.", "Name another folder.") from None


def _called() -> str:
    """The program as it was called: by its name where that finds it, else by its path, as in a new environment."""
    typed, found = sys.argv[0], which("supportctl")
    if Path(typed).stem != "supportctl" or (
        found and same_file(Path(found), Path(typed))
    ):  # not `python -m supportctl`
        return "supportctl"
    quoted = _quoted(typed)
    return "supportctl" if quoted.startswith('"') else quoted  # PowerShell does not run what is in quotes


def _quoted(path: str) -> str:
    """The path as this shell takes it."""
    if sys.platform == "win32":
        return f'"{path}"' if " " in path else path
    return quote(path)
