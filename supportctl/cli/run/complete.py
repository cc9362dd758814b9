"""What a shell suggests when its user presses Tab: never an error, never a wait, nothing written."""

import re
from collections.abc import Iterable
from contextlib import suppress

from typer._click.core import Parameter
from typer._click.shell_completion import (
    CompletionItem,
    _resolve_context,
    _resolve_incomplete,
    split_arg_string,
)
from typer.models import TyperPath

from supportctl.cli.run.commands import Root
from supportctl.cli.run.session import Session
from supportctl.render.safe import visible

# Alone on a line, it tells the shell's script to suggest files: no value can be this word.
FILES = "\t"
BARE = re.compile(r"[\w@%+=:,./-]*")


def complete_line(session: Session) -> int:
    """Answer the line up to the cursor, as the shell's script passes it: `value TAB help`, one per line.

    Typer's own scripts for bash pass it in COMP_WORDS, and want only values.
    """
    line = session.environ.get("_SUPPORTCTL_LINE")
    with suppress(Exception):
        for answer in candidates(session.environ.get("COMP_WORDS", "") if line is None else line, session):
            session.write(f"{answer.partition(FILES)[0] if line is None else answer}\n")
    return 0


def candidates(line: str, session: Session) -> Iterable[str]:
    """What could be at the end of `line`. Candidates are whole words: `--opt=value` if it was begun that way."""
    words = split_arg_string(line)[1:]
    word = "" if line[-1:].isspace() or not words else words.pop()
    context = _resolve_context(Root(), {"obj": session}, "supportctl", words)
    target, begun = _resolve_incomplete(context, words, word)
    if isinstance(target, Parameter) and isinstance(target.type, TyperPath):
        return [FILES]
    before = word[: len(word) - len(begun)]
    return [_line(before, item) for item in target.shell_complete(context, begun) if _bare(item.value)]


def _bare(value: str) -> bool:
    """Whether the value is one word to every shell, and looks like what it is: it is inserted without quotes."""
    return bool(BARE.fullmatch(value)) and value == visible(value)


def _line(before: str, item: CompletionItem) -> str:
    help = " ".join((item.help or "").split())  # a subject may carry anything, and this goes straight to a terminal
    return f"{before}{item.value}\t{visible(help)}"
