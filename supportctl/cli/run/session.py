"""One run of the program: its global options, streams, clock and desk."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar, cast

from typer._click import Context

from supportctl.cli.run.streams import Output, ReaderGone, act_on_sequences, quietly
from supportctl.errors import DeskUnusable, InputError
from supportctl.masking import unkeyed
from supportctl.true_time import no_repetition, repeated, true_time

if TYPE_CHECKING:
    from supportctl.cli.run.lines import Line
    from supportctl.cli.run.pager import Paged
    from supportctl.desk import Place
    from supportctl.desk.acting import Actor
    from supportctl.desk.opening import Desk

T = TypeVar("T")

SHARED = "postgres"  # how the address of a shared desk begins, in whatever case
COLORS = ("auto", "always", "never")
STDIN_LIMIT = 10_000_000  # bytes; the longest text of a ticket


class Session:
    """The settings of one run. Tests set the streams, `environ` and `clock`; commands call `Session.of(ctx)`.

    Everything is worked out on first use: most look-ups need neither the time nor the default desk.
    """

    def __init__(
        self, *, stdin: TextIO | None = None, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.stdin = stdin or sys.stdin
        self.stdout = stdout or cast(TextIO, Output(sys.stdout))
        self.stderr = stderr or sys.stderr
        self.environ: Mapping[str, str] = os.environ
        self.checked = False  # whether the command line was parsed completely into `given`
        self.given: dict[str, Any] = {}  # the options everywhere, as parsed: the last one wins
        self.held = ExitStack()  # what stays open until the answer is out
        self._desk: Desk | None = None
        self._changing: Desk | None = None  # the desk that `add` works on, as long as it may not be there yet
        self._paged: Paged | None = None

    @staticmethod
    def of(ctx: Context) -> "Session":
        """The session of the run that `ctx` belongs to."""
        session: Session = ctx.find_root().obj
        return session

    def check(self, formats: tuple[str, ...]) -> None:
        """Refuse options that this command cannot honour, before it does anything.

        Raises InputError.
        """
        self.checked = True
        chosen = self._option("output")
        if chosen is not None and chosen not in formats:
            accepted = f"Choose from: {', '.join(formats)}." if formats else "Leave out -o."
            raise InputError(f"This command has no output format '{unkeyed(chosen)}'.", accepted)
        _ = (self.db, self.zone, self.now, self.color, self._option("agent"))

    # Options

    def _option(self, name: str) -> str | None:
        """An option as given, else from the environment. Empty variables are unset; an empty option is an error."""
        value: str | None = self.given.get(name)
        if value is None:
            return self.environ.get(f"SUPPORTCTL_{name.upper()}") or None if name in FROM_ENVIRONMENT else None
        if not value:
            raise InputError(f"--{name} is empty.", f"Leave --{name} out, or give it a value.")
        return value

    @cached_property
    def db(self) -> Path | str | None:
        """The desk as named, or None for the default one: a path, even one like `file:x.db`, or `postgresql://…`.

        Raises InputError for any other address, which is never repeated: it may contain a password.
        """
        named = self._option("db")
        if named and "\0" in named:
            raise InputError("--db contains a NUL character.", "Give the path of the desk.")
        return named_desk(named, "--db") if named else None

    def desk_named(self) -> Path | str:
        """The desk of this run: as named, else `desk.db` in the user's data directory. Raises DeskUnusable."""
        return self.db if self.db is not None else self.data_folder() / "desk.db"

    def place(self) -> "Place":
        """Where the desk of this run is. Raises DeskUnusable."""
        from supportctl.desk import place_at  # late: help has no need of it

        return place_at(self.desk_named())

    @staticmethod
    def place_named(named: str, what: str) -> "Place":
        """The place that an argument, `what`, names as --db names one. Raises InputError."""
        from supportctl.desk import place_at  # late: help has no need of it

        if not named or named == "-" or "\0" in named:
            raise InputError(f"{what} names no desk.", "Give its path or its address.")
        return place_at(named_desk(named, what))

    @staticmethod
    def data_folder() -> Path:
        """Where this account of the machine keeps its own desk, and its drafts. Raises DeskUnusable."""
        from platformdirs import user_data_dir  # late: most desks are named

        try:
            return Path(user_data_dir("supportctl", appauthor=False))
        except RuntimeError:  # no HOME, and no entry in the system's user list
            raise DeskUnusable(
                "No home folder is set, so there is no default desk.", "Name it with --db or SUPPORTCTL_DB."
            ) from None

    # The desk at work. Its room is loaded late: neither help nor completion has a need of it.

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Run a verb and show its result; the desk, and all else that it opened, is closed at the end."""
        with self.held:
            yield
        self._desk = None

    @property
    def desk(self) -> "Desk":
        """The desk of this run, opened at first use and closed once the result is shown. Raises DeskUnusable."""
        if self._desk is None:
            from supportctl.desk.opening import open_at  # late: help and completion open no desk

            self._desk = self.held.enter_context(open_at(self.place(), self.say))
        return self._desk

    def change(self, operation: "Callable[[Desk, Actor], T]", **touches: Any) -> T:
        """Run an operation without holding the desk; it is retried if somebody else was first (see `run_change`)."""
        from supportctl.cli.run.desk import run_change  # late: help and completion open no desk

        desk = self.desk
        return run_change(self, desk, lambda who: operation(desk, who), **touches)

    def hold(self, operation: "Callable[[Desk, Actor], T]", **touches: Any) -> T:
        """Run an operation that holds the write lock: for changes that move many tickets at once (see `run_locked`)."""
        from supportctl.cli.run.desk import run_locked  # late: help and completion open no desk

        desk = self.desk
        return run_locked(self, desk, lambda who: operation(desk, who), **touches)

    def add(self, operation: "Callable[[Desk, Actor], T]", *, held: bool = False, **touches: Any) -> T:
        """Like `change`, or with `held` like `hold`, for a desk that may be missing: it is made if this succeeds."""
        from supportctl.cli.run.desk import (  # late: help and completion open no desk
            create_or_open,
            run_change,
            run_locked,
        )

        def put(desk: "Desk") -> T:
            self._changing = desk
            if held:
                return run_locked(self, desk, lambda who: operation(desk, who), **touches)
            return run_change(self, desk, lambda who: operation(desk, who))

        self._desk, done = self.held.enter_context(create_or_open(self, put))
        return done

    # When, where and who

    @cached_property
    def zone(self) -> tzinfo | None:
        """The zone that times are read and shown in; None is the machine's own."""
        name = self._option("tz")
        if name is None:
            return None
        from supportctl.clock import find_zone  # late: few options are times

        return find_zone(name)

    @cached_property
    def clock(self) -> int:
        """The true time, whatever --now says: UTC epoch seconds, read once per run."""
        return int(true_time())

    def look_at_the_clock(self) -> None:
        """Read the clock again after waiting for a person or a lock: a write is dated when it happens."""
        for name in ("clock", "now"):
            self.__dict__.pop(name, None)

    def by_true_time(self, act: Callable[[], T]) -> T:
        """The result of `act`; it begins again where a shared desk's server says that this machine's clock is wrong."""
        return repeated(act, self.look_at_the_clock)

    def not_before(self, moment: int) -> None:
        """Move the run's now up to `moment`, the newest entry, if the machine's clock was set back since."""
        self.__dict__["now"] = max(self.now, moment)

    @property
    def now_given(self) -> bool:
        """Whether `--now` sets the time of this run."""
        return self._option("now") is not None

    @cached_property
    def now(self) -> int:
        """The time of the whole run: UTC epoch seconds."""
        text = self._option("now")
        return self.clock if text is None else self._parse(text, self.clock)

    @cached_property
    def agent(self) -> str:
        """Who works at the desk: as given, else the login."""
        given = self._option("agent")
        if given is None:
            return self.system_user
        if any("\ud800" <= char <= "\udfff" for char in given):  # bytes of the environment that are not text
            raise InputError("SUPPORTCTL_AGENT is not valid UTF-8.", "Give it in UTF-8.")
        from supportctl.policy.identity import parse_name  # late: most agents go by their login name

        return parse_name(given, "The name of the agent")

    @cached_property
    def system_user(self) -> str:
        """The login at the server of a shared desk, else on this machine; "unknown" if it has none."""
        login = (self._changing or self.desk).login if self.place().has_logins else None
        return login or self._user_of_machine()

    @staticmethod
    def _user_of_machine() -> str:
        import getpass  # late: it reads the system's user list

        try:
            return getpass.getuser().encode("utf-8", "replace").decode()
        except (OSError, KeyError, ImportError):
            return "unknown"

    @property
    def format(self) -> str:
        """The output format: as given, else a table on a terminal and plain lines in a pipe."""
        return self._option("output") or ("table" if self.stdout.isatty() else "plain")

    @property
    def no_input(self) -> bool:
        return bool(self.given.get("no_input"))

    @property
    def yes(self) -> bool:
        return bool(self.given.get("yes"))

    @property
    def quiet(self) -> bool:
        return bool(self.given.get("quiet"))

    @cached_property
    def color(self) -> bool:
        """Whether to colour the output: by --color, else by NO_COLOR and what standard output is."""
        asked = self._option("color") or "auto"
        if asked not in COLORS:
            raise InputError(f"--color does not take '{unkeyed(asked)}'.", f"Choose from: {', '.join(COLORS)}.")
        takes_colours = self._sequences  # even if forced: the console of Windows has to be told to interpret them
        if asked != "auto":
            return asked == "always"
        return takes_colours and not self.environ.get("NO_COLOR")

    @property
    def placing(self) -> bool:
        """Whether text can be positioned on standard output; this does not depend on NO_COLOR."""
        return self._sequences and self._option("color") != "never"

    @cached_property
    def _sequences(self) -> bool:
        """Whether standard output is a terminal that interprets escape sequences."""
        return self.stdout.isatty() and self.environ.get("TERM") != "dumb" and act_on_sequences()

    @property
    def interactive(self) -> bool:
        """Whether a person can answer questions."""
        return not self.no_input and bool(self.stdin and self.stderr) and self.stdin.isatty() and self.stderr.isatty()

    # Times

    def time(self, text: str) -> int:
        """TIME from the command line, in this run's zone and from its now, as UTC epoch seconds. Raises InputError."""
        return self._parse(text, self.now)

    def _parse(self, text: str, now: int) -> int:
        from supportctl.clock import parse_time  # late: few options are times

        return parse_time(text, now=now, zone=self.zone)

    def future_refused(self, instant: int, option: str) -> int:
        """`instant` (UTC epoch seconds), unless it is in the future.

        Raises InputError.
        """
        if instant != self.now and not self.now_given and isinstance(self.db, str):
            self.desk.greet()  # the server of a shared desk knows what is in the future
        if instant <= self.now:
            return instant
        from supportctl.clock import iso  # late: few options are times

        raise InputError(
            f"{option} {iso(instant)} is in the future: it is {iso(self.now)}.",
            "Give a time that is not in the future.",
        )

    # Input

    def read_text(self, value: str, option: str) -> str:
        """`value` itself, or for `-` all of standard input. Raises InputError beyond 10 MB or if it is not UTF-8."""
        if value != "-":
            return value
        text = self._read(STDIN_LIMIT + 1, option)
        if len(text) > STDIN_LIMIT or (not text.isascii() and len(text.encode()) > STDIN_LIMIT):
            raise InputError(f"The text for {option} is over 10 MB.", "Give a shorter text.")
        return text.removeprefix("\ufeff")

    def lines_at_hand(self, what: str) -> "Iterator[list[Line]]":
        """The lines of standard input, in lists of those that are there together (see `lines`). Raises InputError."""
        from supportctl.cli.run.lines import at_hand  # late: few runs read lines

        if isinstance(self.db, str):  # a shared desk may know better what time it is: each line is read but once
            self.desk.greet()
        try:
            yield from at_hand(self._open_stdin(what))
        except OSError as error:
            _unreadable(what, error)

    def read_key(self, value: str, option: str = "--key") -> str:
        """`value` itself, or for `-` the next line of standard input, stripped. Raises InputError if it is empty."""
        key = value if value != "-" else self._read_line(option).removeprefix("\ufeff")
        if not key.strip():
            raise InputError(f"{option} is empty.", "Give a key, or - and the key on standard input.")
        return key.strip()

    def _read(self, size: int, what: str) -> str:
        try:
            return self._open_stdin(what).read(size)
        except (UnicodeDecodeError, OSError) as error:
            _unreadable(what, error)

    def _read_line(self, what: str) -> str:
        """The next line. Raises InputError if it is over 10 MB."""
        try:
            line = self._open_stdin(what).readline(STDIN_LIMIT + 1)
        except (UnicodeDecodeError, OSError) as error:
            _unreadable(what, error)
        if len(line) > STDIN_LIMIT:
            raise InputError(f"A line for {what} is over 10 MB.", "Give one value per line.")
        return line

    def _open_stdin(self, what: str) -> TextIO:
        if self.stdin is None or self.stdin.closed:
            raise InputError(f"Standard input is not open, but {what} must come from it.", "Pipe it in.")
        no_repetition()
        return self.stdin

    # Output

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns asked for, each once; none means all. Raises InputError."""
        named = self._option("columns")
        names = [name.strip().lower().replace("-", "_") for name in (named or "").split(",")]
        if named is not None and not all(names):
            raise InputError(
                "--columns has an empty name.", "Separate the names with single commas: --columns id,due_at."
            )
        return tuple(dict.fromkeys(filter(None, names)))

    def chosen(self, view: Any) -> Any:
        """The view with the columns asked for. Raises InputError for one that it does not have."""
        if not self.columns:
            return view
        if view is None:
            raise InputError("There are no columns to choose here.", "Leave out --columns.")
        from supportctl.desk.vocabulary import policy_spelling  # late: few lists are of chosen columns

        names = view.names()
        return view.chosen([policy_spelling("column", name, names, place="") for name in self.columns])

    @property
    def short(self) -> bool:
        """Whether a write answers in short: on a terminal, unless the person names a format or says --show."""
        return self._option("output") is None and self.stdout.isatty() and not self.given.get("show")

    def show(self, view: Any, records: Any, *, many: bool = False, above: str = "", short: bool = False) -> None:
        """Print a record, or with `many` an iterable of them, in this run's format, under what holds for all of them.

        With `short` a view that has a short form prints that. Raises OutputUnwritable.
        """
        from supportctl.render import show  # late: each run writes one format

        show(
            self.chosen(view), records, format=self.format, out=self.stdout, many=many, zone=self.zone, now=self.now,
            width=self.width, color=self.color, placing=self.placing, above=above, short=short,
        )  # fmt: skip

    def show_all(
        self,
        view: Any,
        records: Any,
        above: str = "",
        below: Callable[[], str] | None = None,
        *,
        short: bool = False,
    ) -> bool:
        """Print records in this run's format, and return whether there are any; if not, say so on a terminal.

        A person at a terminal also reads what is `below` a table. Raises OutputUnwritable.
        """
        from supportctl.render.columns import peeked  # late: each run writes one format

        some, records = peeked(records)
        self.show(view, records, many=True, above=above, short=short)
        at_terminal = self.stdout.isatty() and not self.quiet
        if not some and view.nothing and at_terminal:
            self.flush()
            self.say(view.nothing)
        if some and below and at_terminal and self.format == "table":
            self.write(f"\n{below()}\n")
        return some

    # A long answer on a terminal

    @contextmanager
    def paging(self) -> Iterator[None]:
        """Wait for the pager at the end, if `page` was called and the answer was long."""
        try:
            yield
        except BaseException as end:
            self._leave_pager(stop=not isinstance(end, Exception | ReaderGone))
            raise
        self._leave_pager()

    def _leave_pager(self, *, stop: bool = False) -> None:
        if self._paged is not None:
            self.stdout, self._paged = self._paged.finish(stop=stop), None

    def page(self) -> None:
        """From now on, let a pager show what is longer than the screen, if a person reads it there."""
        if self.given.get("no_pager") or self.no_input or not self._sequences or not self._keyboard:
            return
        from supportctl.cli.run.pager import Paged, pager  # late: only a person at a terminal reads page by page

        if command := pager(self.environ):
            self._paged = Paged(self.stdout, command, shutil.get_terminal_size(), self.environ)
            self.stdout = cast(TextIO, self._paged)

    @property
    def _keyboard(self) -> bool:
        """Whether somebody is there to press keys."""
        return any(stream and stream.isatty() for stream in (self.stdin, self.stderr))

    @property
    def width(self) -> int:
        """Columns to fill: the terminal's, or COLUMNS, or 80."""
        return shutil.get_terminal_size().columns

    def write(self, text: str) -> None:
        """Print text as it is: scripts, documents, help. Raises OutputUnwritable."""
        self.stdout.write(text)

    def flush(self) -> None:
        """Flush the output. Raises OutputUnwritable."""
        self.stdout.flush()

    def say(self, text: str) -> None:
        """A note to the person at the terminal, on standard error; nothing when quiet."""
        if not self.quiet:
            self.tell(f"{text}\n")

    def tell(self, text: str) -> None:
        """Like `say`, but even when quiet: for an error among the results, or a question."""
        from supportctl.render.safe import visible  # late: each run writes one format

        said = visible(text, multiline=True)
        if self._paged is not None and self._paged.reading:
            self._paged.afterwards(lambda: self._utter(said))
        else:
            self._utter(said)

    def _utter(self, said: str) -> None:
        quietly(lambda: self.stderr.write(said))
        quietly(lambda: self.stderr.flush())

    def ask(self, prompt: str, *, option: str, secret: bool = False) -> str:
        """The person's answer to `prompt`, stripped. Raises InputError without a terminal, naming `option`."""
        if not self.interactive:
            raise InputError(f"{option} is missing.", f"Give {option}; without a terminal supportctl cannot ask.")
        if secret:
            import getpass  # late: it reads the system's user list

            try:
                return getpass.getpass(f"{prompt}: ", self.stderr).strip()
            except EOFError:
                raise InputError(f"{option} was not answered.", f"Give {option}.") from None
        self.tell(f"{prompt}: ")
        answer = ""
        try:
            answer = self._read_line(option)
        finally:
            if not answer.endswith("\n"):  # Control-C or -D: the next message begins on a new line
                self.tell("\n")
        if not answer:
            raise InputError(f"{option} was not answered.", f"Give {option}.")
        return answer.strip()

    def confirm(self, question: str) -> bool:
        """Whether the person agrees; --yes agrees in advance. Raises InputError without a terminal."""
        if self.yes:
            return True
        if not self.interactive:
            raise InputError("This needs confirmation, and there is no terminal to ask on.", "Add --yes to confirm.")
        return self.ask(f"{question} [y/N]", option="the answer").lower() in ("y", "yes")

    def agree(self, question: str) -> None:
        """Continue only if the person agrees; --yes agrees in advance. Raises InputError otherwise."""
        if not self.confirm(question):
            raise InputError("Not confirmed; nothing was changed.", "Add --yes to confirm.")


def named_desk(named: str, what: str) -> Path | str:
    """A desk as somebody named it: the path of a file, or the address of a shared desk.

    Raises InputError for any other address, and for one with a password in it.
    """
    if named.strip()[: len(SHARED)].lower() == SHARED:
        from supportctl.desk import shared_desk  # late: most desks are files

        if address := shared_desk(named):
            return address
    refuse_address(named, what)
    path = Path(named)
    # `new/../desk.db` names no file until `new` is there: the first run would write a desk that no run finds.
    return path.resolve() if ".." in path.parts else path


def refuse_address(named: str, what: str) -> None:
    """Raise InputError if a path is given as scheme://… or as NAME=VALUE …, which may contain a password.

    Neither is repeated. One letter before the colon is a Windows drive.
    """
    scheme, mark, _ = named.strip().partition("://")
    if mark and len(scheme) > 1 and not any(sign in scheme for sign in "/\\ "):
        raise InputError(f"{what} takes a path, not an address such as scheme://….", "Give a path.")
    if "password=" in named.lower():
        raise InputError(f"{what} takes a path, not the settings of a connection.", "Give a path.")


FROM_ENVIRONMENT = frozenset({"db", "now", "tz", "agent"})


def _unreadable(what: str, error: UnicodeDecodeError | OSError) -> NoReturn:
    if isinstance(error, UnicodeDecodeError):
        raise InputError(f"Standard input, for {what}, is not valid UTF-8.", "Convert it to UTF-8.") from None
    raise InputError(f"Standard input, for {what}, cannot be read: {error.strerror}.", "Pipe the text in.") from None
