"""Shared by the verbs of tickets: which they take, and the threads that they show afterwards.

They import this module only when they run, because completing a ticket's number loads the verb while a person waits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from typer import BadParameter

from supportctl.cli.run.commands import Result
from supportctl.cli.run.lines import Line
from supportctl.cli.run.session import Session
from supportctl.cli.run.ticket_options import AT_ONCE, STDIN, ticket_numbers
from supportctl.cli.views.thread import THREAD, thread_page
from supportctl.desk.opening import Actor, Desk
from supportctl.desk.tickets import events as events
from supportctl.desk.tickets.events import Thread
from supportctl.errors import InputError

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
    for count, line in enumerate(chain.from_iterable(session.lines_at_hand("the tickets' numbers"))):
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
    return threads_result(session, asked, changed(session, asked, lambda db, who: operation(db, asked.numbers, who)))


def changed(session: Session, asked: Asked, operation: Callable[[Desk, Actor], list[Thread]]) -> list[Thread]:
    """The threads after a change; standard input without a number changes nothing."""
    return session.change(operation) if asked.numbers else []
