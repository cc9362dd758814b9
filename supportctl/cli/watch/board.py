"""What a person at `watch` has chosen and marked, and what moves it: pure, without a terminal, a clock or a desk."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class BoardPage(StrEnum):
    """The page on the screen."""

    QUEUE = "queue"
    TICKET = "ticket"
    HELP = "help"


class Whose(StrEnum):
    """Whose tickets are listed."""

    ALL = ""
    MINE = "mine"
    UNASSIGNED = "unassigned"


class State(NamedTuple):
    """What the person has chosen. `row` is the chosen ticket's place in the queue, `top` the first row shown."""

    page: BoardPage = BoardPage.QUEUE
    chosen: int | None = None
    row: int = 0
    top: int = 0
    marked: frozenset[int] = frozenset()
    whose: Whose = Whose.ALL
    waiting: bool = False
    text: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether only a part of the queue is asked for."""
        return bool(self.whose or self.text)

    @property
    def meant(self) -> tuple[int, ...]:
        """The tickets that a key acts on: the marked ones, else the chosen one."""
        return tuple(sorted(self.marked)) or ((self.chosen,) if self.chosen is not None else ())

    def only(self, whose: Whose) -> "State":
        """The state with these tickets alone, or all again if they are listed alone already."""
        return self._replace(whose=Whose.ALL if self.whose is whose else whose)


def chosen_at(state: State, row: int, numbers: Sequence[int], rows: int) -> State:
    """The state with that row of the queue chosen, or the nearest, scrolled so that it is among the `rows` shown."""
    if not numbers:
        return state._replace(chosen=None, row=0, top=0)
    row = max(0, min(row, len(numbers) - 1))
    top = max(min(state.top, row, len(numbers) - rows), row - rows + 1, 0)
    return state._replace(chosen=numbers[row], row=row, top=top)


def keep_choice(state: State, numbers: Sequence[int], rows: int) -> State:
    """The same ticket chosen in a changed queue or window; if it is gone, the one in its place.

    The ticket on the screen stays, also when it leaves the queue. Marks stay on what is listed: nobody acts on a ticket
    that is out of sight.
    """
    state = state._replace(marked=state.marked.intersection(numbers))
    if state.chosen in numbers:
        return chosen_at(state, numbers.index(state.chosen), numbers, rows)
    return state if state.page is BoardPage.TICKET else chosen_at(state, state.row, numbers, rows)


def beside(state: State, step: int, numbers: Sequence[int], rows: int) -> State:
    """The ticket after (1) or before (-1) the chosen one; if that left the queue meanwhile, by its old place."""
    if state.chosen in numbers:
        return chosen_at(state, numbers.index(state.chosen) + step, numbers, rows)
    return chosen_at(state, state.row if step > 0 else state.row - 1, numbers, rows)


def with_mark(state: State, numbers: Sequence[int], rows: int) -> State:
    """The chosen ticket marked, or no longer, and the next one chosen."""
    if state.chosen is None or state.page is BoardPage.TICKET:
        return state
    return beside(state._replace(marked=state.marked ^ {state.chosen}), 1, numbers, rows)


def with_all_marked(state: State, numbers: Sequence[int]) -> State:
    """All that is listed marked; if all of it is, nothing."""
    every = frozenset(numbers)
    return state._replace(marked=frozenset() if state.marked == every else every)
