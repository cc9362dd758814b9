"""The program with one more command, `probe`, that does to the shell around it what commands do."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

from typer import Argument, Context, Option

from supportctl.cli.run.commands import Noun
from supportctl.cli.run.session import DOCUMENTS, Session
from supportctl.errors import DeskUnusable, InputError, NotOnRecord, OutputUnwritable, Refused

app = Noun("probe", "What commands do.")
ERRORS = {error.code: error for error in (DeskUnusable, InputError, NotOnRecord, OutputUnwritable)}


@app.verb("given", formats=DOCUMENTS)
def given(ctx: Context) -> None:
    """Print what holds for the run."""
    s = Session.of(ctx)
    fields = (s.db, s.agent, s.format, s.yes, s.quiet, s.no_input, s.color)
    s.write(" ".join(map(str, fields)) + "\n")


@app.verb("answer")
def answer(_: Context, code: Annotated[int, Argument()]) -> int:
    """Give an answer."""
    return code


@app.verb("fail")
def fail(_: Context, code: Annotated[str, Argument()]) -> None:
    """Fail as commands do, or as they should not."""
    if code == "refused":
        raise Refused("The forum is no place for a key.", "Move it to a ticket.", clause="8.6")
    if code in ERRORS:
        raise ERRORS[code]("It went wrong.", "Try again.")
    raise KeyError("SECRET-KEY-1234")


@app.verb("secret")
def secret(
    _: Context, key: Annotated[str, Option("--key")], number: Annotated[int, Option("--secret", hidden=True)] = 0
) -> None:
    """Take a secret."""


@app.verb("lines")
def lines(ctx: Context, count: Annotated[int, Argument()]) -> None:
    """Print lines."""
    for number in range(count):
        Session.of(ctx).write(f"line {number}\n")


@app.verb("text")
def text(ctx: Context, value: Annotated[str, Argument()]) -> None:
    """Print a text, or standard input."""
    Session.of(ctx).write(Session.of(ctx).read_text(value, "--body"))


@app.verb("wait")
def wait(ctx: Context, mark: Annotated[Path, Argument()]) -> None:
    """Wait for a signal, and tidy up after it."""
    try:
        Session.of(ctx).write("ready\n")
        Session.of(ctx).flush()
        time.sleep(30)
    finally:
        mark.write_text("tidied")


@app.verb("open")
def open_(_: Context, path: Annotated[Path, Argument()]) -> int:
    """Say which descriptor a new file gets: never that of a closed standard stream."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    return 0 if descriptor > 2 else 99


if __name__ == "__main__":
    sys.modules["supportctl.cli.probe"] = sys.modules["__main__"]
    from supportctl.__main__ import main
    from supportctl.cli.run.commands import COMMANDS, LazyCommand

    COMMANDS["probe"] = LazyCommand("probe", "what commands do")
    main()
