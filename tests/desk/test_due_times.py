"""Due times are a function of the facts on record: random desks, on real files (hard question 4)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import copied, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from supportctl.desk import holidays
from supportctl.desk.accounts import customers, licences
from supportctl.desk.check import histories
from supportctl.desk.tickets import events
from supportctl.desk.tickets.as_of import ticket_at
from supportctl.desk.tickets.correct import Correction, correct_tickets
from supportctl.desk.tickets.explain import explain
from supportctl.desk.tickets.judge import Judge
from supportctl.desk.tickets.receive import Received, log_request
from supportctl.errors import InputError, NotOnRecord
from supportctl.policy.entitlement import Account, Licence
from supportctl.policy.promise import days_at
from supportctl.policy.steps import Step
from supportctl.policy.ticket import Ticket
from supportctl.store import policies, revisions, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk, DirectReader
from supportctl.store.histories import SimplePromise

HOUR, DAY = 3600, 86400
MONDAY = 1_772_467_200  # 2026-03-02T16:00:00Z, as support opens
WHO = ("ann@example.com", "bob@example.com", "eve@example.com")
DAYS = [f"2026-03-{day:02}" for day in range(2, 13)]
TIERS = ("SITE", "PRO", "STARTER")


class Act(NamedTuple):
    """Something done at the desk under the clock `at`."""

    at: int
    what: str
    args: tuple[Any, ...]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with its built-in policy alone; made once."""
    path = tmp_path_factory.mktemp("empty") / "desk.db"
    with opened(path, create=True):
        pass
    return path


def do(db: Desk, act: Act) -> None:
    """Do it; what the desk refuses, such as a holiday that is not there, does nothing."""
    actor = Actor("kim", "kim", act.at, act.at + 1000 * DAY)
    with suppress(InputError, NotOnRecord):
        _do(db, act, actor)


def _do(db: Desk, act: Act, actor: Actor) -> None:
    number = tickets.of_external_ids(db, act.args[:1]).get(act.args[0]) if act.args else None
    match act.what, act.args:
        case "log", (name, who, ago):
            log_request(db, Received(who, "s", "b", act.at - ago, external_id=name), actor)
        case "register", (who,):
            customers.add_customer(db, Account(0, who, None, "customer", None), actor)
        case "licence", (key, who, tier, issued, expires):
            given = Licence(0, key, tier, who, None, act.at + issued, act.at + issued + expires, revoked=False)
            licences.add_licence(db, given, actor)
        case "revoke", (key,):
            licences.revoke_licence(db, key, actor)
        case "holiday", (day, hours):
            holidays.add_holiday(db, day, hours, None, actor)
        case "work", (day,):
            holidays.remove_holiday(db, day, actor)
        case "correct", (day, hours):
            holidays.edit_holiday(db, day, hours, None, actor)
        case "answer", (_,):
            events.reply(db, {number or 0: "b"}, act.at, actor)
        case "close", (_,):
            events.close(db, [number or 0], "twice", actor)
        case "reopen", (_,):
            events.reopen(db, [number or 0], actor)
        case "topic", (_, topic):
            correct_tickets(db, [number or 0], Correction(topic=topic), actor)
        case "from", (_, who):
            correct_tickets(db, [number or 0], Correction(sender=who), actor)


names = st.sampled_from(["t1", "t2", "t3"])
who = st.sampled_from(WHO)
keys = st.sampled_from(["KEY-000001", "KEY-000002"])
days = st.sampled_from(DAYS)
hours = st.sampled_from([(), ("08:00-12:00",), ("10:00-11:00",)]).map(list)
ago = st.integers(0, 9 * HOUR)
terms = (st.sampled_from(TIERS), st.integers(-9 * DAY, 2 * DAY), st.integers(HOUR, 9 * DAY))
FACTS = {
    "log": st.tuples(names, who, ago),
    "register": st.tuples(who),
    "licence": st.tuples(keys, who, *terms),
    "holiday": st.tuples(days, hours),
}
DAILY = {
    **FACTS,
    "revoke": st.tuples(keys),
    "work": st.tuples(days),
    "correct": st.tuples(days, hours),
    "answer": st.tuples(names),
    "close": st.tuples(names),
    "reopen": st.tuples(names),
    "topic": st.tuples(names, st.sampled_from(["bug", "network", "antivirus"])),
}
instants = st.integers(MONDAY, MONDAY + 9 * DAY)


def acts(kinds: dict[str, Any], *, most: int) -> st.SearchStrategy[list[Act]]:
    one = st.sampled_from(sorted(kinds)).flatmap(lambda what: st.builds(Act, instants, st.just(what), kinds[what]))
    return st.lists(one, min_size=3, max_size=most, unique_by=lambda act: act.at).map(sorted)


def named(db: Desk) -> dict[str, Ticket]:
    found = {**dict.fromkeys(("t1", "t2", "t3")), **tickets.of_external_ids(db, ("t1", "t2", "t3"))}
    return {name: tickets.get(db, number) for name, number in found.items() if number}


def owed(db: Desk) -> dict[str, Any]:
    return {
        name: (t.target.tier, t.target.standing, t.target.target_seconds, t.target.due_at)
        for name, t in named(db).items()
    }


def once(done: Sequence[Act]) -> list[Act]:
    """Of facts that contradict each other, such as two licences of one key, the first."""
    return list({(act.what, act.args[0]): act for act in reversed(done)}.values())[::-1]


@settings(max_examples=60)
@given(acts(FACTS, most=9).map(once), st.randoms(use_true_random=False))
def test_due_times_do_not_depend_on_the_order_in_which_facts_were_entered(
    empty: Path, done: list[Act], random: Any
) -> None:
    with copied(empty) as db:
        for act in done:
            do(db, act)
        expected = owed(db)
    shuffled = random.sample(done, len(done))
    with copied(empty) as db:
        for act in shuffled:
            do(db, act)
        assert owed(db) == expected


@settings(max_examples=60)
@given(acts(DAILY, most=20))
def test_no_act_breaks_a_promise_and_each_moment_is_looked_back_to(empty: Path, done: list[Act]) -> None:
    """But for an added holiday none moves a due time later; none makes late in retrospect; the check agrees."""
    seen: list[tuple[int, dict[str, Any]]] = []
    with copied(empty) as db:
        for act in done:
            before = named(db)
            do(db, act)
            _kept(act, before, named(db))
            seen.append((act.at, owed(db)))
        assert list(histories.check_histories(db)) == []
        for at, then in seen:
            found = {name: ticket_at(db, ticket, at) for name, ticket in named(db).items()}
            back = {
                n: (t.target.tier, t.target.standing, t.target.target_seconds, t.target.due_at)
                for n, t in found.items()
                if t
            }
            assert {name: back[name] for name in then} == then


def _kept(act: Act, before: dict[str, Ticket], after: dict[str, Ticket]) -> None:
    for name, was in before.items():
        now = after[name]
        if was.target.due_at is None or now.target.due_at is None or not now.unanswered:
            continue
        met_a_holiday = act.what in ("holiday", "correct", "reopen")
        assert now.target.due_at <= was.target.due_at or met_a_holiday, (act, name)
        if was.unanswered and was.target.due_at >= act.at:
            assert now.target.due_at >= act.at, (act, name)


@settings(max_examples=30)
@given(acts({k: FACTS[k] for k in ("log", "register", "licence", "holiday")}, most=8), names, who, who)
def test_a_correction_is_as_if_right_from_the_start_and_of_one_that_is_undone_nothing_is_left(
    empty: Path, done: list[Act], name: str, right: str, wrong: str
) -> None:
    later = MONDAY + 10 * DAY
    with copied(empty) as db:
        for act in done:
            do(db, act._replace(args=(act.args[0], right, act.args[2])) if act.what == "log" else act)
        expected = owed(db)
        for n, sender in enumerate((wrong, right)):
            do(db, Act(later + n, "from", (name, sender)))
        assert owed(db) == expected
    with copied(empty) as db:
        for act in done:
            do(db, act._replace(args=(act.args[0], wrong, act.args[2])) if act.what == "log" else act)
        for each in named(db):
            do(db, Act(later, "from", (each, right)))
        assert owed(db) == expected


@settings(max_examples=30)
@given(acts(DAILY, most=12))
def test_an_explanation_sums_to_the_promise_and_ends_at_the_due_time(empty: Path, done: list[Act]) -> None:
    with copied(empty) as db:
        for act in done:
            do(db, act)
        for ticket in named(db).values():
            steps = explain(db, ticket.id, MONDAY + 20 * DAY).steps
            ends = [step for step in steps if step.code in ("due", "due-kept", "due-then")]
            if ticket.target.due_at is not None:
                assert ends[-1].end == ticket.target.due_at or ends[-1].start == ticket.target.due_at
            assert all(worked == target for worked, target in sums(steps))


def sums(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """The working time that each explained promise adds up to, and its target."""
    worked = 0
    for step in steps:
        if step.code == "counts-from":
            worked = 0
        elif step.code == "working-time":
            worked += step.seconds or 0
        elif step.code == "due":
            yield worked, step.seconds or 0


STARTER = Act(MONDAY - 9 * DAY, "licence", ("KEY-000001", WHO[0], "STARTER", -DAY, 400 * DAY))
KNOWN = [Act(MONDAY - 10 * DAY, "register", (WHO[0],)), STARTER]
TUESDAY = MONDAY + DAY + 7 * HOUR  # 15:00, two hours before closing


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ([("holiday", "2026-03-04", [])], 14),
        ([("holiday", "2026-03-04", []), ("work", "2026-03-04"), ("holiday", "2026-03-04", ["08:00-12:00"])], 10),
        ([("holiday", "2026-03-04", []), ("correct", "2026-03-04", ["08:00-12:00"])], 10),
        ([("holiday", "2026-03-04", ["08:00-12:00"])], 10),
    ],
)
def test_a_holiday_entered_again_moves_no_further_than_one_entered_right(
    empty: Path, course: list[Any], expected: int
) -> None:
    """Eight hours from Tuesday 15:00, and Wednesday a holiday or half of one: due on Thursday."""
    with copied(empty) as db:
        for act in [*KNOWN, Act(TUESDAY, "log", ("t1", WHO[0], 0))]:
            do(db, act)
        for n, (what, *args) in enumerate(course):
            do(db, Act(TUESDAY + 19 * HOUR + 300 + n * 60, what, tuple(args)))
        assert named(db)["t1"].target.due_at == MONDAY + 3 * DAY + (expected - 8) * HOUR


def test_correcting_a_holiday_gives_a_late_ticket_no_more_time(empty: Path) -> None:
    with copied(empty) as db:
        for act in [*KNOWN, Act(TUESDAY, "log", ("t1", WHO[0], 0)), Act(TUESDAY, "holiday", ("2026-03-04", []))]:
            do(db, act)
        due = named(db)["t1"].target.due_at
        for day in range(3):
            at = MONDAY + (4 + day) * DAY
            holidays.edit_holiday(db, "2026-03-04", None, f"Name {day}", Actor("kim", "kim", at, at))
            do(db, Act(at, "work", ("2026-03-04",)))
            do(db, Act(at + 60, "holiday", ("2026-03-04", [])))
            assert named(db)["t1"].target.due_at == due


@pytest.mark.parametrize("field", ["topic", "language", "version", "product"])
def test_what_it_is_about_moves_no_due_time(empty: Path, field: str) -> None:
    """Upgraded meanwhile: judged by its receipt it would be late."""
    values: dict[str, Any] = {
        "topic": "bug",
        "language": "da",
        "version": "7.6.2.0",
        "product": "remote-utilities-server",
    }
    with copied(empty) as db:
        done = [
            *KNOWN[:1],
            Act(MONDAY, "log", ("t1", WHO[0], 0)),
            Act(MONDAY + 26 * HOUR, "licence", ("KEY-000001", WHO[0], "SITE", -DAY, 90 * DAY)),
        ]
        for act in done:
            do(db, act)
        due = named(db)["t1"].target.due_at
        at = MONDAY + 27 * HOUR
        correct_tickets(db, [1], Correction()._replace(**{field: values[field]}), Actor("kim", "kim", at, at))
        assert named(db)["t1"].target.due_at == due


def test_a_correction_taken_back_is_as_if_there_had_been_none(empty: Path) -> None:
    with copied(empty) as db:
        for act in [*KNOWN, Act(MONDAY, "log", ("t1", WHO[0], 0))]:
            do(db, act)
        before, owes = named(db)["t1"], owed(db)
        do(db, Act(MONDAY + HOUR, "from", ("t1", WHO[1])))
        assert owed(db) != owes
        actor = Actor("kim", "kim", MONDAY + 2 * HOUR, MONDAY + 2 * HOUR)
        events.retract(db, 1, before.entries + 1, "It was her", actor)
        assert (owed(db), named(db)["t1"].sender) == (owes, before.sender)
        assert list(histories.check_histories(db)) == []


def test_a_revision_dated_in_the_future_moves_nothing_that_waits(empty: Path) -> None:
    """Not even when a licence of its customer changes after it came into force."""
    with copied(empty) as db:
        actor = Actor("kim", "kim", MONDAY, MONDAY)
        toml, data = policies.in_force(db, MONDAY).number, dict(policies.in_force(db, MONDAY)._data)
        data["tiers"] = {n: {**tier, "target": 60} for n, tier in data["tiers"].items()}
        do(db, KNOWN[0])
        revisions.add(db, str(toml), data, effective_at=MONDAY + 2 * HOUR, actor=actor)
        do(db, Act(MONDAY + 60, "log", ("t1", WHO[0], 0)))
        do(db, Act(MONDAY + 3 * HOUR, "licence", ("KEY-000001", WHO[0], "STARTER", -DAY, 90 * DAY)))
        ticket = named(db)["t1"]
        assert (ticket.target.policy_revision, ticket.target.tier, ticket.target.target_seconds) == (
            1,
            "STARTER",
            8 * HOUR,
        )


@pytest.fixture(scope="module")
def holidays_come_and_go(empty: Path) -> Iterator[Judge]:
    """A judge at a desk whose holidays changed on Tuesday, on Wednesday and on Thursday."""
    with copied(empty) as db:
        for act in (
            Act(MONDAY + DAY, "holiday", ("2026-03-04", [])),
            Act(MONDAY + 2 * DAY, "holiday", ("2026-03-06", ["08:00-12:00"])),
            Act(MONDAY + 3 * DAY, "work", ("2026-03-04",)),
        ):
            do(db, act)
        yield Judge(DirectReader(db))


during = st.integers(MONDAY - DAY, MONDAY + 4 * DAY)


FREE = 24 * HOUR  # of business time: three days, in which holidays change


@given(during, st.none() | during, during, st.none() | during, st.integers(-1, 1), st.sampled_from((FREE, 60, None)))
@settings(max_examples=300)
def test_hours_that_are_known_to_be_undisturbed_never_hide_a_wrong_due_time(
    holidays_come_and_go: Judge,
    at: int,
    taken_in: int | None,
    entered_at: int,
    ended: int | None,
    off: int,
    seconds: int,
) -> None:
    """And they do find what is right: else they would spare the check nothing."""
    judge = holidays_come_and_go
    hours = histories._PlainHours(judge)
    for known in (MONDAY - DAY, *judge.holiday_changes()):
        days = days_at(judge.case((), known).closings, known)
        due = judge.calendar(1, days).add(at, FREE) + off
        plain = SimplePromise(1, at, "FREE", seconds, due, 1, at, entered_at, taken_in, ended)
        assert not hours.give(plain) or histories._plainly_wrong(judge, plain) is None
        undisturbed = plain._replace(taken_in=known, ended_at=known)
        assert hours.give(undisturbed) == (off == 0 and seconds == FREE) or known < at
