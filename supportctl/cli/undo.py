"""`undo`: the last thing that an agent did is taken back."""

from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.views.change import CHANGE, UNDONE, did
from supportctl.desk import undo as desk

app = Verbs()


@app.verb("undo", CHANGE, writes=True)
def undo(
    session: Session,
    list_: Annotated[
        bool, Option("--list", help="list your last ten changes, and whether they can be taken back")
    ] = False,
) -> Result:
    """Take back the last thing that you did to tickets, a licence or a customer. Exit 3 if there is nothing.

    Several tickets that were changed together are taken back together. Nothing is removed: the history shows both, and
    due times already promised never move later. The next undo goes one change further back. What was sent, removed for
    good or imported cannot be taken back, nor what somebody else has changed since: exit 2.

    Asks first, unless --yes is given.

    \b
    Examples:
      supportctl undo
      supportctl undo --yes --json
      supportctl undo --list
    """
    if list_:
        return Result(desk.past_changes(session.desk, session.agent), many=True)
    found = desk.last_change(session.desk, session.agent)
    if found is None:
        return Result(say=["Nothing to take back."] if session.interactive else [], code=3)
    if found.refusal is not None:
        raise found.refusal
    session.agree(f"Take back: {did(found)}?")
    undone = session.change(lambda db, who: desk.undo(db, found.change.id, who))
    return Result(undone.change, UNDONE, say=undone.remarks)
