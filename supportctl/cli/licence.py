"""`licence`: licences and their keys."""

from functools import partial
from itertools import islice
from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.completers import complete_address, complete_tier
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import Limit
from supportctl.cli.views.records import LICENCE, licence_line, licence_view, with_moved_tickets
from supportctl.clock import date_alone
from supportctl.desk.accounts.follow import ChangedRecord
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
from supportctl.desk.acting import Actor
from supportctl.desk.opening import Desk
from supportctl.policy.entitlement import Licence

app = Noun("licence", "Licences: which key gives which tier (2.1, 4.5).")

Key = Annotated[str, Argument(metavar="KEY|-", help="the licence key; - reads it from standard input")]
Reveal = Annotated[bool, Option("--reveal", help="show keys in full")]
END = "when it ends; a date alone means the end of that day in the policy's time zone"
FOLLOWED = with_moved_tickets(LICENCE, str)


@app.verb("add", FOLLOWED, writes=True)
def add(
    session: Session,
    key: Key,
    tier: Annotated[str, Option("--tier", metavar="T", help="the support level", autocompletion=complete_tier)],
    email: Annotated[
        str | None,
        Option("--email", metavar="E", help="the delivery address of the order", autocompletion=complete_address),
    ] = None,
    order: Annotated[str | None, Option("--order", metavar="O", help="the order's number")] = None,
    issued: Annotated[str, Option("--issued", metavar="TIME", help="when it begins to count")] = "now",
    expires: Annotated[str | None, Option("--expires", metavar="TIME", help=END)] = None,
    reveal: Reveal = False,
) -> Result:
    """Record a licence. Open tickets of its holder are judged again at once (2.2).

    A key that came with a request is applied to its sender's account now, if there is one (4.5). To change a key that
    is already on record, use `licence upgrade`, `renew` or `reinstate`.

    \b
    Examples:
      supportctl licence add AB12-CD34-EF56 --tier PRO --email ann@example.com
      supportctl licence add - --tier SITE --email ann@example.com --expires 2027-12-31 < key.txt
    """
    end = _end(session, expires) if expires is not None else None
    read = session.read_key(key, "KEY")

    def put(db: Desk, who: Actor) -> ChangedRecord[Licence]:
        given = Licence(0, read, tier, email, order, session.time(issued), None, False)
        return add_licence(db, given, who, end=end)

    return _followed(session, session.add(put), reveal)


def _end(session: Session, text: str) -> End:
    """--expires as a day, or as UTC epoch seconds. Raises InputError."""
    return date_alone(text) or session.time(text)


def _followed(session: Session, followed: ChangedRecord[Licence], reveal: bool) -> Result:
    """A licence as a change left it, with what moved, and what else there is to know."""
    return Result(
        followed,
        with_moved_tickets(licence_view(session.now, reveal), partial(licence_line, at=session.now)),
        say=followed.remarks,
    )


@app.verb("list", LICENCE)
def list_(session: Session, reveal: Reveal = False, limit: Limit = None) -> Result:
    """List all licences, by key.

    \b
    Examples:
      supportctl licence list --limit 20
      supportctl licence list --json --reveal
    """
    found = islice(list_licences(session.desk, session.now), limit)
    return Result(found, licence_view(session.now, reveal), many=True)


@app.verb("show", LICENCE)
def show(session: Session, key: Key, reveal: Reveal = False) -> Result:
    """Show the licence of one key. To see what it entitles to, use `lookup KEY`.

    \b
    Examples:
      supportctl licence show AB12-CD34-EF56
      supportctl licence show - --json < key.txt
    """
    found = find_licence(session.desk, session.read_key(key, "KEY"), session.now)
    return Result(found, licence_view(session.now, reveal))


@app.verb("upgrade", FOLLOWED, writes=True)
def upgrade(
    session: Session,
    key: Key,
    tier: Annotated[str, Argument(metavar="TIER", help="its new support level", autocompletion=complete_tier)],
    expires: Annotated[str | None, Option("--expires", metavar="TIME", help=END)] = None,
    reveal: Reveal = False,
) -> Result:
    """Give a licence another tier (2.2). Every open ticket that rests on it gets a new due time, never a later one.

    A lower tier needs --yes. When a trial becomes a paid licence, the end of the trial no longer counts.

    \b
    Examples:
      supportctl licence upgrade AB12-CD34-EF56 PRO
      supportctl licence upgrade - PLUS --yes < key.txt
    """
    read = session.read_key(key, "KEY")
    end = _end(session, expires) if expires is not None else None

    def change(db: Desk, who: Actor) -> ChangedRecord[Licence]:
        return upgrade_licence(db, read, tier, who, lower=session.yes, end=end)

    return _followed(session, session.change(change), reveal)


@app.verb("renew", FOLLOWED, writes=True)
def renew(
    session: Session,
    key: Key,
    expires: Annotated[str | None, Option("--expires", metavar="TIME", help=END)] = None,
    reveal: Reveal = False,
) -> Result:
    """Give a licence a new expiry date; an expired one counts again from now on.

    \b
    Examples:
      supportctl licence renew AB12-CD34-EF56 --expires 2028-12-31
      supportctl licence renew - --expires 2028-12-31 < key.txt
    """
    read = session.read_key(key, "KEY")
    end = _end(session, expires or session.ask("Expires (the last day)", option="--expires"))
    return _followed(session, session.change(lambda db, who: renew_licence(db, read, end, who)), reveal)


@app.verb("revoke", FOLLOWED, writes=True)
def revoke(session: Session, key: Key, reveal: Reveal = False) -> Result:
    """Revoke a licence until it is reinstated. Due times already promised stay.

    Asks first, unless --yes is given.

    \b
    Examples:
      supportctl licence revoke AB12-CD34-EF56
      supportctl licence revoke - --yes < key.txt
    """
    read = session.read_key(key, "KEY")
    found = find_licence(session.desk, read, session.now)
    whose = f" of {found.delivery_email}" if found.delivery_email else ""
    session.agree(f"Revoke the {found.tier} licence{whose}?")
    return _followed(session, session.change(lambda db, who: revoke_licence(db, read, who)), reveal)


@app.verb("reinstate", FOLLOWED, writes=True)
def reinstate(session: Session, key: Key, reveal: Reveal = False) -> Result:
    """Make a revoked licence count again. Open tickets of its holder are judged again at once.

    \b
    Examples:
      supportctl licence reinstate AB12-CD34-EF56
      supportctl licence reinstate - < key.txt
    """
    _ = session.desk  # before a key is waited for
    read = session.read_key(key, "KEY")
    return _followed(session, session.change(lambda db, who: reinstate_licence(db, read, who)), reveal)
