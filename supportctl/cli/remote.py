"""`remote`: remote sessions, and the access details, which are kept as long as they last."""

from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.completers import complete_ticket
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import TicketArgument, number
from supportctl.desk.remote import end_session, list_sessions, show_session, start_session
from supportctl.errors import InputError
from supportctl.render.columns import FLAG, NUMBER, REASONS, TIME, Column, View

app = Noun("remote", "Remote sessions: for commercial licences and resellers (8.2).")

REMOTE = View(
    columns=(
        Column("id", NUMBER, "#"),
        Column("ticket", NUMBER),
        Column("tool"),
        Column("agent"),
        Column("started_at", TIME),
        Column("ended_at", TIME),
        Column("ended_by", title="Ended by"),
        Column("outcome"),
        Column("has_secret", FLAG, "Access details kept"),
        Column("secret", title="Access details"),
        Column("reasons", REASONS, "Why"),
    ),
    nothing="No remote sessions.",
    plain=("id", "ticket", "agent", "tool", "started_at", "ended_at", "outcome", "has_secret", "secret"),
    table=("id", "ticket", "agent", "tool", "started_at"),
    wide=("ended_at", "outcome"),
    style=lambda session: "" if session.ended_at is None else "done",
    title="Remote sessions",
)

N = Annotated[int, Argument(metavar="N", help="the number of the session", parser=number)]


@app.verb("start", REMOTE)
def start(
    session: Session,
    ticket: TicketArgument,
    tool: Annotated[
        str | None, Option("--tool", metavar="T", help="the remote tool (8.3); else the vendor's own")
    ] = None,
    secret: Annotated[
        str | None, Option("--secret", metavar="-", help="read the access details from standard input, or ask for them")
    ] = None,
) -> Result:
    """Begin a remote session on a ticket. Refused if the customer is not entitled to remote support now (8.2, 3.3).

    Never give access details (an Internet-ID, a password) on the command line: --secret - reads them from standard
    input, or on a terminal asks for them without showing them. They are kept apart from the ticket, are shown only by
    `remote show N --reveal`, and are removed for good when the session or the ticket ends (8.5, 8.6).

    \b
    Examples:
      supportctl remote start 17
      supportctl remote start 17 --tool "Quick Assist"
      supportctl remote start 17 --secret - < details.txt
    """
    details = _read_secret(session, secret) if secret is not None else None
    return Result(
        session.hold(lambda db, who: start_session(db, ticket, who, tool=tool, secret=details), tickets=[ticket])
    )


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


@app.verb("end", REMOTE)
def end(
    session: Session,
    n: N,
    outcome: Annotated[str | None, Option("--outcome", metavar="TEXT|-", help="the outcome of the session")] = None,
) -> Result:
    """End a remote session. Its access details are removed for good.

    The outcome becomes part of the ticket's thread; access details in it are refused (8.6).

    \b
    Examples:
      supportctl remote end 3
      supportctl remote end 3 --outcome "Reinstalled the Host, connects again"
    """
    text = session.read_text(outcome, "--outcome") if outcome is not None else None
    if text is not None and not text.strip():
        raise InputError("The outcome is empty.", "Give the outcome, or leave --outcome out.")
    return Result(session.hold(lambda db, who: end_session(db, n, text, who), remote=n))


@app.verb("list", REMOTE)
def list_(
    session: Session,
    ticket: Annotated[
        int | None,
        Option(
            "--ticket", metavar="ID", help="only sessions of this ticket", parser=number, autocompletion=complete_ticket
        ),
    ] = None,
    open: Annotated[bool, Option("--open", help="only sessions that have not ended")] = False,
) -> Result:
    """List remote sessions by number, never with their access details.

    Plain output: {plain} (always empty here).

    \b
    Examples:
      supportctl remote list --open
      supportctl remote list --ticket 17 --json
    """
    return Result(list_sessions(session.desk, session.now, ticket, open_only=open), many=True)


@app.verb("show", REMOTE)
def show(
    session: Session,
    n: N,
    reveal: Annotated[bool, Option("--reveal", help="show the access details too, while they are kept")] = False,
) -> Result:
    """Show a remote session, with --reveal also its access details while they are kept.

    \b
    Examples:
      supportctl remote show 3
      supportctl remote show 3 --reveal --json
    """
    return Result(show_session(session.desk, n, session.now, reveal=reveal))
