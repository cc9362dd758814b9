"""The screen of `watch` without a terminal: what keys do to its state, and what its lines say."""

import re
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportctl.cli.watch.board import BoardPage, KeyAction, State, Viewport, chosen_at, keep_choice, press
from supportctl.cli.watch.screen import HELP, Board, BoardScreen
from supportctl.desk.tickets.view import TicketView
from supportctl.policy.file import builtin
from supportctl.policy.ticket import Target, Ticket
from supportctl.policy.verdict import Reason
from supportctl.render.table import cells_of
from supportctl.store.policies import StoredRevision

OPENING = 1772812800  # 2026-03-06T16:00:00Z, a Friday, 8:00 in Los Angeles
CLOSED = OPENING + 10 * 3600
REVISION = StoredRevision(1, builtin()[1])
ROOM = Viewport((5, 3, 9), rows=2, lines=30, page=10)


def pressed(state: State, *keys: str, room: Viewport = ROOM) -> tuple[State, KeyAction]:
    act = KeyAction.NONE
    for key in keys:
        state, act = press(state, key, room)
    return state, act


@pytest.mark.parametrize(
    ("keys", "chosen", "top"),
    [
        ([], 5, 0),
        (["down"], 3, 0),
        (["j", "j"], 9, 1),
        (["j", "j", "j"], 9, 1),
        (["G", "k"], 3, 1),
        (["end", "home"], 5, 0),
        (["page down"], 9, 1),
        (["up"], 5, 0),
    ],
)
def test_the_choice_moves_and_the_queue_follows(keys: list[str], chosen: int, top: int) -> None:
    state, act = pressed(keep_choice(State(), ROOM), *keys)
    assert (state.chosen, state.top, act) == (chosen, top, KeyAction.NONE)


@pytest.mark.parametrize(
    ("key", "changed", "act"),
    [
        ("q", {}, KeyAction.QUIT),
        ("t", {}, KeyAction.TAKE),
        ("r", {}, KeyAction.READ),
        ("refresh", {}, KeyAction.REPAINT),
        ("m", {"mine": True}, KeyAction.READ),
        ("u", {"unassigned": True}, KeyAction.READ),
        ("w", {"waiting": True}, KeyAction.READ),
        ("enter", {"page": BoardPage.TICKET}, KeyAction.READ),
        ("?", {"page": BoardPage.HELP}, KeyAction.NONE),
        ("/", {"typing": ""}, KeyAction.NONE),
        ("x", {}, KeyAction.NONE),
    ],
)
def test_each_key_does_one_thing(key: str, changed: dict[str, Any], act: KeyAction) -> None:
    state = keep_choice(State(), ROOM)
    assert press(state, key, ROOM) == (state._replace(**changed), act)


def test_mine_and_unassigned_exclude_each_other_and_go_off_again() -> None:
    assert pressed(State(), "m", "u")[0] == State(unassigned=True)
    assert pressed(State(), "u", "m", "m")[0] == State()


def test_a_filter_is_typed_and_letters_of_it_are_no_commands() -> None:
    state, act = pressed(State(), "/", *"quit", "backspace", *"  x", "down", "enter")
    assert (state.text, state.typing, act) == ("qui x", None, KeyAction.READ)
    assert pressed(state, "/", "clear", *"t", "escape")[0].text == "qui x"
    assert pressed(state, "escape")[0].text == ""
    assert pressed(State(), "/", "backspace")[0].typing is None


def test_nothing_can_be_taken_or_shown_where_nothing_is() -> None:
    empty = Viewport()
    for key in ("t", "enter"):
        assert pressed(keep_choice(State(chosen=4), empty), key, room=empty) == (State(), KeyAction.NONE)


def test_the_choice_stays_with_its_ticket_when_the_queue_moves() -> None:
    state = chosen_at(State(), 1, ROOM)
    assert keep_choice(state, ROOM._replace(numbers=(8, 5, 7, 3, 9)))[:4] == (BoardPage.QUEUE, 3, 3, 2)


def test_where_the_chosen_ticket_is_gone_the_one_in_its_place_is_chosen() -> None:
    state = chosen_at(State(), 1, ROOM)
    assert keep_choice(state, ROOM._replace(numbers=(5, 9))).chosen == 9
    assert keep_choice(state, ROOM._replace(numbers=(5,))).chosen == 5


def test_a_ticket_scrolls_within_its_lines_and_goes_on_to_the_next() -> None:
    shown, _ = pressed(keep_choice(State(), ROOM), "enter")
    assert [pressed(shown, *keys)[0].scroll for keys in (["j"], ["end"], ["G", " "], ["k"])] == [1, 20, 20, 0]
    state, act = pressed(shown, "end", "n")
    assert (state.page, state.chosen, state.scroll, act) == (BoardPage.TICKET, 3, 0, KeyAction.READ)
    assert pressed(state, "p")[0].chosen == 5
    assert pressed(state, "q") == (state._replace(page=BoardPage.QUEUE), KeyAction.NONE)


def test_the_next_of_a_ticket_that_left_the_queue_is_the_one_in_its_place() -> None:
    shown, _ = pressed(chosen_at(State(), 1, ROOM), "enter")
    without = ROOM._replace(numbers=(5, 9))
    assert pressed(shown, "n", room=without)[0].chosen == 9
    assert pressed(shown, "p", room=without)[0].chosen == 5


@given(
    st.lists(st.sampled_from(["up", "down", "home", "end", " ", "b", "enter", "n", "p", "m", "/", "x", "escape"])),
    st.lists(st.integers(1, 99), unique=True, max_size=9),
    st.integers(1, 5),
)
def test_whatever_is_pressed_the_chosen_ticket_is_on_the_screen(keys: list[str], numbers: list[int], rows: int) -> None:
    room = Viewport(tuple(numbers), rows, 7, 3)
    state = keep_choice(State(), room)
    for key in keys:
        state = keep_choice(press(state, key, room)[0], room)
        if numbers:
            assert state.chosen == numbers[state.row] and state.top <= state.row < state.top + rows
        else:
            assert state.chosen is None


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


def lines(board: Board, width: int = 80, height: int = 24, color: bool = False, **state: Any) -> list[str]:
    screen = BoardScreen(board, (width, height), color)
    return screen.lines(keep_choice(State(**state), screen.room()))


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
    assert shown[0].startswith("5 open, 1 late  ") and shown[0].endswith("2026-03-06 17:00 UTC")
    assert shown[1].split() == ["#", "SLA", "Tier", "Channel", "Agent", "Subject", "From"]
    assert [line[:25].rstrip() for line in shown[2:7]] == [
        "> 1  30 min late", "  2  due in 1 h, soon", "  3  due in 1 h", "  4  no target, waiting", "  5  due in < 1 min, soon",
    ]  # fmt: skip
    assert "kim" in shown[4]
    assert shown[-3:-1] == [
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


def end_of(line: str) -> int:
    """The cell that a line ends at on a terminal, which goes on where it is told to."""
    text, *placed = re.split(r"\x1b\[([0-9]+)G", line)
    ends = [cells_of(text)]
    for column, part in zip(placed[::2], placed[1::2], strict=True):
        ends.append(int(column) - 1 + cells_of(part))
    return max(ends)


@given(st.integers(1, 200), st.integers(1, 60), st.sampled_from(list(BoardPage)), st.text(max_size=90))
def test_every_screen_is_filled_and_no_line_wider_than_it(width: int, height: int, page: BoardPage, text: str) -> None:
    """However small the window and whatever the words: what is wider would scroll the screen."""
    seen = board(*(ticket(n, OPENING + n, subject=text, sender=text) for n in range(1, 30)))
    for state in ({"page": page}, {"typing": text}, {"said": text}, {"text": text}):
        shown = lines(seen, width, height, **state)
        assert len(shown) == height
        assert all(end_of(line) <= width for line in shown)


def test_what_is_typed_is_shown_with_its_end() -> None:
    assert lines(board(), typing="tier:PRO")[-1] == "/tier:PRO_"
    assert lines(board(), width=10, typing="0123456789abc")[-1] == "456789abc_"


def test_help_fits_80_columns_and_24_lines() -> None:
    assert len(HELP.split("\n")) <= 23 and max(map(len, HELP.split("\n"))) <= 79


def test_an_empty_queue_says_why() -> None:
    assert "Nothing is open." in lines(board())[2]
    assert "escape shows everything" in lines(board(), mine=True)[2]
    assert lines(board(trouble="It is gone."))[-1] == "It is gone."
