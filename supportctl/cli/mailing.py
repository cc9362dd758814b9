"""`log --mail`: messages from a mail server's pipe, or from an mbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from supportctl.cli.at_desk import actor, at_desk
from supportctl.cli.session import Session
from supportctl.errors import InputError

if TYPE_CHECKING:
    from supportctl.desk.requests import Received

STDIN = "standard input"


def take_mail(session: Session, file: Path, request: "Received", *, strict: bool, redact: bool) -> None:
    """Take in the messages of a file, and show the ticket of each; `request` is what new ones get besides.

    Raises InputError, Refused.
    """
    from supportctl.cli.views.ticket import TICKET
    from supportctl.desk.mailing import Plan, take_in
    from supportctl.desk.seen import see, see_one
    from supportctl.mail.message import read_mail
    from supportctl.mail.source import split

    with _opened(session, file) as stream:
        mails = [read_mail(raw) for raw in split(stream, STDIN if str(file) == "-" else str(file))]
    with at_desk(session, create=True) as db:
        taken = take_in(db, mails, Plan(request, strict, redact), actor(session))
        tickets = [each.ticket for each in taken if each.ticket is not None]
        if len(mails) == 1 and tickets:
            session.show(TICKET, see_one(db, tickets[0], session.now))
        else:
            session.show(TICKET, see(db, tickets, session.now), many=True)
    for word in (word for each in taken for word in each.said):
        session.say(word)


@contextmanager
def _opened(session: Session, file: Path) -> Iterator[BufferedReader]:
    """The bytes of the file, or of standard input."""
    if str(file) == "-":
        stream = getattr(session.stdin, "buffer", None)
        if not isinstance(stream, BufferedReader):
            raise InputError("Standard input is not open.", "Pipe the message in, or name a file.")
        yield stream
        return
    try:
        opened = file.open("rb")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it has no such name"
        raise InputError(f"{file} cannot be read: {why}.", "Check the name and the permissions.") from None
    with opened:
        yield opened
