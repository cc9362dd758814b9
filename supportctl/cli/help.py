"""`help`: a command's help, or a guide."""

from contextlib import suppress
from io import StringIO
from typing import Annotated, cast

from typer import Argument
from typer._click import Context

from supportctl.cli.run.commands import ALIASES, COMMANDS, GUIDES, Command, NounGroup, Result, Root, Verbs, meant
from supportctl.cli.run.options import safe_to_repeat
from supportctl.cli.run.session import Session
from supportctl.errors import InputError

app = Verbs()


def complete_topic(ctx: Context, incomplete: str) -> list[tuple[str, str]]:
    """The guides and commands that begin like this; behind a noun, its commands."""
    words = ctx.params.get("topic") or []
    if not words:
        return [(name, help) for name, help in (GUIDES | COMMANDS).items() if name.startswith(incomplete)]
    with suppress(InputError):
        at = _at(Session.of(ctx), words)
        if isinstance(at.command, NounGroup):
            return [(name, "") for name in at.command.list_commands(at) if name.startswith(incomplete)]
    return []


@app.verb("help", formats=("table", "plain", "md"))
def help_(
    session: Session,
    topic: Annotated[
        list[str] | None,
        Argument(metavar="[COMMAND|GUIDE]...", help="what to explain", autocompletion=complete_topic),
    ] = None,
) -> Result:
    """Explain a command or a guide; without one, list them all.

    The guides are mail, import, cron, policy, hours, files, scripts and team. In a pipe, and with -o md, a guide is
    Markdown. Where a guide and a command have one name, this is the guide; the command's own help is COMMAND --help.

    \b
    Examples:
      supportctl help scripts
      supportctl help hours holiday add
      supportctl help mail -o md
    """
    words = topic or []
    if len(words) == 1 and words[0] in GUIDES:
        return Result(text=_guide(session, words[0]))
    at = _at(session, words)
    return Result(text=f"{at.command.get_help(at)}\n")


def _guide(session: Session, name: str) -> str:
    from supportctl.cli.guides import read_guide  # late: most of what is asked for is a command
    from supportctl.render.guide import write_guide  # late: it loads what shows Markdown

    text = read_guide(name)
    if session.format != "table":
        return text
    page = StringIO()
    write_guide(text, page, session.width, color=session.color)
    return page.getvalue()


def _at(session: Session, words: list[str]) -> Context:
    """The command with this name, as its own help finds it. Raises InputError, with what may have been meant."""
    at = Context(Root(), info_name="supportctl", obj=session)
    if words and words[0] in GUIDES.keys() - COMMANDS.keys():
        raise InputError(f"{words[0]} is a guide, and has no commands.", f"Read it with `supportctl help {words[0]}`.")
    if words and words[0] not in COMMANDS | ALIASES:
        named = safe_to_repeat(words[0])
        known = f"command or guide {named!r}" if named else "such command or guide"
        raise InputError(f"There is no {known}.", meant(words[0], GUIDES | COMMANDS))
    for word in words:
        if not isinstance(at.command, NounGroup):
            raise InputError(f"{at.command_path} has no commands of its own.", f"See {at.command_path} --help.")
        _, command, _ = at.command.resolve_command(at, [word])
        at = Context(cast(Command, command), parent=at, info_name=word)
    return at
