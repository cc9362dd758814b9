"""The queue for someone who watches it: read at once, with what will change by itself and when."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from supportctl.desk.search import search
from supportctl.desk.tickets.filters import TicketFilter
from supportctl.desk.tickets.queue import first_of_queue
from supportctl.desk.tickets.view import TicketView, see_all
from supportctl.desk.tickets.words import narrowing
from supportctl.store import policies
from supportctl.store.desk import Desk
from supportctl.store.place import Watched as Watched

MINUTE = 60
ENDED = frozenset({"closed", "merged"})


class QueueFilter(NamedTuple):
    """Which tickets: this agent's ("" for unassigned, None for all), with waiting ones, narrowed by the text."""

    assignee: str | None = None
    waiting: bool = False
    text: str = ""


class Glance(NamedTuple):
    """What was seen of the queue, whether there is more, and when it will read differently although nothing happens."""

    tickets: tuple[TicketView, ...]
    more: bool
    paused: bool  # whether the clock is paused, by the policy in force
    next_change: int  # UTC epoch seconds


def look(db: Desk, at: int, asked: QueueFilter, most: int) -> Glance:
    """The first `most` tickets of the queue at `at` that match. Raises InputError for an impossible text."""
    revision = policies.in_force(db, at)
    narrow = narrowing(asked.text, revision.policy)
    fields = dict(narrow.fields)
    if ENDED.intersection(fields.get("status", ())):
        listed: Iterator[TicketView] = filter(narrow.takes, _ended(db, at, asked.text, most))
    else:
        listed = first_of_queue(db, at, _standing(asked, fields), most + 1, narrow.takes)
    found = list(islice(listed, most + 1))
    return Glance(tuple(found[:most]), len(found) > most, not revision.calendar.is_open(at), _next_change(found, at))


def _standing(asked: QueueFilter, fields: Mapping[str, Collection[str]]) -> TicketFilter:
    """What of the queue, of which nothing has ended, by the fields that its index and its rows can tell."""
    statuses = fields.get("status") or (("open", "waiting") if asked.waiting else ("open",))
    tiers, channels = fields.get("tier", ()), fields.get("channel", ())
    return TicketFilter(tiers, channels, asked.assignee, statuses)


def _ended(db: Desk, at: int, text: str, most: int) -> Iterator[TicketView]:
    """Tickets of any status, as `search` finds them: those that have ended are not in the queue."""
    hits = search(db, f"{text} kind:ticket", at, most + 1)
    return see_all(db, [hit.ticket for hit in hits if hit.ticket is not None], at)


def _next_change(tickets: Iterable[TicketView], at: int) -> int:
    """The next full minute, or the second after the next due time if that is earlier."""
    dues = [due + 1 for seen in tickets if (due := seen.ticket.target.due_at) is not None and due >= at]
    return min([at - at % MINUTE + MINUTE, *dues])
