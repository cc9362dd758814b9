"""`customer`: accounts of customers and resellers."""

from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.session import Session
from supportctl.cli.views.records import CUSTOMER, ERASED, moving
from supportctl.desk.accounts import erase as erasing
from supportctl.desk.accounts.customers import add_customer, edit_customer, find_customer, keep_customer, list_customers
from supportctl.desk.accounts.follow import Followed
from supportctl.desk.opening import Actor, Desk
from supportctl.policy.entitlement import Account

app = Noun("customer", "Customers and resellers: who is registered (4.4).")

Email = Annotated[str, Argument(metavar="EMAIL", help="the address of the registration")]
FOLLOWED = moving(CUSTOMER)


@app.verb("add", FOLLOWED)
def add(
    session: Session,
    email: Email,
    name: Annotated[str | None, Option("--name", metavar="N", help="the person's or firm's name")] = None,
    reseller: Annotated[bool, Option("--reseller", help="an account that resells licences (3.1)")] = False,
    registered: Annotated[str, Option("--registered", metavar="TIME", help="since when")] = "now",
) -> Result:
    """Put a registration on record. Tickets that already wait for this address follow at once.

    Paid keys that came with them are applied to the account (4.5).

    \b
    Examples:
      supportctl customer add ann@example.com --name "Ann Lee"
      supportctl customer add sales@reseller.example --reseller
    """
    kind = "reseller" if reseller else "customer"

    def put(db: Desk, who: Actor) -> Followed[Account]:
        return add_customer(db, Account(0, email, name, kind, session.time(registered)), who)

    return _followed(session.add(put, people=[email], waiting=[email]))


def _followed(followed: Followed[Account]) -> Result:
    """A registration as a change left it, with what moved, and what else there is to know."""
    return Result(followed, say=followed.remarks)


@app.verb("list", CUSTOMER)
def list_(
    session: Session,
    word: Annotated[str | None, Argument(metavar="[WORD]", help="only those with this in the name or address")] = None,
) -> Result:
    """List the registrations, by address: all, or those with WORD as a part of the name or the address.

    \b
    Examples:
      supportctl customer list
      supportctl customer list lee
      supportctl customer list -o csv > customers.csv
    """
    return Result(list_customers(session.desk, session.now, word), many=True)


@app.verb("show", CUSTOMER)
def show(session: Session, email: Email) -> Result:
    """Show one registration. What it is entitled to: supportctl lookup EMAIL.

    \b
    Examples:
      supportctl customer show ann@example.com
      supportctl customer show ann@example.com --json
    """
    return Result(find_customer(session.desk, email, session.now))


@app.verb("edit", FOLLOWED)
def edit(
    session: Session,
    email: Email,
    apply: Annotated[str | None, Option("--apply", metavar="KEY|-", help="apply this paid key, once (4.5)")] = None,
    name: Annotated[str | None, Option("--name", metavar="N", help="another name")] = None,
    reseller: Annotated[bool | None, Option("--reseller/--customer", help="the kind of account")] = None,
) -> Result:
    """Change a registration, or apply a paid key to it. Tickets that wait for it follow at once.

    \b
    Examples:
      supportctl customer edit ann@example.com --apply AB12-CD34-EF56
      supportctl customer edit ann@example.com --apply - < key.txt
    """
    key = session.read_key(apply, "--apply") if apply is not None else None

    def change(db: Desk, who: Actor) -> Followed[Account]:
        return edit_customer(db, email, who, name=name, reseller=reseller, key=key)

    changed = session.change(change, people=[email], waiting=[email], key=key)
    said = list(changed.remarks)
    if key is not None and session.stdout.isatty():  # the registration itself looks as before
        said.append(f"What it is entitled to now: supportctl lookup {changed.record.email}")
    return Result(changed, say=said)


@app.verb("keep", FOLLOWED)
def keep(session: Session, email: Email) -> Result:
    """Of two accounts that are one address, keep the one spelled like this, with the keys of both.

    Only a desk from before domains were compared as mail does (IDNA 2008) can have such: `db check` names them. The
    other account goes, with its name. It asks first, or takes --yes for an answer.

    \b
    Examples:
      supportctl customer keep ann@xn--bcher-kva.example
      supportctl customer keep ann@xn--bcher-kva.example --yes --json
    """
    find_customer(session.desk, email, session.now)
    session.agree(f"Keep {email.strip()} alone, of the accounts of this address?")
    return _followed(session.change(lambda db, who: keep_customer(db, email, who), people=[email], waiting=[email]))


@app.verb("erase", ERASED)
def erase(session: Session, email: Email) -> Result:
    """Anonymise a person everywhere, for good: address, name, and what they wrote. The figures stay.

    Account, tickets, texts and orders go on under an address that is nobody's, so that numbers, times and tiers still
    add up. With ann@example.com goes ann+shop@example.com. Others' texts, tags and external ids lose the address, also
    percent-encoded, and those on the person's own tickets the name and quoted lines. The desk's files are written anew:
    on a large desk that takes a while. The answer says what is left on purpose; what another system still holds comes
    back with its next import of new data.

    It asks first, or takes --yes for an answer.

    \b
    Examples:
      supportctl customer erase ann@example.com
      supportctl customer erase ann@example.com --yes --json
    """
    found = erasing.traces_of(session.desk, email)
    counts = ((found.tickets, "ticket"), (found.texts, "text"), (found.licences, "licence"))
    tickets, texts, licences = (f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)
    session.agree(f"Erase {email.strip()} for good, on {tickets}, {texts} and {licences}?")
    return Result(session.change(lambda db, who: erasing.erase(db, email, who), people=[email], waiting=[email]))
