"""`check`: is a version supported?"""

from typing import Annotated

from typer import Argument

from supportctl.cli.run.answers import Answers
from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import Product
from supportctl.desk.versions import check_versions
from supportctl.render.columns import FLAG, REASONS, Column, View

app = Verbs()

VERSION = View(
    columns=(
        Column("query"),
        Column("product"),
        Column("support"),
        Column("supported", FLAG),
        Column("latest"),
        Column("latest_in_major"),
        Column("install"),
        Column("reasons", REASONS, "Why"),
    ),
    plain=("query", "product", "support", "install", "latest", "latest_in_major"),
    table=("query", "product", "support", "install", "latest"),
    style=lambda verdict: "" if verdict.supported else "no",
    nothing="",
)


@app.verb("check", VERSION)
def check(
    session: Session,
    version: Annotated[str, Argument(metavar="VERSION|-", help="the version; - reads one per line")],
    product: Product = None,
) -> Result:
    """Say whether a version is supported, and which to install instead (7.2).

    Exit 0 if it is supported, 3 if it is not or is newer than any release on record (with -, if any of them is).


    \b
    Examples:
      supportctl check 7.6.2.0
      supportctl check v3.4 --product remote-utilities-server
      supportctl check 7.8.4.0 --quiet >/dev/null && echo supported
    """
    at = session.now
    asks = Answers(
        session, "VERSION", lambda v: check_versions(session.desk, v, product, at), lambda v: bool(v.supported)
    )
    return asks.result(version)
