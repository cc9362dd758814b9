"""Arguments and options that several verbs of tickets share, each declared once."""

from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option

from supportctl.cli.run.completers import complete_product, complete_ticket, complete_topic
from supportctl.masking import unkeyed

if TYPE_CHECKING:
    from supportctl.render.columns import View

# Numbers

_DIGITS = 100  # more than any number on a desk, and few enough for Python to read fast
_MOST = 1 << 40  # of anything on a desk; Python's and SQLite's counting ends at 2 ** 63


def number(text: str | int) -> int:
    """A number of 1 or more, in ASCII digits only: 1_7, +17 and other scripts' digits are typing errors.

    Raises BadParameter.
    """
    written = str(text)  # a default comes as it is
    if written.isascii() and written.isdigit() and len(written) <= _DIGITS and int(written) > 0:
        return int(written)

    shown = written if written.isdecimal() else unkeyed(written)
    raise BadParameter(f"{shown!r} is not a whole number of 1 or more")


def how_many(text: str | int) -> int:
    """A number to stop at, such as --limit, cut to the possible maximum. Raises BadParameter."""
    return min(number(text), _MOST)


Limit = Annotated[int | None, Option("-n", "--limit", metavar="N", parser=how_many, help="show at most this many")]

AT_ONCE = 10_000  # tickets that one command takes
STDIN = range(0)  # for `-`: the numbers come on standard input


def ticket_number(text: str | int) -> int:
    """A ticket's number, also as it is printed: #23. Raises BadParameter."""
    return number(str(text).removeprefix("#"))


def ticket_numbers(text: str | range) -> range:
    """The numbers that a word names: 5, #5, or a range 5-8; STDIN for `-`. Raises BadParameter."""
    if isinstance(text, range):  # the parser sees its own results again
        return text
    if text == "-":
        return STDIN
    begin, dash, end = text.partition("-")
    if not (dash and begin.removeprefix("#").isdecimal() and end.removeprefix("#").isdecimal()):  # perhaps a key
        return range(first := ticket_number(text), first + 1)
    first, last = ticket_number(begin), ticket_number(end)
    if last < first:
        raise BadParameter(f"{text!r} is a range that runs backwards: give {last}-{first}")
    if last - first >= AT_ONCE:
        raise BadParameter(f"{text!r} is a range of more than {AT_ONCE:,} tickets")
    return range(first, last + 1)


TICKET = "the ticket's number"
TicketId = Annotated[int, Argument(metavar="ID", help=TICKET, parser=ticket_number, autocompletion=complete_ticket)]
TicketArgument = Annotated[
    int, Argument(metavar="TICKET", help=TICKET, parser=ticket_number, autocompletion=complete_ticket)
]
TICKETS = "the tickets' numbers: 17, ranges such as 17-20, or - to read them from standard input"
TicketIds = Annotated[
    list[range], Argument(metavar="ID...", help=TICKETS, parser=ticket_numbers, autocompletion=complete_ticket)
]


def thread_view() -> "View":
    """What the verbs of a ticket show."""
    from supportctl.cli.views.thread import THREAD  # late: late, as all that only their work needs (see run/ticket.py)

    return THREAD


EntryNumber = Annotated[int, Argument(metavar="N", help="the entry's number in the ticket's history", parser=number)]

# Texts of a ticket

Body = Annotated[str | None, Option("-m", "--body", metavar="TEXT|-", help="the text; - reads standard input")]
Redact = Annotated[bool, Option("--redact", help="store credentials and keys masked (8.6)")]

# What a request is about

Product = Annotated[
    str | None, Option("-p", "--product", metavar="P", help="which product", autocompletion=complete_product)
]
OnlyProduct = Annotated[
    str | None, Option("-p", "--product", metavar="P", help="only this product", autocompletion=complete_product)
]
Topic = Annotated[
    str | None, Option("-t", "--topic", metavar="T", help="what kind of question", autocompletion=complete_topic)
]
