"""Narrowing a list by what is typed, and taking a ticket that others want too."""

import threading
from pathlib import Path

import pytest
from conftest import Program, copy_desk, opened
from hypothesis import given
from hypothesis import strategies as st

from supportctl.desk.tickets.take import take_tickets
from supportctl.desk.tickets.watch import Glance, QueueFilter, look
from supportctl.desk.tickets.words import Narrowing, narrowing
from supportctl.errors import InputError
from supportctl.policy.file import builtin
from supportctl.policy.model import Policy, policy_from
from supportctl.store.actor import Actor

NOW = 1772814600  # 2026-03-06T16:30:00Z
ALL = QueueFilter()
POLICY = policy_from(builtin()[1])


def test_words_and_fields_are_told_apart(policy: Policy) -> None:
    asked = narrowing('Printing tier:pro tier:"SITE" from:Ann "other:thing" 10:30 "two words"', policy)
    assert asked == Narrowing(
        ("printing", "other:thing", "10:30", "two words"), (("tier", ("PRO", "SITE")), ("from", ("Ann",)))
    )


def test_a_field_that_does_not_exist_is_an_error_that_names_what_does(policy: Policy) -> None:
    with pytest.raises(InputError, match="no field 'teir'") as error:
        narrowing("teir:PRO", policy)
    assert "Did you mean tier?" in error.value.hint


def test_a_value_that_does_not_exist_is_an_error_that_names_what_does(policy: Policy) -> None:
    with pytest.raises(InputError) as error:
        narrowing("tier:PRI", policy)
    assert "PRO" in error.value.hint


@given(st.text())
def test_no_other_text_is_an_error(text: str) -> None:
    try:
        narrowing(text, POLICY)
    except InputError as error:
        assert "There is no" in error.message


@pytest.fixture(scope="module")
def busy_file(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ticket 1 SITE, taken by kim; 2 STARTER on the forum, waits; 3 SITE by mail, tagged. Made once."""
    desk = Program(tmp_path_factory.mktemp("busy") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    desk.all(
        [
            ["log", "--from", "site@example.com", "--subject", "Printing fails", "--assignee", "kim"],
            ["log", "--from", "starter@example.com", "--subject", "A question", "--channel", "forum"],
            ["log", "--from", "site@example.com", "--subject", "Straße", "--channel", "email", "--tag", "vip"],
            ["reply", "2", "--body", "Which one?", "--wait"],
        ]
    )
    return desk.desk


@pytest.fixture
def busy(desk: Program, busy_file: Path) -> Program:
    copy_desk(busy_file, desk.desk)
    return desk


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (QueueFilter(), [1, 3]),
        (QueueFilter(waiting=True), [1, 2, 3]),
        (QueueFilter("kim"), [1]),
        (QueueFilter(""), [3]),
        (QueueFilter(text="print"), [1]),
        (QueueFilter(text="PRINTING sita"), [1]),
        (QueueFilter(text="printing stan"), []),
        (QueueFilter(text="STRASSE"), [3]),
        (QueueFilter(text="tier:site"), [1, 3]),
        (QueueFilter(text="tier:SITE channel:email"), [3]),
        (QueueFilter(text="tag:vip"), [3]),
        (QueueFilter(text="from:stan status:waiting"), [2]),
        (QueueFilter(text="assignee:KIM"), [1]),
        (QueueFilter(text="assignee:-"), [3]),
        (QueueFilter(text="sla:running"), [1]),
        (QueueFilter(text="sla:none"), [3]),
    ],
)
def test_what_each_filter_lists(busy: Program, asked: QueueFilter, expected: list[int]) -> None:
    assert [seen.ticket.id for seen in glance(busy.desk, asked).tickets] == expected


def glance(path: Path, asked: QueueFilter = ALL, at: int = NOW, most: int = 9) -> Glance:
    with opened(path) as db:
        return look(db, at, asked, most)


def test_a_long_queue_is_cut_and_says_so(busy: Program) -> None:
    cut, whole = glance(busy.desk, most=1), glance(busy.desk, most=2)
    assert (len(cut.tickets), cut.more, len(whole.tickets), whole.more) == (1, True, 2, False)


@pytest.mark.about_the_file
def test_a_look_at_part_of_the_queue_leaves_no_read_open(busy: Program) -> None:
    """Or the desk's log would grow for as long as someone watches."""
    with opened(busy.desk) as db, opened(busy.desk) as other:
        seen = look(db, NOW, ALL, 1)
        take_tickets(other, [3], Actor("kim", "kim", NOW, NOW))
        assert other.execute("pragma wal_checkpoint(truncate)").fetchone()[0] == 0
        assert seen.more


def test_it_reads_differently_on_the_minute_and_the_second_after_a_due_time(busy: Program) -> None:
    due = NOW + 7200
    for at, change in ((NOW, NOW + 60), (NOW + 59, NOW + 60), (due - 1, due), (due, due + 1), (due + 1, due + 60)):
        assert glance(busy.desk, at=at).next_change == change


def test_of_many_who_take_the_same_ticket_one_gets_it(busy: Program) -> None:
    agents, taken, refused = [f"agent{n}" for n in range(6)], [], []
    barrier = threading.Barrier(len(agents))

    def one(agent: str) -> None:
        with opened(busy.desk) as db:
            barrier.wait()
            try:
                take_tickets(db, [3], Actor(agent, agent, NOW, NOW))
                taken.append(agent)
            except InputError as error:
                refused.append(error.message)

    threads = [threading.Thread(target=one, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1 and refused == [f"{taken[0]} has ticket 3."] * 5
    assigned = [entry for entry in busy.json("show", 3)["history"] if entry["kind"] == "assigned"]
    assert [entry["agent"] for entry in assigned] == taken


def test_taking_ones_own_changes_nothing_and_a_closed_one_is_refused(busy: Program) -> None:
    with opened(busy.desk) as db:
        assert len(take_tickets(db, [1], Actor("kim", "kim", NOW, NOW))[0].entries) == 1
        busy.all([["close", "3", "--reason", "twice"]])
        with pytest.raises(InputError, match="closed meanwhile"):
            take_tickets(db, [3], Actor("kim", "kim", NOW, NOW))


def test_several_are_taken_or_none(busy: Program) -> None:
    with opened(busy.desk) as db:
        with pytest.raises(InputError, match="kim has ticket 1"):
            take_tickets(db, [3, 1], Actor("lee", "lee", NOW, NOW))
        assert busy.json("show", 3)["assignee"] is None
        taken = take_tickets(db, [1, 3], Actor("kim", "kim", NOW, NOW))
        assert [(thread.ticket.assignee, len(thread.entries)) for thread in taken] == [("kim", 1), ("kim", 2)]
