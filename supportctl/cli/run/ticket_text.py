"""How `reply` and `note` take the text that they put on tickets: as given, from a template, or from the editor."""

from collections.abc import Callable, Mapping, Sequence

from supportctl.cli.run.commands import Result
from supportctl.cli.run.desk import actor, open_desk
from supportctl.cli.run.drafts import ANSWER, Draft, draft_of
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket import Asked, asked_for, threads_result
from supportctl.cli.run.writing import DROP, SENT, USE, AnswerOptions, TextOptions, drop_draft, not_empty, put_text
from supportctl.cli.views.thread import thread_page
from supportctl.desk.acting import Actor
from supportctl.desk.opening import Desk
from supportctl.desk.tickets import events
from supportctl.desk.tickets.secrets import without_secrets
from supportctl.desk.tickets.thread import Thread, find_ticket, threads_at
from supportctl.errors import InputError
from supportctl.render.safe import visible

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
        threads = threads_at(db, asked.numbers, session.now)
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
        found = ((each, find_ticket(db, each)) for each in asked.numbers)
        return {each: not_empty(fill(db, name, text, ticket, actor(session))) for each, ticket in found}
