"""`log --mail`: messages from a mail server's pipe, from an mbox, or from a Maildir."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from supportctl.cli.run.commands import Result
from supportctl.cli.run.input_file import open_input, size_of
from supportctl.cli.run.progress import counting, reading
from supportctl.cli.run.session import Session
from supportctl.desk.acting import Actor
from supportctl.desk.opening import Desk
from supportctl.desk.tickets.mail import LoggedMail, MailPlan, log_mails
from supportctl.desk.tickets.receive import Received
from supportctl.desk.tickets.view import see_all, see_one
from supportctl.errors import InputError
from supportctl.mail.message import Mail, read_mail
from supportctl.mail.source import Raw, is_maildir, maildir, read_delivered, split

MOST_TEXT = 100_000_000  # characters of all messages together: they are held in memory


def take_mail(session: Session, file: Path, request: Received, *, strict: bool, redact: bool) -> Result:
    """Take in the messages of a file: the ticket of each; `request` is what new ones get besides.

    Raises InputError, Refused.
    """
    mails = _read(session, file)
    plan = MailPlan(request, strict, redact)

    def put(db: Desk, who: Actor) -> list[LoggedMail]:
        with counting(session, len(mails)) as tick:
            return log_mails(db, mails, plan, who, tick)

    taken = session.add(put, held=True, desk=True)
    tickets = [each.ticket for each in taken if each.ticket is not None]
    # In a Maildir what was taken in stays where it is: no news each time it is looked through.
    said = [word for each in taken if not (each.again and file.is_dir()) for word in each.said]
    if len(mails) == 1 and tickets and not file.is_dir():
        return Result(see_one(session.desk, tickets[0], session.now), say=said)
    return Result(see_all(session.desk, tickets, session.now), many=True, say=said)


def _read(session: Session, file: Path) -> list[Mail]:
    """The messages of a file or a folder, all at once, since none counts if one cannot be recorded.

    Raises InputError.
    """
    mails, room = [], MOST_TEXT
    for raw in _delivered(session, file) if file.is_dir() else _piped(session, file):
        mails.append(read_mail(raw))
        room -= len(mails[-1].body)
        if room < 0:
            raise InputError(
                f"{file} has over {MOST_TEXT // 1_000_000} MB of text, which is too much at once.",
                "Split it and log each part; nothing was recorded.",
            )
    return mails


def _piped(session: Session, file: Path) -> Iterator[Raw]:
    with ExitStack() as stack:
        stream, name = open_input(session, file, stack)
        tick = stack.enter_context(reading(session, stream, size_of(stream)))
        for raw in split(stream, name):
            yield raw
            tick()


def _delivered(session: Session, folder: Path) -> Iterator[Raw]:
    if not is_maildir(folder):
        raise InputError(
            f"{folder} is a folder, but not a Maildir: it has neither new nor cur.", "Name the Maildir itself."
        )
    paths = maildir(folder)
    with counting(session, len(paths)) as tick:
        for path in paths:
            if raw := read_delivered(path):
                yield raw
            tick()
