"""Shared by the verbs of tickets: which they take, how they take a text, and the threads that they show afterwards.

They import this module only when they run, because completing a ticket's number loads the verb while a person waits.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from typer import BadParameter

from supportctl.cli.run.commands import Result
from supportctl.cli.run.desk import actor, open_desk
from supportctl.cli.run.drafts import ANSWER, Draft, draft_of
from supportctl.cli.run.session import Line, Session
from supportctl.cli.run.ticket_options import AT_ONCE, STDIN, ticket_numbers
from supportctl.cli.run.writing import DROP, SENT, USE, AnswerOptions, TextOptions, drop_draft, not_empty, put_text
from supportctl.cli.views.thread import THREAD, thread_page
from supportctl.desk.opening import Actor, Desk
from supportctl.desk.tickets import events as events
from supportctl.desk.tickets.events import Thread
from supportctl.desk.tickets.secrets import without_secrets
from supportctl.errors import InputError
from supportctl.render.safe import visible

BUG = "bug\t"  # how a line of `search` begins that is not about a ticket


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
        if not line.text.startswith(BUG):
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


Write = Callable[[Desk, Mapping[int, str], Actor], list[Thread]]
Save = Callable[[Mapping[int, str]], list[Thread]]


def write_text(
    session: Session, ids: Sequence[range], given: TextOptions, prompt: str, kind: str, write: Write
) -> Result:
    """Put a text on tickets (see `put_text`); its draft is of `kind`, for the first of them.

    Raises InputError, and what `write` raises.
    """
    asked = asked_for(session, ids, text=given.body)
    if not asked.numbers:
        return threads_result(session, asked, [])
    draft = draft_of(session, kind, asked.numbers[0])
    if given.draft == DROP:
        return drop_draft(draft)
    return _write_on(session, asked, given, prompt, draft, _saving(session, given, write))


def answer(session: Session, ids: Sequence[range], given: TextOptions, how: AnswerOptions) -> Result:
    """Answer tickets, and with `how.send` send the answer too: to one ticket, since mail cannot be taken back.

    Raises InputError, and what `events.reply` and `send_answer` raise.
    """
    asked = asked_for(session, ids, text=given.body)
    if not asked.numbers:
        return threads_result(session, asked, [])
    if asked.many and (how.send or given.draft == SENT):
        raise InputError("--send takes one ticket: mail cannot be taken back.", "Answer them one by one.")
    draft = draft_of(session, ANSWER, asked.numbers[0])
    if given.draft == DROP:
        return drop_draft(draft)

    def reply(db: Desk, texts: Mapping[int, str], who: Actor) -> list[Thread]:
        return events.reply(db, texts, session.time(how.at), who, wait=how.wait, close=how.close)

    save = _saving(session, given, reply)
    if how.send or draft.message.exists() or given.draft == SENT:
        from supportctl.cli.run import sending  # late: few answers go out by mail

        if given.draft == SENT:
            return threads_result(session, asked, [sending.record_handed_over(session, draft, how)])
        sending.settle(session, draft, not_sent=given.draft == USE)
        if how.send:
            mail = sending.mailer(session)  # before anyone writes a text in vain

            def save(texts: Mapping[int, str]) -> list[Thread]:
                (text,) = _masked(session.desk, given, texts).values()
                return [sending.send_answer(session, mail, draft, text, how)]

    return _write_on(session, asked, given, "Answer", draft, save)


def _saving(session: Session, given: TextOptions, write: Write) -> Save:
    return lambda texts: session.change(lambda db, who: write(db, _masked(db, given, texts), who))


def _masked(db: Desk, given: TextOptions, texts: Mapping[int, str]) -> Mapping[int, str]:
    kept = {text: without_secrets(db, text) for text in set(texts.values())} if given.redact else {}
    return {number: kept.get(text, text) for number, text in texts.items()}


def _write_on(session: Session, asked: Asked, given: TextOptions, prompt: str, draft: Draft, save: Save) -> Result:
    """The threads after a text was written beside them and saved; a template is filled in for each."""
    if given.template is not None and asked.many:
        if given.edit:
            raise InputError("--template and --edit take one ticket together.", "Leave --edit out, or name one ticket.")
        return threads_result(session, asked, save(_canned(session, asked, given.template)))
    threads = put_text(
        session, draft, given, lambda text: save(dict.fromkeys(asked.numbers, text)), prompt=prompt,
        below=lambda: _so_far(session, asked),
        canned=lambda name: next(iter(_canned(session, asked, name).values())),
    )  # fmt: skip
    return threads_result(session, asked, threads)


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
        return {each: not_empty(fill(db, name, text, ticket, actor(session))) for each, ticket in found}
