"""Options and arguments that are declared once: those of every command, and those that several share."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, BadParameter, Exit, Option
from typer._click import Context, Parameter
from typer._click.parser import _OptionParser
from typer._click.shell_completion import CompletionItem
from typer.core import TyperOption
from typer.models import TyperPath

from supportctl import __version__
from supportctl.cli.run.parser import refuse_formats
from supportctl.cli.run.session import COLORS, Session
from supportctl.errors import InputError
from supportctl.masking import unkeyed
from supportctl.render import DOCUMENTS, RECORDS

if TYPE_CHECKING:
    from supportctl.render.columns import View

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
        offers: Callable[..., list[str]] | None = None,
    ) -> None:
        name = "formats" if metavar == "FORMAT" else ""  # what the current command offers, if it says so
        super().__init__(
            param_decls=flags.split(),
            help=help,
            metavar=metavar,
            is_flag=metavar is None,
            expose_value=False,
            callback=_remember,
            type=TyperPath() if metavar == "PATH" else None,
            autocompletion=(lambda ctx, *_: getattr(ctx.command, name, values)) if values else offers,
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
        offers=lambda *asked: complete_agent(*asked),
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


# What a shell offers for a value when its user presses Tab: never an error, never a wait, nothing written.


def _of_policy(kind: str) -> Callable[[Context, list[str], str], list[str]]:
    """A completer for `autocompletion=`: the names of `kind` in the policy in force, or else in the built-in one."""

    def complete(ctx: Context, _args: list[str], incomplete: str) -> list[str]:
        from supportctl.desk.completion import names_of_policy  # late: only Tab asks

        session = Session.of(ctx)
        return [n for n in names_of_policy(session.desk_path, kind, session.now) if n.startswith(incomplete)]

    return complete


complete_tier = _of_policy("tiers")
complete_channel = _of_policy("channels")
complete_product = _of_policy("products")
complete_topic = _of_policy("topics")
complete_clause = _of_policy("clauses")


def complete_ticket(ctx: Context, _args: list[str], incomplete: str) -> list[tuple[str, str]]:
    """The open tickets whose number begins like this, with their subjects, newest first."""
    from supportctl.desk.completion import open_tickets  # late: only Tab asks

    return open_tickets(Session.of(ctx).desk_path, incomplete)


def complete_agent(ctx: Context, _args: list[str], incomplete: str) -> list[str]:
    """The agents whose name begins like this."""
    from supportctl.desk.completion import agents  # late: only Tab asks

    return agents(Session.of(ctx).desk_path, incomplete)


def complete_address(ctx: Context, _args: list[str], incomplete: str) -> list[tuple[str, str]]:
    """The addresses of accounts that begin like this, with the names behind them."""
    from supportctl.desk.completion import addresses  # late: only Tab asks

    return addresses(Session.of(ctx).desk_path, incomplete)


def complete_from(words: Iterable[str]) -> Callable[[Context, list[str], str], list[str]]:
    """A completer that offers these words."""

    def complete(_ctx: Context, _args: list[str], incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


# Numbers

_DIGITS = 100  # more than any number on a desk, and few enough for Python to read fast
_MOST = 1 << 40  # of anything on a desk; Python's and SQLite's counting ends at 2 ** 63


def number(text: str | int) -> int:
    """A number of 1 or more, in ASCII digits only: 1_7, +17 and other scripts' digits are typing errors.

    Raises BadParameter.
    """
    written = str(text)  # a default comes as it is
    if written.isascii() and written.isdigit() and len(written) <= _DIGITS and int(written) > 0:
        return int(written)

    shown = written if written.isdecimal() else unkeyed(written)
    raise BadParameter(f"{shown!r} is not a whole number of 1 or more")


def how_many(text: str | int) -> int:
    """A number to stop at, such as --limit, cut to the possible maximum. Raises BadParameter."""
    return min(number(text), _MOST)


AT_ONCE = 10_000  # tickets that one command takes
STDIN = range(0)  # for `-`: the numbers come on standard input


def ticket_number(text: str | int) -> int:
    """A ticket's number, also as it is printed: #23. Raises BadParameter."""
    return number(str(text).removeprefix("#"))


def ticket_numbers(text: str | range) -> range:
    """The numbers that a word names: 5, #5, or a range 5-8; STDIN for `-`. Raises BadParameter."""
    if isinstance(text, range):  # the parser sees its own results again
        return text
    if text == "-":
        return STDIN
    begin, dash, end = text.partition("-")
    if not (dash and begin and end):
        return range(first := ticket_number(text), first + 1)
    first, last = ticket_number(begin), ticket_number(end)
    if last < first:
        raise BadParameter(f"{text!r} is a range that runs backwards: give {last}-{first}")
    if last - first >= AT_ONCE:
        raise BadParameter(f"{text!r} is a range of more than {AT_ONCE:,} tickets")
    return range(first, last + 1)


TICKET = "the ticket's number"
TicketId = Annotated[int, Argument(metavar="ID", help=TICKET, parser=ticket_number, autocompletion=complete_ticket)]
TicketArgument = Annotated[
    int, Argument(metavar="TICKET", help=TICKET, parser=ticket_number, autocompletion=complete_ticket)
]
TICKETS = "the tickets' numbers: 17, ranges such as 17-20, or - to read them from standard input"
TicketIds = Annotated[
    list[range], Argument(metavar="ID...", help=TICKETS, parser=ticket_numbers, autocompletion=complete_ticket)
]


def thread_view() -> "View":
    """What the verbs of a ticket show."""
    from supportctl.cli.views.thread import THREAD  # late: late, as all that only their work needs (see run/ticket.py)

    return THREAD


EntryNumber = Annotated[int, Argument(metavar="N", help="the entry's number in the ticket's history", parser=number)]

# Texts of a ticket

Body = Annotated[str | None, Option("-m", "--body", metavar="TEXT|-", help="the text; - reads standard input")]
Redact = Annotated[bool, Option("--redact", help="store credentials and keys masked (8.6)")]

# What a request is about

Product = Annotated[
    str | None, Option("-p", "--product", metavar="P", help="which product", autocompletion=complete_product)
]
OnlyProduct = Annotated[
    str | None, Option("-p", "--product", metavar="P", help="only this product", autocompletion=complete_product)
]
Topic = Annotated[
    str | None, Option("-t", "--topic", metavar="T", help="what kind of question", autocompletion=complete_topic)
]

# By which lists of tickets are narrowed

Mine = Annotated[bool, Option("--mine", help="only tickets assigned to you")]
Unassigned = Annotated[bool, Option("--unassigned", help="only unassigned tickets")]
Assignee = Annotated[
    str | None, Option("--assignee", metavar="AGENT", help="only this agent's tickets", autocompletion=complete_agent)
]
Tiers = Annotated[list[str] | None, Option("--tier", metavar="T", help="only this tier", autocompletion=complete_tier)]
Channels = Annotated[
    list[str] | None, Option("--channel", metavar="C", help="only this channel", autocompletion=complete_channel)
]
Waiting = Annotated[bool, Option("--waiting", help="also tickets waiting for the customer")]


def assignee_filter(session: Session, mine: bool, unassigned: bool, assignee: str | None) -> str | None:
    """The agent whose tickets are asked for, "" for unassigned, None for all. Raises InputError for two at once."""
    given = [who for who, asked in ((session.agent, mine), ("", unassigned), (assignee, assignee is not None)) if asked]
    if len(given) > 1:
        raise InputError("--mine, --unassigned and --assignee cannot be combined.", "Use one of them.")
    return given[0] if given else None
