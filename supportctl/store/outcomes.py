"""What reports count: the few facts of every request that its outcome depends on, counted in one pass."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from supportctl.policy.attainment import By
from supportctl.policy.history import counting, promised_target
from supportctl.policy.hours import DAY
from supportctl.policy.ticket import Entry, Target
from supportctl.store.desk import Desk, in_numbers
from supportctl.store.tickets import ENTRY, SLA, UNANSWERED, entry_of, target_of

_PERIOD = "t.received_at >= :since and t.received_at < :until"
# Who gave the first response, as far as that is known: see `policy.history.first_answerer`. The first entry is the
# receipt; and what nearly all imported ones say is told by its looks, which costs less than to read JSON.
_ANSWERER = (
    "(select r.agent from history r where r.ticket = t.id and r.n > 1 and r.kind = 'replied'"
    " and r.at = t.first_response_at and r.data <> '{\"imported\":true}'"
    " and json_type(r.data, '$.imported') is null and not exists (select 1 from history x where x.ticket = r.ticket"
    " and x.kind = 'retracted' and json_extract(x.data, '$.entry') = r.n) order by r.n limit 1)"
)
_AGENT = f"coalesce(nullif(t.assignee, ''), {_ANSWERER})"
_GROUPS = {By.TIER: "t.tier", By.CHANNEL: "t.channel", By.AGENT: _AGENT}


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


class Hours(NamedTuple):
    """The hours of each revision from `low` to `high`, as rows of `source`: one for each day, counted from `low`.

    A row has the open seconds before the day, less the openings of its spans, of which there are up to `spans`: so its
    open seconds before a moment are that, and of each span the moment itself, or its nearer end.
    """

    low: int
    high: int
    source: str
    spans: int

    def rows_of(self, name: str, moment: str) -> str:
        """The join by which each ticket `t` gets, under a name, the row of a moment."""
        key = f"t.policy_revision * {_REVISION} + ({moment} - {self.low}) / {DAY}"
        return f" left join {self.source} {name} on {name}.k = {key}"

    def elapsed(self, name: str, moment: str) -> str:
        """The open seconds before a moment, by its row: by the hours of the revision that last judged the ticket."""
        ends = ((f"{name}.opens{n}", f"{name}.closes{n}") for n in range(self.spans))
        nearest = (f"case when {moment} < {a} then {a} when {moment} > {b} then {b} else {moment} end" for a, b in ends)
        return " + ".join([f"{name}.before", *nearest])


_REVISION = 1 << 32  # between the rows of two revisions: more than there are days


def hours(db: Desk, low: int, high: int, segments: Mapping[int, Iterable[tuple[int, int]]]) -> Hours:
    """Let `counted` know working hours, by revision: when they open and close, from `low` to `high`."""
    days = {number: _by_day(spans, low, high) for number, spans in segments.items()}
    most = max((len(spans) for each in days.values() for spans in each), default=0)
    columns = [f"{end}{n}" for n in range(most) for end in ("opens", "closes")]
    rows = (row for number, each in days.items() for row in _rows(number * _REVISION, each, most))
    return Hours(low, high, db.tables.given("hours", ["k", "before", *columns], rows), most)


def _by_day(spans: Iterable[tuple[int, int]], low: int, high: int) -> list[list[tuple[int, int]]]:
    """The spans of each day."""
    days: list[list[tuple[int, int]]] = [[] for _ in range(max((high - low) // DAY + 1, 0))]
    for opens, closes in spans:
        for n in range((opens - low) // DAY, (closes - 1 - low) // DAY + 1):
            days[n].append((max(opens, low + n * DAY), min(closes, low + (n + 1) * DAY)))
    return days


def _rows(key: int, days: Iterable[list[tuple[int, int]]], spans: int) -> Iterator[list[int]]:
    """The rows of the days of a revision: where a day has fewer spans, with empty ones."""
    before = 0
    for n, day in enumerate(days):
        row = [key + n, before - sum([opens for opens, _ in day])]
        for each in day:
            row += each
        yield row + [0, 0] * (spans - len(day))
        before += sum([closes - opens for opens, closes in day])


def _start(starts: Sequence[int]) -> str:
    """The expression for the last of these moments, in order, before or at which a ticket was received."""
    if not starts:
        return "null"
    half = len(starts) // 2
    later = _start(starts[half:]) if half else str(starts[0])
    return f"case when t.received_at >= {starts[half]} then {later} else {_start(starts[:half])} end"


_SLA = f"case {' '.join(f'when {condition} then {name!r}' for name, condition in SLA.items())} end"
_ENDED = "coalesce(t.first_response_at, :at)"
# Several judgements, a history that goes on, or times of which the hours are not known.
_APART = (
    "case when t.target_n > 1 or t.id in (select ticket from history where at > :at)"
    f" or t.due_at not between :low and :high or {_ENDED} not between :low and :high then t.id end"
)


class Starts(NamedTuple):
    """When the months and the stretches of the course start that requests are grouped by, each in order."""

    months: Sequence[int]
    course: Sequence[int]


def counted(db: Desk, at: int, since: int, until: int, known: Hours, by: By, starts: Starts) -> "Counter[CountedRow]":
    """All requests received in `since` <= t < `until`, by what they have in common at `at`, as they come by number."""
    left = f"{known.elapsed('due', 't.due_at')} - ({known.elapsed('ended', _ENDED)})"
    values = (
        _APART,
        _start(starts.months) if by is By.MONTH else _GROUPS[by],
        _start(starts.course),
        _SLA,
        "t.target_seconds",
        "t.status = 'merged'",
        f"case when t.first_response_at is not null or {UNANSWERED} and t.due_at < :at then {left} end",
    )
    found = db.tables.counted(
        values,
        f"tickets t{known.rows_of('due', 't.due_at')}{known.rows_of('ended', _ENDED)}",
        _PERIOD,
        {"at": at, "since": since, "until": until, "low": known.low, "high": known.high},
    )
    return Counter({CountedRow._make(row): count for row, count in found})


def beginning(db: Desk, at: int) -> int:
    """When the first entry of all took effect; `at` if there is none. No request was received before."""
    first = db.execute("select min(at) from history").fetchone()[0]
    return at if first is None else int(first)


def bounds(db: Desk, since: int, until: int) -> tuple[int, int] | None:
    """When the first and the last request of a period was received; None if there is none."""
    first, last = db.execute(
        f"select min(t.received_at), max(t.received_at) from tickets t where {_PERIOD}",
        {"since": since, "until": until},
    ).fetchone()
    return None if first is None else (first, last)


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


def received(db: Desk, numbers: Iterable[int], *, agents: bool) -> Iterator[OutcomeRow]:
    """The requests of some numbers, by number; who answered unassigned ones is looked up only for `agents`."""
    # Its latest judgement says whether a ticket is spam; only tickets with more than one can be.
    rows = db.execute(
        f"select t.id, t.tier, t.channel, {_AGENT if agents else 'null'}, t.received_at, t.first_response_at,"
        " t.closed_at, t.status, t.due_at, t.target_seconds, t.policy_revision,"
        " t.due_at is null and t.target_n > 1 and exists"
        " (select 1 from history h where h.ticket = t.id and h.n = t.target_n and h.kind = 'spam')"
        f" from tickets t where t.id {in_numbers(numbers)} order by t.id"
    )
    return map(OutcomeRow._make, rows)


class PromiseRow(NamedTuple):
    """The target of a tier, in business seconds."""

    tier: str
    target_seconds: int | None


def promises(db: Desk, numbers: Sequence[int]) -> dict[int, PromiseRow]:
    """The promise that the due time comes from, for those of some requests that were judged again.

    See `promised_target`.
    """
    retracted = _retracted(db, numbers)
    rows = db.execute(
        f"select {', '.join('g.' + name for name in Target._fields)}, instr(h.data, '\"closure\"'), t.id"
        " from tickets t join targets g on g.ticket = t.id and g.n <= t.target_n"
        " join history h on h.ticket = g.ticket and h.n = g.n"
        f" where t.target_n > 1 and t.id {in_numbers(numbers)} order by t.id, g.n"
    )
    found = {}
    for number, group in groupby(rows, key=itemgetter(-1)):
        judged = [(target_of(target), moved) for *target, moved, _ in group]
        counted = counting(retracted.get(number, ()), [target for target, _ in judged])
        if promise := promised_target(counted, [target.n for target, moved in judged if moved]):
            found[number] = PromiseRow(promise.tier, promise.target_seconds)
    return found


def _retracted(db: Desk, numbers: Iterable[int]) -> dict[int, list[Entry]]:
    """The entries that take another back, of some requests."""
    rows = db.execute(
        f"select {ENTRY}, ticket from history"
        f" where kind = 'retracted' and ticket {in_numbers(numbers)} order by ticket, n"
    )
    return {number: [entry_of(row[:-1]) for row in group] for number, group in groupby(rows, key=itemgetter(-1))}
