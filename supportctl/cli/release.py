"""`release`: which versions of the products are out."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.complete import complete_product
from supportctl.cli.run.desk import adding, at_desk, hold
from supportctl.cli.run.session import Session
from supportctl.cli.views.records import RELEASE
from supportctl.desk.releases import add_release, list_releases
from supportctl.policy.versions import Release
from supportctl.store.desk import Desk

app = Noun("release", "Releases of the products: they decide which versions are supported (7.2).")


@app.verb("add")
def add(
    ctx: Context,
    product: Annotated[str, Argument(metavar="PRODUCT", help="which product", autocompletion=complete_product)],
    version: Annotated[str, Argument(metavar="VERSION", help="all four numbers, as in 7.6.2.0 (7.1)")],
    date: Annotated[
        str | None, Option("--date", metavar="D", help="when it came out; without it, before all dated ones")
    ] = None,
) -> None:
    """Record a release.

    Plain output: product, version, released_at.

    \b
    Examples:
      supportctl release add remote-utilities 7.8.4.0 --date 2026-06-11
      supportctl release add remote-utilities 7.8.5.0 --date 2026-09-01 --json
    """

    session = Session.of(ctx)
    released_at = session.time(date) if date is not None else None

    def put(db: Desk) -> tuple[str, Release]:
        return hold(session, db, lambda who: add_release(db, product, version, released_at, who))

    with adding(session, put) as (_, added):
        session.show(RELEASE, added)


@app.verb("list")
def list_(
    ctx: Context,
    product: Annotated[
        str | None, Option("--product", metavar="P", help="only this product", autocompletion=complete_product)
    ] = None,
) -> None:
    """List the releases on record, by product and version.

    Plain output: product, version, released_at.

    \b
    Examples:
      supportctl release list
      supportctl release list --product remote-utilities-server --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show_all(RELEASE, list_releases(db, product, session.now))
