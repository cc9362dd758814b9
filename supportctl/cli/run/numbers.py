"""Whole numbers on a command line, such as a ticket's or how many to list."""

from typing import Annotated

from typer import Argument, BadParameter

from supportctl.cli.run.complete import complete_ticket
from supportctl.masking import unkeyed

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


TicketId = Annotated[
    int, Argument(metavar="ID", help="the ticket's number", parser=number, autocompletion=complete_ticket)
]
EntryNumber = Annotated[int, Argument(metavar="N", help="the entry's number in the ticket's history", parser=number)]
