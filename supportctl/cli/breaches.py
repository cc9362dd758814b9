"""`breaches`: what is late, or about to be."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Annotated

from typer import Context, Option

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.desk import acting, at_desk
from supportctl.cli.run.filters import Assignee, Channels, Tiers
from supportctl.cli.run.session import DOCUMENTS, Session
from supportctl.cli.views.ticket import BREACH
from supportctl.clock import parse_duration
from supportctl.desk.tickets import breaches as desk
from supportctl.desk.tickets.filters import wanted as wanted_tickets
from supportctl.desk.tickets.view import TicketView
from supportctl.errors import InputError
from supportctl.store.desk import Desk
from supportctl.store.sqlite.connection import alone

app = Verbs()


@app.verb("breaches", formats=DOCUMENTS)
def breaches(
    ctx: Context,
    within: Annotated[
        str | None, Option("--within", metavar="DURATION", help="also tickets due in the next DURATION of working time")
    ] = None,
    tier: Tiers = None,
    channel: Channels = None,
    assignee: Assignee = None,
    answered: Annotated[bool, Option("--answered", help="list tickets answered late since --since")] = False,
    since: Annotated[str | None, Option("--since", metavar="TIME", help="with --answered: from this time on")] = None,
    new: Annotated[bool, Option("--new", help="report each breach only once per agent")] = False,
    send: Annotated[
        str | None,
        Option("--send", metavar="COMMAND", help="with --new: a command that takes the output and sends it"),
    ] = None,
    exit_code: Annotated[bool, Option("--exit-code", help="exit with 3 if there are any")] = False,
) -> int:
    """List unanswered tickets whose first response is past due, by due time (2.1).

    --new is for cron: it reports each breach once, and marks it as reported only when the output is out.
    With nothing new, even -o md and -o html print nothing.

    --send pipes the output to COMMAND when there is something new. If COMMAND fails, the exit code is 7 and the
    breaches are reported again next time. COMMAND is split into words as a shell would do it, but runs without a shell.

    Plain output: id, sla, due_at, late_seconds, tier, rank, channel, assignee, from, subject.

    \b
    Examples:
      supportctl breaches
      supportctl breaches --within 1h --tier SITE --tier PRO
      supportctl breaches --answered --since 7d --json
      supportctl breaches --new --agent cron -o md
      supportctl breaches --new -o html --send "/usr/sbin/sendmail lead@example.com"
    """

    session = Session.of(ctx)
    if answered != (since is not None):
        raise InputError("--answered and --since go together.", "Give both, such as --answered --since 7d.")
    if answered and (within is not None or new):
        raise InputError("--answered cannot be combined with --within or --new.", "Use one or the other.")
    if send is not None and not new:
        raise InputError("--send needs --new.", "Use --new --send COMMAND, or pipe the output to COMMAND.")
    seconds = parse_duration(within) if within is not None else None
    command = _command(send) if send is not None else None
    with at_desk(session) as db:
        wanted = wanted_tickets(db, session.now, tier or (), channel or (), assignee)

        def find() -> Iterator[TicketView]:
            if since is not None:
                return desk.answered_late(db, session.time(since), session.now, wanted)
            return desk.breaches(db, session.now, wanted, seconds)

        if command:
            any_found = _send(session, db, find, command)
        elif new:
            with acting(session, db) as who, desk.untold(db, find, who) as news:
                # An empty document is still a mail; without news there is none.
                any_found = (bool(news) or session.format not in ("md", "html")) and session.show_all(BREACH, news)
                session.flush()  # they count as reported once they are out
        else:
            any_found = session.show_all(BREACH, find())
    return 3 if exit_code and any_found else 0


def _command(given: str) -> list[str]:
    from supportctl.cli.run.programs import split_command

    return split_command(given, "--send")


def _send(session: Session, db: Desk, find: Callable[[], Iterator[TicketView]], command: list[str]) -> bool:
    """Pipe new breaches to a command, and mark them as reported if it succeeds; returns whether there are any.

    Agents go on working meanwhile; only another such run waits. Raises OutputUnwritable, DeskUnusable.
    """

    from supportctl.cli.run.programs import feed

    with alone(session.desk_path()):
        with acting(session, db) as who:
            news = desk.untold_yet(db, find, who)
        if not news:
            return False
        out, session.stdout = session.stdout, StringIO()
        try:
            session.show(BREACH, news, many=True)
            text = session.stdout.getvalue()
        finally:
            session.stdout = out
        feed(command, text, "--send", "the breaches will be reported again next time.")
        with acting(session, db) as _:
            desk.mark_told(db, news, who)
    return True
