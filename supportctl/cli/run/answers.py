"""Look-ups of one value, or with `-` of one per line: each line gets its answer or its error."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from supportctl.cli.run.commands import Result
from supportctl.cli.run.session import Session
from supportctl.errors import InputError
from supportctl.render.columns import Unanswered, View

if TYPE_CHECKING:
    from supportctl.cli.run.lines import Line

A = TypeVar("A")
OK, NO, MALFORMED = 0, 3, InputError.exit_code


class Answers(Generic[A]):
    """A look-up: `what` names the values that it reads, `ask` answers several in order, `is_yes` decides the exit code.

    In place of the answer to a malformed value `ask` gives its error.
    """

    def __init__(
        self,
        session: Session,
        what: str,
        ask: Callable[[Sequence[str]], Iterable[A | InputError]],
        is_yes: Callable[[A], bool],
    ) -> None:
        self.session, self.what, self.ask, self.is_yes = session, what, ask, is_yes
        self.codes = {OK}

    def result(self, query: str, view: View | None = None) -> Result:
        """The answer to `query`, or for `-` to each line of standard input, as the lines come."""
        if query == "-":
            return Result(self._lines(), view, many=True, code=self._code)
        (answer,) = self.ask([query])
        if isinstance(answer, InputError):
            raise answer
        return Result(self._counted(answer), view, code=self._code)

    def _code(self) -> int:
        """0 if every answer is yes, 3 if any is no, 2 if any line is malformed."""
        return MALFORMED if MALFORMED in self.codes else max(self.codes)

    def _counted(self, answer: A) -> A:
        self.codes.add(OK if self.is_yes(answer) else NO)
        return answer

    def _lines(self) -> Iterator[A | Unanswered]:
        for lines in self.session.lines_at_hand(self.what):
            yield from self._of(lines)
            self.session.flush()  # a program that writes line by line may wait for each answer

    def _of(self, lines: "Sequence[Line]") -> Iterator[A | Unanswered]:
        """The answers to some lines: those that can be read are asked together."""
        faults = [line.fault for line in lines]
        answers = iter(self.ask([line.raw for line, fault in zip(lines, faults, strict=True) if fault is None]))
        for line, fault in zip(lines, faults, strict=True):
            answer = fault or next(answers)
            if isinstance(answer, InputError):
                self.codes.add(MALFORMED)
                from supportctl.cli.run.failure import unanswered  # late: hardly any run needs it

                yield from unanswered(self.session, line, line.shown, answer)
            else:
                yield self._counted(answer)
