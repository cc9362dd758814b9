"""What reports count: the few facts of every request that its outcome depends on, counted in one pass."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from supportctl.policy.attainment import By
from supportctl.policy.history import counting, promised_target
from supportctl.policy.ticket import Entry, Target
from supportctl.store.desk import Desk
from supportctl.store.tickets import SLA, UNANSWERED, entry_of, target_of

_PERIOD = "t.received_at >= :since and t.received_at < :until"
# Who gave the first response, as far as that is known: see `policy.history.first_answerer`.
_ANSWERER = (
    "(select r.agent from history r where r.ticket = t.id and r.kind = 'replied' and r.at = t.first_response_at"
    " and json_type(r.data, '$.imported') is null and not exists (select 1 from history x where x.ticket = r.ticket"
    " and x.kind = 'retracted' and json_extract(x.data, '$.entry') = r.n) order by r.n limit 1)"
)
_AGENT = f"coalesce(nullif(t.assignee, ''), {_ANSWERER})"
_GROUPS = {
    By.TIER: "t.tier",
    By.CHANNEL: "t.channel",
    By.AGENT: _AGENT,
    By.MONTH: "(select max(start) from temp.months where start <= t.received_at)",
}
_COURSE = "(select max(start) from temp.course where start <= t.received_at)"


class CountedRow(NamedTuple):
    """What many requests have in common, as they are now; or one of them, which has to be looked at `apart`.

    `group` is a tier, a channel, an agent or the start of a month, `start` that of a stretch of the course. `left` are
    the business seconds from the first response, or from `at` while there is none, to the due time: negative after it.
    """

    apart: int | None
    group: Any
    start: int | None
    sla: str
    target_seconds: int | None
    merged: int
    left: int | None


def prepare(db: Desk, spans: Iterable[tuple[int, int, int, int]], months: Iterable[int], course: Iterable[int]) -> None:
    """Let `counted` know working hours and the starts of stretches, in temporary tables of this connection.

    `spans` are when the hours of a revision open and close, and its open seconds before that, from the first moment
    that `counted` is asked about.
    """
    for table in ("spans", "months", "course"):
        db.execute(f"drop table if exists temp.{table}")
    db.execute(
        "create temp table spans (revision integer, opens integer, closes integer, elapsed integer,"
        " primary key (revision, opens)) without rowid"
    )
    db.executemany("insert into temp.spans values (?, ?, ?, ?)", spans)
    for table, starts in (("months", months), ("course", course)):
        db.execute(f"create temp table {table} (start integer primary key)")
        db.executemany(f"insert into temp.{table} values (?)", ((start,) for start in starts))


def _elapsed(moment: str) -> str:
    """The open seconds before a moment, by the hours of the revision that last judged the ticket."""
    return (
        f"(select elapsed + case when {moment} < closes then {moment} else closes end - opens from temp.spans"
        f" where revision = t.policy_revision and opens <= {moment} order by opens desc limit 1)"
    )


_SLA = f"case {' '.join(f'when {condition} then {name!r}' for name, condition in SLA.items())} end"
_ENDED = "coalesce(t.first_response_at, :at)"
_LEFT = (
    f"case when t.first_response_at is not null or {UNANSWERED} and t.due_at < :at"
    f" then {_elapsed('t.due_at')} - {_elapsed(_ENDED)} end"
)
# Several judgements, a history that goes on, or times at which `prepare` was not told the hours.
_APART = (
    "case when t.target_n > 1 or t.id in (select ticket from history where at > :at)"
    f" or t.due_at not between :low and :high or {_ENDED} not between :low and :high then t.id end"
)


def counted(
    db: Desk, at: int, since: int, until: int, low: int, high: int, by: By, *, course: bool
) -> "Counter[CountedRow]":
    """All requests received in `since` <= t < `until`, by what they have in common at `at`; `course` is for a chart.

    The hours from `low` to `high` were given to `prepare`.
    """
    start = _COURSE if course else "null"
    rows = db.execute(
        f"select {_APART}, {_GROUPS[by]}, {start}, {_SLA}, t.target_seconds, t.status = 'merged', {_LEFT}"
        f" from tickets t where {_PERIOD}",
        {"at": at, "since": since, "until": until, "low": low, "high": high},
    )
    found = Counter(rows)  # of the engine's own rows: there may be a million
    return Counter({CountedRow._make(row): count for row, count in found.items()})


def bounds(db: Desk, since: int, until: int) -> tuple[int, int] | None:
    """When the first and the last request of a period was received; None if there is none."""
    first, last = db.execute(
        f"select min(t.received_at), max(t.received_at) from tickets t where {_PERIOD}",
        {"since": since, "until": until},
    ).fetchone()
    return None if first is None else (first, last)


def set_apart(db: Desk, numbers: Iterable[int]) -> None:
    """Name the requests that are to be looked at one by one."""
    db.execute("drop table if exists temp.apart")
    db.execute("create temp table apart (id integer primary key)")
    db.executemany("insert into temp.apart values (?)", ((number,) for number in numbers))


class OutcomeRow(NamedTuple):
    """A request as it is now; its `agent` is who has it, or else gave the first response.

    Instants are UTC epoch seconds, the target business seconds; None is absent.
    """

    id: int
    tier: str
    channel: str
    agent: str | None
    received_at: int
    first_response_at: int | None
    closed_at: int | None
    status: str
    due_at: int | None
    target_seconds: int | None
    policy_revision: int
    spam: int


def received_apart(db: Desk, *, agents: bool) -> Iterator[OutcomeRow]:
    """The requests that were set apart, by number; who answered unassigned ones is looked up only for `agents`."""
    # Its latest judgement says whether a ticket is spam; only tickets with more than one can be.
    rows = db.execute(
        f"select t.id, t.tier, t.channel, {_AGENT if agents else 'null'}, t.received_at, t.first_response_at,"
        " t.closed_at, t.status, t.due_at, t.target_seconds, t.policy_revision,"
        " t.due_at is null and t.target_n > 1 and exists"
        " (select 1 from history h where h.ticket = t.id and h.n = t.target_n and h.kind = 'spam')"
        " from temp.apart a join tickets t on t.id = a.id order by a.id"
    )
    return map(OutcomeRow._make, rows)


class PromiseRow(NamedTuple):
    """The target of a tier, in business seconds."""

    tier: str
    target_seconds: int | None


def promises_apart(db: Desk) -> dict[int, PromiseRow]:
    """The promise that the due time comes from, for requests set apart (see `promised_target`)."""
    retracted = _retracted(db)
    rows = db.execute(
        f"select {', '.join('g.' + name for name in Target._fields)}, instr(h.data, '\"closure\"'), t.id"
        " from temp.apart a join tickets t on t.id = a.id join targets g on g.ticket = t.id and g.n <= t.target_n"
        " join history h on h.ticket = g.ticket and h.n = g.n where t.target_n > 1 order by t.id, g.n"
    )
    found = {}
    for number, group in groupby(rows, key=itemgetter(-1)):
        judged = [(target_of(target), moved) for *target, moved, _ in group]
        counted = counting(retracted.get(number, ()), [target for target, _ in judged])
        if promise := promised_target(counted, [target.n for target, moved in judged if moved]):
            found[number] = PromiseRow(promise.tier, promise.target_seconds)
    return found


def _retracted(db: Desk) -> dict[int, list[Entry]]:
    """The entries that take another back, of requests set apart."""
    rows = db.execute(
        f"select {', '.join('h.' + name for name in Entry._fields)}, h.ticket from temp.apart a"
        " join history h on h.ticket = a.id where h.kind = 'retracted' order by h.ticket, h.n"
    )
    return {number: [entry_of(row[:-1]) for row in group] for number, group in groupby(rows, key=itemgetter(-1))}
