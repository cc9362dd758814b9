"""`licence`: licences and their keys."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.complete import complete_tier
from supportctl.cli.run.desk import act, adding, at_desk
from supportctl.cli.run.session import Session
from supportctl.cli.views.records import licence_view, moving
from supportctl.clock import date_alone
from supportctl.desk.accounts.follow import Followed
from supportctl.desk.accounts.licences import (
    End,
    add_licence,
    find_licence,
    list_licences,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    upgrade_licence,
)
from supportctl.policy.entitlement import Licence
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk

app = Noun("licence", "Licences: which key gives which tier (2.1, 4.5).")

Key = Annotated[str, Argument(metavar="KEY|-", help="the licence key; - reads it from standard input")]
Reveal = Annotated[bool, Option("--reveal", help="show keys in full")]
END = "when it ends; a date alone means the end of that day in the policy's time zone"


@app.verb("add")
def add(
    ctx: Context,
    key: Key,
    tier: Annotated[str, Option("--tier", metavar="T", help="the support level", autocompletion=complete_tier)],
    email: Annotated[str | None, Option("--email", metavar="E", help="the delivery address of the order")] = None,
    order: Annotated[str | None, Option("--order", metavar="O", help="the order's number")] = None,
    issued: Annotated[str, Option("--issued", metavar="TIME", help="when it begins to count")] = "now",
    expires: Annotated[str | None, Option("--expires", metavar="TIME", help=END)] = None,
    reveal: Reveal = False,
) -> None:
    """Record a licence. Open tickets of its holder are judged again at once (2.2).

    A key that came with a request is applied to its sender's account now, if there is one (4.5). To change a key that
    is already on record, use `licence upgrade`, `renew` or `reinstate`.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order, moved_count.

    \b
    Examples:
      supportctl licence add AB12-CD34-EF56 --tier PRO --email ann@example.com
      supportctl licence add - --tier SITE --email ann@example.com --expires 2027-12-31 < key.txt
    """

    session = Session.of(ctx)
    end = _end(session, expires) if expires is not None else None
    read = session.read_key(key, "KEY")

    def put(db: Desk) -> Followed[Licence]:
        def add(who: Actor) -> Followed[Licence]:
            given = Licence(0, read, tier, email, order, session.time(issued), None, False)
            return add_licence(db, given, who, end=end)

        return act(session, db, add)

    with adding(session, put) as (_, added):
        _show_followed(session, added, reveal)


def _end(session: Session, text: str) -> End:
    """--expires as a day, or as UTC epoch seconds. Raises InputError."""

    return date_alone(text) or session.time(text)


def _show_followed(session: Session, followed: Followed[Licence], reveal: bool) -> None:
    """Print a licence after a change, with the tickets that moved, and add any notes."""

    session.show(moving(licence_view(session.now, reveal)), followed)
    for remark in followed.remarks:
        session.say(remark)


@app.verb("list")
def list_(ctx: Context, reveal: Reveal = False) -> None:
    """List all licences, by key.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order.

    \b
    Examples:
      supportctl licence list
      supportctl licence list --json --reveal
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show_all(licence_view(session.now, reveal), list_licences(db, session.now))


@app.verb("show")
def show(ctx: Context, key: Key, reveal: Reveal = False) -> None:
    """Show the licence of one key. To see what it entitles to, use `lookup KEY`.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order.

    \b
    Examples:
      supportctl licence show AB12-CD34-EF56
      supportctl licence show - --json < key.txt
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        found = find_licence(db, session.read_key(key, "KEY"), session.now)
        session.show(licence_view(session.now, reveal), found)


@app.verb("upgrade")
def upgrade(
    ctx: Context,
    key: Key,
    tier: Annotated[str, Argument(metavar="TIER", help="its new support level", autocompletion=complete_tier)],
    expires: Annotated[str | None, Option("--expires", metavar="TIME", help=END)] = None,
    reveal: Reveal = False,
) -> None:
    """Give a licence another tier (2.2). Every open ticket that rests on it gets a new due time, never a later one.

    A lower tier needs --yes. When a trial becomes a paid licence, the end of the trial no longer counts.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order, moved_count.

    \b
    Examples:
      supportctl licence upgrade AB12-CD34-EF56 PRO
      supportctl licence upgrade - PLUS --yes < key.txt
    """

    session = Session.of(ctx)
    key = session.read_key(key, "KEY")
    end = _end(session, expires) if expires is not None else None
    with at_desk(session) as db:
        changed = act(session, db, lambda who: upgrade_licence(db, key, tier, who, lower=session.yes, end=end))
        _show_followed(session, changed, reveal)


@app.verb("renew")
def renew(
    ctx: Context,
    key: Key,
    expires: Annotated[str | None, Option("--expires", metavar="TIME", help=END)] = None,
    reveal: Reveal = False,
) -> None:
    """Give a licence a new expiry date; an expired one counts again from now on.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order, moved_count.

    \b
    Examples:
      supportctl licence renew AB12-CD34-EF56 --expires 2028-12-31
      supportctl licence renew - --expires 2028-12-31 < key.txt
    """

    session = Session.of(ctx)
    key = session.read_key(key, "KEY")
    end = _end(session, expires or session.ask("Expires (the last day)", option="--expires"))
    with at_desk(session) as db:
        _show_followed(session, act(session, db, lambda who: renew_licence(db, key, end, who)), reveal)


@app.verb("revoke")
def revoke(ctx: Context, key: Key, reveal: Reveal = False) -> None:
    """Revoke a licence until it is reinstated. Due times already promised stay.

    Asks first, unless --yes is given.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order, moved_count.

    \b
    Examples:
      supportctl licence revoke AB12-CD34-EF56
      supportctl licence revoke - --yes < key.txt
    """

    session = Session.of(ctx)
    key = session.read_key(key, "KEY")
    with at_desk(session) as db:
        found = find_licence(db, key, session.now)
        whose = f" of {found.delivery_email}" if found.delivery_email else ""
        session.agree(f"Revoke the {found.tier} licence{whose}?")
        _show_followed(session, act(session, db, lambda who: revoke_licence(db, key, who)), reveal)


@app.verb("reinstate")
def reinstate(ctx: Context, key: Key, reveal: Reveal = False) -> None:
    """Make a revoked licence count again. Open tickets of its holder are judged again at once.

    Plain output: key, tier, status, delivery_email, issued_at, expires_at, order, moved_count.

    \b
    Examples:
      supportctl licence reinstate AB12-CD34-EF56
      supportctl licence reinstate - < key.txt
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        read = session.read_key(key, "KEY")
        _show_followed(session, act(session, db, lambda who: reinstate_licence(db, read, who)), reveal)
