"""`--jsonl -`: a verb carried out for each line of standard input, a JSON object with the verb's options as its keys.

Up to 500 lines that are at hand are one change. A line that is refused changes nothing and leaves the others alone.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from typer._click import Parameter
from typer._click.exceptions import ClickException

from supportctl.cli.run.failure import as_supportctl_error, unanswered
from supportctl.cli.run.lines import Line
from supportctl.cli.run.session import Session
from supportctl.errors import DeskUnusable, InputError, OutputUnwritable, SupportctlError
from supportctl.masking import unkeyed
from supportctl.tabular.source import is_text

if TYPE_CHECKING:
    from supportctl.cli.run.commands import Command
    from supportctl.desk.acting import Actor
    from supportctl.desk.opening import Desk

NOT_IN_A_LINE = frozenset({"edit", "mail", "send", "jsonl", "show"})  # they ask a person, start programs, or read files
QUERY = ("id", "from", "external_id")  # the key whose value names a line in its answer
T = TypeVar("T")
Answer = tuple[Line, Any]  # its records, or the error


class JsonLines:
    """One command, carried out for each line of standard input; with `makes_desk` a missing desk is made."""

    def __init__(self, command: "Command", session: Session, makes_desk: bool) -> None:
        self._session, self._name, self._makes_desk = session, str(command.name), makes_desk
        self._command = copy(command)
        self._command.everywhere = ()  # no line gives them
        self._command.params = [each for each in command.verb_params if each.name not in NOT_IN_A_LINE]
        self._keys = {key: each for each in self._command.params for key in keys_of(each)}
        self._refused = False

    def code(self) -> int:
        """The exit code: 2 if any line was refused."""
        return InputError.exit_code if self._refused else 0

    def answers(self) -> Iterator[Any]:
        """The records of each line, or its error in their place."""
        for batch in self._session.lines_at_hand("a JSON object per line"):
            for line, answer in self._carry_out(batch):
                if isinstance(answer, SupportctlError):
                    self._refused = True
                    yield from unanswered(self._session, line, query_of(line), answer)
                else:
                    yield from answer
            self._session.flush()  # a program that writes line by line may wait for each answer

    def _carry_out(self, batch: Sequence[Line]) -> list[Answer]:
        """The answers to some lines, whose changes are one; a missing desk is made if any of them succeeds.

        The desk is held for several lines, since each may rest on those before it; one is decided like any command.
        """

        def operation(desk: "Desk", _who: "Actor") -> list[Answer]:
            answers = [(line, self._answer(desk, line)) for line in batch]
            if self._makes_desk and all(isinstance(answer, SupportctlError) for _, answer in answers):
                raise _NothingDone(answers)
            return answers

        held = len(batch) > 1
        try:
            if not self._makes_desk:
                return (self._session.hold if held else self._session.change)(operation)
            answers = self._session.add(operation, held=held)
        except _NothingDone as nothing:
            return nothing.answers
        self._makes_desk = False  # it is there now
        return answers

    def _answer(self, desk: "Desk", line: Line) -> Any:
        """The records that a line gives, or why it was refused: then nothing of it is left."""
        try:
            return desk.as_a_whole(lambda: self._run(desk, line)) if desk.in_transaction else self._run(desk, line)
        except (DeskUnusable, OutputUnwritable):
            raise
        except SupportctlError as error:
            return error

    def _run(self, desk: "Desk", line: Line) -> list[Any]:
        session = LineSession(self._session, desk)
        try:
            with self._command.make_context(self._name, self._words(line), obj=session) as ctx:
                result = self._command.result(ctx)
        except ClickException as error:
            raise as_supportctl_error(error) from None
        if result.error is not None:
            raise result.error
        return list(result.records) if result.many else [result.records]

    def _words(self, line: Line) -> list[str]:
        """The command line that says the same as a line. Raises InputError."""
        given = parse_object(line.text)
        arguments: list[str] = []
        options: list[str] = []
        for key, value in given.items():
            parameter = self._keys.get(key.replace("-", "_"))
            if parameter is None:
                raise InputError(
                    f"There is no key '{unkeyed(key[:60])}'.", f"Choose from: {', '.join(sorted(self._keys))}."
                )
            if parameter.param_type_name == "argument":
                arguments += map(_number, _each(value))
            else:
                options += _option(parameter, key, value)
        return [*options, "--", *arguments]


def keys_of(parameter: Parameter) -> list[str]:
    """The keys that stand for an option, or an argument, in a line."""
    if parameter.param_type_name == "argument":
        return [str(parameter.metavar).rstrip(".").lower()]
    return [flag.removeprefix("--").replace("-", "_") for flag in parameter.opts if flag.startswith("--")]


def parse_object(text: str) -> dict[str, Any]:
    """A JSON object from a line. Raises InputError for anything else, and for a key that is there twice."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError("This line is not a JSON object.", 'Give one per line, such as {"id": 17}.')
    if "\\u" in text and not is_text(json.dumps(found, ensure_ascii=False)):
        raise InputError("This line has half a character, such as a cut emoji.", "Give whole characters.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InputError("This line has a key twice.", "Give each key once.")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def query_of(line: Line) -> str | None:
    """What names a line in its answer: its ticket, its sender or its id elsewhere; never a text or a key."""
    try:
        found = parse_object(line.text)
    except InputError:
        return None
    return next((unkeyed(str(found[key])[:200]) for key in QUERY if isinstance(found.get(key), str | int)), None)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(value: Any) -> str:
    """A ticket's number, or a range, as a word. Raises InputError."""
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "-":
        raise InputError('The value of "id" is not a ticket\'s number.', "Give a number, or a list of numbers.")
    return str(value)


def _option(parameter: Parameter, key: str, value: Any) -> list[str]:
    flag = max(parameter.opts, key=len)
    if value is None or (value is False and getattr(parameter, "is_flag", False)):
        return []
    if getattr(parameter, "is_flag", False):
        if value is True:
            return [flag]
        raise InputError(f'The value of "{key}" is not true or false.', "Give one of them.")
    words = _each(value) if getattr(parameter, "multiple", False) else [value]
    if any(isinstance(word, bool) or not isinstance(word, str | int | float) for word in words):
        raise InputError(f'The value of "{key}" is not text.', "Give text in double quotes.")
    return [f"{flag}={word}" for word in words]


class _NothingDone(Exception):
    """No line of the first batch succeeded, so no desk is to be made for them."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__()
        self.answers = answers


class LineSession(Session):
    """The session of one line: its change is part of the batch's, nobody can be asked, and `-` is a text."""

    def __init__(self, session: Session, desk: "Desk") -> None:
        self.__dict__ |= vars(session)
        self.given = {**session.given, "no_input": True}
        self._desk = desk

    def add(self, operation: "Callable[[Desk, Actor], T]", *, held: bool = False, **touches: Any) -> T:
        return (self.hold if held else self.change)(operation, **touches)

    def read_text(self, value: str, _option: str) -> str:
        return value

    def read_key(self, value: str, _option: str = "--key") -> str:
        return value.strip()
