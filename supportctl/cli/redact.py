"""`redact`: the text of an entry is removed for good."""

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import EntryNumber, TicketId, thread_view
from supportctl.cli.run.session import Session

app = Verbs()


@app.verb("redact", thread_view)
def redact(session: Session, id: TicketId, n: EntryNumber) -> Result:
    """Remove the text of an entry for good. That there was one, when and by whom stays.

    The text leaves the search and the desk's files too, which are written anew: on a large desk that takes a while.
    Older backups keep what they held. A subject is corrected with `edit ID --subject TEXT`.

    It asks first, or takes --yes for an answer.

    \b
    Examples:
      supportctl redact 17 1
      supportctl redact 17 4 --yes --json
    """
    from supportctl.cli.run.ticket import answer, events
    from supportctl.desk.tickets import redact as rights

    rights.text_of(session.desk, events.find_ticket(session.desk, id), n)
    session.agree(f"Remove the text of entry {n} of ticket {id} for good?")
    return answer(session, session.change(lambda db, who: rights.redact(db, id, n, who), tickets=[id]))
