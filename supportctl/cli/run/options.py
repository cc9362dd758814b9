"""The options that every command takes, before and after it, declared once."""

from collections.abc import Callable
from typing import Any

from typer import Exit
from typer._click import Context, Parameter
from typer._click.parser import _OptionParser
from typer.core import TyperOption
from typer.models import TyperPath

from supportctl import __version__
from supportctl.cli.run.session import COLORS, DOCUMENTS, Session

# Never repeated in a message: keys, bodies and secrets, even mistyped or misplaced.
SENSITIVE = ("--key", "--body", "--secret")


def sensitive(parameter: Parameter) -> bool:
    """Whether what is given here must not be repeated in a message."""
    return any(flag in SENSITIVE for flag in parameter.opts)


def called(parameter: Parameter) -> str:
    """A parameter's name in messages."""
    return max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.human_readable_name


def names_file(parameter: Parameter) -> bool:
    """Whether the value is the path of a file or of a folder."""
    return not {"FILE", "DIR"}.isdisjoint((parameter.metavar or "").split("|"))


def nameable(typed: str) -> str | None:
    """A misplaced word, if a message may repeat it: one with a digit may be a key."""
    return None if any(char.isdigit() for char in typed) else shortened(typed)


def shortened(typed: str) -> str:
    """As much of a word as a message repeats."""
    return typed if len(typed) <= 60 else f"{typed[:60]}…"


class Everywhere(TyperOption):
    """An option of the run, not of one command: its value goes to the session, and the last one wins."""

    def __init__(self, flags: str, help: str, *, metavar: str | None = None, values: tuple[str, ...] = ()) -> None:
        name = "formats" if metavar == "FORMAT" else ""  # what the current command offers, if it says so
        super().__init__(
            param_decls=flags.split(),
            help=help,
            metavar=metavar,
            is_flag=metavar is None,
            expose_value=False,
            callback=_remember,
            type=TyperPath() if metavar == "PATH" else None,
            autocompletion=(lambda ctx, *_: getattr(ctx.command, name, values)) if values else None,
        )


class Json(Everywhere):
    """`--json`: another name for `-o json`, so that the last of the two wins."""

    def add_to_parser(self, parser: _OptionParser, _ctx: Context) -> None:
        parser.add_option(OUTPUT, self.opts, dest=OUTPUT.name, action="store_const", const="json")


class AnswerOption(TyperOption):
    """An option that answers by itself and ends the run: `--help`, `--version`."""

    def __init__(self, flags: str, help: str, answer: Callable[[Context], str]) -> None:
        def callback(ctx: Context, _: Parameter, asked: bool) -> None:
            if asked and not ctx.resilient_parsing:
                Session.of(ctx).write(answer(ctx) + "\n")
                raise Exit(0)

        super().__init__(
            param_decls=flags.split(), help=help, is_flag=True, is_eager=True, expose_value=False, callback=callback
        )


def _remember(ctx: Context, option: Parameter, value: Any) -> None:
    if value or value == "":
        Session.of(ctx).given[str(option.name)] = value


def _version(_: Context) -> str:
    return f"supportctl {__version__}"


OUTPUT = Everywhere(
    "-o --output", "table, plain, json, jsonl or csv; some also md and html", metavar="FORMAT", values=DOCUMENTS
)
EVERYWHERE: list[Parameter] = [
    Everywhere("--db", "the desk to work on [env: SUPPORTCTL_DB]", metavar="PATH"),
    Everywhere("--now", "the time to take as now [env: SUPPORTCTL_NOW]", metavar="TIME"),
    Everywhere("--tz", "the time zone to read and show times in [env: SUPPORTCTL_TZ]", metavar="ZONE"),
    Everywhere("--agent", "who works at the desk [env: SUPPORTCTL_AGENT]", metavar="NAME"),
    OUTPUT,
    Json("--json", "the same as -o json"),
    Everywhere("--no-input", "never ask anything"),
    Everywhere("-y --yes", "answer yes to every question"),
    Everywhere("-q --quiet", "print only data and errors"),
    Everywhere("--color", "auto, always or never [env: NO_COLOR]", metavar="WHEN", values=COLORS),
]
HELP = AnswerOption("-h --help", "show this help", lambda ctx: ctx.get_help())
VERSION = AnswerOption("--version", "show the version", _version)
