"""Commands that the user names: their words, and where their programs are."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from supportctl.errors import InputError


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


def in_path(program: str, environ: Mapping[str, str]) -> str | None:
    """Where the program is, None if it is nowhere; a path is taken as it is.

    A bare name is never taken from the current folder, where anyone may have put it: an empty part of PATH means that
    folder, and Windows looks there by itself.
    """
    if Path(program).name != program:
        return program
    endings = ("", ".exe", ".com") if os.name == "nt" else ("",)
    folders = [Path(folder) for folder in os.get_exec_path(dict(environ)) if Path(folder).is_absolute()]
    found = (folder / f"{program}{ending}" for folder in folders for ending in endings)
    return next((str(path) for path in found if path.is_file() and os.access(path, os.X_OK)), None)
