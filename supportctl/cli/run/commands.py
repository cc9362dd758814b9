"""The program as a tree of commands, each loaded only when it is asked for."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TypeVar, cast

import typer
from typer._click import Command as ClickCommand
from typer._click import Context, HelpFormatter, Parameter
from typer._click.exceptions import UsageError
from typer._click.parser import _OptionParser
from typer._click.shell_completion import CompletionItem
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

from supportctl.cli.run.options import EVERYWHERE, HELP, VERSION, called, nameable, names_file, sensitive
from supportctl.cli.run.session import FORMATS, Session, refuse_address
from supportctl.errors import InputError

F = TypeVar("F", bound=Callable[..., int | None])


class LazyCommand:
    """A top-level command: its module, and what help and completion say without loading it."""

    def __init__(self, module: str, help: str) -> None:
        self.module, self.help = module, help


SECTIONS: dict[str, dict[str, LazyCommand]] = {
    "The four jobs": {
        "log": LazyCommand("log", "record a request and work out when its answer is due"),
        "lookup": LazyCommand("lookup", "what a customer or a key is entitled to"),
        "check": LazyCommand("check", "whether a version is supported, and what to install"),
        "breaches": LazyCommand("breaches", "unanswered tickets past due"),
    },
    "The day's work": {
        "queue": LazyCommand("queue", "open work in policy order"),
        "next": LazyCommand("queue", "the ticket to work on now"),
        "watch": LazyCommand("watch.watch", "the queue, live"),
        "show": LazyCommand("tickets", "a ticket with its history"),
        "reply": LazyCommand("tickets", "answer a ticket, or add the customer's message"),
        "note": LazyCommand("tickets", "add a note that the customer does not see"),
        "assign": LazyCommand("tickets", "hand a ticket to an agent"),
        "edit": LazyCommand("tickets", "correct a ticket"),
        "close": LazyCommand("tickets", "close a ticket"),
        "reopen": LazyCommand("tickets", "open a closed ticket again"),
        "merge": LazyCommand("tickets", "merge a ticket into another"),
        "retract": LazyCommand("tickets", "take back an entry made by mistake"),
        "spam": LazyCommand("redact", "set a ticket aside as spam"),
        "redact": LazyCommand("redact", "remove the text of an entry for good"),
        "search": LazyCommand("search", "find tickets by their words"),
        "explain": LazyCommand("explain", "why this tier, this target, this due time"),
        "due": LazyCommand("explain", "when an answer would be due"),
        "report": LazyCommand("report", "how targets were met, by tier, channel, agent or month"),
    },
    "The records": {
        "customer": LazyCommand("customer", "customers and resellers"),
        "licence": LazyCommand("licence", "licences and their keys"),
        "release": LazyCommand("release", "releases of the products"),
        "bug": LazyCommand("bug", "known bugs and their workarounds"),
        "remote": LazyCommand("remote", "remote sessions"),
        "policy": LazyCommand("policy", "the support policy, clause by clause"),
        "hours": LazyCommand("hours", "business time"),
    },
    "The desk": {
        "import": LazyCommand("import_", "import customers, licences, releases, tickets or a desk"),
        "export": LazyCommand("export", "export customers, licences, tickets or the whole desk"),
        "db": LazyCommand("db", "the desk's file: check it, back it up, restore it"),
        "demo": LazyCommand("demo", "a small desk to try things out on"),
        "completion": LazyCommand("completion", "a completion script for your shell"),
    },
}
COMMANDS = {name: entry for section in SECTIONS.values() for name, entry in section.items()}
ALIASES = {"new": "log", "license": "licence"}


class Verbs(typer.Typer):
    """The commands of a module, built one by one: a look-up pays only for the one it asks for."""

    def __init__(self) -> None:
        super().__init__(add_completion=False, rich_markup_mode=None)
        self.formats: dict[str, tuple[str, ...]] = {}

    def verb(self, name: str, *, formats: tuple[str, ...] = FORMATS) -> Callable[[F], F]:
        """Declare a command: its options are the function's, its help the docstring, its exit code the result."""
        self.formats[name] = formats
        return super().command(name, cls=Command)

    def names(self) -> list[str]:
        """The commands, as declared."""
        return [str(info.name) for info in self.registered_commands]

    def build(self, name: str) -> "Helpful | None":
        """The command of that name, or None."""
        for info in self.registered_commands:
            if info.name == name:
                return _command(info, self.formats[name])
        return None


class Noun(Verbs):
    """A word with verbs of its own: `customer add`, `hours holiday list`."""

    def __init__(self, name: str, help: str) -> None:
        super().__init__()
        self.name = name
        self.help = help
        self.nouns: dict[str, Noun] = {}

    def noun(self, name: str, help: str) -> "Noun":
        """Declare a noun below this one."""
        self.nouns[name] = Noun(name, help)
        return self.nouns[name]

    def names(self) -> list[str]:
        return [*super().names(), *self.nouns]

    def build(self, name: str) -> "Helpful | None":
        return NounGroup(self.nouns[name]) if name in self.nouns else super().build(name)


class Helpful(ClickCommand):
    """What commands and nouns share: the options everywhere, and help without colours or boxes."""

    def get_params(self, _ctx: Context) -> list[Parameter]:
        return [*self.params, *EVERYWHERE, HELP]

    def make_parser(self, ctx: Context) -> _OptionParser:
        parser = super().make_parser(ctx)
        # A short option is looked for among the long ones first, and suggestions are worked out each time before it is
        # found: a fiftieth of a look-up. This way `-o json` is found at once, and `-o=json` too.
        parser._long_opt.update(parser._short_opt)
        return parser

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        # Typer puts braces around required arguments; everyone else leaves them bare.
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            records = [p.get_help_record(ctx) for p in self.params if p.param_type_name == kind]
            rows = [record for record in records if record]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, _ctx: Context, formatter: HelpFormatter) -> None:
        formatter.write("\nOptions everywhere: see supportctl --help.\n")


class Command(Helpful, TyperCommand):
    """A command: refuses options that it cannot honour, then does its work."""

    formats: tuple[str, ...] = FORMATS
    allow_extra_args = True  # so that we can refuse: the leftover may be half a body or a key

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        try:
            rest = super().parse_args(ctx, args)
        except UsageError as error:
            error.ctx = error.ctx or ctx  # the parser itself does not always know whose option it was
            raise
        if rest and not ctx.resilient_parsing:
            known = None if any(map(sensitive, self.params)) else nameable(rest[0])
            more = repr(known) if known else f"so many arguments ({len(rest)} too many)"
            raise InputError(f"{ctx.command_path} does not take {more}.", "Put text with spaces in quotes.")
        self._refuse_addresses(ctx)
        return rest

    def _refuse_addresses(self, ctx: Context) -> None:
        for parameter in filter(names_file, self.params):
            given = ctx.params.get(str(parameter.name))
            if isinstance(given, str):
                refuse_address(given, called(parameter))

    def invoke(self, ctx: Context) -> int:
        Session.of(ctx).check(self.formats)
        return super().invoke(ctx) or 0


def _command(info: CommandInfo, formats: tuple[str, ...]) -> Command:
    command = cast(Command, get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None))
    command.formats = formats
    return command


class NounGroup(Helpful, TyperGroup):
    """A noun on the command line: finds its verbs, and suggests what was meant."""

    def __init__(self, noun: Noun) -> None:
        super().__init__(name=noun.name, help=noun.help, rich_markup_mode=None, options_metavar="[OPTIONS]")
        self.noun = noun

    def list_commands(self, _ctx: Context) -> list[str]:
        return self.noun.names()

    def get_command(self, _ctx: Context, name: str) -> ClickCommand | None:
        return self.noun.build(name)

    def invoke(self, ctx: Context) -> int:
        if not ctx._protected_args:
            raise InputError(
                f"{ctx.command_path} needs a command.", f"Choose from: {', '.join(self.list_commands(ctx))}."
            )
        return int(super().invoke(ctx) or 0)

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """The verbs, each with the whole first sentence of its help, uncut."""
        verbs = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.get_short_help_str(limit=300)) for name, verb in verbs if verb])

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, ClickCommand | None, list[str]]:
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            typed = nameable(args[0])
            wanted = f"command {' '.join([*_words(ctx), typed])!r}" if typed else "such command"
            raise InputError(f"There is no {wanted}.", self._meant(ctx, args[0]))
        return args[0], command, args[1:]

    def _meant(self, ctx: Context, typed: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(typed.lower(), self.list_commands(ctx))
        return f"Did you mean {' or '.join(near)}?" if near else f"See {ctx.command_path} --help."


def _words(ctx: Context) -> list[str]:
    """The nouns on the way here."""
    return [*_words(ctx.parent), str(ctx.info_name)] if ctx.parent else []


class Root(NounGroup):
    """The top level: one table of commands, whose modules are loaded only when their command is asked for."""

    def __init__(self) -> None:
        super().__init__(Noun("supportctl", "The support desk that lives in the terminal."))

    def get_params(self, ctx: Context) -> list[Parameter]:
        return [*super().get_params(ctx), VERSION]

    def list_commands(self, _ctx: Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: Context, name: str) -> ClickCommand | None:
        name = ALIASES.get(name, name)
        if name not in COMMANDS:
            return None
        verbs = import_module(f"supportctl.cli.{COMMANDS[name].module}").app
        return NounGroup(verbs) if isinstance(verbs, Noun) else verbs.build(name)

    def invoke(self, ctx: Context) -> int:
        if ctx._protected_args:
            return super().invoke(ctx)
        Session.of(ctx).write(self.get_help(ctx) + "\n")
        return 0

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        with formatter.section("Options everywhere, before and after the command"):
            formatter.write_dl([record for p in self.get_params(ctx) if (record := p.get_help_record(ctx))])

    def format_commands(self, _ctx: Context, formatter: HelpFormatter) -> None:
        widest = max(map(len, COMMANDS))
        for title, entries in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), entry.help) for name, entry in entries.items()])

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Nothing: the options everywhere are listed above."""

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """The commands from the table, without loading any."""
        names = [CompletionItem(n, help=e.help) for n, e in COMMANDS.items() if n.startswith(incomplete)]
        return names + ClickCommand.shell_complete(self, ctx, incomplete)


def run(args: Sequence[str], session: Session) -> int:
    """Run one command line; the exit code is the answer. Raises what the command raises."""
    root = Root()
    try:
        with root.make_context("supportctl", list(args), obj=session) as ctx:
            return root.invoke(ctx)
    except typer.Exit as done:
        return done.exit_code
