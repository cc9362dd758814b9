"""`redact` and `spam`: removes a text from a ticket for good, and sets aside a ticket that is not a request."""

from typer import Context

from supportctl.cli.run.commands import Verbs
from supportctl.cli.run.desk import act, at_desk, hold
from supportctl.cli.run.numbers import EntryNumber, TicketId
from supportctl.cli.run.session import Session
from supportctl.cli.tickets import show_thread
from supportctl.desk.tickets import redact as rights
from supportctl.desk.tickets.events import find_ticket

app = Verbs()


@app.verb("redact")
def redact(ctx: Context, id: TicketId, n: EntryNumber) -> None:
    """Remove the text of an entry for good. The entry itself, its time and its author stay.

    The text is removed from the search and the desk's files too, which are rewritten: that takes a while on a large
    desk. Older backups keep it. To correct a subject, use `edit ID --subject TEXT`.

    Asks first, unless --yes is given.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl redact 17 1
      supportctl redact 17 4 --yes --json
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        rights.text_of(db, find_ticket(db, id), n)
        session.agree(f"Remove the text of entry {n} of ticket {id} for good?")
        show_thread(session, db, hold(session, db, lambda who: rights.redact(db, id, n, who), tickets=[id]))


@app.verb("spam")
def spam(ctx: Context, id: TicketId) -> None:
    """Set a ticket aside as spam: closed, with nothing promised, and counted neither as met nor as missed (5.1).

    Nothing more can happen to it until that is taken back with `retract`, which also restores its target.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl spam 17
      supportctl retract 17 2 --reason "A real customer after all"
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        show_thread(session, db, act(session, db, lambda who: rights.set_aside(db, id, who)))
