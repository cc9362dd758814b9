"""`note`: a note on tickets that the customer does not see."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.options import Body, Redact, TicketIds, thread_view
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import TextOptions, events, write_text

app = Verbs()


@app.verb("note", thread_view, writes=True)
def note(
    session: Session,
    ids: TicketIds,
    body: Body = None,
    edit: Annotated[bool, Option("--edit", help="write the text in $EDITOR, with the thread below it")] = False,
    redact: Redact = False,
) -> Result:
    """Add a note that the customer does not see. It does not stop the clock.

    \b
    Examples:
      supportctl note 17 --body "Reproduced on Windows 11"
      supportctl note 17 20-22 --body - < answer.txt
    """

    return write_text(
        session, ids, TextOptions(body, edit, redact), "Note", lambda db, texts, who: events.note(db, texts, who)
    )
