"""`redact`: the text of an entry is removed for good."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import ticket_result
from supportctl.cli.run.ticket_options import EntryNumber, TicketId, thread_view
from supportctl.desk.tickets import redact as rights
from supportctl.desk.tickets.thread import find_ticket

app = Verbs()


@app.verb("redact", thread_view, writes=True)
def redact(session: Session, id: TicketId, n: EntryNumber) -> Result:
    """Remove the text of an entry for good. The entry itself, its time and its author stay.

    The text is removed from the search and the desk's files too, which are rewritten: that takes a while on a large
    desk. Older backups keep it. To correct a subject, use `edit ID --subject TEXT`.

    Asks first, unless --yes is given.

    \b
    Examples:
      supportctl redact 17 1
      supportctl redact 17 4 --yes --json
    """

    rights.text_of(session.desk, find_ticket(session.desk, id), n)
    session.agree(f"Remove the text of entry {n} of ticket {id} for good?")
    return ticket_result(session, session.hold(lambda db, who: rights.redact(db, id, n, who), tickets=[id]))
