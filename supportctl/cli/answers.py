"""Look-ups of one value or of one a line: the answers, and an exit code that is "no" if any of them is."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from supportctl.cli.session import Session

A = TypeVar("A")


class Answers:
    """How a look-up shows what it finds: `what` names the values it reads."""

    def __init__(self, session: Session, view: Any, what: str) -> None:
        self.session, self.view, self.what = session, view, what

    def show(self, query: str, ask: Callable[[str], A], is_yes: Callable[[A], bool]) -> int:
        """Ask for `query`, or for `-` for each line of standard input; 0 if every answer is yes, else 3."""
        all_yes = True

        def answered(value: str) -> A:
            nonlocal all_yes
            answer = ask(value)
            all_yes = all_yes and is_yes(answer)
            return answer

        if query == "-":
            answers: Iterator[A] = map(answered, self.session.read_lines(self.what))
            self.session.show(self.view, answers, many=True)
        else:
            self.session.show(self.view, answered(query))
        return 0 if all_yes else 3
