"""How targets for first responses were met: by tier, channel, agent or month, and over time (2.1)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from supportctl.policy.attainment import MEASURED, By, Figures, Outcome, Shares, figures, shares
from supportctl.policy.history import counting, first_answerer, promised_target, replay
from supportctl.policy.hours import Calendar
from supportctl.policy.model import Policy
from supportctl.policy.periods import Stretch, fitting, stretches
from supportctl.policy.ticket import Entry, Target, Ticket, sla
from supportctl.store import agents, outcomes, policies, tickets
from supportctl.store.desk import Desk

DRAWN = 26  # stretches of time in a chart, at most


class CountedRequest(NamedTuple):
    """A request as a report counts it."""

    tier: str
    channel: str
    agent: str | None
    received_at: int
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
    with db.snapshot():
        policy = policies.in_force(db, at).policy
        requests = list(_requests(db, at, since, until, agents=by is By.AGENT))
    key = _key(by, requests, zone)
    order = _order(by, policy)
    found = [ReportGroup(by, name, figures(r.outcome for r in members)) for name, members in _grouped(requests, key)]
    return Report(
        groups=sorted(found, key=lambda group: order(group.name)),
        whole=figures(request.outcome for request in requests),
        course=_course(requests, zone) if over_time else [],
    )


def _requests(db: Desk, at: int, since: int | None, until: int | None, *, agents: bool) -> Iterator[CountedRequest]:
    """The requests of the period as they were at `at`; who answered unassigned ones is looked up only for `agents`."""
    low = policies.BEGINNING if since is None else since
    high = at + 1 if until is None else min(until, at + 1)
    measure = _Measure(db, at)
    replayed = set()
    for ticket, entries, targets in tickets.threads_to_replay(db, at, low, high):
        replayed.add(ticket.id)
        then = replay(ticket, entries, targets, until=at)
        standing = _promised(_standing(then), _promise(entries, targets, at))
        yield measure.request(standing, then.assignee or first_answerer(entries, then.first_response_at))
    answerers = outcomes.answered_by(db, low, high) if agents else {}
    promises = outcomes.promises(db, low, high)
    for standing in outcomes.received(db, low, high):
        if standing.id not in replayed:
            standing = _promised(standing, promises.get(standing.id))
            yield measure.request(standing, standing.assignee or answerers.get(standing.id))


def _standing(ticket: Ticket) -> outcomes.OutcomeRow:
    """The few facts of a ticket that its outcome follows from."""
    target = ticket.target
    return outcomes.OutcomeRow(
        ticket.id, target.tier, ticket.channel, ticket.assignee, ticket.received_at, ticket.first_response_at,
        ticket.closed_at, ticket.status, target.due_at, target.target_seconds, target.policy_revision, ticket.is_spam,
    )  # fmt: skip


def _promise(entries: Sequence[Entry], targets: Sequence[Target], at: int) -> outcomes.PromiseRow | None:
    closures = [entry.n for entry in entries if "closure" in entry.data]
    found = promised_target([t for t in counting(entries, targets) if t.set_at <= at], closures)
    return outcomes.PromiseRow(found.tier, found.target_seconds) if found else None


def _promised(standing: outcomes.OutcomeRow, promise: outcomes.PromiseRow | None) -> outcomes.OutcomeRow:
    """A request under the tier and target that its due time comes from."""
    if promise is None or standing.due_at is None or promise.target_seconds is None:
        return standing
    return standing._replace(tier=promise.tier, target_seconds=promise.target_seconds)


class _Measure:
    """Measures requests at one moment, each by the business hours of the revision that last judged it.

    A response took its target, plus or minus the time by which it came after or before its due time. So a response that
    met its target took no longer than it, and one that missed took longer, whatever moved the due time: only tickets
    that met their targets can keep a mean within its target.
    """

    def __init__(self, db: Desk, at: int) -> None:
        self._db, self._at = db, at
        self._calendars: dict[int, Calendar] = {}

    def request(self, standing: outcomes.OutcomeRow, agent: str | None) -> CountedRequest:
        """The outcome of a request."""
        stands = sla(standing.due_at, standing.first_response_at, standing.closed_at, self._at)
        seconds = None
        if stands in MEASURED:
            end = self._at if stands == "late" else standing.first_response_at
            seconds = self._took(standing, self._at if end is None else end)
        outcome = Outcome(stands, seconds, standing.target_seconds, standing.status == "merged", bool(standing.spam))
        return CountedRequest(standing.tier, standing.channel, agent, standing.received_at, outcome)

    def _took(self, standing: outcomes.OutcomeRow, end: int) -> int | None:
        due, target = standing.due_at, standing.target_seconds
        if due is None or target is None:
            return None
        if end <= due:
            return max(target - self._between(standing.policy_revision, end, due), 0)
        # Late outside working hours, it took no more working time; but it missed its target.
        return target + max(self._between(standing.policy_revision, due, end), 1)

    def _between(self, number: int, start: int, end: int) -> int:
        """The business seconds by the hours of a revision; each is read once."""
        if number not in self._calendars:
            self._calendars[number] = policies.revision(self._db, number).calendar
        return self._calendars[number].between(start, end)


def _grouped(
    requests: Iterable[CountedRequest], key: Callable[[CountedRequest], str | None]
) -> Iterable[tuple[str | None, list[CountedRequest]]]:
    groups: dict[str | None, list[CountedRequest]] = defaultdict(list)
    for request in requests:
        groups[key(request)].append(request)
    return groups.items()


def _key(by: By, requests: Sequence[CountedRequest], zone: tzinfo | None) -> Callable[[CountedRequest], str | None]:
    """The name of the group that a request belongs to."""
    match by:
        case By.TIER:
            return lambda request: request.tier
        case By.CHANNEL:
            return lambda request: request.channel
        case By.AGENT:
            spelling: dict[str, str] = {}
            return lambda request: request.agent and spelling.setdefault(agents.fold(request.agent), request.agent)
        case By.MONTH:
            months = stretches("month", *_bounds(requests), zone) if requests else []
            starts = [month.start for month in months]
            return lambda request: months[bisect_right(starts, request.received_at) - 1].name


def _order(by: By, policy: Policy) -> Callable[[str | None], Any]:
    """Tiers by rank, channels as the policy lists them, the rest by name; what has none, or is gone, comes last."""
    places: dict[str, int] = {}
    if by is By.TIER:
        places = {tier.name: n for n, tier in enumerate(sorted(policy.tiers.values(), key=lambda t: t.rank))}
    elif by is By.CHANNEL:
        places = {name: n for n, name in enumerate(policy.channels)}
    return lambda name: (name is None, places.get(name or "", len(places)), name or "")


def _course(requests: Sequence[CountedRequest], zone: tzinfo | None) -> list[tuple[Stretch, Figures, Shares | None]]:
    if not requests:
        return []
    times = fitting(*_bounds(requests), zone, DRAWN)
    starts = [stretch.start for stretch in times]
    members: dict[int, list[Outcome]] = defaultdict(list)
    for request in requests:
        members[bisect_right(starts, request.received_at) - 1].append(request.outcome)
    return [(stretch, figures(members[n]), shares(members[n])) for n, stretch in enumerate(times)]


def _bounds(requests: Iterable[CountedRequest]) -> tuple[int, int]:
    received = [request.received_at for request in requests]
    return min(received), max(received)
