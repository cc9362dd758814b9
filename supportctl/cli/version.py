"""`version`: which version this is."""

from supportctl import __version__
from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.render.columns import Column, View

app = Verbs()

VERSION = View(columns=(Column("version"),), plain=("version",))


@app.verb("version", VERSION)
def version(session: Session) -> Result:
    """Print the version of supportctl, as --version does.

    Plain output: supportctl and the version, with a space between them.

    \b
    Examples:
      supportctl version
      supportctl version --json
    """
    if session.format in ("table", "plain"):
        return Result(text=f"supportctl {__version__}\n")
    return Result({"version": __version__})
