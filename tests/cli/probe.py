"""The program with one more command, `probe`, that does to the shell around it what commands do."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from supportctl.cli.run.commands import Noun, Result
from supportctl.cli.run.session import Session
from supportctl.errors import DeskUnusable, InputError, NotOnRecord, OutputUnwritable, Refused
from supportctl.render import DOCUMENTS

app = Noun("probe", "What commands do.")
ERRORS = {error.code: error for error in (DeskUnusable, InputError, NotOnRecord, OutputUnwritable)}


@app.verb("given", formats=DOCUMENTS)
def given(s: Session) -> Result:
    """Print what holds for the run."""
    fields = (s.db, s.agent, s.format, s.yes, s.quiet, s.no_input, s.color)
    return Result(text=" ".join(map(str, fields)) + "\n")


@app.verb("answer")
def answer(_: Session, code: Annotated[int, Argument()]) -> Result:
    """Give an answer."""
    return Result(code=code)


@app.verb("fail")
def fail(_: Session, code: Annotated[str, Argument()]) -> Result:
    """Fail as commands do, or as they should not."""
    if code == "refused":
        raise Refused("The forum is no place for a key.", "Move it to a ticket.", clause="8.6")
    if code in ERRORS:
        raise ERRORS[code]("It went wrong.", "Try again.")
    raise KeyError("SECRET-KEY-1234")


@app.verb("secret")
def secret(
    _: Session, key: Annotated[str, Option("--key")], number: Annotated[int, Option("--secret", hidden=True)] = 0
) -> Result:
    """Take a secret."""
    return Result(say=[key] * number)


@app.verb("lines")
def lines(session: Session, count: Annotated[int, Argument()]) -> Result:
    """Print lines."""
    for number in range(count):
        session.write(f"line {number}\n")
    return Result()


@app.verb("text")
def text(session: Session, value: Annotated[str, Argument()]) -> Result:
    """Print a text, or standard input."""
    return Result(text=session.read_text(value, "--body"))


@app.verb("wait")
def wait(session: Session, mark: Annotated[Path, Argument()]) -> Result:
    """Wait for a signal, and tidy up after it."""
    try:
        session.write("ready\n")
        session.flush()
        time.sleep(30)
        return Result()
    finally:
        mark.write_text("tidied")


@app.verb("open")
def open_(_: Session, path: Annotated[Path, Argument()]) -> Result:
    """Say which descriptor a new file gets: never that of a closed standard stream."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    return Result(code=0 if descriptor > 2 else 99)


if __name__ == "__main__":
    sys.modules["supportctl.cli.probe"] = sys.modules["__main__"]
    from supportctl.__main__ import main
    from supportctl.cli.run.commands import COMMANDS

    COMMANDS["probe"] = "what commands do"
    main()
