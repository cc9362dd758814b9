"""The state of `watch` and what each key does to it: pure, without a terminal, a clock or a desk."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class BoardPage(StrEnum):
    """The page on the screen."""

    QUEUE = "queue"
    TICKET = "ticket"
    HELP = "help"


class KeyAction(StrEnum):
    """An action that a key requests of the desk or the terminal."""

    NONE = "none"
    QUIT = "quit"
    READ = "read"  # the queue, and the ticket shown, have to be read again
    TAKE = "take"  # the chosen ticket
    REPAINT = "repaint"


class State(NamedTuple):
    """What the person has chosen. `row` is the chosen ticket's place in the queue, `top` the first row shown."""

    page: BoardPage = BoardPage.QUEUE
    chosen: int | None = None
    row: int = 0
    top: int = 0
    scroll: int = 0
    mine: bool = False
    unassigned: bool = False
    waiting: bool = False
    text: str = ""
    typing: str | None = None  # a filter being typed
    said: str = ""  # shown once, until the next key

    @property
    def narrowed(self) -> bool:
        """Whether only a part of the queue is asked for."""
        return self.mine or self.unassigned or bool(self.text)


class Viewport(NamedTuple):
    """The listed tickets, how many rows fit, the lines of the page, and how many of them fit."""

    numbers: Sequence[int] = ()
    rows: int = 1
    lines: int = 0
    page: int = 1


def press(state: State, key: str, room: Viewport) -> tuple[State, KeyAction]:
    """What a key does to the state, and what it asks for. `key` is a character, or a name: up, enter, escape."""
    state = state._replace(said="")
    if state.typing is not None:
        return _type(state, state.typing, key)
    if key == "refresh":
        return state, KeyAction.REPAINT
    match state.page:
        case BoardPage.QUEUE:
            return _in_queue(state, key, room)
        case BoardPage.TICKET:
            return _in_ticket(state, key, room)
        case BoardPage.HELP:
            return state._replace(page=BoardPage.QUEUE), KeyAction.NONE


def _type(state: State, typed: str, key: str) -> tuple[State, KeyAction]:
    match key:
        case "enter":
            return state._replace(typing=None, text=" ".join(typed.split())), KeyAction.READ
        case "escape":
            return state._replace(typing=None), KeyAction.NONE
        case "backspace":
            return state._replace(typing=typed[:-1] if typed else None), KeyAction.NONE
        case "clear":
            return state._replace(typing=""), KeyAction.NONE
        case _:
            return state._replace(typing=typed + key if len(key) == 1 and key.isprintable() else typed), KeyAction.NONE


def _steps(key: str, page: int, end: int) -> int | None:
    """How far a key moves; None if it does not."""
    steps = {"up": -1, "k": -1, "down": 1, "j": 1, "page up": -page, "page down": page, " ": page, "b": -page}
    return {**steps, "home": -end, "g": -end, "end": end, "G": end}.get(key)


def _in_queue(state: State, key: str, room: Viewport) -> tuple[State, KeyAction]:
    if (steps := _steps(key, room.rows, len(room.numbers))) is not None:
        return chosen_at(state, state.row + steps, room), KeyAction.NONE
    match key:
        case "q":
            return state, KeyAction.QUIT
        case "?" | "h":
            return state._replace(page=BoardPage.HELP), KeyAction.NONE
        case "/":
            return state._replace(typing=state.text), KeyAction.NONE
        case "escape":
            return state._replace(mine=False, unassigned=False, text=""), KeyAction.READ
        case "m":
            return state._replace(mine=not state.mine, unassigned=False), KeyAction.READ
        case "u":
            return state._replace(unassigned=not state.unassigned, mine=False), KeyAction.READ
        case "w":
            return state._replace(waiting=not state.waiting), KeyAction.READ
        case "r":
            return state, KeyAction.READ
        case "t" if state.chosen is not None:
            return state, KeyAction.TAKE
        case "enter" | "right" if state.chosen is not None:
            return state._replace(page=BoardPage.TICKET, scroll=0), KeyAction.READ
        case _:
            return state, KeyAction.NONE


def _in_ticket(state: State, key: str, room: Viewport) -> tuple[State, KeyAction]:
    if (steps := _steps(key, room.page, room.lines)) is not None:
        return clamp_scroll(state._replace(scroll=state.scroll + steps), room), KeyAction.NONE
    match key:
        case "q" | "escape" | "left" | "backspace" | "enter":
            return state._replace(page=BoardPage.QUEUE), KeyAction.NONE
        case "n" | "p":
            return _beside(state, 1 if key == "n" else -1, room)._replace(scroll=0), KeyAction.READ
        case "t":
            return state, KeyAction.TAKE
        case "r":
            return state, KeyAction.READ
        case _:
            return state, KeyAction.NONE


def _beside(state: State, step: int, room: Viewport) -> State:
    """The ticket before or after the one shown; if that left the queue meanwhile, by its old place."""
    if state.chosen in room.numbers:
        return chosen_at(state, room.numbers.index(state.chosen) + step, room)
    return chosen_at(state, state.row if step > 0 else state.row - 1, room)


def chosen_at(state: State, row: int, room: Viewport) -> State:
    """The state with that row chosen, or the nearest, scrolled so that it is visible."""
    if not room.numbers:
        return state._replace(chosen=None, row=0, top=0)
    row = max(0, min(row, len(room.numbers) - 1))
    top = max(min(state.top, row, len(room.numbers) - room.rows), row - room.rows + 1, 0)
    return state._replace(chosen=room.numbers[row], row=row, top=top)


def keep_choice(state: State, room: Viewport) -> State:
    """The same ticket chosen in a changed queue or screen; if it is gone, the one in its place."""
    if state.page is BoardPage.TICKET:
        return clamp_scroll(state, room)
    row = room.numbers.index(state.chosen) if state.chosen in room.numbers else state.row
    return chosen_at(state, row, room)


def clamp_scroll(state: State, room: Viewport) -> State:
    """Not beyond the end of the page."""
    return state._replace(scroll=max(0, min(state.scroll, room.lines - room.page)))
