"""The queue of `watch` without a terminal: what is chosen and marked, which key means what, and what its lines say."""

import re
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.cli.watch.board import (
    BoardPage,
    State,
    Whose,
    beside,
    chosen_at,
    keep_choice,
    with_all_marked,
    with_mark,
)
from supportctl.cli.watch.keys import KEYS, NAMES, help_lines, keys_line, meaning
from supportctl.cli.watch.rows import Board, QueueLines, title_line
from supportctl.desk.tickets.view import TicketView
from supportctl.policy.file import builtin
from supportctl.policy.ticket import Target, Ticket
from supportctl.policy.verdict import Reason
from supportctl.render.table import cells_of
from supportctl.store.policies import StoredRevision

OPENING = 1772812800  # 2026-03-06T16:00:00Z, a Friday, 8:00 in Los Angeles
CLOSED = OPENING + 10 * 3600
REVISION = StoredRevision(1, builtin()[1])
NUMBERS = (5, 3, 9)
ROWS = 2


@pytest.mark.parametrize(
    ("rows", "chosen", "top"),
    [([], 5, 0), ([1], 3, 0), ([2], 9, 1), ([3], 9, 1), ([99, 1], 3, 1), ([2, 0], 5, 0), ([-1], 5, 0)],
)
def test_the_choice_moves_and_the_queue_follows(rows: list[int], chosen: int, top: int) -> None:
    state = keep_choice(State(), NUMBERS, ROWS)
    for row in rows:
        state = chosen_at(state, row, NUMBERS, ROWS)
    assert (state.chosen, state.top) == (chosen, top)


def test_mine_and_unassigned_exclude_each_other_and_go_off_again() -> None:
    assert State().only(Whose.MINE).only(Whose.UNASSIGNED) == State(whose=Whose.UNASSIGNED)
    assert State().only(Whose.UNASSIGNED).only(Whose.MINE).only(Whose.MINE) == State()


def test_the_choice_stays_with_its_ticket_when_the_queue_moves() -> None:
    state = keep_choice(chosen_at(State(), 1, NUMBERS, ROWS), (8, 5, 7, 3, 9), ROWS)
    assert (state.chosen, state.row, state.top) == (3, 3, 2)


def test_where_the_chosen_ticket_is_gone_the_one_in_its_place_is_chosen() -> None:
    state = chosen_at(State(), 1, NUMBERS, ROWS)
    assert keep_choice(state, (5, 9), ROWS).chosen == 9
    assert keep_choice(state, (5,), ROWS).chosen == 5
    assert keep_choice(state, (), ROWS).chosen is None


def test_the_ticket_on_the_screen_stays_when_it_leaves_the_queue() -> None:
    """And the next one is the one in its place."""
    shown = chosen_at(State(), 1, NUMBERS, ROWS)._replace(page=BoardPage.TICKET)
    assert keep_choice(shown, (5, 9), ROWS).chosen == 3
    assert beside(shown, 1, (5, 9), ROWS).chosen == 9
    assert beside(shown, -1, (5, 9), ROWS).chosen == 5
    assert [beside(shown, step, NUMBERS, ROWS).chosen for step in (1, -1)] == [9, 5]


def test_keys_act_on_what_is_marked_else_on_what_is_chosen() -> None:
    state = keep_choice(State(), NUMBERS, ROWS)
    assert (State().meant, state.meant) == ((), (5,))
    state = with_mark(with_mark(state, NUMBERS, ROWS), NUMBERS, ROWS)
    assert (state.meant, state.chosen) == ((3, 5), 9)
    assert with_mark(chosen_at(state, 0, NUMBERS, ROWS), NUMBERS, ROWS).meant == (3,)


def test_everything_is_marked_and_unmarked_at_once() -> None:
    state = with_all_marked(with_mark(keep_choice(State(), NUMBERS, ROWS), NUMBERS, ROWS), NUMBERS)
    assert state.meant == (3, 5, 9)
    assert with_all_marked(state, NUMBERS).marked == frozenset()


def test_a_mark_goes_with_its_ticket() -> None:
    """What is out of sight is not acted on."""
    state = with_all_marked(keep_choice(State(), NUMBERS, ROWS), NUMBERS)
    assert keep_choice(state, (3, 8), ROWS).meant == (3,)


@given(
    st.lists(st.one_of(st.integers(-3, 9), st.sampled_from(["mark", "all", "next"]))),
    st.lists(st.integers(1, 99), unique=True, max_size=9),
    st.integers(1, 5),
)
def test_whatever_is_pressed_the_chosen_ticket_is_on_the_screen(
    moves: list[int | str], numbers: list[int], rows: int
) -> None:
    state = keep_choice(State(), numbers, rows)
    for move in moves:
        if isinstance(move, int):
            state = chosen_at(state, move, numbers, rows)
        else:
            state = {
                "mark": lambda now: with_mark(now, numbers, rows),
                "all": lambda now: with_all_marked(now, numbers),
                "next": lambda now: beside(now, 1, numbers, rows),
            }[move](state)
        if numbers:
            assert state.chosen == numbers[state.row] and state.top <= state.row < state.top + rows
        else:
            assert state.chosen is None
        assert state.marked <= set(numbers)


# Keys


def test_no_key_means_two_things_on_one_page() -> None:
    pairs = [(name, page) for key in KEYS for name in key.keys.split(",") for page in key.pages]
    assert len(pairs) == len(set(pairs))
    assert {meaning(name, BoardPage.QUEUE) for name in ("q", "r", "slash", "space")} == {
        "quit",
        "reply",
        "search",
        "mark",
    }
    assert meaning("q", BoardPage.TICKET) == "back" and meaning("x", BoardPage.QUEUE) is None and "q" in NAMES


def test_the_line_of_keys_always_says_how_to_leave_and_where_the_rest_is() -> None:
    assert keys_line(BoardPage.QUEUE, 60) == "enter open  r reply  n note  t take  ? keys  q quit"
    for width in range(14, 200):
        for page in (BoardPage.QUEUE, BoardPage.TICKET):
            line = keys_line(page, width)
            assert len(line) <= width and line.endswith(("? keys  q quit", "? keys  q back"))
    assert keys_line(BoardPage.HELP, 80) == "q back"


def test_help_fits_80_columns_and_24_lines() -> None:
    assert len(help_lines()) <= 22 and max(map(len, help_lines())) <= 80


# Lines


def ticket(number: int, due: int | None, **changes: Any) -> Ticket:
    reasons = (Reason("2.1", "tier-target", "SITE"),)
    received = OPENING - 3600
    target = Target(1, received, "SITE", 1, 1, "entitled", "covered", True, "current", 7200, due, 1, reasons)
    one = Ticket(
        number, "ticket", f"Subject {number}", "ann@example.com", "remote-utilities", "en", received, received,
        name="Ann", version="7.6.2.0", topic="bug", entries=1, target=target,
    )  # fmt: skip
    return one._replace(**changes)


def board(*tickets: Ticket, at: int = OPENING + 3600, **changes: Any) -> Board:
    seen = tuple(TicketView(one, at, REVISION) for one in tickets)
    return Board(seen, at, zone=UTC)._replace(**changes)


def lines(board: Board, width: int = 80, color: bool = False, **state: Any) -> list[str]:
    """The title, the heading, the rows, and the lines about the chosen ticket."""
    asked = keep_choice(State(**state), board.numbers, 99)
    made = QueueLines(board, width, color)
    rows = [made.row(at, asked) for at in range(len(board.tickets))] or [made.nothing(asked)]
    return [title_line(board, asked, width, color), made.heading(), *rows, *made.about(asked)]


def test_a_row_says_how_its_promise_stands_in_words() -> None:
    shown = lines(
        board(
            ticket(1, OPENING + 1800),
            ticket(2, OPENING + 7200),
            ticket(3, OPENING + 7201, assignee="kim"),
            ticket(4, None, status="waiting"),
            ticket(5, OPENING + 3630),
        )
    )
    assert shown[0].startswith("5 open, 1 late, 2 due within the hour  ") and shown[0].endswith("2026-03-06 17:00 UTC")
    assert shown[1].split() == ["#", "SLA", "Tier", "Channel", "Agent", "Subject", "From"]
    assert [line[:25].rstrip() for line in shown[2:7]] == [
        "> 1  30 min late", "  2  due in 1 h, soon", "  3  due in 1 h", "  4  no target, waiting", "  5  due in < 1 min, soon",
    ]  # fmt: skip
    assert "kim" in shown[4]
    assert shown[-2:] == [
        "  Subject 1", "  due 2026-03-06 16:30 UTC, ann@example.com, Ann, remote-utilities, 7.6.2.0, en\u2026",
    ]  # fmt: skip


def test_the_paused_clock_is_said_once_and_nothing_is_soon_then() -> None:
    shown = lines(board(ticket(1, CLOSED - 3600), ticket(2, CLOSED + 3 * 86400), at=CLOSED, paused=True))
    assert shown[0].endswith("2026-03-07 02:00 UTC, clock paused")
    assert "paused" not in "".join(shown[1:]) and "soon" not in "".join(shown)


def test_a_ticket_of_other_hours_says_for_itself_that_its_clock_is_paused() -> None:
    assert "late, clock paused" in lines(board(ticket(1, CLOSED - 3600), at=CLOSED))[2]


def test_colours_only_repeat_what_the_words_say() -> None:
    shown = board(ticket(1, OPENING + 1800), ticket(2, OPENING + 7200))
    plain, painted = lines(shown), lines(shown, color=True)
    assert "\x1b" not in "".join(plain)
    assert painted[2].startswith("\x1b[7;1;31m>") and painted[3].startswith("\x1b[33m")
    assert [re.sub("\x1b\\[[0-9;]*m", "", line).rstrip() for line in painted] == [line.rstrip() for line in plain]


def test_hostile_text_steers_nothing() -> None:
    hostile = ticket(1, None, subject="\x1b[2Jx\u202e", sender="a\x07@x.example", assignee="\x9b1m")
    text = "".join(lines(board(hostile, trouble="\x1b]0;x\x07"), width=200, text="\x1b[31m"))
    assert text.isprintable() and "\\x1b[2Jx\\u202e" in text


@given(st.integers(1, 200), st.text(max_size=90))
def test_no_line_is_wider_than_it_is_asked_to_be(width: int, text: str) -> None:
    """However small the window and whatever the words."""
    seen = board(*(ticket(n, OPENING + n, subject=text, sender=text) for n in range(1, 30)), answering={1: text})
    for state in ({"text": text}, {"marked": frozenset({1, 2})}, {"waiting": True}):
        assert all(cells_of(line) <= width for line in lines(seen, width, **state))
    assert all(cells_of(line) <= width for line in lines(board(), width, text=text))


def test_a_ticket_that_someone_else_is_answering_says_so_on_any_screen() -> None:
    seen = board(ticket(1, None), ticket(2, None), answering={2: "kim\x07"})
    for width in (60, 80, 120, 200):
        shown = lines(seen, width)
        assert "Subject 1" in shown[2] and "is answering" not in shown[2]
        assert "[kim\\x07 is answering] Su" in shown[3]


def test_marks_are_seen_and_counted() -> None:
    shown = lines(board(ticket(1, None), ticket(2, None)), marked=frozenset({2}))
    assert "1 marked" in shown[0]
    assert (shown[2][:4], shown[3][:4]) == ("> 1 ", " *2 ")


def test_columns_are_as_wide_as_what_is_far_below_needs() -> None:
    """Only some rows are measured, but the last ones among them, and every number."""
    shown = lines(board(*(ticket(n, OPENING + 90_000 * n) for n in (*range(1, 900), 123_456))))
    assert "> 123456  " not in shown[2] and shown[2].startswith(">      1  due in ")
    assert shown[-3].startswith("  123456  due in ") and "\u2026" not in shown[-3][:30]


def test_an_empty_queue_says_why() -> None:
    assert "Nothing is open." in lines(board())[2]
    assert "escape shows everything" in lines(board(), whose=Whose.MINE)[2]
    assert lines(board(trouble="It is gone."))[2] == ""
