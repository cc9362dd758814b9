"""Shared by the verbs of one ticket: how they take a text, and the thread that they show afterwards.

They import this module only when they run, because completing a ticket's number loads the verb while a person waits.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from supportctl.cli.run.commands import Result
from supportctl.cli.run.desk import actor, open_desk
from supportctl.cli.run.session import Session
from supportctl.cli.views.thread import THREAD, thread_page
from supportctl.desk.opening import Actor, Desk
from supportctl.desk.tickets import events as events
from supportctl.desk.tickets.events import Thread
from supportctl.desk.tickets.secrets import without_secrets
from supportctl.errors import InputError, SupportctlError
from supportctl.render.safe import visible

T = TypeVar("T")


def ticket_result(session: Session, thread: Thread) -> Result:
    """A ticket with its thread, as it is seen now."""
    return Result(thread_page(session.desk, thread, session.now, session.zone), THREAD)


class TextOptions(NamedTuple):
    """The options that give a text: the text itself, the editor, masking, or a template."""

    body: str | None
    edit: bool
    redact: bool
    template: str | None = None


def write_text(
    session: Session, id: int, given: TextOptions, prompt: str, write: Callable[[Desk, str, Actor], Thread]
) -> Result:
    """Put a text on a ticket: as given, from standard input, from the editor, or asked for with `prompt`.

    One that is edited and then refused goes back to the editor. Raises InputError, and what `write` raises.
    """
    below = _so_far(session, id) if given.edit else ""
    if given.template is not None:
        text = _canned(session, id, given.template, below)
    else:
        text = _read(session, given, prompt, below)

    def try_text(text: str) -> Thread:
        def operation(db: Desk, who: Actor) -> Thread:
            return write(db, without_secrets(db, text) if given.redact else text, who)

        return session.change(operation)

    return ticket_result(session, _put_or_edit(session, text, below, try_text) if given.edit else try_text(text))


def _read(session: Session, given: TextOptions, prompt: str, below: str) -> str:
    text = session.read_text(given.body, "--body") if given.body is not None else None
    if given.edit:
        return _edited(session, text or "", below)
    if text is None:
        text = session.ask(prompt, option="--body")
        session.look_at_the_clock()
    return _not_empty(text)


def _so_far(session: Session, id: int) -> str:
    """The ticket's thread, for the person who writes to it. Raises NotOnRecord."""
    with open_desk(session) as db:  # closed again: nobody knows how long the person writes
        thread = events.thread_at(db, id, session.now)
        seen = thread_page(db, thread, session.now, session.zone)
        return visible(f"Ticket {id}: {thread.ticket.subject}") + f"\n\n{seen.conversation}"


def _canned(session: Session, id: int, name: str, below: str) -> str:
    """A canned answer, filled in, and if there is something `below` it, edited. Raises NotOnRecord, InputError."""
    from supportctl.cli.templates import read_template  # late: few answers are canned
    from supportctl.desk.tickets.templates import fill  # late: few answers are canned

    text = read_template(name)
    with open_desk(session) as db:
        text = fill(db, name, text, events.find_ticket(db, id), actor(session))
    return _edited(session, text, below) if below else _not_empty(text)


def _put_or_edit(session: Session, text: str, below: str, try_text: Callable[[str], T]) -> T:
    """Save an edited text. If it is refused, it goes back to the editor until it comes back unchanged."""
    while True:
        try:
            return try_text(text)
        except SupportctlError as refused:
            changed = _edited(session, text, f"{refused.message} {refused.hint}\n\n{below}")
            if changed == text:
                raise
            text = changed


def _edited(session: Session, text: str, below: str) -> str:
    from supportctl.cli.run.programs import edit_text  # late: few texts are written in an editor

    return _not_empty(edit_text(session, text, below))


def _not_empty(text: str) -> str:
    """The text, unless it is empty: an editor closed without a word sends nothing. Raises InputError."""
    if not text.strip():
        raise InputError("The text is empty.", "Give some text with --body, or on standard input with --body -.")
    return text
