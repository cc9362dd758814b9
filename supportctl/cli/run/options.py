"""The options that every command has, and what a message may repeat of a command line."""

from collections.abc import Callable
from typing import Any

from typer import Exit
from typer._click import Context, Parameter
from typer._click.parser import _OptionParser
from typer._click.shell_completion import CompletionItem
from typer.core import TyperOption
from typer.models import TyperPath

from supportctl import __version__
from supportctl.cli.run.completers import complete_agent
from supportctl.cli.run.parser import refuse_formats
from supportctl.cli.run.session import COLORS, Session
from supportctl.render import DOCUMENTS, RECORDS

# Never repeated in a message: keys, bodies and secrets, even mistyped or misplaced.
SENSITIVE = ("--key", "--body", "--secret")


def sensitive(parameter: Parameter) -> bool:
    """Whether messages must not repeat the value of this parameter."""
    return any(flag in SENSITIVE for flag in parameter.opts)


def parameter_label(parameter: Parameter) -> str:
    """A parameter's name in messages."""
    return max(parameter.opts, key=len) if parameter.param_type_name == "option" else _bare(parameter)


def _bare(argument: Parameter) -> str:
    return argument.human_readable_name.removesuffix("...")


def names_file(parameter: Parameter) -> bool:
    """Whether the value is the path of a file or of a folder."""
    return not {"FILE", "DIR"}.isdisjoint((parameter.metavar or "").split("|"))


def safe_to_repeat(typed: str) -> str | None:
    """A misplaced word, if a message may repeat it: one with a digit may be a key."""
    return None if any(char.isdigit() for char in typed) else shorten(typed)


def shorten(typed: str) -> str:
    """As much of a word as a message repeats."""
    return typed if len(typed) <= 60 else f"{typed[:60]}…"


class GlobalOption(TyperOption):
    """An option of the run, not of one command: its value goes to the session.

    The last one wins, so that a shell's alias can be overridden; but nobody can have two output formats.
    """

    overridable = True

    def __init__(
        self,
        flags: str,
        help: str,
        *,
        metavar: str | None = None,
        values: tuple[str, ...] = (),
        offers: Callable[[Context, str], list[str]] | None = None,
    ) -> None:
        name = "formats" if metavar == "FORMAT" else ""  # what the current command offers, if it says so
        complete = offers or (lambda ctx, _: list(getattr(ctx.command, name, values)))
        super().__init__(
            param_decls=flags.split(),
            help=help,
            metavar=metavar,
            is_flag=metavar is None,
            expose_value=False,
            callback=_remember,
            type=TyperPath() if metavar == "PATH" else None,
            autocompletion=(lambda ctx, _, begun: complete(ctx, begun)) if values or offers else None,
        )


class ChosenColumns(GlobalOption):
    """`--columns A,B`: completed by the names of the command's view, one after the other."""

    def __init__(self) -> None:
        super().__init__("--columns", "only these columns, in this order; names as in JSON", metavar="A,B,...")

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        before, comma, begun = incomplete.rpartition(",")
        view = getattr(ctx.command, "view", None)
        taken = before.split(",")
        names = [name for name in (view.names() if view else ()) if name.startswith(begun) and name not in taken]
        return [CompletionItem(f"{before}{comma}{name}") for name in names]


class Json(GlobalOption):
    """`--json`: another name for `-o json`."""

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
    if not value and value != "":
        return
    given = Session.of(ctx).given
    before = given.setdefault(str(option.name), value)
    if option is OUTPUT and before != value and not ctx.resilient_parsing:
        refuse_formats(before, value)
    given[str(option.name)] = value


def _version(_: Context) -> str:
    return f"supportctl {__version__}"


*_FIRST, _LAST = RECORDS
_SOME = " and ".join(name for name in DOCUMENTS if name not in RECORDS)
OUTPUT = GlobalOption(
    "-o --output", f"{', '.join(_FIRST)} or {_LAST}; some also {_SOME}", metavar="FORMAT", values=DOCUMENTS
)
EVERYWHERE: list[Parameter] = [
    GlobalOption("--db", "the desk to work on [env: SUPPORTCTL_DB]", metavar="PATH"),
    GlobalOption("--now", "run as if it were this time [env: SUPPORTCTL_NOW]", metavar="TIME"),
    GlobalOption("--tz", "the time zone to read and show times in [env: SUPPORTCTL_TZ]", metavar="ZONE"),
    GlobalOption(
        "--agent",
        "who works at the desk [env: SUPPORTCTL_AGENT]",
        metavar="NAME",
        offers=complete_agent,
    ),
    OUTPUT,
    Json("--json", "the same as -o json"),
    ChosenColumns(),
    GlobalOption("--no-pager", "never show a long answer page by page [env: PAGER, LESS]"),
    GlobalOption("--no-input", "never ask anything"),
    GlobalOption("-y --yes", "answer yes to every question"),
    GlobalOption("-q --quiet", "print only data and errors"),
    GlobalOption("--color", "auto, always or never [env: NO_COLOR]", metavar="WHEN", values=COLORS),
]
JSONL = TyperOption(
    param_decls=["--jsonl"], metavar="-", help="take the options from standard input, a JSON object in each line"
)
SHOW = GlobalOption("--show", "on a terminal: show the whole record, not the short answer")
HELP = AnswerOption("-h --help", "show this help", lambda ctx: ctx.get_help())
VERSION = AnswerOption("--version", "show the version", _version)
