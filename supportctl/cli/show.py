"""`show`: tickets with their history."""

from collections.abc import Sequence
from typing import Annotated

from typer import Option

from supportctl.cli.run.commands import Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import TicketIds, thread_view
from supportctl.errors import InputError

app = Verbs()


@app.verb("show", thread_view)
def show(
    session: Session,
    ids: TicketIds,
    full: Annotated[
        bool, Option("--full", help="for people: quoted text unfolded, and the reasons for the target")
    ] = False,
    mail: Annotated[bool, Option("--mail", help="print the last public answer as an e-mail message instead")] = False,
) -> Result:
    """Show tickets: how they stand against their targets, and everything that was said and done, in order.

    On a terminal, text that replies quote is folded to one line, such as [12 quoted lines]; --full shows it, and the
    reasons for tier, standing and target. All other formats have everything.

    \b
    Examples:
      supportctl show 17
      supportctl show 17 --full
      supportctl show 17 18 --json
      supportctl show 17 --mail | sendmail -t -oi
    """
    # late: completing a number loads this file alone
    from supportctl.cli.run.ticket import asked_for, threads_result
    from supportctl.cli.views.thread import WHOLE_THREAD
    from supportctl.desk.tickets.thread import threads_at

    asked = asked_for(session, ids)
    if mail:
        return _as_mail(session, asked.numbers)
    shown = threads_result(session, asked, threads_at(session.desk, asked.numbers, session.now))
    if full:
        shown.view = WHOLE_THREAD
    return shown


def _as_mail(session: Session, numbers: Sequence[int]) -> Result:
    """The message that `reply --send` sends; whoever pipes it on sends it. Raises InputError, NotOnRecord, Refused."""
    if session.given.get("output"):
        raise InputError("--mail and -o cannot be combined.", "A message has a form of its own: leave out -o.")
    if len(numbers) != 1:
        raise InputError("--mail takes one ticket.", "Print one message at a time.")
    from supportctl.cli.run.sending import desk_address  # late: few answers are sent by hand
    from supportctl.desk.tickets.outgoing import last_answer  # late: few answers are sent by hand

    return Result(text=last_answer(session.desk, numbers[0], desk_address(session), session.now).message)
