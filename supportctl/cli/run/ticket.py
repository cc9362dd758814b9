"""Shared by the verbs of tickets: which they take, how they take a text, and the threads that they show afterwards.

They import this module only when they run, because completing a ticket's number loads the verb while a person waits.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from typer import BadParameter

from supportctl.cli.run.commands import Result
from supportctl.cli.run.desk import actor, open_desk
from supportctl.cli.run.options import AT_ONCE, STDIN, ticket_numbers
from supportctl.cli.run.session import Line, Session
from supportctl.cli.views.thread import THREAD, thread_page
from supportctl.desk.opening import Actor, Desk
from supportctl.desk.tickets import events as events
from supportctl.desk.tickets.events import Thread
from supportctl.desk.tickets.secrets import without_secrets
from supportctl.errors import InputError, SupportctlError
from supportctl.render.safe import visible

T = TypeVar("T")


class Asked(NamedTuple):
    """The tickets that a command names, each once; `many` means that its answer is a list.

    It is for several words, for a range of several, and for standard input, however many numbers those come to.
    """

    numbers: tuple[int, ...]
    many: bool


def asked_for(session: Session, ids: Sequence[range], *, text: str | None = None) -> Asked:
    """The tickets named by the arguments, and by standard input for `-`; `text` is an option that may read it too.

    Raises InputError for a line that is not a number, or too many tickets.
    """
    many = len(ids) > 1 or ids[0] == STDIN or len(ids[0]) > 1
    if STDIN in ids and text == "-":
        raise InputError(
            "The tickets' numbers and the text cannot both come from standard input.", "Give one of them as words."
        )
    numbers = dict[int, None]()
    for each in ids:
        numbers |= dict.fromkeys(_from_lines(session) if each == STDIN else each)
        if len(numbers) > AT_ONCE:
            raise InputError(f"These are more than {AT_ONCE:,} tickets.", "Give fewer at a time; nothing was changed.")
    return Asked(tuple(numbers), many)


def _from_lines(session: Session) -> Iterator[int]:
    """The numbers on standard input: what is before the first tab of each line, as `-o plain` prints it."""
    for count, line in enumerate(session.read_lines("the tickets' numbers")):
        if count > AT_ONCE:
            return
        yield from _of_line(line)


def _of_line(line: Line) -> range:
    word = line.text.partition("\t")[0].strip()
    try:
        found = ticket_numbers(word)
    except BadParameter as error:
        raise InputError(
            f"Line {line.number} of standard input: {error.message}.", "Give a ticket's number at its beginning."
        ) from None
    if found == STDIN:
        raise InputError(f"Line {line.number} of standard input is '-'.", "Give a ticket's number at its beginning.")
    return found


def listed(asked: Asked, records: Iterable[object]) -> Result:
    """One record of each ticket asked for: a list, or the one."""
    return Result(records, many=True) if asked.many else Result(next(iter(records)))


def threads_result(session: Session, asked: Asked, threads: Iterable[Thread]) -> Result:
    """Tickets with their threads, as they are seen now."""
    pages = (thread_page(session.desk, thread, session.now, session.zone) for thread in threads)
    return listed(asked, pages)._replace(view=THREAD)


def ticket_result(session: Session, thread: Thread) -> Result:
    """A ticket with its thread, as it is seen now."""
    return threads_result(session, Asked((thread.ticket.id,), many=False), [thread])


def change_tickets(
    session: Session, ids: Sequence[range], operation: Callable[[Desk, tuple[int, ...], Actor], list[Thread]]
) -> Result:
    """Change the tickets asked for, all or none, and show them."""
    asked = asked_for(session, ids)
    return threads_result(session, asked, _changed(session, asked, lambda db, who: operation(db, asked.numbers, who)))


def _changed(session: Session, asked: Asked, operation: Callable[[Desk, Actor], list[Thread]]) -> list[Thread]:
    """The threads after a change; standard input without a number changes nothing."""
    return session.change(operation) if asked.numbers else []


class TextOptions(NamedTuple):
    """The options that give a text: the text itself, the editor, masking, or a template."""

    body: str | None
    edit: bool
    redact: bool
    template: str | None = None


Write = Callable[[Desk, Mapping[int, str], Actor], list[Thread]]


def write_text(session: Session, ids: Sequence[range], given: TextOptions, prompt: str, write: Write) -> Result:
    """Put a text on tickets: as given, from standard input, from the editor, or asked for with `prompt`.

    A template is filled in for each. A text that is edited and then refused goes back to the editor. Raises InputError,
    and what `write` raises.
    """
    asked = asked_for(session, ids, text=given.body)
    below = _so_far(session, asked) if given.edit else ""
    if given.template is not None:
        texts = _canned(session, asked, given.template)
        if given.edit:
            texts = _edited_template(session, asked, texts, below)
    else:
        texts = dict.fromkeys(asked.numbers, _read(session, given, prompt, below))

    def try_texts(texts: Mapping[int, str]) -> list[Thread]:
        def operation(db: Desk, who: Actor) -> list[Thread]:
            kept = {text: without_secrets(db, text) for text in set(texts.values())} if given.redact else {}
            return write(db, {number: kept.get(text, text) for number, text in texts.items()}, who)

        return _changed(session, asked, operation)

    if not given.edit:
        return threads_result(session, asked, try_texts(texts))
    text = next(iter(texts.values()), "")
    again = _put_or_edit(session, text, below, lambda text: try_texts(dict.fromkeys(asked.numbers, text)))
    return threads_result(session, asked, again)


def _read(session: Session, given: TextOptions, prompt: str, below: str) -> str:
    text = session.read_text(given.body, "--body") if given.body is not None else None
    if given.edit:
        return _edited(session, text or "", below)
    if text is None:
        text = session.ask(prompt, option="--body")
        session.look_at_the_clock()
    return _not_empty(text)


def _so_far(session: Session, asked: Asked) -> str:
    """What the person writes to: a ticket with its thread, or several by their subjects. Raises NotOnRecord."""
    with open_desk(session) as db:  # closed again: nobody knows how long the person writes
        threads = events.threads_at(db, asked.numbers, session.now)
        headings = [visible(f"Ticket {thread.ticket.id}: {thread.ticket.subject}") for thread in threads]
        if asked.many:
            return "\n".join(headings)
        seen = thread_page(db, threads[0], session.now, session.zone)
        return f"{headings[0]}\n\n{seen.conversation}"


def _canned(session: Session, asked: Asked, name: str) -> dict[int, str]:
    """A canned answer, filled in for each ticket. Raises NotOnRecord, InputError."""
    from supportctl.cli.templates import read_template  # late: few answers are canned
    from supportctl.desk.tickets.templates import fill  # late: few answers are canned

    text = read_template(name)
    with open_desk(session) as db:
        found = ((each, events.find_ticket(db, each)) for each in asked.numbers)
        return {each: _not_empty(fill(db, name, text, ticket, actor(session))) for each, ticket in found}


def _edited_template(session: Session, asked: Asked, texts: Mapping[int, str], below: str) -> dict[int, str]:
    """A filled-in template after the person changed it. Raises InputError for several tickets: each has its own."""
    if asked.many:
        raise InputError("--template and --edit take one ticket together.", "Leave --edit out, or name one ticket.")
    return {number: _edited(session, text, below) for number, text in texts.items()}


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
