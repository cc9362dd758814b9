"""What a verb returns, and what is made of it: the one place that shows, says, fails and gives the exit code."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Program
from typer._click import Context

from supportctl.cli.run.commands import Command, Result, Verbs
from supportctl.cli.run.session import Session
from supportctl.errors import DeskUnusable, NotOnRecord
from supportctl.render.columns import NUMBER, Column, View

COUNTED = View(
    columns=(Column("n", NUMBER, note="from 1 on"), Column("name")), plain=("n", "name"), nothing="Nothing to count."
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(verb: Callable[[Session], Result], session: Session) -> int:
    verbs = Verbs()
    verbs.verb("count", COUNTED)(verb)
    command = verbs.build("count")
    assert isinstance(command, Command)
    with Context(command, info_name="count", obj=session) as ctx:
        return command.invoke(ctx)


def made(desk: Path | str | None = None) -> Session:
    session = Session(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO())
    session.given = {"output": "plain"} | ({"db": str(desk)} if desk else {})
    return session


def written(session: Session) -> str:
    assert isinstance(session.stdout, io.StringIO)
    return session.stdout.getvalue()


def test_a_record_is_shown_in_the_view_that_the_verb_declares() -> None:
    session = made()
    assert run(lambda _: Result({"n": 1, "name": "one"}), session) == 0
    assert written(session) == "1\tone\n"


def test_what_there_is_to_say_is_read_once_all_is_out() -> None:
    session = made()

    def said() -> Iterator[str]:
        yield f"after {written(session).strip()!r}"

    assert run(lambda _: Result({"n": 1, "name": "one"}, say=said()), session) == 0
    assert session.stderr is not None and isinstance(session.stderr, io.StringIO)
    assert session.stderr.getvalue() == "after '1\\tone'\n"


def test_an_error_of_a_result_is_raised_after_the_records_are_out() -> None:
    session = made()
    with pytest.raises(NotOnRecord):
        run(lambda _: Result([{"n": 1, "name": "one"}], many=True, error=NotOnRecord("No more.", "Stop.")), session)
    assert written(session) == "1\tone\n"


def test_an_exit_code_may_wait_for_the_last_record() -> None:
    codes = [0]

    def records() -> Iterator[dict[str, Any]]:
        yield {"n": 1, "name": "one"}
        codes.append(3)

    assert run(lambda _: Result(records(), many=True, code=lambda: codes[-1]), made()) == 3


def test_a_person_is_told_that_there_is_nothing() -> None:
    session = made()
    session.stdout, session.stderr = Terminal(), Terminal()
    assert run(lambda _: Result([], many=True), session) == 0
    assert session.stderr.getvalue() == "Nothing to count.\n"


def test_a_verb_that_asks_for_no_desk_opens_none(tmp_path: Path) -> None:
    assert run(lambda _: Result(), made(tmp_path / "none.db")) == 0
    with pytest.raises(DeskUnusable):
        run(lambda session: Result(session.desk), made(tmp_path / "none.db"))


def test_the_desk_is_open_until_its_records_are_out_and_closed_then(staffed: Program) -> None:
    session = made(staffed.address)
    held = []

    def count(session: Session) -> Result:
        held.append(session.desk)
        assert session.desk is held[0]
        rows = session.desk.execute("select 1")
        return Result(({"n": row[0], "name": "row"} for row in rows), many=True)

    assert run(count, session) == 0
    assert written(session) == "1\trow\n"
    with pytest.raises(Exception, match="closed"):
        held[0].execute("select 1")


@pytest.mark.parametrize(
    ("help", "told"),
    [
        ("Count.\n\n\b\nExamples:\n  count", "Count.\n\nPlain output: n (from 1 on), name.\n\n\b\nExamples:\n  count"),
        ("Count. Plain output: {plain} (all of it).", "Count. Plain output: n (from 1 on), name (all of it)."),
        ("Count. Plain output: none.", "Count. Plain output: none."),
    ],
)
def test_the_help_names_the_plain_columns_of_the_view(help: str, told: str) -> None:
    verbs = Verbs()

    @verbs.verb("count", COUNTED)
    def count(_: Session) -> Result:
        return Result()

    count.__doc__ = help
    command = verbs.build("count")
    assert isinstance(command, Command) and command.told() == told
