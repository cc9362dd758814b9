"""`log`: a request comes in."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.completers import complete_address, complete_agent, complete_channel
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import Body, Product, Redact, Topic
from supportctl.cli.views.ticket import TICKET, logged_view
from supportctl.desk.tickets.receive import Logged, Received, log_request
from supportctl.desk.tickets.secrets import without_secrets
from supportctl.desk.tickets.view import TicketView
from supportctl.errors import InputError
from supportctl.policy.identity import parse_address
from supportctl.policy.ticket import Ticket

if TYPE_CHECKING:
    from supportctl.desk.acting import Actor
    from supportctl.desk.opening import Desk

app = Verbs()

Key = Annotated[
    str | None,
    Option("-k", "--key", metavar="KEY|-", help="the licence key sent with it; a paid one is applied to the account"),
]
Channel = Annotated[
    str | None,
    Option(
        "--channel",
        metavar="C",
        help="the channel: ticket (the default; email with --mail), forum, email, chat, social or phone",
        autocompletion=complete_channel,
    ),
]
Strict = Annotated[bool, Option("--strict", help="refuse (4) what is not entitled, not covered or not supported")]
MailFile = Annotated[
    Path | None, Option("--mail", metavar="FILE|DIR|-", help="an e-mail message, an mbox of several, or a Maildir")
]


@app.verb("log", TICKET, writes=True, lines="add")
def log(
    session: Session,
    sender: Annotated[
        str | None, Option("-f", "--from", metavar="EMAIL", help="who asks", autocompletion=complete_address)
    ] = None,
    subject: Annotated[
        str | None, Option("-s", "--subject", metavar="TEXT", help="what it is about, in one line")
    ] = None,
    body: Body = None,
    key: Key = None,
    channel: Channel = None,
    product: Product = None,
    version: Annotated[str | None, Option("--version", metavar="V", help="the version of the product")] = None,
    topic: Topic = None,
    lang: Annotated[str, Option("--lang", metavar="CODE", help="the language it is written in")] = "en",
    received: Annotated[str, Option("--received", metavar="TIME", help="when it was received")] = "now",
    assignee: Annotated[
        str | None,
        Option("--assignee", metavar="AGENT", help="the agent to assign it to", autocompletion=complete_agent),
    ] = None,
    tag: Annotated[list[str] | None, Option("--tag", metavar="T", help="a tag; may be repeated")] = None,
    external_id: Annotated[str | None, Option("--external-id", metavar="X", help="its id in another system")] = None,
    outbound: Annotated[
        bool, Option("--outbound", help="the desk writes first: no target until the customer answers")
    ] = False,
    edit: Annotated[bool, Option("-e", "--edit", help="write the text in $EDITOR")] = False,
    redact: Redact = False,
    strict: Strict = False,
    mail: MailFile = None,
) -> Result:
    """Record a request, judge it by the policy, and print the ticket with its due time and the clauses behind it.

    If the sender is not on record, but only one slip away from a customer's address, it asks who was meant; where it
    cannot ask, or with --yes, it records the ticket as given and says so on standard error.

    With --mail, sender, subject, text and time come from the message. A reply goes to the ticket it answers if its
    sender wrote there before. A message that was seen before, or that no person wrote, makes no ticket.

    \b
    Examples:
      supportctl log --from ann@example.com --subject "Host does not start" --topic installation --version 7.8.4.0
      supportctl log --from ann@example.com --subject "Licence" --key - --body "See below" < key.txt
      supportctl log --from bob@example.com --subject "Question" --channel forum --received 2h --json
      supportctl log --mail - --redact < message.eml
      supportctl log --mail ~/Maildir --redact
    """
    if product == "":
        raise InputError("--product is empty.", "Leave it out, or name a product.")
    request = Received(
        sender="", subject="", body="", received_at=session.now, channel=channel or ("email" if mail else "ticket"),
        product=product or "", version=version, topic=topic, language=lang, assignee=assignee, tags=tuple(tag or ()),
        external_id=external_id, outbound=outbound,
    )  # fmt: skip
    if mail is not None:
        _refuse_beside_mail(
            sender=sender, subject=subject, body=body, key=key, received=received != "now", outbound=outbound,
            external_id=external_id, edit=edit,
        )  # fmt: skip
        from supportctl.cli.log_mail import take_mail  # late: few runs read mail

        return take_mail(session, mail, request, strict=strict, redact=redact)
    session.future_refused(session.time(received), "--received")  # before anything else is asked
    request = _asked(session, request, sender, subject, key)
    text = session.read_text(body, "--body") if body is not None else ""
    asks = session.interactive and not session.yes
    if asks:
        request = request._replace(sender=_meant(session, request.sender))

    def record(text: str) -> Result:
        return _record(session, request._replace(body=text), received, strict=strict, redact=redact)

    logged = _edited(session, text, record) if edit else record(text)
    if not asks:
        logged.say = chain(logged.say, _warned(session, logged.records))
    return logged


def _record(session: Session, request: Received, received: str, *, strict: bool, redact: bool) -> Result:
    """Put a request on record, `received` as a TIME of the command line."""

    def record(db: "Desk", who: "Actor") -> tuple[Logged, str]:
        given = request._replace(received_at=session.time(received))
        if redact:
            given = given._replace(subject=without_secrets(db, given.subject), body=without_secrets(db, given.body))
        return log_request(db, given, who, strict=strict), given.body

    logged, stored = session.add(record)
    known = _known_already(session, logged.ticket, stored)
    return Result(logged.seen_at(session.now), logged_view(session.zone), say=known)


def _refuse_beside_mail(**options: object) -> None:
    """Refuse what the message itself says, or what does not apply to one."""
    given = [name for name, value in options.items() if value not in (None, False)]
    if given:
        flag = {"sender": "from"}.get(given[0], given[0]).replace("_", "-")
        raise InputError(f"--mail and --{flag} cannot be combined.", "The message says who, what and when.")


def _asked(session: Session, request: Received, sender: str | None, subject: str | None, key: str | None) -> Received:
    """The request with who asks, about what, and with which key: as given, or else asked for."""
    return request._replace(
        sender=sender if sender is not None else parse_address(session.ask("From (e-mail)", option="--from")),
        subject=subject if subject is not None else session.ask("Subject", option="--subject"),
        key=session.read_key(key) if key is not None else None,
    )


def _meant(session: Session, sender: str) -> str:
    """The sender, or the customer whose address is one slip away, if the person says so. Raises InputError."""
    from supportctl.cli.run.desk import has_desk, open_desk  # late: only a person at a terminal is asked
    from supportctl.desk.accounts.slips import meant_address  # late: only a person at a terminal is asked

    address = parse_address(sender)
    if not has_desk(session):
        return sender
    with open_desk(session) as db:  # closed again: nobody knows how long the person thinks
        meant = meant_address(db, address)
    if meant is None:
        return sender
    agreed = session.confirm(f"{address} is not on record. Did you mean {meant}?")
    session.look_at_the_clock()
    return meant if agreed else sender


def _warned(session: Session, seen: TicketView) -> Iterator[str]:
    """A note where nobody can be asked: whom the sender may have meant to be."""
    ticket = seen.ticket
    if ticket.target.registered:
        return
    from supportctl.desk.accounts.slips import meant_address  # late: a known sender is right

    if meant := meant_address(session.desk, ticket.sender, besides=ticket.id):
        yield (
            f"{ticket.sender} is not on record. Did you mean {meant}? `supportctl edit {ticket.id} --from {meant}`"
            " corrects it."
        )


def _known_already(session: Session, ticket: Ticket, text: str) -> Iterator[str]:
    """The likely known bugs and similar tickets (1.3), for a person at the terminal; scripts ask `show`."""
    if not (session.stdout.isatty() and session.stderr and session.stderr.isatty()) or session.quiet:
        return
    from supportctl.cli.views.thread import related_lines  # late: only a person at a terminal is told
    from supportctl.desk.tickets.related import Related  # late: only a person at a terminal is told

    related = Related(session.desk, ticket, text, session.now)
    lines = related_lines(related)
    if lines and session.short:
        others = f" {len(lines) - 1} more: `supportctl show {ticket.id}`." if lines[1:] else ""
        yield f"Already known ({related.clause}): {lines[0].rstrip('.')}.{others}"
    elif lines:
        yield "\n  ".join([f"Already known ({related.clause}):", *lines])


def _edited(session: Session, text: str, record: Callable[[str], Result]) -> Result:
    from supportctl.cli.run.drafts import REQUEST, draft_of  # late: few texts are written in an editor
    from supportctl.cli.run.writing import edit_and_save  # late: few texts are written in an editor

    return edit_and_save(session, draft_of(session, REQUEST), "", record, text)
