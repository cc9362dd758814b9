"""`reply`: the desk's answer to tickets, or the customer's message."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.completers import complete_address, complete_from
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import Body, Redact, TicketIds, thread_view
from supportctl.cli.run.ticket_text import answer, write_text
from supportctl.cli.run.writing import DROP, SENT, USE, AnswerOptions, TextOptions
from supportctl.desk.tickets import events
from supportctl.errors import InputError

if TYPE_CHECKING:
    from supportctl.desk.acting import Actor
    from supportctl.desk.opening import Desk
    from supportctl.desk.tickets.thread import Thread

app = Verbs()


def complete_template(incomplete: str) -> list[tuple[str, str]]:
    """The canned answers whose name begins like this, and whose they are."""
    from supportctl.cli.templates import offered  # late: few answers are canned

    return [(name, whose) for name, whose in offered() if name.startswith(incomplete)]


@app.verb("reply", thread_view, writes=True, lines="hold")
def reply(
    session: Session,
    ids: TicketIds,
    body: Body = None,
    close: Annotated[bool, Option("--close", help="close the ticket too")] = False,
    wait: Annotated[bool, Option("--wait", help="wait for the customer")] = False,
    at: Annotated[str, Option("--at", metavar="TIME", help="when it was sent")] = "now",
    sender: Annotated[
        str | None,
        Option(
            "-f", "--from", metavar="EMAIL", help="this is a message from the customer", autocompletion=complete_address
        ),
    ] = None,
    auto: Annotated[bool, Option("--auto", help="this is an automatic message: the clock keeps running")] = False,
    edit: Annotated[bool, Option("-e", "--edit", help="write the text in $EDITOR, with the thread below it")] = False,
    redact: Redact = False,
    template: Annotated[
        str | None,
        Option("--template", metavar="NAME", help="a canned answer, filled in", autocompletion=complete_template),
    ] = None,
    send: Annotated[bool, Option("--send", help="send it to the customer with SUPPORTCTL_SENDER too")] = False,
    draft: Annotated[
        str | None,
        Option(
            "--draft",
            metavar="use|sent|drop",
            autocompletion=complete_from(("use", "sent", "drop")),
            help="your draft for it: use it, record that it went out, or drop it",
        ),
    ] = None,
) -> Result:
    """Answer tickets. The first public answer stops the clock; waiting for the customer never pauses it (2.1).

    The canned answers are english, move-to-ticket, not-covered, register-first, upgrade-version, and your own; --edit
    lets you change one first.

    On a terminal without --body the editor opens, with the thread below the text. A text that does not get on record
    is kept as your draft: the next `reply` to that ticket offers it.

    --send hands the answer to the command in SUPPORTCTL_SENDER, as an e-mail message from SUPPORTCTL_FROM to the
    ticket's sender. It is on record only if the command succeeds; else the exit code is 7.

    \b
    Examples:
      supportctl reply 17 --body "Which version do you run?" --wait
      supportctl reply 17 --body - --close < answer.txt
      supportctl reply 17 20-22 --template register-first --wait
      supportctl reply 17 --body "It is fixed in 7.8.4.0" --send --close
      supportctl reply 17 --from ann@example.com --body "It works now, thank you"
    """

    if close and wait:
        raise InputError("--close and --wait cannot be combined.", "Close the ticket, or wait for the customer.")
    customers = sender is not None or auto
    if (customers and (close or wait)) or (sender is not None and auto):
        raise InputError("--from, --auto, and --close or --wait cannot be combined.", "Use one at a time.")
    if template is not None and (body is not None or customers):
        raise InputError("--template, --body, --from and --auto cannot be combined.", "To change it, add --edit.")
    if send and (customers or at != "now"):
        raise InputError("--send cannot be combined with --from, --auto or --at.", "An answer is sent now.")
    given = TextOptions(body, edit, redact, template, draft).check(*((USE, DROP) if customers else (USE, SENT, DROP)))
    if draft in (SENT, DROP) and (send or (draft == DROP and (close or wait))):
        raise InputError(
            f"--draft {draft} cannot be combined with --send{', --close or --wait' if draft == DROP else ''}.",
            "Nothing is sent then.",
        )
    session.future_refused(session.time(at), "--at")  # before anyone writes a text in vain
    if not customers:
        return answer(session, ids, given, AnswerOptions(at, wait, close, send))

    def write(db: "Desk", texts: Mapping[int, str], who: "Actor") -> "list[Thread]":
        sent = session.time(at)
        if sender is not None:
            return events.customer_reply(db, texts, sender, sent, who)
        return events.auto_reply(db, texts, sent, who)

    return write_text(session, ids, given, "Message", "message", write)
