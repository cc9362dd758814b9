"""`redact` and `spam`: taking a text off a ticket for good, and a ticket off the desk's promises."""

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
    """Remove the text of an entry for good. That there was one, when and by whom stays.

    The text leaves the search and the desk's files too, which are written anew: on a large desk that takes a while.
    Older backups keep what they held. A subject is corrected with `edit ID --subject TEXT`.

    It asks first, or takes --yes for an answer.

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

    Nothing more happens to it until that is taken back with `retract`, which also brings its promise back.

    Plain output: id, sla, due_at, tier, rank, standing, coverage, channel, from, subject.

    \b
    Examples:
      supportctl spam 17
      supportctl retract 17 2 --reason "A real customer after all"
    """

    session = Session.of(ctx)
    with at_desk(session) as db:
        show_thread(session, db, act(session, db, lambda who: rights.set_aside(db, id, who)))
