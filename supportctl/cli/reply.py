"""`reply`: the desk's answer to tickets, or the customer's message."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import Body, Redact, TicketIds, complete_address, thread_view
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import TextOptions, events, write_text
from supportctl.errors import InputError

if TYPE_CHECKING:
    from supportctl.desk.opening import Actor, Desk
    from supportctl.desk.tickets.events import Thread

app = Verbs()


def complete_template(_ctx: Context, _args: list[str], incomplete: str) -> list[tuple[str, str]]:
    """The canned answers whose name begins like this, and whose they are."""
    from supportctl.cli.templates import offered  # late: few answers are canned

    return [(name, whose) for name, whose in offered() if name.startswith(incomplete)]


@app.verb("reply", thread_view, writes=True)
def reply(
    session: Session,
    ids: TicketIds,
    body: Body = None,
    close: Annotated[bool, Option("--close", help="close the ticket too")] = False,
    wait: Annotated[bool, Option("--wait", help="wait for the customer")] = False,
    at: Annotated[str, Option("--at", metavar="TIME", help="when it was sent")] = "now",
    sender: Annotated[
        str | None,
        Option("--from", metavar="EMAIL", help="this is a message from the customer", autocompletion=complete_address),
    ] = None,
    auto: Annotated[bool, Option("--auto", help="this is an automatic message: the clock keeps running")] = False,
    edit: Annotated[bool, Option("--edit", help="write the text in $EDITOR, with the thread below it")] = False,
    redact: Redact = False,
    template: Annotated[
        str | None,
        Option("--template", metavar="NAME", help="a canned answer, filled in", autocompletion=complete_template),
    ] = None,
) -> Result:
    """Answer tickets. The first public answer stops the clock; waiting for the customer never pauses it (2.1).

    The canned answers are english, move-to-ticket, not-covered, register-first, upgrade-version, and your own; --edit
    lets you change one before it is sent.

    \b
    Examples:
      supportctl reply 17 --body "Which version do you run?" --wait
      supportctl reply 17 --body - --close < answer.txt
      supportctl reply 17 20-22 --template register-first --wait
      supportctl reply 17 --from ann@example.com --body "It works now, thank you"
    """

    if ((sender is not None or auto) and (close or wait)) or (sender is not None and auto):
        raise InputError("--from, --auto, and --close or --wait cannot be combined.", "Use one at a time.")
    if template is not None and (body is not None or sender is not None or auto):
        raise InputError("--template, --body, --from and --auto cannot be combined.", "To change it, add --edit.")
    session.future_refused(session.time(at), "--at")  # before anyone writes a text in vain

    def write(db: "Desk", texts: Mapping[int, str], who: "Actor") -> "list[Thread]":
        sent = session.time(at)
        if sender is not None:
            return events.customer_reply(db, texts, sender, sent, who)
        if auto:
            return events.auto_reply(db, texts, sent, who)
        return events.reply(db, texts, sent, who, wait=wait, close=close)

    return write_text(session, ids, TextOptions(body, edit, redact, template), "Answer", write)
