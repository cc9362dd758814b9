"""The screen of `watch` without a terminal: what stands where at every size, what a mouse does, what is drawn when."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from conftest import NOW, Program
from desks import ENGINE
from textual.pilot import Pilot

from supportctl.cli.run.session import Session
from supportctl.cli.watch.app import WatchApp
from supportctl.cli.watch.board import BoardPage, State
from supportctl.cli.watch.panes import QueuePane, TextPane
from supportctl.cli.watch.watching import Watching

Act = Callable[[Pilot[None], WatchApp], Awaitable[None]]


def at_screen(desk: Path, size: tuple[int, int], act: Act) -> list[str]:
    """The lines of the screen after an agent did something."""
    session = Session()
    session.environ = {}
    session.given = {"db": ENGINE.address(desk), "now": NOW, "tz": "UTC", "agent": "tess", "color": "never"}

    async def run() -> list[str]:
        with session.place().watched() as watched:
            watching = Watching(session, watched)
            watching.read(State())
            app = WatchApp(watching, State())
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                await act(pilot, app)
                await pilot.pause()
                strips = app.screen._compositor.render_strips()
                return ["".join(part.text for part in strip) for strip in strips]

    return asyncio.run(run())


async def nothing(_pilot: Pilot[None], _app: WatchApp) -> None:
    """Only look."""


def keys(*names: str) -> Act:
    async def press(pilot: Pilot[None], app: WatchApp) -> None:
        for name in names:
            await pilot.press(name)
        app._read_ticket()  # at once, not when the person has settled

    return press


@pytest.fixture
def busy(staffed: Program) -> Path:
    """Thirty tickets, the first with hostile words."""
    hostile = ["log", "--from", "site@example.com", "--subject", "[red]No[/red] \u202e\u65e5\u672c\u8a9e", "--body"]
    staffed.once(
        [
            [*hostile, "It says\x1b]0;x\x07 [bold]no[/bold]."],
            *(["log", "--from", "starter@example.com", "--subject", f"Question {n}"] for n in range(2, 31)),
        ]
    )
    return staffed.desk


@pytest.mark.parametrize("size", [(60, 12), (80, 24), (120, 30), (200, 50), (20, 4)])
def test_every_size_is_filled_and_says_what_there_is(busy: Path, size: tuple[int, int]) -> None:
    shown = at_screen(busy, size, nothing)
    assert len(shown) == size[1]
    assert shown[0].startswith("30 open, 0 late") and shown[2].startswith(">  1")
    if size[0] >= 60:
        assert shown[-1].rstrip().endswith("? keys  q quit") and "due in 2 h" in shown[2]


def test_markup_and_escapes_are_words(busy: Path) -> None:
    shown = "\n".join(at_screen(busy, (200, 50), keys("j", "k")))
    assert "[red]No[/red] \\u202e\u65e5\u672c\u8a9e" in shown
    assert "It says\\x1b]0;x\\x07 [bold]no[/bold]." in shown


def test_the_chosen_ticket_is_beside_the_queue_where_there_is_room(busy: Path) -> None:
    wide, narrow = (at_screen(busy, (columns, 24), keys("j")) for columns in (120, 119))
    assert "#2  Question 2" in wide[1] and "starter@example.com asked" in "".join(wide)
    assert "#2  Question 2" not in "".join(narrow) and narrow[-3].startswith("  Question 2")
    off = at_screen(busy, (120, 24), keys("p"))
    assert "#1  [red]" not in "".join(off)


def test_a_ticket_fills_the_screen_and_the_queue_comes_back(busy: Path) -> None:
    opened = at_screen(busy, (80, 24), keys("enter"))
    assert opened[0].startswith("30 open") and any("[bold]no[/bold]" in line for line in opened)
    assert "q back" in opened[-1] and not any("Question 5" in line for line in opened)
    onward = at_screen(busy, (80, 24), keys("enter", "right_square_bracket"))
    assert any("Question 2" in line for line in onward)
    assert "Question 5" in "".join(at_screen(busy, (80, 24), keys("enter", "q")))


def test_the_keys_are_listed(busy: Path) -> None:
    shown = at_screen(busy, (80, 24), keys("question_mark"))
    assert any(line.startswith("r              answer in your editor") for line in shown) and "q back" in shown[-1]
    assert at_screen(busy, (80, 24), keys("question_mark", "q"))[2].startswith(">  1")


def test_only_rows_in_sight_are_made(busy: Path) -> None:
    made: list[int] = []

    async def look(pilot: Pilot[None], app: WatchApp) -> None:
        row = app._row
        app._row = lambda at, width: made.append(at) or row(at, width)  # type: ignore[method-assign, func-returns-value]  # to count
        await pilot.press("G")

    shown = at_screen(busy, (80, 24), look)
    assert any(line.startswith("> 30") for line in shown)
    assert set(made) <= set(range(11, 30))


def test_a_click_chooses_two_open_and_the_wheel_moves(busy: Path) -> None:
    chosen: list[object] = []

    async def click(pilot: Pilot[None], app: WatchApp) -> None:
        await pilot.click(QueuePane, offset=(5, 4))
        chosen.append(app.state.chosen)
        app.query_one(QueuePane).post_message(TextPane.Wheel(3))
        await pilot.pause()
        chosen.append(app.state.chosen)
        await pilot.click(QueuePane, offset=(5, 1), times=2)
        chosen.append((app.state.chosen, app.state.page))

    at_screen(busy, (80, 24), click)
    assert chosen == [5, 8, (2, BoardPage.TICKET)]


def test_nothing_is_drawn_while_nothing_happens(busy: Path) -> None:
    drawn: list[object] = []

    async def wait(pilot: Pilot[None], app: WatchApp) -> None:
        app._read_ticket()
        await pilot.pause()
        for pane in app.query(TextPane):
            pane.refresh = lambda *regions, **_: drawn.append(regions)  # type: ignore[method-assign, assignment]  # to count
        app._poll()
        app.draw()
        await pilot.pause()

    at_screen(busy, (120, 24), wait)
    assert drawn == []
