"""`demo`: a small desk to try things on."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

from typer import Argument, Context

from supportctl.cli.app import Verbs
from supportctl.cli.at_desk import actor
from supportctl.cli.session import Session
from supportctl.errors import InputError

app = Verbs()


@app.verb("demo")
def demo(
    ctx: Context,
    folder: Annotated[Path, Argument(metavar="DIR", help="a new folder, or an empty one")] = Path("supportctl-demo"),
) -> None:
    """Make a small realistic desk in a folder of its own, never yours, and say what to try next.

    It writes import files and imports them as any other; look into them to see what an import takes.
    Plain output: desk, customers, licences, releases, tickets.

    \b
    Examples:
      supportctl demo
      supportctl demo /tmp/desk
    """
    from supportctl.cli.views.demo import DEMO
    from supportctl.desk import demo as data
    from supportctl.desk.importing.fields import KINDS
    from supportctl.desk.importing.reading import Source, read_rows
    from supportctl.desk.importing.run import Plan, run_import
    from supportctl.store import policies
    from supportctl.store.connection import explained, open_desk

    session = Session.of(ctx)
    _make(folder)
    path = folder / "desk.db"
    added = {}
    with explained(path), closing(open_desk(path, create=True)) as db:
        for name, text in data.files(session.now, policies.in_force(db, session.now).calendar).items():
            file = folder / name
            file.write_text(text, encoding="utf-8", newline="\n")
            kind = KINDS[name.removesuffix(".csv")]
            with file.open("rb") as stream, closing(read_rows(Source(name, stream))) as rows:
                added[kind.name] = run_import(db, Plan(kind, name, {}), rows, session.time, actor(session)).added
    session.show(DEMO, {"desk": str(path), **added})
    session.say(_next_steps(path))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty.", "Name a new folder: supportctl demo DIR.")
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}.", "Name another folder.") from None


def _next_steps(path: Path) -> str:
    desk = f'"{path}"' if " " in str(path) else str(path)
    return f"""
Try it:
  supportctl --db {desk} breaches
  supportctl --db {desk} queue --limit 10
  supportctl --db {desk} lookup olga@harbour.example
  supportctl --db {desk} check 7.6.2.0
  supportctl --db {desk} explain 1
  supportctl --db {desk} licence upgrade RU-STAR-6B1N-08ZU PRO
  supportctl --db {desk} log --from ann@northwind.example --subject "A question"
  supportctl --help"""
