"""`log --mail`: messages from a mail server's pipe, or from an mbox."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from supportctl.cli.at_desk import actor, adding
from supportctl.cli.incoming import opened
from supportctl.cli.session import Session

if TYPE_CHECKING:
    from supportctl.desk.requests import Received


def take_mail(session: Session, file: Path, request: "Received", *, strict: bool, redact: bool) -> None:
    """Take in the messages of a file, and show the ticket of each; `request` is what new ones get besides.

    Raises InputError, Refused.
    """
    from supportctl.cli.views.ticket import TICKET
    from supportctl.desk.mailing import Plan, take_in
    from supportctl.desk.seen import see, see_one
    from supportctl.mail.message import read_mail
    from supportctl.mail.source import split

    with ExitStack() as stack:
        mails = [read_mail(raw) for raw in split(*opened(session, file, stack))]
    plan, who = Plan(request, strict, redact), actor(session)
    with adding(session, lambda db: take_in(db, mails, plan, who)) as (db, taken):
        tickets = [each.ticket for each in taken if each.ticket is not None]
        if len(mails) == 1 and tickets:
            session.show(TICKET, see_one(db, tickets[0], session.now))
        else:
            session.show(TICKET, see(db, tickets, session.now), many=True)
    for word in (word for each in taken for word in each.said):
        session.say(word)
