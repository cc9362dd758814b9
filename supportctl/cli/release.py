"""`release`: which versions of the products are out."""

from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.completers import complete_product
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import OnlyProduct
from supportctl.cli.views.records import RELEASE
from supportctl.desk.releases import add_release, list_releases

app = Noun("release", "Releases of the products: they decide which versions are supported (7.2).")


@app.verb("add", RELEASE)
def add(
    session: Session,
    product: Annotated[str, Argument(metavar="PRODUCT", help="which product", autocompletion=complete_product)],
    version: Annotated[str, Argument(metavar="VERSION", help="all four numbers, as in 7.6.2.0 (7.1)")],
    date: Annotated[
        str | None,
        Option("--date", metavar="D", help="the release date; without one it counts as older than all dated ones"),
    ] = None,
) -> Result:
    """Record a release.

    \b
    Examples:
      supportctl release add remote-utilities 7.8.4.0 --date 2026-06-11
      supportctl release add remote-utilities 7.8.5.0 --date 2026-09-01 --json
    """
    released_at = session.time(date) if date is not None else None
    return Result(session.add(lambda db, who: add_release(db, product, version, released_at, who), held=True))


@app.verb("list", RELEASE)
def list_(
    session: Session,
    product: OnlyProduct = None,
) -> Result:
    """List the releases on record, by product and version.

    \b
    Examples:
      supportctl release list
      supportctl release list --product remote-utilities-server --json
    """
    return Result(list_releases(session.desk, product, session.now), many=True)
