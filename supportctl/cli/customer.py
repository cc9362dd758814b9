"""`customer`: accounts of customers and resellers."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.app import Noun
from supportctl.cli.at_desk import actor, adding, at_desk
from supportctl.cli.session import Session
from supportctl.errors import InputError

app = Noun("customer", "Customers and resellers: who is registered (4.4).")

Email = Annotated[str, Argument(metavar="EMAIL", help="the address of the registration")]


@app.verb("add")
def add(
    ctx: Context,
    email: Email,
    name: Annotated[str | None, Option("--name", metavar="N", help="the person's or firm's name")] = None,
    reseller: Annotated[bool, Option("--reseller", help="an account that resells licences (3.1)")] = False,
    registered: Annotated[str, Option("--registered", metavar="TIME", help="since when")] = "now",
) -> None:
    """Put a registration on record. Tickets that already wait for this address follow at once.

    Plain output: email, name, kind, registered_at.

    \b
    Examples:
      supportctl customer add ann@example.com --name "Ann Lee"
      supportctl customer add sales@reseller.example --reseller
    """
    from supportctl.cli.views.records import CUSTOMER
    from supportctl.desk.customers import add_customer
    from supportctl.policy.entitlement import Account

    session = Session.of(ctx)
    account = Account(0, email, name, "reseller" if reseller else "customer", session.time(registered))
    with adding(session, lambda db: add_customer(db, account, actor(session))) as (_, added):
        session.show(CUSTOMER, added)


@app.verb("list")
def list_(ctx: Context) -> None:
    """List all registrations, by address.

    Plain output: email, name, kind, registered_at.

    \b
    Examples:
      supportctl customer list
      supportctl customer list -o csv > customers.csv
    """
    from supportctl.cli.views.records import CUSTOMER
    from supportctl.desk.customers import list_customers

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show_all(CUSTOMER, list_customers(db, session.now))


@app.verb("show")
def show(ctx: Context, email: Email) -> None:
    """Show one registration. What it is entitled to: supportctl lookup EMAIL.

    Plain output: email, name, kind, registered_at.

    \b
    Examples:
      supportctl customer show ann@example.com
      supportctl customer show ann@example.com --json
    """
    from supportctl.cli.views.records import CUSTOMER
    from supportctl.desk.customers import find_customer

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show(CUSTOMER, find_customer(db, email, session.now))


@app.verb("edit")
def edit(
    ctx: Context,
    email: Email,
    apply: Annotated[str | None, Option("--apply", metavar="KEY|-", help="apply this paid key, once (4.5)")] = None,
    name: Annotated[str | None, Option("--name", metavar="N", help="another name")] = None,
    reseller: Annotated[bool | None, Option("--reseller/--customer", help="the kind of account")] = None,
) -> None:
    """Change a registration, or apply a paid key to it. Tickets that wait for it follow at once.

    Plain output: email, name, kind, registered_at.

    \b
    Examples:
      supportctl customer edit ann@example.com --apply AB12-CD34-EF56
      supportctl customer edit ann@example.com --apply - < key.txt
    """
    from supportctl.cli.views.records import CUSTOMER
    from supportctl.desk.customers import edit_customer

    session = Session.of(ctx)
    key = session.read_key(apply, "--apply") if apply is not None else None
    with at_desk(session) as db:
        changed = edit_customer(db, email, actor(session), name=name, reseller=reseller, key=key)
        session.show(CUSTOMER, changed)
        if key is not None and session.stdout.isatty():  # the registration itself looks as before
            session.say(f"What it is entitled to now: supportctl lookup {changed.email}")


@app.verb("erase")
def erase(ctx: Context, email: Email) -> None:
    """Anonymise a person everywhere, for good: address, name, and what they wrote. The figures stay.

    Account, tickets, texts and orders go on under an address that is nobody's, so that numbers, times and tiers still
    add up. With ann@example.com goes ann+shop@example.com. Others' texts, tags and external ids lose the address, also
    percent-encoded, and those on the person's own tickets the name and quoted lines. The desk's files are written anew:
    on a large desk that takes a while. The answer says what is left on purpose; what another system still holds comes
    back with its next import of new data.

    It asks first, or takes --yes for an answer. Plain output: email, name, kind, registered_at, tickets, texts,
    licences, also (addresses with a tag).

    \b
    Examples:
      supportctl customer erase ann@example.com
      supportctl customer erase ann@example.com --yes --json
    """
    from supportctl.cli.views.erased import ERASED
    from supportctl.desk import erasing

    session = Session.of(ctx)
    with at_desk(session) as db:
        found = erasing.traces_of(db, email)
        counts = ((found.tickets, "ticket"), (found.texts, "text"), (found.licences, "licence"))
        tickets, texts, licences = (f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)
        if not session.confirm(f"Erase {email.strip()} for good, on {tickets}, {texts} and {licences}?"):
            raise InputError("It was not agreed to; nothing was changed.", "Add --yes to agree beforehand.")
        session.show(ERASED, erasing.erase(db, email, actor(session)))
