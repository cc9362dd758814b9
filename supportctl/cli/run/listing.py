"""Lists of tickets as people read them: what holds for all of them once above, and their numbers below."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from supportctl.cli.run.commands import Result
from supportctl.cli.run.session import Session
from supportctl.cli.views.ticket import SOON, while_paused
from supportctl.desk.tickets.view import TicketView, opens_at
from supportctl.render import PEOPLE
from supportctl.render.columns import View


class Tally:
    """Counts tickets as they pass: all, those late, and those due within the hour of working time."""

    def __init__(self) -> None:
        self.all = self.late = self.soon = 0

    def counted(self, seen: TicketView | None) -> None:
        """Count one; None is something else that was found."""
        self.all += 1
        if seen is None:
            return
        if seen.sla == "late":
            self.late += 1
        elif (left := seen.remaining_seconds) is not None and left <= SOON:
            self.soon += 1

    def parts(self) -> Iterator[str]:
        """How many are late and how many due soon, without those that are none."""
        if self.late:
            yield f"{self.late:,} late"
        if self.soon:
            yield f"{self.soon:,} due within the hour"


def _tallied(count: int, due: Iterable[TicketView]) -> Tally:
    tally = Tally()
    for seen in due:
        tally.counted(seen)
    tally.all = count
    return tally


def _itself(seen: TicketView) -> TicketView:
    return seen


def ticket_list(
    session: Session,
    find: Callable[[int | None], Iterable[Any]],
    view: View,
    told: Callable[[Tally], str],
    *,
    limit: int | None = None,
    code: int = 0,
    of: Callable[[Any], TicketView | None] = _itself,
    totals: Callable[[], tuple[int, Iterable[TicketView]]] | None = None,
) -> Result:
    """A list of tickets, at most `limit`, for people under the paused clock and above what is `told` of their numbers.

    `find` is asked for so many at most and may give more, which count, but are not listed; `of` gives the ticket of
    what it found. `totals` counts all, and gives those that are late or due, where to read them all would take long.
    For programs none of this is worked out.
    """
    if session.format not in PEOPLE:
        return Result(islice(find(limit), limit), view, many=True, code=code)
    from supportctl.render.phrases import moment  # late: programs read no phrases
    from supportctl.render.table import MEASURED  # late: programs read no tables

    tally, rows = Tally(), iter(find(None if limit is None else limit + 1))

    def counted() -> Iterator[Any]:
        for record in islice(rows, limit):
            tally.counted(of(record))
            yield record

    def below() -> str:
        shown = tally.all
        if totals is None or shown != limit:
            for record in rows:
                tally.counted(of(record))
            total = tally
        else:
            total = _tallied(*totals())
        return told(total) + (f"; the first {shown:,} are listed" if shown < total.all else "")

    listed = counted()
    first = list(islice(listed, MEASURED))  # as many as a table reads before it writes
    paused = any(seen.paused for seen in map(of, first) if seen is not None)
    opens = opens_at(session.desk, session.now) if paused else None
    above = f"Closed: clock paused until {moment(opens, session.zone)}." if opens is not None else ""
    view = while_paused(view, opens is not None)
    return Result(chain(first, listed), view, many=True, above=above, below=below, code=code)
