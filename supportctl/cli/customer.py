"""`customer`: accounts of customers and resellers."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.desk import act, adding, at_desk, hold
from supportctl.cli.run.session import Session
from supportctl.cli.views.erased import ERASED
from supportctl.cli.views.records import CUSTOMER, moving
from supportctl.desk.accounts import erase as erasing
from supportctl.desk.accounts.customers import add_customer, edit_customer, find_customer, keep_customer, list_customers
from supportctl.desk.accounts.follow import Followed
from supportctl.policy.entitlement import Account
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk

app = Noun("customer", "Customers and resellers: who is registered (4.4).")

Email = Annotated[str, Argument(metavar="EMAIL", help="the address of the registration")]


@app.verb("add")
def add(
    ctx: Context,
    email: Email,
    name: Annotated[str | None, Option("--name", metavar="N", help="the person's or firm's name")] = None,
    reseller: Annotated[bool, Option("--reseller", help="a reseller account (3.1)")] = False,
    registered: Annotated[str, Option("--registered", metavar="TIME", help="when it was registered")] = "now",
) -> None:
    """Register a customer or reseller. Open tickets from this address are judged again at once.

    Paid keys sent with those tickets are applied to the account (4.5).

    Plain output: email, name, kind, registered_at, moved_count.

    \b
    Examples:
      supportctl customer add ann@example.com --name "Ann Lee"
      supportctl customer add sales@reseller.example --reseller
    """

    session = Session.of(ctx)
    kind = "reseller" if reseller else "customer"

    def put(db: Desk) -> Followed[Account]:
        def add(who: Actor) -> Followed[Account]:
            return add_customer(db, Account(0, email, name, kind, session.time(registered)), who)

        return act(session, db, add)

    with adding(session, put) as (_, added):
        _show_followed(session, added)


def _show_followed(session: Session, followed: Followed[Account]) -> None:
    """Print a registration after a change, with the tickets that moved, and add any notes."""

    session.show(moving(CUSTOMER), followed)
    for remark in followed.remarks:
        session.say(remark)


@app.verb("list")
def list_(
    ctx: Context,
    word: Annotated[str | None, Argument(metavar="[WORD]", help="only those with this in the name or address")] = None,
) -> None:
    """List registrations by address: all, or those with WORD in the name or address.

    Plain output: email, name, kind, registered_at.

    \b
    Examples:
      supportctl customer list
      supportctl customer list lee
      supportctl customer list -o csv > customers.csv
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show_all(CUSTOMER, list_customers(db, session.now, word))


@app.verb("show")
def show(ctx: Context, email: Email) -> None:
    """Show one registration. To see what it is entitled to, use `lookup EMAIL`.

    Plain output: email, name, kind, registered_at.

    \b
    Examples:
      supportctl customer show ann@example.com
      supportctl customer show ann@example.com --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show(CUSTOMER, find_customer(db, email, session.now))


@app.verb("edit")
def edit(
    ctx: Context,
    email: Email,
    apply: Annotated[str | None, Option("--apply", metavar="KEY|-", help="apply this paid key, once (4.5)")] = None,
    name: Annotated[str | None, Option("--name", metavar="N", help="the new name")] = None,
    reseller: Annotated[bool | None, Option("--reseller/--customer", help="the kind of account")] = None,
) -> None:
    """Change a registration, or apply a paid key to it. Its open tickets are judged again at once.

    Plain output: email, name, kind, registered_at, moved_count.

    \b
    Examples:
      supportctl customer edit ann@example.com --apply AB12-CD34-EF56
      supportctl customer edit ann@example.com --apply - < key.txt
    """

    session = Session.of(ctx)
    key = session.read_key(apply, "--apply") if apply is not None else None
    with at_desk(session) as db:
        changed = act(session, db, lambda who: edit_customer(db, email, who, name=name, reseller=reseller, key=key))
        _show_followed(session, changed)
        if key is not None and session.stdout.isatty():  # the registration itself looks as before
            session.say(f"To see what it is entitled to now: `supportctl lookup {changed.record.email}`.")


@app.verb("keep")
def keep(ctx: Context, email: Email) -> None:
    """Merge two accounts that have the same address: keep the one spelled like this, with the keys of both.

    Only a desk from before domains were compared as IDNA 2008 can have two: `db check` names them. The other account
    and its name are removed. Asks first, unless --yes is given.

    Plain output: email, name, kind, registered_at, moved_count.

    \b
    Examples:
      supportctl customer keep ann@xn--bcher-kva.example
      supportctl customer keep ann@xn--bcher-kva.example --yes --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        find_customer(db, email, session.now)
        session.agree(f"Keep only {email.strip()} of the accounts with this address?")
        _show_followed(
            session,
            hold(session, db, lambda who: keep_customer(db, email, who), people=[email], waiting=[email]),
        )


@app.verb("erase")
def erase(ctx: Context, email: Email) -> None:
    """Anonymise a person everywhere, for good: address, name, and what they wrote. The figures stay.

    Account, tickets, texts and orders are kept under a made-up address, so that numbers, times and tiers still add up.
    Erasing ann@example.com also erases ann+shop@example.com. The address is removed from other people's texts, tags and
    external ids, even percent-encoded; the name and quoted lines are removed from the person's own tickets. The desk's
    files are rewritten, which takes a while on a large desk. The answer says what is left on purpose; what another
    system still holds comes back when new data is imported from it.

    Asks first, unless --yes is given.

    Plain output: email, name, kind, registered_at, tickets, texts, licences, also (addresses with a tag).

    \b
    Examples:
      supportctl customer erase ann@example.com
      supportctl customer erase ann@example.com --yes --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        found = erasing.traces_of(db, email)
        counts = ((found.tickets, "ticket"), (found.texts, "text"), (found.licences, "licence"))
        tickets, texts, licences = (f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)
        session.agree(f"Erase {email.strip()} for good, from {tickets}, {texts} and {licences}?")
        session.show(
            ERASED,
            hold(session, db, lambda who: erasing.erase(db, email, who), people=[email], waiting=[email]),
        )
