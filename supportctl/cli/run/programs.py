"""Runs a program that the user names: split as a shell would do it, but run without a shell."""

import os
import shlex
import subprocess

from supportctl.errors import InputError, OutputUnwritable

UNSTARTED = "cannot be started"


def split_command(command: str, option: str) -> list[str]:
    """The words of a command; on Windows a backslash is part of a path. Raises InputError."""
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError:
        raise InputError(f"{option} has an unclosed quote.", "Close it.") from None
    if not words:
        raise InputError(f"{option} is empty.", "Name the program that takes the text.")
    return [_unquoted(word) for word in words] if os.name == "nt" else words


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" else word


def feed(words: list[str], text: str, option: str, otherwise: str) -> None:
    """Run a command with a text as its standard input, until it ends.

    Raises OutputUnwritable unless it exits with 0; `otherwise` says what happens in that case.
    """

    try:
        code = subprocess.run(words, input=text.encode(), check=False).returncode  # noqa: S603  # the user's own, no shell
    except OSError as error:
        said = f"The command of {option} {UNSTARTED}: {error.strerror}."
        raise OutputUnwritable(said, f"Name a program that exists; {otherwise}") from None
    if code:
        raise OutputUnwritable(f"The command of {option} exited with code {code}.", f"Find out why; {otherwise}")
