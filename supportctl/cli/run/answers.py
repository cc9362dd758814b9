"""Look-ups of one value, or with `-` of one per line: each line gets its answer or its error."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from supportctl.cli.run.session import Line, Session
from supportctl.errors import InputError, SupportctlError
from supportctl.render.columns import Unanswered

A = TypeVar("A")
OK, NO, MALFORMED = 0, 3, InputError.exit_code


class Answers:
    """How a look-up shows what it finds: `what` names the values it reads."""

    def __init__(self, session: Session, view: Any, what: str) -> None:
        self.session, self.view, self.what = session, view, what
        self.codes = {OK}

    def show(self, query: str, ask: Callable[[str], A], is_yes: Callable[[A], bool]) -> int:
        """Ask for `query`, or for `-` for each line of standard input.

        0 if every answer is yes, 3 if any is no, 2 if any line is malformed: the others are answered all the same.
        """
        if query == "-":
            self.session.show(self.view, self._lines(ask, is_yes), many=True)
        else:
            self.session.show(self.view, self._answer(query, ask, is_yes))
        return MALFORMED if MALFORMED in self.codes else max(self.codes)

    def _answer(self, query: str, ask: Callable[[str], A], is_yes: Callable[[A], bool]) -> A:
        answer = ask(query)
        self.codes.add(OK if is_yes(answer) else NO)
        return answer

    def _lines(self, ask: Callable[[str], A], is_yes: Callable[[A], bool]) -> Iterator[A | Unanswered]:
        for line in self.session.read_lines(self.what):
            try:
                yield self._answer(line.text, ask, is_yes)
            except InputError as error:
                self.codes.add(MALFORMED)
                yield from self._unanswered(line, error)
            self.session.flush()  # whoever writes line by line may wait for each answer

    def _unanswered(self, line: Line, error: SupportctlError) -> Iterator[Unanswered]:
        """An error in place of the answer, if the format allows it; else beside the answers."""
        from supportctl.cli.run.failure import error_fields, error_line  # late: hardly any run needs it

        if self.session.format in ("json", "jsonl"):
            yield Unanswered({"query": line.shown, "line": line.number, "error": error_fields(error)})
        else:
            self.session.flush()
            self.session.tell(f"Line {line.number}: {error_line(error)}\n")
