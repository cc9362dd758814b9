"""The program as a tree of commands, each loaded only when it is asked for."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

import typer
from typer._click import Command as ClickCommand
from typer._click import Context, HelpFormatter, Parameter
from typer._click.exceptions import NoSuchOption, UsageError
from typer._click.parser import _OptionParser
from typer._click.shell_completion import CompletionItem
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

from supportctl.cli.run.options import (
    EVERYWHERE,
    HELP,
    JSONL,
    SHOW,
    VERSION,
    names_file,
    parameter_label,
    safe_to_repeat,
    sensitive,
)
from supportctl.cli.run.parser import OptionParser
from supportctl.cli.run.session import Session, refuse_address
from supportctl.errors import InputError, SupportctlError
from supportctl.render import RECORDS

if TYPE_CHECKING:
    from supportctl.render.columns import View

# Every command, with a line of help. Its module has its name: `supportctl reply` is cli/reply.py.
SECTIONS: dict[str, dict[str, str]] = {
    "The four jobs": {
        "log": "record a request and work out when its answer is due",
        "lookup": "what a customer or a key is entitled to",
        "check": "whether a version is supported, and what to install",
        "breaches": "unanswered tickets past due",
    },
    "The day's work": {
        "queue": "open work in policy order",
        "next": "the ticket to work on now",
        "watch": "the queue, live",
        "show": "a ticket with its history",
        "reply": "answer a ticket, or add the customer's message",
        "note": "add a note that the customer does not see",
        "assign": "hand a ticket to an agent",
        "edit": "correct a ticket",
        "close": "close a ticket",
        "reopen": "open a closed ticket again",
        "merge": "merge a ticket into another",
        "undo": "take back the last thing you did",
        "retract": "take back an entry made by mistake",
        "spam": "set a ticket aside as spam",
        "redact": "remove the text of an entry for good",
        "search": "find tickets by their words",
        "explain": "why this tier, this target, this due time",
        "due": "when an answer would be due",
        "report": "how targets were met, by tier, channel, agent or month",
    },
    "The records": {
        "customer": "customers and resellers",
        "licence": "licences and their keys",
        "release": "releases of the products",
        "bug": "known bugs and their workarounds",
        "remote": "remote sessions",
        "policy": "the support policy, clause by clause",
        "hours": "business time",
    },
    "The desk": {
        "import": "import customers, licences, releases, tickets or a desk",
        "export": "export customers, licences, tickets or the whole desk",
        "db": "the desk's file: check it, back it up, restore it",
        "demo": "a small desk to try things out on",
        "completion": "a completion script for your shell",
        "help": "a command or a guide, explained",
        "version": "which version this is",
    },
}
# Every guide, with a line of help: `supportctl help mail` is cli/guides/mail.md.
GUIDES = {
    "mail": "requests by e-mail, and answers that go out",
    "import": "what you have now: customers, licences, tickets",
    "cron": "jobs that run by themselves: what is late, reports, backups",
    "policy": "tiers, targets and clauses, and how to change them",
    "hours": "business time and holidays",
    "files": "where the data is, backups, exports, and other programs",
    "scripts": "exit codes, JSON, pipes and PowerShell",
    "team": "several agents at one desk",
    "performance": "what is fast, what grows, and how to keep a large desk quick",
}
COMMANDS = {name: help for section in SECTIONS.values() for name, help in section.items()}
ALIASES = {"new": "log", "license": "licence", "ls": "queue", "q": "queue"}
ELSEWHERE = {"import": "import_", "watch": "watch.watch"}  # `import` names nothing in Python, and `watch` has a folder


def module_of(command: str) -> str:
    """The module that a command is loaded from."""
    return f"supportctl.cli.{ELSEWHERE.get(command, command)}"


class Result:
    """The result of a verb, and how to show it.

    `text` is printed unchanged, then `records`: one record, or with `many` an iterable that is read while it is shown;
    None shows nothing. `view` replaces the view that the verb declares. People read `above` before a list, and on a
    terminal `below` after it, asked for then. `say` holds notes for the person at the terminal, read after all output;
    then `error` is raised. `code` is the exit code, or a function called at the end. With `paged` a long answer on a
    terminal goes through a pager.
    """

    def __init__(
        self,
        records: Any = None,
        view: "View | None" = None,
        *,
        many: bool = False,
        text: str = "",
        say: Iterable[str] = (),
        error: SupportctlError | None = None,
        code: int | Callable[[], int] = 0,
        above: str = "",
        below: Callable[[], str] | None = None,
        paged: bool = True,
    ) -> None:
        self.records, self.view, self.many, self.text = records, view, many, text
        self.say, self.error, self.code = say, error, code
        self.above, self.below, self.paged = above, below, paged


F = TypeVar("F", bound=Callable[..., Result])


class Verb:
    """A declared command: its function, the view of its records, and its output formats.

    A view that is slow to load is declared as a function: completion never calls it. One that `writes` answers in short
    on a terminal, if its view has a short form, unless it is asked to --show the whole record. `lines` says that the
    command can be carried out for each line of standard input: "add" if that makes a missing desk, else "hold". With
    `several_views` what is asked for decides about the columns.
    """

    def __init__(
        self,
        does: Callable[..., Result],
        shows: "View | Callable[[], View] | None" = None,
        *,
        formats: tuple[str, ...] = RECORDS,
        writes: bool = False,
        lines: str = "",
        several_views: bool = False,
    ) -> None:
        self.does, self.shows, self.formats = does, shows, formats
        self.writes, self.lines, self.several_views = writes, lines, several_views


class Verbs:
    """The commands of a module, each built when it is asked for: a look-up pays for one only."""

    def __init__(self) -> None:
        self.verbs: dict[str, Verb] = {}

    def verb(self, name: str, shows: "View | Callable[[], View] | None" = None, **declared: Any) -> Callable[[F], F]:
        """Declare a command: a function that takes the session and its options, and returns a Result (see `Verb`).

        Its docstring is the help. The columns of the view's plain format are added before the examples, or at {plain}.
        """

        def declare(does: F) -> F:
            self.verbs[name] = Verb(does, shows, **declared)
            return does

        return declare

    def names(self) -> list[str]:
        """The commands, as declared."""
        return list(self.verbs)

    def build(self, name: str) -> "PlainHelp | None":
        """The command of that name, or None."""
        return _command(name, self.verbs[name]) if name in self.verbs else None


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

    def build(self, name: str) -> "PlainHelp | None":
        return NounGroup(self.nouns[name]) if name in self.nouns else super().build(name)


class PlainHelp(ClickCommand):
    """Shared by commands and nouns: the global options, and help without colours or boxes."""

    everywhere: Sequence[Parameter] = EVERYWHERE

    def get_params(self, _ctx: Context) -> list[Parameter]:
        return [*self.params, *self.everywhere, HELP]

    def make_parser(self, ctx: Context) -> _OptionParser:
        parser = OptionParser(ctx)
        for parameter in self.get_params(ctx):
            parameter.add_to_parser(parser, ctx)
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


class Command(PlainHelp, TyperCommand):
    """A command that shows its result, and refuses options that it cannot honour."""

    verb: Verb
    allow_extra_args = True  # so that we can refuse: the leftover may be half a body or a key

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if self.verb.lines and asks_for_lines(args):
            return self._parse_lines(ctx, args)
        try:
            rest = super().parse_args(ctx, args)
        except UsageError as error:
            error.ctx = error.ctx or ctx  # the parser itself does not always know whose option it was
            raise
        if rest and not ctx.resilient_parsing:
            known = None if any(map(sensitive, self.params)) else safe_to_repeat(rest[0])
            more = repr(known) if known else f"so many arguments ({len(rest)} too many)"
            raise InputError(f"{ctx.command_path} does not take {more}.", "Put text with spaces in quotes.")
        self._refuse_addresses(ctx)
        return rest

    def _parse_lines(self, ctx: Context, args: list[str]) -> list[str]:
        """The options of a run whose lines give the command's own options. Raises InputError for those."""
        self.verb_params, self.params = self.params, [JSONL]
        try:
            rest = super().parse_args(ctx, args)
        except NoSuchOption as error:
            if any(error.option_name in each.opts for each in self.verb_params):
                raise InputError(f"--jsonl and {error.option_name} cannot be combined.", IN_EACH_LINE) from None
            raise
        if rest or ctx.params["jsonl"] != "-":
            raise InputError("--jsonl takes - and reads standard input.", IN_EACH_LINE)
        return rest

    def _refuse_addresses(self, ctx: Context) -> None:
        for parameter in filter(names_file, self.params):
            given = ctx.params.get(str(parameter.name))
            if isinstance(given, str):
                refuse_address(given, parameter_label(parameter))

    @property
    def formats(self) -> tuple[str, ...]:
        """Its output formats, which completion offers."""
        return self.verb.formats

    @cached_property
    def view(self) -> "View | None":
        """The view of its records, unless its result brings another."""
        shows = self.verb.shows
        return shows() if callable(shows) else shows

    def format_help_text(self, ctx: Context, formatter: HelpFormatter) -> None:
        self.help = self.told()
        super().format_help_text(ctx, formatter)

    def told(self) -> str:
        """Its help, with the columns of its plain format."""
        help = self.help or ""
        if self.view is None:
            return help
        if "{plain}" not in help and "Plain output: " not in help:
            help = help.replace("\b\nExamples:", "Plain output: {plain}.\n\n\b\nExamples:")
        plain = self.view.named(self.view.plain)
        return help.replace("{plain}", ", ".join(f"{c.name} ({c.note})" if c.note else c.name for c in plain))

    def invoke(self, ctx: Context) -> int:
        """Run the command and show its result, before the desk is closed; what a pager shows stays until it ends."""
        session = Session.of(ctx)
        session.check(self.formats)
        self._refuse_unknown_columns(session)
        with session.paging(), session.at_work():
            by_lines = ctx.params.get("jsonl")
            return self._show(
                session, self._answers(session) if by_lines else session.by_true_time(lambda: self._begun(ctx))
            )

    def _begun(self, ctx: Context) -> Result:
        """The result, with the first of many records read: by then the desk was asked something."""
        result = self.result(ctx)
        if result.many and result.records is not None:
            from supportctl.render.columns import peeked  # late: many results are one record

            _, result.records = peeked(result.records)
        return result

    def _answers(self, session: Session) -> Result:
        """The answers to all lines of standard input, as the lines come."""
        from supportctl.cli.run.jsonl import JsonLines  # late: few runs read lines

        lines = JsonLines(self, session, self.verb.lines == "add")
        return Result(lines.answers(), self.view, many=True, code=lines.code)

    def result(self, ctx: Context) -> Result:
        """Run the command, and return its result."""
        ctx.params.pop("jsonl", None)
        result: Result = super().invoke(ctx)
        return result

    def _refuse_unknown_columns(self, session: Session) -> None:
        """Before anything is done. A verb that chooses its view by what is asked for does so itself."""
        if session.columns and not self.verb.several_views:
            session.chosen(self.view)

    def _show(self, session: Session, result: Result) -> int:
        if result.paged and not self.verb.writes:
            session.page()
        if result.text:
            if result.records is None:
                session.chosen(None)  # refuses --columns: a text has none
            session.write(result.text)
        if result.records is not None:
            view = result.view or self.view
            short = self.verb.writes and session.short
            if result.many:
                session.show_all(view, result.records, result.above, result.below, short=short)
            else:
                session.show(view, result.records, short=short)
        session.flush()
        for word in result.say:
            session.say(word)
        if result.error is not None:
            raise result.error
        return result.code() if callable(result.code) else result.code


def asks_for_lines(args: Sequence[str]) -> bool:
    """Whether a command line asks to carry out its command for each line of standard input."""
    return any(arg == "--jsonl" or arg.startswith("--jsonl=") for arg in args)


IN_EACH_LINE = 'Give each line its options, as in {"id": 17}.'


def _command(name: str, verb: Verb) -> Command:
    info = CommandInfo(name=name, cls=Command, callback=_with_context(verb.does))
    command = cast(Command, get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None))
    command.verb = verb
    command.params += [*([SHOW] if verb.writes else []), *([JSONL] if verb.lines else [])]
    return command


def _with_context(does: Callable[..., Result]) -> Callable[..., Result]:
    """Adapt a verb to Typer, which passes the context; our verbs take its session."""

    def callback(ctx: Context, **given: Any) -> Result:
        return does(Session.of(ctx), **given)

    session, *options = inspect.signature(does).parameters.values()
    takes = [session.replace(name="ctx", annotation=Context), *options]
    callback.__doc__ = does.__doc__
    callback.__annotations__ = {each.name: each.annotation for each in takes}
    callback.__signature__ = inspect.Signature(takes)  # type: ignore[attr-defined]  # what Typer reads
    return callback


class NounGroup(PlainHelp, TyperGroup):
    """A noun on the command line: finds its verbs, and suggests one for a typo."""

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
            typed = safe_to_repeat(args[0])
            wanted = f"command {' '.join([*_words(ctx), typed])!r}" if typed else "such command"
            raise InputError(f"There is no {wanted}.", meant(args[0], self.list_commands(ctx)))
        return args[0], command, args[1:]


def meant(typed: str, words: Iterable[str]) -> str:
    """The words that a mistyped one may mean, or else all there are, as a hint."""
    from difflib import get_close_matches  # late: only a slip needs a suggestion

    choices = list(words)
    near = get_close_matches(typed.lower(), choices)
    return f"Did you mean {' or '.join(near)}?" if near else f"Choose from: {', '.join(choices)}."


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
        verbs = import_module(module_of(name)).app
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
        for title, entries in (*SECTIONS.items(), ("Guides, with supportctl help", GUIDES)):
            with formatter.section(title):
                for name, help in entries.items():
                    row = f"{'':{formatter.current_indent}}{name:{widest}}  {help}"
                    if len(row) < formatter.width:  # most do, and wrapping takes half of the help's time
                        formatter.write(f"{row}\n")
                    else:
                        formatter.write_dl([(name.ljust(widest), help)])

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Nothing: the options everywhere are listed above."""

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """The commands from the table, without loading any."""
        names = [CompletionItem(n, help=help) for n, help in COMMANDS.items() if n.startswith(incomplete)]
        return names + ClickCommand.shell_complete(self, ctx, incomplete)


def run(args: Sequence[str], session: Session) -> int:
    """Run one command line; the exit code is the answer. Raises what the command raises."""
    root = Root()
    try:
        with root.make_context("supportctl", list(args), obj=session) as ctx:
            return root.invoke(ctx)
    except typer.Exit as done:
        return done.exit_code
