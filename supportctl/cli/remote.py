"""`remote`: remote sessions, and the access details, which are kept as long as they last."""

from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.complete import complete_ticket
from supportctl.cli.run.desk import at_desk, hold
from supportctl.cli.run.numbers import number
from supportctl.cli.run.session import Session
from supportctl.cli.views.remote import REMOTE
from supportctl.desk.remote import end_session, list_sessions, show_session, start_session
from supportctl.errors import InputError

app = Noun("remote", "Remote sessions: for commercial licences and resellers (8.2).")

N = Annotated[int, Argument(metavar="N", help="the number of the session", parser=number)]


@app.verb("start")
def start(
    ctx: Context,
    ticket: Annotated[
        int, Argument(metavar="TICKET", help="the ticket's number", parser=number, autocompletion=complete_ticket)
    ],
    tool: Annotated[
        str | None, Option("--tool", metavar="T", help="the remote tool (8.3); else the vendor's own")
    ] = None,
    secret: Annotated[
        str | None, Option("--secret", metavar="-", help="read the access details from standard input, or ask for them")
    ] = None,
) -> None:
    """Begin a remote session on a ticket. Refused if the customer is not entitled to remote support now (8.2, 3.3).

    Never give access details (an Internet-ID, a password) on the command line: --secret - reads them from standard
    input, or on a terminal asks for them without showing them. They are kept apart from the ticket, are shown only by
    `remote show N --reveal`, and are removed for good when the session or the ticket ends (8.5, 8.6).

    Plain output: id, ticket, agent, tool, started_at, ended_at, outcome, has_secret, secret.

    \b
    Examples:
      supportctl remote start 17
      supportctl remote start 17 --tool "Quick Assist"
      supportctl remote start 17 --secret - < details.txt
    """

    session = Session.of(ctx)
    details = _read_secret(session, secret) if secret is not None else None
    with at_desk(session) as db:
        begun = hold(
            session, db, lambda who: start_session(db, ticket, who, tool=tool, secret=details), tickets=[ticket]
        )
        session.show(REMOTE, begun)


def _read_secret(session: Session, given: str) -> str:
    """The access details, from standard input or a hidden prompt; never from where other users could read them."""
    if given != "-":
        raise InputError(
            "Do not give access details on the command line, where others can read them.",
            "Give them on standard input with --secret -.",
        )
    if session.stdin is not None and session.stdin.isatty():
        return session.ask("Access details (not shown)", option="--secret", secret=True)
    return session.read_text("-", "--secret").rstrip("\r\n")


@app.verb("end")
def end(
    ctx: Context,
    n: N,
    outcome: Annotated[str | None, Option("--outcome", metavar="TEXT|-", help="the outcome of the session")] = None,
) -> None:
    """End a remote session. Its access details are removed for good.

    The outcome becomes part of the ticket's thread; access details in it are refused (8.6).

    Plain output: id, ticket, agent, tool, started_at, ended_at, outcome, has_secret, secret.

    \b
    Examples:
      supportctl remote end 3
      supportctl remote end 3 --outcome "Reinstalled the Host, connects again"
    """

    session = Session.of(ctx)
    text = session.read_text(outcome, "--outcome") if outcome is not None else None
    if text is not None and not text.strip():
        raise InputError("The outcome is empty.", "Give the outcome, or leave --outcome out.")
    with at_desk(session) as db:
        session.show(REMOTE, hold(session, db, lambda who: end_session(db, n, text, who), remote=n))


@app.verb("list")
def list_(
    ctx: Context,
    ticket: Annotated[
        int | None,
        Option(
            "--ticket", metavar="ID", help="only sessions of this ticket", parser=number, autocompletion=complete_ticket
        ),
    ] = None,
    open: Annotated[bool, Option("--open", help="only sessions that have not ended")] = False,
) -> None:
    """List remote sessions by number, never with their access details.

    Plain output: id, ticket, agent, tool, started_at, ended_at, outcome, has_secret, secret (always empty here).

    \b
    Examples:
      supportctl remote list --open
      supportctl remote list --ticket 17 --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show_all(REMOTE, list_sessions(db, session.now, ticket, open_only=open))


@app.verb("show")
def show(
    ctx: Context,
    n: N,
    reveal: Annotated[bool, Option("--reveal", help="show the access details too, while they are kept")] = False,
) -> None:
    """Show a remote session, with --reveal also its access details while they are kept.

    Plain output: id, ticket, agent, tool, started_at, ended_at, outcome, has_secret, secret.

    \b
    Examples:
      supportctl remote show 3
      supportctl remote show 3 --reveal --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        session.show(REMOTE, show_session(db, n, session.now, reveal=reveal))
