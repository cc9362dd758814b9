"""What a shell suggests when its user presses Tab: never an error, never a wait, nothing written."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress

from typer import Context
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
    if not BARE.fullmatch(value):
        return False

    return value == visible(value)


def _line(before: str, item: CompletionItem) -> str:
    help = " ".join((item.help or "").split())
    if not help.isascii() or not help.isprintable():
        # A subject may contain anything, and this goes straight to a terminal.
        from supportctl.render.safe import visible

        help = visible(help)
    return f"{before}{item.value}\t{help}"


def _of_policy(kind: str) -> Callable[[Context, list[str], str], list[str]]:
    """A completer for `autocompletion=`: the names of `kind` in the policy in force, or else in the built-in one."""

    def complete(ctx: Context, _args: list[str], incomplete: str) -> list[str]:
        for names in (_desk_names, _builtin_names):
            with suppress(Exception):
                return [name for name in names(Session.of(ctx), kind) if name.startswith(incomplete)]
        return []

    return complete


def _desk_names(session: Session, kind: str) -> list[str]:
    from supportctl.store.sqlite.completion import policy_names

    return policy_names(session.desk_path(), kind, session.now)


def _builtin_names(_: Session, kind: str) -> list[str]:
    from supportctl.policy.file import builtin

    return list(builtin()[1][kind])


complete_tier = _of_policy("tiers")
complete_channel = _of_policy("channels")
complete_product = _of_policy("products")
complete_topic = _of_policy("topics")
complete_clause = _of_policy("clauses")


def complete_ticket(ctx: Context, _args: list[str], incomplete: str) -> list[tuple[str, str]]:
    """The open tickets whose number begins like this, with their subjects, newest first."""
    with suppress(Exception):
        from supportctl.store.sqlite.completion import tickets

        return tickets(Session.of(ctx).desk_path(), incomplete)
    return []


def complete_template(_ctx: Context, _args: list[str], incomplete: str) -> list[tuple[str, str]]:
    """The canned answers whose name begins like this, and whose they are."""
    with suppress(Exception):
        from supportctl.cli.templates import SHIPPED, available

        found = available().items()
        return [(n, "shipped" if p.parent == SHIPPED else "yours") for n, p in found if n.startswith(incomplete)]
    return []
