"""What reports count: the few facts of every request that its outcome depends on, read in one pass."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from supportctl.policy.history import counting, first_answerer, promised_target
from supportctl.policy.ticket import Entry, Target
from supportctl.store.desk import Desk
from supportctl.store.tickets import entry_of, target_of

_PERIOD = "t.received_at >= :since and t.received_at < :until"


class OutcomeRow(NamedTuple):
    """A request as it is now. Instants are UTC epoch seconds, the target business seconds; None is absent."""

    id: int
    tier: str
    channel: str
    assignee: str | None
    received_at: int
    first_response_at: int | None
    closed_at: int | None
    status: str
    due_at: int | None
    target_seconds: int | None
    policy_revision: int
    spam: int


def received(db: Desk, since: int, until: int) -> Iterator[OutcomeRow]:
    """Every request received in `since` <= t < `until`."""
    # Its latest judgement says whether a ticket is spam; only tickets with more than one can be.
    rows = db.execute(
        "select t.id, t.tier, t.channel, t.assignee, t.received_at, t.first_response_at, t.closed_at, t.status,"
        " t.due_at, t.target_seconds, t.policy_revision, t.due_at is null and t.target_n > 1 and exists"
        " (select 1 from history h where h.ticket = t.id and h.n = t.target_n and h.kind = 'spam')"
        f" from tickets t where {_PERIOD}",
        {"since": since, "until": until},
    )
    return map(OutcomeRow._make, rows)


class PromiseRow(NamedTuple):
    """The target of a tier, in business seconds."""

    tier: str
    target_seconds: int | None


def promises(db: Desk, since: int, until: int) -> dict[int, PromiseRow]:
    """The promise that the due time comes from, for requests judged more than once (see `promised_target`)."""
    retracted = _entries(db, since, until, "t.target_n > 1 and h.kind = 'retracted'")
    rows = db.execute(
        f"select {', '.join('g.' + name for name in Target._fields)}, instr(h.data, '\"closure\"'), t.id"
        " from tickets t join targets g on g.ticket = t.id and g.n <= t.target_n"
        f" join history h on h.ticket = g.ticket and h.n = g.n where {_PERIOD} and t.target_n > 1 order by t.id, g.n",
        {"since": since, "until": until},
    )
    found = {}
    for number, group in groupby(rows, key=itemgetter(-1)):
        judged = [(target_of(target), moved) for *target, moved, _ in group]
        counted = counting(retracted.get(number, ()), [target for target, _ in judged])
        if promise := promised_target(counted, [target.n for target, moved in judged if moved]):
            found[number] = PromiseRow(promise.tier, promise.target_seconds)
    return found


def answered_by(db: Desk, since: int, until: int) -> dict[int, str | None]:
    """Who gave the first response on unassigned tickets, as far as that is known."""
    rows = _entries(
        db,
        since,
        until,
        "t.assignee is null and (h.kind = 'retracted' or h.kind = 'replied' and h.at = t.first_response_at)",
    )
    return {
        number: first_answerer(entries, next((e.at for e in entries if e.kind == "replied"), None))
        for number, entries in rows.items()
    }


def _entries(db: Desk, since: int, until: int, which: str) -> dict[int, list[Entry]]:
    """Some entries of the requests of a period, by ticket, in the order of typing."""
    rows = db.execute(
        f"select {', '.join('h.' + name for name in Entry._fields)}, t.id from tickets t"
        f" join history h on h.ticket = t.id where {_PERIOD} and {which} order by t.id, h.n",
        {"since": since, "until": until},
    )
    return {number: [entry_of(row[:-1]) for row in group] for number, group in groupby(rows, key=itemgetter(-1))}
