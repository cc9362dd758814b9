"""How targets for first responses were met: by tier, channel, agent or month, and over time (2.1)."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from supportctl.policy.attainment import MEASURED, By, Figures, Outcome, Shares, figures, shares
from supportctl.policy.history import counting, first_answerer, promised_target, replay
from supportctl.policy.hours import DAY, Calendar
from supportctl.policy.model import Policy
from supportctl.policy.periods import Stretch, fitting, stretches
from supportctl.policy.ticket import Entry, Target, Ticket, sla
from supportctl.store import agents, outcomes, policies, tickets
from supportctl.store.desk import NUMBERS, Desk
from supportctl.store.outcomes import CountedRow, OutcomeRow

DRAWN = 26  # stretches of time in a chart, at most
BACK, AHEAD = 10 * 366 * DAY, 366 * DAY  # around the moment of a report: times that the desk itself measures


class CountedRequest(NamedTuple):
    """What requests have in common: their group (None: nobody), a stretch of the course, and their outcome.

    A month and a stretch are named by their start.
    """

    group: Any
    start: int | None
    outcome: Outcome


class ReportGroup(NamedTuple):
    """A tier, a channel, an agent (None: nobody) or a month, with its figures."""

    by: str
    name: str | None
    figures: Figures


class Report(NamedTuple):
    """The groups, the figures of all of them together, and the course of first responses over time."""

    groups: list[ReportGroup]
    whole: Figures
    course: list[tuple[Stretch, Figures, Shares | None]]


def report(
    db: Desk,
    at: int,
    since: int | None,
    until: int | None,
    by: By,
    zone: tzinfo | None,
    *,
    over_time: bool = False,
) -> Report:
    """The outcomes by `at` of the requests received in `since` <= t < `until` (UTC epoch seconds; None: no bound).

    `zone` is that of months and of the course (None: the machine's), which is worked out only with `over_time`.
    """
    low = policies.BEGINNING if since is None else since
    high = at + 1 if until is None else min(until, at + 1)
    with db.snapshot():
        policy = policies.in_force(db, at).policy
        period = outcomes.bounds(db, low, high) if over_time or by is By.MONTH else None
        months = stretches("month", *period, zone) if period and by is By.MONTH else []
        course = fitting(*period, zone, DRAWN) if period and over_time else []
        requests = _requests(db, at, low, high, _Grouping(by, months, course))
    order, name = _order(by, policy), _names(by, months)
    groups, times = defaultdict[str | None, Counter[Outcome]](Counter), defaultdict[Any, Counter[Outcome]](Counter)
    for request, count in requests.items():
        groups[name(request.group)][request.outcome] += count
        times[request.start][request.outcome] += count
    found = [ReportGroup(by, group, figures(members)) for group, members in groups.items()]
    return Report(
        groups=sorted(found, key=lambda group: order(group.name)),
        whole=figures(sum(times.values(), Counter())),
        course=[(stretch, figures(times[stretch.start]), shares(times[stretch.start])) for stretch in course],
    )


class _Grouping(NamedTuple):
    """What a report groups requests by."""

    by: By
    months: Sequence[Stretch]
    course: Sequence[Stretch]

    def of(self, standing: OutcomeRow, outcome: Outcome) -> CountedRequest:
        """A single request, as `outcomes.counted` groups many."""
        match self.by:
            case By.TIER:
                group: Any = standing.tier
            case By.CHANNEL:
                group = standing.channel
            case By.AGENT:
                group = standing.agent
            case By.MONTH:
                group = _start(self.months, standing.received_at)
        return CountedRequest(group, _start(self.course, standing.received_at), outcome)


def _start(among: Sequence[Stretch], at: int) -> int | None:
    """When the stretch of a moment starts; None if it is before all of them."""
    n = bisect_right(among, at, key=lambda stretch: stretch.start)
    return among[n - 1].start if n else None


def _requests(db: Desk, at: int, since: int, until: int, grouping: _Grouping) -> Counter[CountedRequest]:
    """The requests of the period as they were at `at`: nearly all are counted by the desk itself."""
    calendars = {number: _calendar(db, number) for number in policies.numbers(db)}
    low, high = _first_day(calendars[max(calendars)], max(at - BACK, outcomes.beginning(db, at))), at + AHEAD
    segments = {number: calendar.segments(low, high) for number, calendar in calendars.items()}
    known = outcomes.hours(db, low, high, segments)
    starts = outcomes.Starts(*([each.start for each in among] for among in (grouping.months, grouping.course)))
    found, apart = Counter[CountedRequest](), list[int]()
    for row, count in outcomes.counted(db, at, since, until, known, grouping.by, starts).items():
        if row.apart is None:
            found[CountedRequest(row.group, row.start, _outcome(row))] += count
        else:
            apart.append(row.apart)
    measure, agents = _Measure(db, at), grouping.by is By.AGENT
    for n in range(0, len(apart), NUMBERS):
        some = _apart(db, at, apart[n : n + NUMBERS], agents=agents)
        found.update(grouping.of(row, measure.outcome(row)) for row in some)
    return found


def _first_day(calendar: Calendar, start: int) -> int:
    """When the day of `start` begins if days begin while support is closed: so they split no span."""
    opens, closes = next(calendar.segments(start, start + 7 * DAY), (start, start))
    closed = closes + (DAY - (closes - opens)) // 2
    return start - (start - closed) % DAY


def _calendar(db: Desk, number: int) -> Calendar:
    """The hours of a revision."""
    return policies.revision(db, number).calendar


def _outcome(row: CountedRow) -> Outcome:
    left, target = row.left, row.target_seconds
    seconds = None if left is None or target is None or row.sla not in MEASURED else _took(target, left, row.sla)
    return Outcome(row.sla, seconds, target, bool(row.merged))


def _took(target: int, left: int, stands: str) -> int:
    """How long a first response took: its target, less what was `left` of it.

    So a response that met its target took no longer than it, and one that missed took longer, whatever moved the due
    time: only tickets that met their targets can keep a mean within its target.
    """
    if stands == "met":
        return max(target - left, 0)
    return target + max(-left, 1)  # late outside working hours, it took no more working time; but it missed its target


def _apart(db: Desk, at: int, numbers: Sequence[int], *, agents: bool) -> Iterator[OutcomeRow]:
    """Some requests, each by itself; who answered unassigned ones is looked up only for `agents`."""
    replayed = set()
    for ticket, entries, targets in tickets.threads_to_replay(db, at, numbers):
        replayed.add(ticket.id)
        then = replay(ticket, entries, targets, until=at)
        agent = then.assignee or first_answerer(entries, then.first_response_at)
        yield _promised(_standing(then, agent), _promise(entries, targets, at))
    promises = outcomes.promises(db, numbers)
    for standing in outcomes.received(db, numbers, agents=agents):
        if standing.id not in replayed:
            yield _promised(standing, promises.get(standing.id))


def _standing(ticket: Ticket, agent: str | None) -> OutcomeRow:
    """The few facts of a ticket that its outcome follows from."""
    target = ticket.target
    return OutcomeRow(
        ticket.id, target.tier, ticket.channel, agent, ticket.received_at, ticket.first_response_at,
        ticket.closed_at, ticket.status, target.due_at, target.target_seconds, target.policy_revision, ticket.is_spam,
    )  # fmt: skip


def _promise(entries: Sequence[Entry], targets: Sequence[Target], at: int) -> outcomes.PromiseRow | None:
    closures = [entry.n for entry in entries if "closure" in entry.data]
    found = promised_target([t for t in counting(entries, targets) if t.set_at <= at], closures)
    return outcomes.PromiseRow(found.tier, found.target_seconds) if found else None


def _promised(standing: OutcomeRow, promise: outcomes.PromiseRow | None) -> OutcomeRow:
    """A request under the tier and target that its due time comes from."""
    if promise is None or standing.due_at is None or promise.target_seconds is None:
        return standing
    return standing._replace(tier=promise.tier, target_seconds=promise.target_seconds)


class _Measure:
    """Measures requests at one moment, each by the business hours of the revision that last judged it."""

    def __init__(self, db: Desk, at: int) -> None:
        self._db, self._at = db, at
        self._calendars: dict[int, Calendar] = {}

    def outcome(self, standing: OutcomeRow) -> Outcome:
        """The outcome of a request."""
        stands = sla(standing.due_at, standing.first_response_at, standing.closed_at, self._at)
        seconds, due, target = None, standing.due_at, standing.target_seconds
        if stands in MEASURED and due is not None and target is not None:
            ended = standing.first_response_at if standing.first_response_at is not None else self._at
            seconds = _took(target, self._left(standing.policy_revision, ended, due), stands)
        return Outcome(stands, seconds, target, standing.status == "merged", bool(standing.spam))

    def _left(self, number: int, ended: int, due: int) -> int:
        """The business seconds to the due time by the hours of a revision, negative after it; each is read once."""
        if number not in self._calendars:
            self._calendars[number] = _calendar(self._db, number)
        calendar = self._calendars[number]
        return calendar.between(ended, due) if ended <= due else -calendar.between(due, ended)


def _names(by: By, months: Sequence[Stretch]) -> Callable[[Any], str | None]:
    """The name of a group; of spellings of one agent, the first that comes up."""
    match by:
        case By.AGENT:
            spelling: dict[str, str] = {}
            return lambda agent: agent and spelling.setdefault(agents.fold(agent), agent)
        case By.MONTH:
            names: Mapping[int, str] = {month.start: month.name for month in months}
            return lambda start: names[start]
        case _:
            return lambda name: name


def _order(by: By, policy: Policy) -> Callable[[str | None], Any]:
    """Tiers by rank, channels as the policy lists them, the rest by name; what has none, or is gone, comes last."""
    places: dict[str, int] = {}
    if by is By.TIER:
        places = {tier.name: n for n, tier in enumerate(sorted(policy.tiers.values(), key=lambda t: t.rank))}
    elif by is By.CHANNEL:
        places = {name: n for n, name in enumerate(policy.channels)}
    return lambda name: (name is None, places.get(name or "", len(places)), name or "")
