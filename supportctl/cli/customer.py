"""`customer`: accounts of customers and resellers."""

from collections.abc import Callable
from itertools import islice
from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.completers import complete_address
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import Limit
from supportctl.cli.views.records import CUSTOMER, ERASED, customer_line, with_moved_tickets
from supportctl.desk.accounts import erase as erasing
from supportctl.desk.accounts.customers import add_customer, edit_customer, find_customer, keep_customer, list_customers
from supportctl.desk.accounts.follow import ChangedRecord
from supportctl.desk.acting import Actor
from supportctl.desk.opening import Desk
from supportctl.policy.entitlement import Account

app = Noun("customer", "Customers and resellers: who is registered (4.4).")

NewEmail = Annotated[str, Argument(metavar="EMAIL", help="the address of the registration")]
Email = Annotated[
    str, Argument(metavar="EMAIL", help="the address of the registration", autocompletion=complete_address)
]
FOLLOWED = with_moved_tickets(CUSTOMER, customer_line)


@app.verb("add", FOLLOWED, writes=True)
def add(
    session: Session,
    email: NewEmail,
    name: Annotated[str | None, Option("--name", metavar="N", help="the person's or firm's name")] = None,
    reseller: Annotated[bool, Option("--reseller", help="a reseller account (3.1)")] = False,
    registered: Annotated[str, Option("--registered", metavar="TIME", help="when it was registered")] = "now",
) -> Result:
    """Register a customer or reseller. Open tickets from this address are judged again at once.

    Paid keys sent with those tickets are applied to the account (4.5).

    \b
    Examples:
      supportctl customer add ann@example.com --name "Ann Lee"
      supportctl customer add sales@reseller.example --reseller
    """
    kind = "reseller" if reseller else "customer"

    def put(db: Desk, who: Actor) -> ChangedRecord[Account]:
        return add_customer(db, Account(0, email, name, kind, session.time(registered)), who)

    return _followed(session.add(put))


def _followed(followed: ChangedRecord[Account]) -> Result:
    """A registration as a change left it, with what moved, and what else there is to know."""
    return Result(followed, say=followed.remarks)


@app.verb("list", CUSTOMER)
def list_(
    session: Session,
    word: Annotated[str | None, Argument(metavar="[WORD]", help="only those with this in the name or address")] = None,
    limit: Limit = None,
) -> Result:
    """List registrations by address: all, or those with WORD in the name or address.

    \b
    Examples:
      supportctl customer list
      supportctl customer list lee --limit 5
      supportctl customer list -o csv > customers.csv
    """
    return Result(islice(list_customers(session.desk, session.now, word), limit), many=True)


@app.verb("show", CUSTOMER)
def show(session: Session, email: Email) -> Result:
    """Show one registration. To see what it is entitled to, use `lookup EMAIL`.

    \b
    Examples:
      supportctl customer show ann@example.com
      supportctl customer show ann@example.com --json
    """
    return Result(find_customer(session.desk, email, session.now))


@app.verb("edit", FOLLOWED, writes=True)
def edit(
    session: Session,
    email: Email,
    apply: Annotated[str | None, Option("--apply", metavar="KEY|-", help="apply this paid key, once (4.5)")] = None,
    name: Annotated[str | None, Option("--name", metavar="N", help="the new name")] = None,
    reseller: Annotated[bool | None, Option("--reseller/--customer", help="the kind of account")] = None,
) -> Result:
    """Change a registration, or apply a paid key to it. Its open tickets are judged again at once.

    \b
    Examples:
      supportctl customer edit ann@example.com --apply AB12-CD34-EF56
      supportctl customer edit ann@example.com --apply - < key.txt
    """
    key = session.read_key(apply, "--apply") if apply is not None else None

    def change(db: Desk, who: Actor) -> ChangedRecord[Account]:
        return edit_customer(db, email, who, name=name, reseller=reseller, key=key)

    changed = session.change(change)
    said = list(changed.remarks)
    if key is not None and session.stdout.isatty():  # the registration itself looks as before
        said.append(f"To see what it is entitled to now: `supportctl lookup {changed.record.email}`.")
    return Result(changed, say=said)


@app.verb("keep", FOLLOWED, writes=True)
def keep(session: Session, email: Email) -> Result:
    """Merge two accounts that have the same address: keep the one spelled like this, with the keys of both.

    Only a desk from before domains were compared as IDNA 2008 can have two: `db check` names them. The other account
    and its name are removed. Asks first, unless --yes is given.

    \b
    Examples:
      supportctl customer keep ann@xn--bcher-kva.example
      supportctl customer keep ann@xn--bcher-kva.example --yes --json
    """
    find_customer(session.desk, email, session.now)
    session.agree(f"Keep only {email.strip()} of the accounts with this address?")
    return _followed(session.change(lambda db, who: keep_customer(db, email, who)))


@app.verb("erase", ERASED)
def erase(session: Session, email: Email) -> Result:
    """Anonymise a person everywhere, for good: address, name, and what they wrote. The figures stay.

    Account, tickets, texts and orders are kept under a made-up address, so that numbers, times and tiers still add
    up. Erasing ann@example.com also erases ann+shop@example.com. The address is removed from other people's texts,
    tags and external ids, even percent-encoded; the name and quoted lines are removed from the person's own
    tickets. The desk's files are rewritten, which takes a while on a large desk. Drafts of yours about the person
    are removed. The answer says what is left on purpose; what another system still holds comes back when new data
    is imported from it.

    Asks first, unless --yes is given.

    \b
    Examples:
      supportctl customer erase ann@example.com
      supportctl customer erase ann@example.com --yes --json
    """
    found = erasing.traces_of(session.desk, email)
    counts = ((found.tickets, "ticket"), (found.texts, "text"), (found.licences, "licence"))
    tickets, texts, licences = (f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)
    session.agree(f"Erase {email.strip()} for good, from {tickets}, {texts} and {licences}?")
    tickets_of_theirs, names = erasing.about(session.desk, email)
    erased = session.hold(lambda db, who: erasing.erase(db, email, who), people=[email], waiting=[email])
    return Result(erased, say=_without_drafts(session, tickets_of_theirs, names))


def _without_drafts(session: Session, tickets: set[int], names: Callable[[str], bool]) -> list[str]:
    from supportctl.cli.run.drafts import drop_about  # late: hardly any run erases a person

    gone = drop_about(session, tickets, names)
    return [f"Drafts about this person in your data folder were removed too: {gone}."] if gone else []
