"""The thread of a ticket: shown, answered, noted, assigned, corrected, closed, merged."""

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.complete import (
    complete_channel,
    complete_product,
    complete_template,
    complete_ticket,
    complete_topic,
)
from supportctl.cli.run.desk import act, actor, at_desk
from supportctl.cli.run.editor import edit_text, not_empty, put_or_edit, read_body
from supportctl.cli.run.numbers import EntryNumber, TicketId, number
from supportctl.cli.run.session import Session
from supportctl.errors import InputError
from supportctl.render.safe import visible
from supportctl.store.desk import Desk

if TYPE_CHECKING:
    from supportctl.desk.tickets.events import Thread
    from supportctl.store.actor import Actor

app = Verbs()


@app.verb("show")
def show(ctx: Context, id: TicketId) -> None:
    """Show a ticket: its target and the reasons for it, its text, and everything that happened to it.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl show 17
      supportctl show 17 --json
    """
    from supportctl.desk.tickets.events import thread_at

    session = Session.of(ctx)
    with at_desk(session) as db:
        show_thread(session, db, thread_at(db, id, session.now))


@app.verb("reply")
def reply(
    ctx: Context,
    id: TicketId,
    body: Annotated[str | None, Option("--body", metavar="TEXT|-", help="the text; - reads standard input")] = None,
    close: Annotated[bool, Option("--close", help="close the ticket too")] = False,
    wait: Annotated[bool, Option("--wait", help="wait for the customer")] = False,
    at: Annotated[str, Option("--at", metavar="TIME", help="when it was sent")] = "now",
    sender: Annotated[str | None, Option("--from", metavar="EMAIL", help="this is a message from the customer")] = None,
    auto: Annotated[bool, Option("--auto", help="this is an automatic message: the clock keeps running")] = False,
    edit: Annotated[bool, Option("--edit", help="write the text in $EDITOR, with the thread below it")] = False,
    redact: Annotated[bool, Option("--redact", help="store credentials and keys masked (8.6)")] = False,
    template: Annotated[
        str | None,
        Option("--template", metavar="NAME", help="a canned answer, filled in", autocompletion=complete_template),
    ] = None,
) -> None:
    """Answer a ticket. The first public answer stops the clock; waiting for the customer never pauses it (2.1).

    The canned answers are english, move-to-ticket, not-covered, register-first, upgrade-version, and your own; --edit
    lets you change one before it is sent.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl reply 17 --body "Which version do you run?" --wait
      supportctl reply 17 --body - --close < answer.txt
      supportctl reply 17 --template register-first --wait
      supportctl reply 17 --from ann@example.com --body "It works now, thank you"
    """
    from supportctl.desk.tickets import events
    from supportctl.desk.tickets.secrets import without_secrets

    session = Session.of(ctx)
    if ((sender is not None or auto) and (close or wait)) or (sender is not None and auto):
        raise InputError("--from, --auto, and --close or --wait cannot be combined.", "Use one at a time.")
    if template is not None and (body is not None or sender is not None or auto):
        raise InputError("--template, --body, --from and --auto cannot be combined.", "To change it, add --edit.")
    session.future_refused(session.time(at), "--at")  # before anyone writes a text in vain
    below = _so_far(session, id) if edit else ""
    text = (
        read_body(session, body, edit, "Answer", below) if template is None else _canned(session, id, template, below)
    )

    def put(text: str) -> "Thread":
        return act(session, db, lambda who: write(text, session.time(at), who))

    def write(text: str, sent: int, who: "Actor") -> "Thread":
        text = without_secrets(db, text) if redact else text
        if sender is not None:
            return events.customer_reply(db, id, sender, text, sent, who)
        if auto:
            return events.auto_reply(db, id, text, sent, who)
        return events.reply(db, id, text, sent, who, wait=wait, close=close)

    with at_desk(session) as db:
        show_thread(session, db, put_or_edit(session, text, below, put) if edit else put(text))


def _so_far(session: Session, id: int) -> str:
    """The ticket's thread, for whoever writes to it. Raises NotOnRecord."""
    from supportctl.cli.views.thread import SeenThread
    from supportctl.desk.tickets.events import thread_at

    with at_desk(session) as db:
        thread = thread_at(db, id, session.now)
        seen = SeenThread(thread.seen_at(session.now), thread, session.zone)
        return visible(f"Ticket {id}: {thread.ticket.subject}") + f"\n\n{seen.conversation}"


def _canned(session: Session, id: int, name: str, below: str) -> str:
    """A canned answer, filled in, and if there is something `below` it, edited. Raises NotOnRecord, InputError."""
    from supportctl.cli.templates import read_template
    from supportctl.desk.tickets.events import find_ticket
    from supportctl.desk.tickets.templates import fill

    text = read_template(name)
    with at_desk(session) as db:
        text = fill(db, name, text, find_ticket(db, id), actor(session))
    return not_empty(edit_text(session, text, below) if below else text)


@app.verb("note")
def note(
    ctx: Context,
    id: TicketId,
    body: Annotated[str | None, Option("--body", metavar="TEXT|-", help="the text; - reads standard input")] = None,
    edit: Annotated[bool, Option("--edit", help="write the text in $EDITOR, with the thread below it")] = False,
    redact: Annotated[bool, Option("--redact", help="store credentials and keys masked (8.6)")] = False,
) -> None:
    """Add a note that the customer does not see. It does not stop the clock.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl note 17 --body "Reproduced on Windows 11"
      supportctl note 17 --body - < answer.txt
    """
    from supportctl.desk.tickets import events
    from supportctl.desk.tickets.secrets import without_secrets

    session = Session.of(ctx)
    below = _so_far(session, id) if edit else ""
    text = read_body(session, body, edit, "Note", below)

    def put(text: str) -> "Thread":
        def write(who: "Actor") -> "Thread":
            return events.note(db, id, without_secrets(db, text) if redact else text, who)

        return act(session, db, write)

    with at_desk(session) as db:
        show_thread(session, db, put_or_edit(session, text, below, put) if edit else put(text))


@app.verb("assign")
def assign(
    ctx: Context,
    id: TicketId,
    to: Annotated[str, Argument(metavar="AGENT|-", help="who takes it; - puts it back into the queue")],
) -> None:
    """Hand a ticket to an agent, or back to the queue.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl assign 17 kim
      supportctl assign 17 -
    """
    from supportctl.desk.accounts.agents import introduction
    from supportctl.desk.tickets import events
    from supportctl.policy.identity import parse_name

    session = Session.of(ctx)
    agent = None if to == "-" else parse_name(to, "AGENT")
    with at_desk(session) as db:
        new = introduction(db, agent) if agent is not None else None
        show_thread(session, db, act(session, db, lambda who: events.assign(db, id, agent, who)))
        if new:
            session.say(new)


@app.verb("edit")
def edit(
    ctx: Context,
    id: TicketId,
    topic: Annotated[
        str | None, Option("--topic", metavar="T", help="the kind of question", autocompletion=complete_topic)
    ] = None,
    product: Annotated[
        str | None, Option("--product", metavar="P", help="the product", autocompletion=complete_product)
    ] = None,
    version: Annotated[str | None, Option("--version", metavar="V", help="the version")] = None,
    channel: Annotated[
        str | None, Option("--channel", metavar="C", help="how it came in", autocompletion=complete_channel)
    ] = None,
    sender: Annotated[str | None, Option("--from", metavar="EMAIL", help="who asks")] = None,
    subject: Annotated[str | None, Option("--subject", metavar="TEXT", help="what it is about")] = None,
    lang: Annotated[str | None, Option("--lang", metavar="CODE", help="the language")] = None,
    tag: Annotated[list[str] | None, Option("--tag", metavar="T", help="add a tag")] = None,
    untag: Annotated[list[str] | None, Option("--untag", metavar="T", help="remove a tag")] = None,
) -> None:
    """Correct a ticket. It is judged again as of the time it was received; its due time never moves later.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl edit 17 --topic bug --version 7.7.3.0
      supportctl edit 17 --channel ticket --tag urgent
    """
    from supportctl.desk.tickets.correct import Correction, correct_ticket

    session = Session.of(ctx)
    correction = Correction(
        topic=topic, product=product, version=version, channel=channel, sender=sender, subject=subject, language=lang,
        tag=tuple(tag or ()), untag=tuple(untag or ()),
    )  # fmt: skip
    with at_desk(session) as db:
        show_thread(session, db, act(session, db, lambda who: correct_ticket(db, id, correction, who)))


@app.verb("close")
def close(
    ctx: Context,
    id: TicketId,
    reason: Annotated[
        str | None, Option("--reason", metavar="TEXT", help="why; required if the ticket has no answer")
    ] = None,
) -> None:
    """Close a ticket. A ticket without an answer needs a reason, and is counted separately, never as met.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl close 17
      supportctl close 17 --reason "Solved on the forum"
    """
    from supportctl.desk.tickets import events

    session = Session.of(ctx)
    with at_desk(session) as db:
        show_thread(session, db, act(session, db, lambda who: events.close(db, id, reason, who)))


@app.verb("reopen")
def reopen(ctx: Context, id: TicketId) -> None:
    """Open a closed ticket again. Its first response stays as it was; without one, its clock keeps running.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl reopen 17
      supportctl reopen 17 --json
    """
    from supportctl.desk.tickets import events

    session = Session.of(ctx)
    with at_desk(session) as db:
        show_thread(session, db, act(session, db, lambda who: events.reopen(db, id, who)))


@app.verb("merge")
def merge(
    ctx: Context,
    id: TicketId,
    into: Annotated[
        int, Argument(metavar="INTO", help="the ticket that stays", parser=number, autocompletion=complete_ticket)
    ],
) -> None:
    """Merge a ticket into another, which keeps its received time. The merged one keeps its own outcome.

    Its question stays due: `breaches` names it until the other ticket is answered. Merging asks first if the senders
    differ or the other ticket is closed. To take a merge back, `retract` its merged entry.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl merge 18 17
      supportctl merge 18 17 --yes
    """
    from supportctl.desk.tickets import events

    session = Session.of(ctx)
    with at_desk(session) as db:
        agreed = events.doubts(db, id, into)
        if agreed and session.interactive:
            if not session.confirm(f"{' '.join(agreed)} Merge them anyway?"):
                raise InputError("It was not agreed to; nothing was changed.", "Add --yes to agree beforehand.")
        elif not session.yes:
            agreed = ()
        merged = act(session, db, lambda who: events.merge(db, id, into, who, agreed=agreed))
        show_thread(session, db, merged)


@app.verb("retract")
def retract(
    ctx: Context,
    id: TicketId,
    n: EntryNumber,
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="why it was a mistake")],
) -> None:
    """Take back an entry made by mistake. It stays visible but no longer counts, and the clock is worked out again.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl retract 17 2 --reason "Answered the wrong ticket"
      supportctl retract 17 3 --reason "Not for the customer" --json
    """
    from supportctl.desk.tickets import events

    session = Session.of(ctx)
    with at_desk(session) as db:
        changed = act(session, db, lambda who: events.retract(db, id, n, reason, who))
        show_thread(session, db, changed)


def show_thread(session: Session, db: Desk, changed: "Thread") -> None:
    """Print a ticket with its thread."""
    from supportctl.cli.views.thread import THREAD, SeenThread
    from supportctl.desk.tickets.related import Related

    text = changed.texts.get(1)
    related = Related(db, changed.ticket, text.body if text else "", session.now)
    session.show(THREAD, SeenThread(changed.seen_at(session.now), changed, session.zone, related))
