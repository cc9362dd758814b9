"""Shared by the verbs of one ticket: how they take a text, and the thread that they show afterwards.

They import this module only when they run, because completing a ticket's number loads the verb while a person waits.
"""

from collections.abc import Callable

from supportctl.cli.run.commands import Result
from supportctl.cli.run.desk import actor, open_desk
from supportctl.cli.run.drafts import ANSWER, Draft, draft_of
from supportctl.cli.run.session import Session
from supportctl.cli.run.writing import DROP, SENT, USE, TextOptions, drop_draft, put_text
from supportctl.cli.views.thread import THREAD, thread_page
from supportctl.desk.opening import Actor, Desk
from supportctl.desk.tickets import events as events
from supportctl.desk.tickets.events import Thread
from supportctl.desk.tickets.secrets import without_secrets
from supportctl.render.safe import visible


def ticket_result(session: Session, thread: Thread) -> Result:
    """A ticket with its thread, as it is seen now."""
    return Result(thread_page(session.desk, thread, session.now, session.zone), THREAD)


def write_text(
    session: Session, id: int, given: TextOptions, prompt: str, write: Callable[[Desk, str, Actor], Thread], kind: str
) -> Result:
    """Put a text on a ticket, see `put_text`; of `kind` is its draft. Raises InputError, and what `write` raises."""
    draft = draft_of(session, kind, id)
    if given.draft == DROP:
        return drop_draft(draft)

    def save(text: str) -> Thread:
        return session.change(lambda db, who: write(db, _masked(db, given, text), who))

    return ticket_result(session, put_on(session, id, given, prompt, draft, save))


def answer(
    session: Session,
    id: int,
    given: TextOptions,
    at: str,
    *,
    send: bool = False,
    wait: bool = False,
    close: bool = False,
) -> Result:
    """Answer a ticket, and send the answer too. Raises InputError, what `events.reply` and `send_answer` raise."""
    draft = draft_of(session, ANSWER, id)
    if given.draft == DROP:
        return drop_draft(draft)
    from supportctl.cli.run import sending  # late: few answers go out by mail

    doing = sending.Answer(id, wait, close)
    if given.draft == SENT:
        return ticket_result(session, sending.record_handed_over(session, draft, doing))
    if given.draft == USE:
        sending.take_back(draft)
    sending.refuse_unsettled(session, draft)
    mail = sending.mailer(session) if send else None  # before anyone writes a text in vain

    def save(text: str) -> Thread:
        if mail is None:
            return session.change(
                lambda db, who: events.reply(
                    db, id, _masked(db, given, text), session.time(at), who, wait=wait, close=close
                )
            )
        return sending.send_answer(session, mail, draft, _masked(session.desk, given, text), doing)

    return ticket_result(session, put_on(session, id, given, "Answer", draft, save))


def put_on(
    session: Session, id: int, given: TextOptions, prompt: str, draft: Draft, save: Callable[[str], Thread]
) -> Thread:
    """The thread after a text was written beside it and saved."""
    return put_text(
        session, draft, given, save, prompt=prompt,
        below=lambda: _so_far(session, id), canned=lambda name: _canned(session, id, name),
    )  # fmt: skip


def _masked(db: Desk, given: TextOptions, text: str) -> str:
    return without_secrets(db, text) if given.redact else text


def _so_far(session: Session, id: int) -> str:
    """The ticket's thread, for the person who writes to it. Raises NotOnRecord."""
    with open_desk(session) as db:  # closed again: nobody knows how long the person writes
        thread = events.thread_at(db, id, session.now)
        seen = thread_page(db, thread, session.now, session.zone)
        return visible(f"Ticket {id}: {thread.ticket.subject}") + f"\n\n{seen.conversation}"


def _canned(session: Session, id: int, name: str) -> str:
    """A canned answer, filled in. Raises NotOnRecord, InputError."""
    from supportctl.cli.templates import read_template  # late: few answers are canned
    from supportctl.desk.tickets.templates import fill  # late: few answers are canned

    text = read_template(name)
    with open_desk(session) as db:
        return fill(db, name, text, events.find_ticket(db, id), actor(session))
