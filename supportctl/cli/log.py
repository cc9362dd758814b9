"""`log`: a request comes in."""

from pathlib import Path
from typing import Annotated

from typer import Context, Option

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.complete import complete_channel, complete_product, complete_topic
from supportctl.cli.run.desk import act, adding
from supportctl.cli.run.session import Session
from supportctl.cli.views.ticket import TICKET
from supportctl.desk.tickets.receive import Logged, Received, log_request
from supportctl.desk.tickets.secrets import without_secrets
from supportctl.errors import InputError
from supportctl.policy.identity import parse_address
from supportctl.policy.ticket import Ticket
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.policies import in_force

app = Verbs()


@app.verb("log")
def log(
    ctx: Context,
    sender: Annotated[str | None, Option("--from", metavar="EMAIL", help="who asks")] = None,
    subject: Annotated[str | None, Option("--subject", metavar="TEXT", help="what it is about, in one line")] = None,
    body: Annotated[str | None, Option("--body", metavar="TEXT|-", help="the text; - reads standard input")] = None,
    key: Annotated[
        str | None,
        Option("--key", metavar="KEY|-", help="the licence key sent with it; a paid one is applied to the account"),
    ] = None,
    channel: Annotated[
        str | None,
        Option(
            "--channel",
            metavar="C",
            help="how it came in: ticket (the default; email with --mail), forum, email, chat, social or phone",
            autocompletion=complete_channel,
        ),
    ] = None,
    product: Annotated[
        str | None, Option("--product", metavar="P", help="which product", autocompletion=complete_product)
    ] = None,
    version: Annotated[str | None, Option("--version", metavar="V", help="the version of the product")] = None,
    topic: Annotated[
        str | None, Option("--topic", metavar="T", help="what kind of question", autocompletion=complete_topic)
    ] = None,
    lang: Annotated[str, Option("--lang", metavar="CODE", help="the language it is written in")] = "en",
    received: Annotated[str, Option("--received", metavar="TIME", help="when it came in")] = "now",
    assignee: Annotated[str | None, Option("--assignee", metavar="AGENT", help="who takes it")] = None,
    tag: Annotated[list[str] | None, Option("--tag", metavar="T", help="a tag; may be repeated")] = None,
    external_id: Annotated[str | None, Option("--external-id", metavar="X", help="its id in another system")] = None,
    outbound: Annotated[
        bool, Option("--outbound", help="the desk writes first: no target until the customer answers")
    ] = False,
    edit: Annotated[bool, Option("--edit", help="write the text in $EDITOR")] = False,
    redact: Annotated[bool, Option("--redact", help="store credentials and keys masked (8.6)")] = False,
    strict: Annotated[
        bool, Option("--strict", help="refuse (4) what is not entitled, not covered or not supported")
    ] = False,
    mail: Annotated[
        Path | None, Option("--mail", metavar="FILE|-", help="an e-mail message, or an mbox of several")
    ] = None,
) -> None:
    """Record a request, judge it by the policy, and print the ticket with its due time and the clauses behind it.

    With --mail, sender, subject, text and time come from the message. A reply goes to the ticket it answers if its
    sender wrote there before. A message that was seen before, or that no person wrote, makes no ticket.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl log --from ann@example.com --subject "Host does not start" --topic installation --version 7.8.4.0
      supportctl log --from ann@example.com --subject "Licence" --key - --body "See below" < key.txt
      supportctl log --from bob@example.com --subject "Question" --channel forum --received 2h --json
      supportctl log --mail - --redact < message.eml
    """

    session = Session.of(ctx)
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
        from supportctl.cli.log_mail import take_mail

        take_mail(session, mail, request, strict=strict, redact=redact)
        return
    session.future_refused(session.time(received), "--received")  # before anything else is asked
    sender = sender if sender is not None else parse_address(session.ask("From (e-mail)", option="--from"))
    subject = subject if subject is not None else session.ask("Subject", option="--subject")
    key = session.read_key(key) if key is not None else None
    text = _text(session, body, edit)
    request = request._replace(sender=sender, subject=subject, body=text, key=key)

    def put(db: Desk) -> tuple[Logged, str]:
        given = request
        if redact:
            given = request._replace(subject=without_secrets(db, subject), body=without_secrets(db, text))

        def record(who: Actor) -> Logged:
            return log_request(db, given._replace(received_at=session.time(received)), who, strict=strict)

        return act(session, db, record), given.body

    with adding(session, put) as (db, (logged, stored)):
        session.show(TICKET, logged.seen_at(session.now))
        if session.stdout.isatty() and session.stderr and session.stderr.isatty() and not session.quiet:
            _say_what_is_known(session, db, logged.ticket, stored)


def _refuse_beside_mail(**options: object) -> None:
    """Refuse what the message itself says, or what does not apply to one."""
    given = [name for name, value in options.items() if value not in (None, False)]
    if given:
        flag = {"sender": "from"}.get(given[0], given[0]).replace("_", "-")
        raise InputError(f"--mail and --{flag} cannot be combined.", "The message says who, what and when.")


def _say_what_is_known(session: Session, db: Desk, ticket: Ticket, text: str) -> None:
    """Name the likely known bugs and similar tickets (1.3) to the person at the terminal; scripts ask `show`."""
    from supportctl.cli.views.related import related_lines
    from supportctl.desk.tickets.related import Related

    if lines := related_lines(Related(db, ticket, text, session.now)):
        clause = in_force(db, session.now).policy.clause("known")
        session.flush()
        session.say("\n  ".join([f"Already known ({clause}):", *lines]))


def _text(session: Session, body: str | None, edit: bool) -> str:
    text = session.read_text(body, "--body") if body is not None else ""
    if not edit:
        return text
    from supportctl.cli.run.editor import edit_text

    return edit_text(session, text)
