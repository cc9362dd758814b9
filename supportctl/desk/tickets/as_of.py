"""Tickets as they were at an earlier moment, by effective time (hard question 7)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from supportctl.policy.ticket import Ticket
from supportctl.store import tickets
from supportctl.store.desk import Desk, Reader
from supportctl.store.tickets import Text

if TYPE_CHECKING:
    from supportctl.policy.ticket import Entry, Target


def as_of(
    db: Desk,
    at: int,
    standing: Iterable[Ticket],
    later: Collection[int],
    holds: Callable[[Ticket], bool],
    order: Callable[[Ticket], Any],
) -> Iterator[Ticket]:
    """The tickets for which `holds` was true at `at`, in their order.

    `standing` are those for which it is true now, read from an index in that order. They answer for themselves but for
    tickets whose history went on `later`: those alone are replayed, so that asking about now costs no replay.
    """
    skip = set(later)
    stand = (t for t in standing if t.id not in skip and t.received_at <= at)
    back = (ticket_at(db, tickets.get(db, number), at) for number in later)
    if not later:
        return stand
    from heapq import merge  # late: most lists have one source

    return merge(stand, sorted((t for t in back if t is not None and holds(t)), key=order), key=order)


def ticket_at(db: Desk, ticket: Ticket, at: int) -> Ticket | None:
    """A ticket as it was at `at`, by what had happened by then; None if it had not come in yet."""
    if ticket.received_at > at:
        return None
    return _at(db, ticket, tickets.entries(db, ticket.id), tickets.targets(db, ticket.id), at)


def tickets_at(db: Desk, read: Reader, numbers: Sequence[int], at: int) -> dict[int, Ticket]:
    """Tickets by number as they were at `at`, those that had come in by then; it reads `tickets.histories_of`."""
    then = (_at(db, *each, at) for each in tickets.with_histories(read, numbers))
    return {ticket.id: ticket for ticket in then if ticket is not None}


def _at(db: Desk, ticket: Ticket, entries: "Sequence[Entry]", targets: "Sequence[Target]", at: int) -> Ticket | None:
    renamed = _renamed_after(entries, at)
    then = as_it_was(ticket, entries, targets, tickets.texts(db, ticket.id) if renamed else {}, at)
    if then is None or not renamed:
        return then
    from supportctl.store import customers  # late: only a look back replays

    account = customers.find(db, then.sender, at)
    return then._replace(name=account.name if account else None)


def as_it_was(
    ticket: Ticket, entries: "Sequence[Entry]", targets: "Sequence[Target]", texts: Mapping[int, Text], at: int
) -> Ticket | None:
    """The same from the entries, targets and texts; the sender's name is not looked up."""
    from supportctl.policy.history import replay, retracted_entries  # late: asking about now replays nothing

    if ticket.received_at > at:
        return None
    then = replay(ticket, entries, targets, until=at)
    return as_called(then, entries, texts, retracted_entries(entries), at) if _renamed_after(entries, at) else then


def _renamed_after(entries: "Sequence[Entry]", at: int) -> bool:
    """Whether the sender or the subject was corrected after `at`, and the correction still stands."""
    from supportctl.policy.history import counting  # late: only a look back replays

    return any(entry.at > at and entry.data.get("also") for entry in counting(entries, entries))


def as_called(
    ticket: Ticket, entries: "Sequence[Entry]", texts: Mapping[int, Text], gone: Collection[int], at: int
) -> Ticket:
    """The ticket with the sender and the subject of `at`, by its corrections except those `gone`."""
    senders = {n: text.author for n, text in texts.items() if text.author is not None}
    subjects = {n: text.body for n, text in texts.items()}
    counted = {entry.n for entry in entries if entry.at <= at and entry.n not in gone}
    return ticket._replace(
        sender=_called(ticket.sender, _corrections(entries, "sender"), senders, counted),
        subject=_called(ticket.subject, _corrections(entries, "subject"), subjects, counted),
    )


def _corrections(entries: "Sequence[Entry]", field: str) -> "list[Entry]":
    return [entry for entry in entries if field in entry.data.get("also", ())]


def _called(last: str, corrections: "Sequence[Entry]", was: Mapping[int, str], counted: Collection[int]) -> str:
    """The value after the last correction that is `counted`; each notes what `was` there when it was entered."""
    noted = [entry for entry in corrections if entry.n in was]
    if not noted:
        return last
    gave = [*(was[entry.n] for entry in noted[1:]), last]
    pairs = sorted(zip(noted, gave, strict=True), key=lambda pair: (pair[0].at, pair[0].n))
    found = [value for entry, value in pairs if entry.n in counted]
    return found[-1] if found else was[noted[0].n]
