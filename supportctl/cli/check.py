"""`check`: is a version supported?"""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.answers import Answers
from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.complete import complete_product
from supportctl.cli.run.desk import at_desk
from supportctl.cli.run.session import Session
from supportctl.cli.views.version import VERSION
from supportctl.desk.versions import check_version

app = Verbs()


@app.verb("check")
def check(
    ctx: Context,
    version: Annotated[str, Argument(metavar="VERSION|-", help="the version; - reads one per line")],
    product: Annotated[
        str | None, Option("--product", metavar="P", help="which product", autocompletion=complete_product)
    ] = None,
) -> int:
    """Say whether a version is supported, and which to install instead (7.2).

    Exit 0 if it is supported, 3 if it is not or is newer than any release on record (with -, if any of them is).

    Plain output: query, product, support, install, latest, latest_in_major.

    \b
    Examples:
      supportctl check 7.6.2.0
      supportctl check v3.4 --product remote-utilities-server
      supportctl check 7.8.4.0 --quiet >/dev/null && echo supported
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        answers = Answers(session, VERSION, "VERSION")
        return answers.show(version, lambda v: check_version(db, v, product, session.now), lambda a: bool(a.supported))
