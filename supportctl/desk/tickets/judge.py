"""Judges requests by the records of the desk, and stores the resulting due times with the entries that say why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple

from supportctl.clock import NEVER
from supportctl.desk.tickets.as_of import as_it_was
from supportctl.desk.tickets.case import Case, History, Waits
from supportctl.policy.facts import EVER, JudgedRequest, Person, Revision, as_late_as
from supportctl.policy.history import counting, in_force, in_order, replay
from supportctl.policy.hours import Calendar
from supportctl.policy.identity import fold_address
from supportctl.policy.judgement import Request, judge_request
from supportctl.policy.promise import Due, DueContext, EffectiveTarget, Promise, due_until, takes_effect_at
from supportctl.policy.ticket import Entry, Target, Ticket
from supportctl.policy.verdict import Reason
from supportctl.policy.versions import Release, judge_version
from supportctl.store import facts, filing, notified, policies, releases, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader, Reader

Data = dict[str, Any]
Changes = list[tuple[Ticket, Entry, Target]]
CAUGHT_UP = "entitlement changed meanwhile"
# The content of a target; its reasons and the support of a version follow from these, or change no promise.
SAYS = (
    "tier", "priority", "rank", "standing", "coverage", "registered", "target_seconds", "due_at", "policy_revision",
)  # fmt: skip


class Judge:
    """Judges requests by the policy's revisions, the holidays and the senders' records, each read once."""

    def __init__(
        self,
        read: Reader,
        data: Mapping[str, Any] | None = None,
        at: int = 0,
        *,
        people: Mapping[str, Person] = MappingProxyType({}),
    ) -> None:
        """`data` is that of a policy that might be set at `at`, `people` are by folded address how a change makes them:
        neither is on record.
        """
        self._read = read
        read.ahead(policies.recorded(), policies.holidays())
        self._revisions = facts.revisions(read)
        if data is not None:
            self._revisions.append(Revision(max(r.number for r in self._revisions) + 1, at, at, lambda: data))
        self._closings = facts.closings(read)
        self._numbered = {revision.number: revision for revision in self._revisions}
        self._newest_first = sorted(self._revisions, key=lambda r: (r.effective_at, r.number), reverse=True)
        self._people = people
        self._person = lru_cache(maxsize=1024)(partial(facts.person, read))
        self._moments = lru_cache(maxsize=1024)(self._moments_of)
        self._first_verdict = lru_cache(maxsize=4096)(self._verdict)
        self._releases = lru_cache(maxsize=64)(self._releases_of)
        self._support = lru_cache(maxsize=4096)(self._support_of)

    def expect(self, people: Mapping[str, Person]) -> None:
        """Take what is on record of some people, by folded address, as it was read just now."""
        self._people = people

    def revision(self, number: int) -> Revision:
        """The revision of a number that the desk itself names. Raises LookupError."""
        return self._numbered[number]

    def in_force(self, at: int) -> Revision:
        """The revision in force at `at`; the first has no beginning. Raises ValueError if none is left."""
        for revision in self._newest_first:
            if revision.effective_at <= at:
                return revision
        raise ValueError("no policy revision is in force")

    def calendar(self, number: int, days: Mapping[str, str]) -> Calendar:
        """The hours of a revision, with the desk's own holidays."""
        return self._numbered[number].calendar(days)

    def holiday_changes(self) -> list[int]:
        """When the desk's holidays changed, in order."""
        return sorted({at for c in self._closings for at in (c.recorded_at, c.removed_at) if at is not None})

    def case(self, waits: Waits, known: int) -> DueContext:
        """The context that the due times of a ticket are worked out in."""
        return DueContext(self.calendar, self._closings, waits, known)

    def asked(self, sender: str, at: int, known: int) -> JudgedRequest:
        """A request from an address, ready to be judged."""
        person = self._people.get(fold_address(sender)) or self._person(sender)
        return JudgedRequest(at, known, person, self._revisions)

    def support(self, revision: Revision, ticket: Ticket, at: int) -> str | None:
        """The support of the version at `at` (7.2); None if none was given, or the policy lacks the product."""
        if ticket.version is None or ticket.product not in revision.policy.products:
            return None
        _, moments = self._releases(ticket.product)
        return self._support(revision, ticket.product, ticket.version, as_late_as(moments, at))

    def _support_of(self, revision: Revision, product: str, version: str, at: int) -> str:
        known, _ = self._releases(product)
        return judge_version(version, revision.policy.products[product], known, revision.policy, at).support

    def _releases_of(self, product: str) -> tuple[list[Release], list[int]]:
        """A product's releases, and when they came out."""
        known = releases.of_product(self._read, product)
        return known, sorted({each.released_at for each in known if each.released_at is not None})

    def judged(self, ticket: Ticket, asked: JudgedRequest, at: int, before: EffectiveTarget | None) -> EffectiveTarget:
        """The target of a ticket by the facts of `at`, without a due time, and with the promises of the one before."""
        revision = asked.revision(at)
        target = judge_request(revision.policy, asked.entitlement(at), request_of(ticket))
        return self._effective(ticket, revision, target, at, before)

    def _effective(
        self, ticket: Ticket, revision: Revision, target: Target, at: int, before: EffectiveTarget | None = None
    ) -> EffectiveTarget:
        promises = before.promises if before else ()
        if target.target_seconds is not None:
            promises = (*promises, Promise(at, target.target_seconds, revision.number))
        same = before is not None and before.target.policy_revision == revision.number
        support = ticket.target.version_support
        target = target._replace(
            set_at=at, policy_revision=revision.number, target_seconds=promises[-1].seconds if promises else None,
            version_support=support if same else self.support(revision, ticket, ticket.received_at),
        )  # fmt: skip
        return EffectiveTarget(target, promises, judged=True)

    def from_the_start(self, ticket: Ticket, asked: JudgedRequest, waits: Waits) -> list[EffectiveTarget]:
        """Its targets from when it was asked on, one for each change.

        Many requests are judged alike: the verdict does not depend on who asks and when, but for the facts that count.
        """
        person = asked.person.unnamed()
        moment = as_late_as(self._moments(person), asked.at)
        revision, target, turns = self._first_verdict(person, moment, asked.known_at, request_of(ticket))
        if any(takes_effect_at(waits, at) is not None for at in turns):
            return self.follow(ticket, asked, waits, asked.at, None)
        return [self._effective(ticket, revision, target, asked.at)]

    def _verdict(
        self, person: Person, at: int, known: int, request: Request
    ) -> tuple[Revision, Target, frozenset[int]]:
        """The verdict on a request when it is asked, and the moments at which it may change."""
        asked = JudgedRequest(at, known, person, self._revisions)
        revision = asked.revision(at)
        return revision, judge_request(revision.policy, asked.entitlement(at), request), frozenset(asked.turns())

    def _moments_of(self, person: Person) -> list[int]:
        """The moments that the facts about a person, and the revisions of the policy, are compared by."""
        revised = (at for each in self._revisions for at in (each.effective_at, each.recorded_at))
        return sorted({EVER, *revised, *person.moments()})

    def follow(
        self, ticket: Ticket, asked: JudgedRequest, waits: Waits, since: int, before: EffectiveTarget | None
    ) -> list[EffectiveTarget]:
        """Its targets from `since` on, one for each change, dated when the change takes effect for the ticket."""
        met = (takes_effect_at(waits, at) for at in asked.turns())
        found: list[EffectiveTarget] = []
        for at in sorted({since, *(at for at in met if at is not None and at > since)}):
            now = self.judged(ticket, asked, at, before)
            if before is None or not _same(before.target, now.target):
                found.append(now)
                before = now
        return found


def _same(before: Target, now: Target) -> bool:
    """Whether two judgements are the same, whatever the due time."""
    return _says(before._replace(due_at=None)) == _says(now._replace(due_at=None))


def _says(target: Target) -> tuple[Any, ...]:
    return tuple(getattr(target, name) for name in SAYS)


def request_of(ticket: Ticket) -> Request:
    """The facts of a ticket that the policy judges."""
    return Request(ticket.channel, ticket.product, ticket.topic, ticket.language, ticket.outbound)


def recording_time(actor: Actor) -> Data:
    """When a request was recorded, for its entry; empty if the command ran by the true clock."""
    return {} if actor.now == actor.entered_at else {"taken_in": actor.now}


# Recording due times


class Recalculation(NamedTuple):
    """The targets that a ticket should have from `since` on, and the cause of the change."""

    judge: Judge
    history: History
    spans: Waits
    judged: Sequence[EffectiveTarget]
    since: int
    cause: str
    actor: Actor
    named: Mapping[str, str] = {}  # the day that was changed in the very second in which the ticket was recorded

    def differences(self) -> tuple[list[Entry], list[Target]]:
        """The entries and targets to add, so that the history agrees with the facts at every moment."""
        stored = {k.target.set_at: k for k in self.history.kept()}
        have = [k for at, k in stored.items() if at < self.since][-1:]
        case = self.judge.case(self.spans, self.history.known_at)
        entries: list[Entry] = []
        targets: list[Target] = []
        for at in sorted(self._moments(case, stored)):
            have = [stored[at]] if at in stored else have
            want = next(k for k in reversed(self.judged) if k.target.set_at <= at)
            due = due_until(case, want.promises, at)
            target = want.target._replace(due_at=due.due_at if due else None)
            if have and _says(have[0].target) == _says(target) and have[0].promises == want.promises:
                continue
            was = have[0] if have else None
            if was and not was.judged and _says(was.target) == _says(target):
                continue
            n = self.history.ticket.entries + len(entries) + 1
            days = _days(case, want.promises, due, at) or self.named
            target = target._replace(n=n, set_at=at, reasons=self._reasons(want, was, target, days, at))
            entries.append(self._entry(n, at, was, want, target, days))
            targets.append(target)
            have = [EffectiveTarget(target, want.promises, judged=True)]
        return entries, targets

    def _moments(self, case: DueContext, stored: Iterable[int]) -> set[int]:
        judged = (k.target.set_at for k in self.judged)
        return {at for at in (*judged, *case.turns(), *stored) if at >= self.since}

    def _reasons(
        self, want: EffectiveTarget, was: EffectiveTarget | None, target: Target, days: Mapping[str, str], at: int
    ) -> tuple[Reason, ...]:
        """The judgement's reasons; if only the calendar changed, they stay, with the holiday that moved it."""
        anew = want.target.set_at == at or was is None or not _same(was.target, want.target)
        reasons = want.target.reasons if anew or was is None else was.target.reasons
        if not days or was is None or was.target.due_at is None or target.due_at is None:
            return reasons
        verb, named = _verb(days), ", ".join(sorted(days))
        later = "later" if target.due_at > was.target.due_at else "earlier"
        clause = self.judge.revision(target.policy_revision).policy.clause("hours")
        text = f"Holiday {verb}: {named}, so the answer is due {later}."
        others = [r for r in reasons if not (r.code.startswith("holiday-") and any(d in r.text for d in days))]
        return (*others, Reason(clause, f"holiday-{verb}", text))

    def _entry(
        self,
        n: int,
        at: int,
        was: EffectiveTarget | None,
        want: EffectiveTarget,
        target: Target,
        days: Mapping[str, str],
    ) -> Entry:
        before = was.target if was else target
        data: Data = {"cause": self.cause}
        if days and _same(before, want.target):
            data = {"cause": f"holiday {_verb(days)}: {', '.join(sorted(days))}", "closure": ", ".join(sorted(days))}
        else:
            if target.policy_revision != before.policy_revision:
                number = target.policy_revision
                data = {"cause": f"policy revision {number}", "revision": number}
            data["tier"] = [before.tier, target.tier]
        data |= {"due_at": [before.due_at, target.due_at], "promises": [list(p) for p in want.promises]}
        actor = self.actor
        return Entry(n, at, actor.entered_at, "retargeted", actor.agent, actor.system_user, data)


def _days(case: DueContext, promises: Sequence[Promise], due: Due | None, at: int) -> dict[str, str]:
    """The days whose hours changed since `at`: by date whether they were added, removed or corrected."""
    before = due_until(case, promises, at - 1)
    if due is None or before is None:
        return {}
    old, new = before.days, due.days
    return {
        day: "added" if day not in old else "removed" if day not in new else "corrected"
        for day in {*old, *new}
        if old.get(day) != new.get(day)
    }


def _verb(days: Mapping[str, str]) -> str:
    verbs = set(days.values())
    return verbs.pop() if len(verbs) == 1 else "corrected"


def recalculation(judge: Judge, history: History, at: int, cause: str, actor: Actor) -> Recalculation | None:
    """The new targets of a ticket after a fact that counts from `at` was recorded; None if it does not concern it.

    Earlier promises are kept.
    """
    asked = judge.asked(history.ticket.sender, history.asked_at, history.known_at)
    spans = history.waits()
    since = takes_effect_at(spans, asked.at if at < asked.known_at else at)
    if since is None or history.ticket.is_spam:
        return None
    before = [k for k in history.kept() if k.target.set_at <= since]
    base = before[-1] if before else None
    found = judge.follow(history.ticket, asked, spans, since, base)
    return Recalculation(judge, history, spans, [*before[-1:], *found], since, cause, actor)


def holiday_recalculation(
    judge: Judge, history: History, at: int, day: tuple[str, str], actor: Actor
) -> Recalculation | None:
    """The targets of a ticket after the holidays changed at `at`: the same promises, by the new calendar.

    `day` is the one that changed, and whether it was added, removed or corrected.
    """
    spans = history.waits()
    since = takes_effect_at(spans, history.asked_at if at <= history.known_at else at)
    if since is None or history.ticket.is_spam:
        return None
    return Recalculation(judge, history, spans, history.kept(), since, "", actor, dict([day]))


def changes_of(courses: Iterable[Recalculation | None], tick: Any = lambda: None) -> Iterator[filing.Retargeted]:
    """The rows to save for each ticket whose targets change."""
    for course in courses:
        tick()
        entries, targets = course.differences() if course else ([], [])
        if course and entries:
            history = course.history
            now = in_force([*history.entries, *entries], [*history.targets, *targets])
            yield filing.Retargeted(history.ticket, now, entries, targets)


def save_recalculations(db: Desk, courses: Iterable[Recalculation | None], tick: Any = lambda: None) -> Changes:
    """Save new targets, inside the caller's transaction; returns the tickets that changed (see `retargets`)."""
    found = list(changes_of(courses, tick))
    filing.retarget(db, found, tick)
    notified.forget(db, due_later(found))
    return retargets(found)


def retargets(retargeted: Iterable[filing.Retargeted]) -> Changes:
    """For each ticket with new targets: the ticket before, the last entry, which says why, and the target now."""
    return [(each.ticket, each.entries[-1], each.now) for each in retargeted]


def due_later(retargeted: Iterable[filing.Retargeted]) -> list[int]:
    """The numbers of the tickets that are due later than they were: late again, they are news again."""
    return [each.ticket.id for each in retargeted if (each.now.due_at or 0) > (each.ticket.target.due_at or 0)]


def reassess(db: Desk, senders: Iterable[str], at: int, cause: str, actor: Actor) -> Changes:
    """Judge the waiting tickets of folded addresses again after a change at `at`, inside the caller's transaction.

    A change in the future concerns only tickets received after it, which back-dated entries allow. Returns the tickets
    that changed (see `retargets`).
    """
    read = DirectReader(db)
    judge = Judge(read)
    found = [History(*each) for each in tickets.waiting_of(read, senders, at)]
    return save_recalculations(db, (recalculation(judge, history, at, cause, actor) for history in found))


def followers(read: Reader, people: Mapping[str, Person], at: int, cause: str, actor: Actor) -> list[filing.Retargeted]:
    """What becomes of the tickets that wait of some people, by folded address, who change at `at`; none is stored."""
    judge = Judge(read, people=people)
    found = [History(*each) for each in tickets.waiting_of(read, people, at)]
    return list(changes_of(recalculation(judge, history, at, cause, actor) for history in found))


def catch_up(
    judge: Judge, case: Case, since: int, actor: Actor, *, cause: str = CAUGHT_UP, afresh: bool = False
) -> Case:
    """The case after it catches up with changes that it missed while it was closed, counted as answered, or wrong.

    With `afresh`, or if a correction changed the facts behind its promises, all targets are worked out again.
    """
    if afresh or any(map(moves_promises, _corrections(case.history))):
        course = _worked_out(judge, case, since, cause, actor)
    else:
        course = recalculation(judge, case.history, since, cause, actor)
    return case.adding(*course.differences()) if course else case


def with_entries(db: Desk, ticket: Ticket, entries: list[Entry], targets: list[Target]) -> Ticket:
    """The ticket that its whole history and these new entries and targets add up to; its `entries` counts them."""
    history = tickets.entries(db, ticket.id) + entries
    changed = replay(ticket, history, tickets.targets(db, ticket.id) + targets)
    return changed._replace(entries=ticket.entries + len(entries))


# A new request


def first_promises(
    judge: Judge, ticket: Ticket, entry: Entry, actor: Actor, until: int, cause: str
) -> tuple[list[Entry], list[Target]]:
    """The first targets of a ticket, asked by `entry`, with the changes before `until`; returns entries and targets.

    The entries are those after `entry`. Nothing is stored yet.
    """
    known, spans = max(entry.at, actor.now), [(entry.at, until)]
    judged = judge.from_the_start(ticket, judge.asked(ticket.sender, entry.at, known), spans)
    case = judge.case(spans, known)
    due = due_until(case, judged[0].promises, entry.at)
    first = judged[0].target._replace(n=entry.n, set_at=entry.at, due_at=due.due_at if due else None)
    if len(judged) == 1 and not case.turns():
        return [], [first]
    history = History(ticket._replace(entries=entry.n), [entry], [first])
    entries, targets = Recalculation(judge, history, spans, judged, entry.at, cause, actor).differences()
    return entries, [first, *targets]


def customer_wrote(judge: Judge, ticket: Ticket, n: int, at: int, actor: Actor) -> Target:
    """The first target of a ticket that the desk began: it counts from when the customer writes (hard question 5)."""
    asked = ticket._replace(outbound=False)
    known = max(at, actor.now)
    judged = judge.judged(asked, judge.asked(ticket.sender, at, known), at, None)
    due = due_until(judge.case([(at, NEVER)], known), judged.promises, at)
    return judged.target._replace(n=n, set_at=at, due_at=due.due_at if due else None)


# A request that was entered wrongly

# Reasons that no judgement gives: they stay whatever is corrected.
_ASIDE = ("holiday-", "unknown-key", "key-not-")


PROMISED = frozenset({"channel", "sender"})  # the facts that a promise rests on


def moves_promises(correction: Entry) -> bool:
    """Whether a correction moves what promises rest on; no other moves a due time (hard question 4)."""
    return not PROMISED.isdisjoint({*correction.data.get("set", ()), *correction.data.get("also", ())})


def _corrections(history: History) -> list[Entry]:
    """Those that count, in the order in which they take effect."""
    return [entry for entry in in_order(counting(history.entries, history.entries)) if entry.kind == "edited"]


def corrected(judge: Judge, history: History, entry: Entry) -> EffectiveTarget:
    """The targets of a ticket after `entry` corrected its facts.

    If promises rest on those facts, it is judged from when it was asked, as if they had been right from the start.
    Other corrections move no due time, and none does once the ticket stopped waiting (hard question 4).
    """
    last = [k for k in history.kept() if k.target.set_at <= entry.at][-1]
    spans = history.waits()
    return _corrected(judge, history, _from_the_start(judge, history, spans), spans, entry, last)


def _from_the_start(judge: Judge, history: History, spans: Waits) -> list[EffectiveTarget]:
    """The targets of a ticket from when it was asked, one for each change."""
    asked = judge.asked(history.ticket.sender, history.asked_at, history.known_at)
    return judge.from_the_start(history.ticket, asked, spans)


def _corrected(
    judge: Judge, history: History, judged: Sequence[EffectiveTarget], spans: Waits, entry: Entry, last: EffectiveTarget
) -> EffectiveTarget:
    """What is owed from a correction on, by how the ticket is `judged` from the start, and by what was owed `last`."""
    at, promise = entry.at, moves_promises(entry)
    now = _latest(judged, at)
    revision = judge.revision(now.target.policy_revision)
    support = judge.support(revision, history.ticket, history.ticket.received_at)
    target = now.target._replace(n=entry.n, version_support=support)
    if promise and any(since <= at < until for since, until in spans):
        due = due_until(judge.case(spans, history.known_at), now.promises, at)
        return now._replace(target=target._replace(due_at=due.due_at if due else None))
    stays = ["tier", "priority", "rank", "target_seconds", "due_at", "policy_revision"]
    stays += [] if promise else ["standing", "registered"]
    aside = (reason for reason in last.target.reasons if reason.code.startswith(_ASIDE))
    target = target._replace(reasons=(*target.reasons, *aside))
    return EffectiveTarget(
        target._replace(**{name: getattr(last.target, name) for name in stays}), last.promises, judged=True
    )


def _latest(judged: Sequence[EffectiveTarget], at: int) -> EffectiveTarget:
    """The judgement in force at `at`, from then on."""
    found = [k for k in judged if k.target.set_at <= at][-1]
    return found._replace(target=found.target._replace(set_at=at))


def _worked_out(judge: Judge, case: Case, at: int, cause: str, actor: Actor) -> Recalculation | None:
    """The targets of a ticket after `at` by its facts alone, correction by correction, whatever its history says."""
    history = case.history
    spans = history.waits()
    since = takes_effect_at(spans, at)
    if since is None or history.ticket.is_spam:
        return None
    judged = _from_the_start(judge, _as_of(case, since), spans)
    owed = [_latest(judged, since)]
    for entry in _corrections(history):
        if entry.at > since:
            owed += [k for k in judged if owed[-1].target.set_at < k.target.set_at < entry.at]
            then = _as_of(case, entry.at)
            judged = _from_the_start(judge, then, spans)
            owed.append(_corrected(judge, then, judged, spans, entry, owed[-1]))
    owed += [k for k in judged if k.target.set_at > owed[-1].target.set_at]
    return Recalculation(judge, history, spans, owed, since, cause, actor)


def _as_of(case: Case, at: int) -> History:
    """The history with the ticket as its facts made it at `at`."""
    then = as_it_was(case.ticket, case.entries, case.targets, case.texts, at)
    return case.history._replace(ticket=then or case.ticket)
