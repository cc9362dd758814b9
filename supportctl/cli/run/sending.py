"""`reply --send`: an answer goes out by mail, and is on record only if it did.

No answer may be claimed that never left, and none may leave twice. So the desk is asked whether it would take the
answer, the message is kept beside the draft, the sender gets it while nothing is locked, and then it is recorded. If
this ends anywhere in between, the message that is still there says that it may have gone out, and the agent decides.
"""

import platform
import re
from email import message_from_string
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from supportctl.cli.run.drafts import Draft
from supportctl.cli.run.programs import feed, split_command
from supportctl.cli.run.session import Session
from supportctl.cli.run.writing import AnswerOptions
from supportctl.desk.tickets.outgoing import FROM_HINT, Outgoing, own_sender, prepare, record_sent
from supportctl.errors import InputError, NotOnRecord, SupportctlError
from supportctl.mail.headers import Sender
from supportctl.render.phrases import moment

if TYPE_CHECKING:
    from supportctl.desk.acting import Actor
    from supportctl.desk.opening import Desk
    from supportctl.desk.tickets.thread import Thread

SENDER = "SUPPORTCTL_SENDER"


class Mailer(NamedTuple):
    """The command that takes a message, and whom it is from."""

    command: list[str]
    sender: Sender


def desk_address(session: Session) -> Sender:
    """Whom answers are from: SUPPORTCTL_FROM, or as mail programs do the login name at this machine, with a note."""
    given = session.environ.get("SUPPORTCTL_FROM", "").strip()
    if given:
        return own_sender(given)
    login, machine = (re.sub(r"[^A-Za-z0-9.-]+", "-", each) for each in (session.system_user, platform.node()))
    sender = own_sender(f"{login}@{machine or 'localhost'}")
    session.say(f"The message is from {sender.address}. {FROM_HINT}")
    return sender


def mailer(session: Session) -> Mailer:
    """The command and the address that answers are sent with. Raises InputError that says what to set."""
    given = session.environ.get(SENDER, "").strip()
    if not given:
        raise InputError(
            "No command is set that sends mail.",
            f"Set {SENDER} to one that takes a message, such as /usr/sbin/sendmail -t -oi.",
        )
    return Mailer(split_command(given, SENDER), desk_address(session))


def settle(session: Session, draft: Draft, *, not_sent: bool) -> None:
    """Write no answer while it is not known whether the one before went out.

    If the agent says `not_sent`, its text is a draft like any other again. Raises InputError.
    """
    if not draft.message.exists():
        return
    outgoing, body = _handed_over(draft)
    if not not_sent:
        at = moment(outgoing.at, session.zone)
        raise InputError(
            f"Your answer to ticket {draft.ticket} was handed to the mail program at {at} and is not on record:"
            f" {outgoing.to} may have got it.",
            f"If so, record it with `supportctl reply {draft.ticket} --draft sent`; if not, send it with"
            f" `supportctl reply {draft.ticket} --draft use --send`.",
        )
    if not draft.read().strip():
        draft.put(body)
    draft.not_sent()


def send_answer(session: Session, mail: Mailer, draft: Draft, text: str, how: AnswerOptions) -> "Thread":
    """Send an answer and put it on record; until then the draft holds it.

    Raises what `prepare` raises, before anything is sent; OutputUnwritable if the sender fails.
    """

    def ready(db: "Desk", who: "Actor") -> Outgoing:
        return prepare(db, draft.ticket or 0, text, mail.sender, who, wait=how.wait, close=how.close)

    outgoing = session.change(ready)
    draft.hand_over(outgoing.message)
    try:
        feed(mail.command, outgoing.message, SENDER, "the answer is not on record.")
    except SupportctlError:
        draft.not_sent()
        raise
    try:
        return _record(session, draft, outgoing, text, how)
    except SupportctlError as error:
        _sent_but_not_recorded(error, outgoing)


def record_handed_over(session: Session, draft: Draft, how: AnswerOptions) -> "Thread":
    """Put on record an answer that went out although that could not be recorded then.

    Raises NotOnRecord if none did.
    """
    if not draft.message.exists():
        raise NotOnRecord(
            f"No answer of yours to ticket {draft.ticket} was handed to a mail program.",
            "To record one that you sent yourself, give it with --body and --at.",
        )
    outgoing, body = _handed_over(draft)
    thread = _record(session, draft, outgoing, body, how)
    draft.drop()
    return thread


def _record(session: Session, draft: Draft, outgoing: Outgoing, text: str, how: AnswerOptions) -> "Thread":
    def record(db: "Desk", who: "Actor") -> "Thread":
        return record_sent(db, text, outgoing, who, wait=how.wait, close=how.close)

    thread = session.change(record)
    draft.message.unlink(missing_ok=True)
    return thread


def _sent_but_not_recorded(error: SupportctlError, outgoing: Outgoing) -> NoReturn:
    error.message = (
        f"The answer to ticket {outgoing.ticket} was sent to {outgoing.to}, but is not on record: {error.message}"
    )
    error.hint = f"Do not send it again: record it with `supportctl reply {outgoing.ticket} --draft sent`."
    raise error


def _handed_over(draft: Draft) -> tuple[Outgoing, str]:
    """What is known of a message that may have gone out, from its own headers, and its text. Raises InputError."""
    try:
        text = draft.message.read_text("utf-8")
        message = message_from_string(text, policy=default)
        at = parsedate_to_datetime(message["Date"])
        to, message_id = getaddresses([str(message["To"])])[0][1], str(message["Message-ID"]).strip("<> ")
        body = message.get_content().rstrip("\n")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise InputError(f"The message {draft.message} cannot be read.", "Look at it, and move it away.") from None
    return Outgoing(draft.ticket or 0, to, message_id, int(at.timestamp()), text), body
