"""`note`: a note on tickets that the customer does not see."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import Body, Redact, TicketIds, thread_view
from supportctl.cli.run.ticket_text import write_text
from supportctl.cli.run.writing import TextOptions
from supportctl.desk.tickets import events

app = Verbs()


@app.verb("note", thread_view, writes=True)
def note(
    session: Session,
    ids: TicketIds,
    body: Body = None,
    edit: Annotated[bool, Option("-e", "--edit", help="write the text in $EDITOR, with the thread below it")] = False,
    redact: Redact = False,
    draft: Annotated[
        str | None, Option("--draft", metavar="use|drop", help="your draft for it: use it, or drop it")
    ] = None,
) -> Result:
    """Add a note that the customer does not see. It does not stop the clock.

    On a terminal without --body the editor opens, with the thread below the text. A text that does not get on record is
    kept as your draft: the next `note` on that ticket offers it.

    \b
    Examples:
      supportctl note 17 --body "Reproduced on Windows 11"
      supportctl note 17 20-22 --body - < answer.txt
    """

    given = TextOptions(body, edit, redact, draft=draft).check("use", "drop")
    return write_text(session, ids, given, "Note", "note", events.note)
