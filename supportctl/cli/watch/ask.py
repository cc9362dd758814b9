"""The questions of `watch`: a line to type, with what it may be meant as, or a few answers with a key each."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from supportctl.render.safe import visible


class Choice(NamedTuple):
    """An answer: its value, what is shown of it, and the key that gives it at once."""

    value: str
    said: str
    key: str = ""

    def shown(self) -> Text:
        """It as a line of a list; foreign text in it is made harmless."""
        return Text(visible(f"{self.key}  {self.said}" if self.key else self.said), no_wrap=True, overflow="ellipsis")


class Ask(ModalScreen[str | None]):
    """A question at the bottom of the screen. The answer is the text or the choice; None for escape.

    With `other`, a text that is none of the choices is an answer too; `other` says what it would be.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "leave", show=False),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
    ]

    def __init__(self, question: str, choices: Sequence[Choice] = (), *, text: str = "", other: str = "") -> None:
        super().__init__()
        self.question, self.choices, self.text, self.other = question, choices, text, other
        self.listed: Sequence[Choice] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="ask"):
            yield Static(Text(visible(self.question)), id="question")
            yield OptionList(compact=True, markup=False)
            yield Input(self.text, compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self.set_focus(self.query_one(Input))
        self._list(self.text)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list(event.value)

    def _list(self, typed: str) -> None:
        wanted = typed.strip().casefold()
        found = [each for each in self.choices if wanted in each.said.casefold()]
        if self.other and wanted and wanted not in (each.value.casefold() for each in self.choices):
            found.append(Choice(typed.strip(), f"{typed.strip()} ({self.other})"))
        self.listed = found
        options = self.query_one(OptionList)
        options.display = bool(self.choices)
        options.clear_options()
        options.add_options(Option(each.shown()) for each in found)
        options.highlighted = 0 if found else None

    def action_move(self, step: int) -> None:
        """Highlight another choice."""
        options = self.query_one(OptionList)
        if self.listed:
            options.highlighted = ((options.highlighted or 0) + step) % len(self.listed)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if not self.choices:
            self.dismiss(event.value)
            return
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None and self.listed:
            self.dismiss(self.listed[highlighted].value)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.listed[event.option_index].value)

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)


class Decide(ModalScreen[str | None]):
    """A question whose answers have a key each; escape gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "leave", show=False)]

    def __init__(self, question: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.question, self.choices = question, choices

    def compose(self) -> ComposeResult:
        with Vertical(id="ask"):
            yield Static(Text(visible(self.question)), id="question")
            yield OptionList(*(Option(each.shown()) for each in self.choices), compact=True, markup=False)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        self.set_focus(options)

    def on_key(self, event: Key) -> None:
        for each in self.choices:
            if event.character == each.key:
                event.stop()
                self.dismiss(each.value)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.choices[event.option_index].value)

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
