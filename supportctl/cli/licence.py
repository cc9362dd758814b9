"""`licence`: licences and their keys."""

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from supportctl.cli.app import Noun
from supportctl.cli.at_desk import act, adding, at_desk
from supportctl.cli.complete import complete_tier
from supportctl.cli.session import Session

if TYPE_CHECKING:
    import sqlite3

    from supportctl.policy.entitlement import Licence
    from supportctl.store.actor import Actor

app = Noun("licence", "Licences: which key gives which tier (2.1, 4.5).")

Key = Annotated[str, Argument(metavar="KEY|-", help="the licence key; - reads it from standard input")]
Reveal = Annotated[bool, Option("--reveal", help="show keys whole")]


@app.verb("add")
def add(
    ctx: Context,
    key: Key,
    tier: Annotated[str, Option("--tier", metavar="T", help="the support level", autocompletion=complete_tier)],
    email: Annotated[str | None, Option("--email", metavar="E", help="the delivery address of the order")] = None,
    order: Annotated[str | None, Option("--order", metavar="O", help="the order's number")] = None,
    issued: Annotated[str, Option("--issued", metavar="TIME", help="from when on it counts")] = "now",
    expires: Annotated[str | None, Option("--expires", metavar="TIME", help="until when it counts")] = None,
    reveal: Reveal = False,
) -> None:
    """Put a licence on record. Tickets that already wait for its holder follow at once (2.2).

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order.

    \b
    Examples:
      supportctl licence add AB12-CD34-EF56 --tier PRO --email ann@example.com
      supportctl licence add - --tier SITE --email ann@example.com --expires 2027-12-31 < key.txt
    """
    from supportctl.cli.views.records import licence_view
    from supportctl.desk.licences import add_licence
    from supportctl.policy.entitlement import Licence

    session = Session.of(ctx)
    until = session.time(expires) if expires is not None else None
    read = session.read_key(key, "KEY")

    def put(db: "sqlite3.Connection") -> "Licence":
        def add(who: "Actor") -> "Licence":
            return add_licence(db, Licence(0, read, tier, email, order, session.time(issued), until, False), who)

        return act(session, db, add, key=read, waiting=[email] if email else [])

    with adding(session, put) as (_, added):
        session.show(licence_view(session.now, reveal), added)


@app.verb("list")
def list_(ctx: Context, reveal: Reveal = False) -> None:
    """List all licences, by key.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order.

    \b
    Examples:
      supportctl licence list
      supportctl licence list --json --reveal
    """
    from supportctl.cli.views.records import licence_view
    from supportctl.desk.licences import list_licences

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show_all(licence_view(session.now, reveal), list_licences(db, session.now))


@app.verb("show")
def show(ctx: Context, key: Key, reveal: Reveal = False) -> None:
    """Show the licence of one key. What it entitles to: supportctl lookup KEY.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order.

    \b
    Examples:
      supportctl licence show AB12-CD34-EF56
      supportctl licence show - --json < key.txt
    """
    from supportctl.cli.views.records import licence_view
    from supportctl.desk.licences import find_licence

    session = Session.of(ctx)
    with at_desk(session) as db:
        found = find_licence(db, session.read_key(key, "KEY"), session.now)
        session.show(licence_view(session.now, reveal), found)


@app.verb("upgrade")
def upgrade(
    ctx: Context,
    key: Key,
    tier: Annotated[str, Argument(metavar="TIER", help="its new support level", autocompletion=complete_tier)],
    reveal: Reveal = False,
) -> None:
    """Give a licence another tier (2.2). Every ticket that waits on it gets its new due time, never a later one.

    A lower tier needs --yes.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order.

    \b
    Examples:
      supportctl licence upgrade AB12-CD34-EF56 PRO
      supportctl licence upgrade - PLUS --yes < key.txt
    """
    from supportctl.cli.views.records import licence_view
    from supportctl.desk.licences import upgrade_licence

    session = Session.of(ctx)
    with at_desk(session) as db:
        read = session.read_key(key, "KEY")
        changed = act(session, db, lambda who: upgrade_licence(db, read, tier, who, lower=session.yes), key=read)
        session.show(licence_view(session.now, reveal), changed)


@app.verb("revoke")
def revoke(ctx: Context, key: Key, reveal: Reveal = False) -> None:
    """Let a licence count no more. Due times that were promised stay.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order.

    \b
    Examples:
      supportctl licence revoke AB12-CD34-EF56
      supportctl licence revoke - < key.txt
    """
    from supportctl.cli.views.records import licence_view
    from supportctl.desk.licences import revoke_licence

    session = Session.of(ctx)
    with at_desk(session) as db:
        read = session.read_key(key, "KEY")
        changed = act(session, db, lambda who: revoke_licence(db, read, who), key=read)
        session.show(licence_view(session.now, reveal), changed)
