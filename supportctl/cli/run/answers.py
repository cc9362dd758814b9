"""Look-ups of one value, or with `-` of one per line: each line gets its answer or its error."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from supportctl.cli.run.commands import Result
from supportctl.cli.run.session import Session
from supportctl.errors import InputError
from supportctl.render.columns import Unanswered, View

A = TypeVar("A")
OK, NO, MALFORMED = 0, 3, InputError.exit_code


class Answers(Generic[A]):
    """A look-up: `what` names the values that it reads, `ask` answers one, `is_yes` decides the exit code."""

    def __init__(self, session: Session, what: str, ask: Callable[[str], A], is_yes: Callable[[A], bool]) -> None:
        self.session, self.what, self.ask, self.is_yes = session, what, ask, is_yes
        self.codes = {OK}

    def result(self, query: str, view: View | None = None) -> Result:
        """The answer to `query`, or for `-` to each line of standard input, as the lines come."""
        if query == "-":
            return Result(self._lines(), view, many=True, code=self._code)
        return Result(self._answer(query), view, code=self._code)

    def _code(self) -> int:
        """0 if every answer is yes, 3 if any is no, 2 if any line is malformed."""
        return MALFORMED if MALFORMED in self.codes else max(self.codes)

    def _answer(self, query: str) -> A:
        answer = self.ask(query)
        self.codes.add(OK if self.is_yes(answer) else NO)
        return answer

    def _lines(self) -> Iterator[A | Unanswered]:
        for line in self.session.read_lines(self.what):
            try:
                yield self._answer(line.text)
            except InputError as error:
                self.codes.add(MALFORMED)
                from supportctl.cli.run.failure import unanswered  # late: hardly any run needs it

                yield from unanswered(self.session, line, line.shown, error)
            self.session.flush()  # a program that writes line by line may wait for each answer
