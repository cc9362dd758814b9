"""What commands are told about the run, and how they read and ask."""

import ctypes
import io
import sys
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Program

from supportctl.cli.run.commands import run
from supportctl.cli.run.session import STDIN_LIMIT, Session
from supportctl.errors import DeskUnusable, InputError


class Terminal(io.StringIO):
    """A stream with a person at it."""

    def isatty(self) -> bool:
        return True


def session(stdin: str = "", *, terminal: bool = False, env: dict[str, str] | None = None, **given: Any) -> Session:
    """A session of its own streams and environment."""
    stream = Terminal if terminal else io.StringIO
    given_in = Terminal(stdin) if terminal else io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    made = Session(stdin=given_in, stdout=stream(), stderr=stream())
    made.environ = env or {}
    made.given = given
    return made


def told(made: Session) -> str:
    """What was said on standard error."""
    stderr = made.stderr
    assert isinstance(stderr, io.StringIO)
    return stderr.getvalue()


def test_the_default_format_depends_on_who_reads() -> None:
    """A table on a terminal, plain lines in a pipe."""
    assert session(terminal=True).format == "table"
    assert session().format == "plain"
    assert session(terminal=True, output="json").format == "json"


@pytest.mark.parametrize(
    ("terminal", "env", "color", "expected"),
    [
        (True, {}, None, True),
        (False, {}, None, False),
        (True, {"NO_COLOR": "1"}, None, False),
        (True, {"NO_COLOR": ""}, None, True),
        (True, {"TERM": "dumb"}, None, False),
        (True, {"NO_COLOR": "1"}, "always", True),
        (False, {}, "always", True),
        (True, {}, "never", False),
        (True, {}, "auto", True),
    ],
)
def test_colour(terminal: bool, env: dict[str, str], color: str | None, expected: bool) -> None:
    """What was asked for, else NO_COLOR, else whether anyone would see it."""
    made = session(terminal=terminal, env=env, **({"color": color} if color else {}))
    assert made.color is expected


class Console:
    """The console of Windows, as its kernel is asked about it."""

    def __init__(self, old: bool = False) -> None:
        self.old, self.mode = old, 3

    def GetStdHandle(self, number: int) -> int:  # noqa: N802  # Windows' own name
        return {-11: 7}[number]

    def GetConsoleMode(self, handle: int, mode: Any) -> int:  # noqa: N802  # Windows' own name
        mode._obj.value = self.mode
        return handle == 7

    def SetConsoleMode(self, handle: int, mode: int) -> int:  # noqa: N802  # Windows' own name
        self.mode = self.mode if self.old else mode
        return handle == 7 and not self.old


@pytest.mark.parametrize(
    ("old", "asked", "coloured"), [(False, None, True), (True, None, False), (False, "always", True)]
)
def test_a_console_of_windows_is_asked_to_act_on_colours(
    monkeypatch: pytest.MonkeyPatch, old: bool, asked: str | None, coloured: bool
) -> None:
    """Else it would print their escapes; one from before Windows 10 cannot."""
    console = Console(old)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=console), raising=False)
    made = session(terminal=True, color=asked)
    assert (made.color, console.mode & 4 > 0) == (coloured, not old)
    assert made.placing == (not old)


def test_the_desk_is_the_one_named_else_the_users_own() -> None:
    """An empty variable names none."""
    assert session(db="d").desk_named() == Path("d")
    assert session(env={"SUPPORTCTL_DB": "e"}).desk_named() == Path("e")
    assert Path(session(env={"SUPPORTCTL_DB": ""}).desk_named()).name == "desk.db"


def test_where_nobody_knows_a_home_the_desk_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's user without a name and without HOME."""

    def nowhere(*_: object, **__: object) -> str:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.undo()  # no folder of the tests' own
    monkeypatch.setattr("platformdirs.user_data_dir", nowhere)
    with pytest.raises(DeskUnusable, match="No home folder is set"):
        session().desk_named()


def test_now_is_read_once_and_the_true_time_stays_known() -> None:
    """All that one command does, it does at one moment."""
    made = session(now="2026-03-06T16:30:00Z")
    assert (made.now, made.now_given) == (1_772_814_600, True)
    assert made.clock > made.now
    plain = session()
    assert plain.now == plain.clock and not plain.now_given


def test_what_has_happened_cannot_be_still_to_come() -> None:
    """Before and at now is fine, a second after is not."""
    made = session(now="2026-03-06T16:30:00Z")
    for instant in (made.now - 1, made.now):
        assert made.future_refused(instant, "--at") == instant
    with pytest.raises(InputError, match="--at 2026-03-06T16:30:01Z"):
        made.future_refused(made.now + 1, "--at")


def test_a_text_is_itself_or_standard_input() -> None:
    """A byte order mark is no part of it."""
    assert session("from stdin").read_text("given", "--body") == "given"
    assert session("\ufefffrom\n stdin\n").read_text("-", "--body") == "from\n stdin\n"


@pytest.mark.parametrize(("char", "over"), [("a", 1), ("é", 1)])
def test_a_text_may_have_ten_megabytes_and_no_more(char: str, over: int) -> None:
    """Counted in bytes of UTF-8."""
    most = char * (STDIN_LIMIT // len(char.encode()))
    assert session(most).read_text("-", "--body") == most
    with pytest.raises(InputError, match="10 MB"):
        session(most + char * over).read_text("-", "--body")


def test_lines_are_stripped_and_blank_ones_skipped() -> None:
    """The last may lack its line feed."""
    lines = chain.from_iterable(session("\ufeffa\n\n  b \r\nc").lines_at_hand("EMAIL"))
    assert [(line.number, line.text) for line in lines] == [(1, "a"), (3, "b"), (4, "c")]


def test_a_line_too_long_is_an_error_of_its_own() -> None:
    """Those after it are still read; a line of just the limit is whole."""
    long, most = "x" * (STDIN_LIMIT + 1), "y" * STDIN_LIMIT
    first, second, third = chain.from_iterable(session(f"{long}z\n{most}\nlast\n").lines_at_hand("EMAIL"))
    with pytest.raises(InputError, match="10 MB"):
        _ = first.text
    assert (second.text, third.number, third.text) == (most, 3, "last")


def test_a_key_takes_one_line_of_standard_input() -> None:
    """What follows is left for `--body -`."""
    made = session(" KEY-1 \nthe body\n")
    assert (made.read_key("-"), made.read_text("-", "--body")) == ("KEY-1", "the body\n")


@pytest.mark.parametrize("stdin", ["", "\n", " \nKEY"])
def test_an_empty_key_is_refused(stdin: str) -> None:
    """An empty file must not look like a customer without a key."""
    with pytest.raises(InputError, match="--key is empty"):
        session(stdin).read_key("-")


def test_nobody_is_asked_without_a_terminal() -> None:
    """The error names the option that would have answered."""
    for made in (session("x\n"), session("x\n", terminal=True, no_input=True)):
        with pytest.raises(InputError, match="--from is missing"):
            made.ask("From", option="--from")
        with pytest.raises(InputError, match="needs confirmation"):
            made.confirm("Really?")


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False)])
def test_a_person_agrees_or_does_not(answer: str, agreed: bool) -> None:
    """Nothing typed is a no."""
    assert session(answer, terminal=True).confirm("Really?") is agreed


def test_yes_agrees_beforehand_even_without_a_terminal() -> None:
    """And nothing is asked."""
    made = session(yes=True)
    assert made.confirm("Really?") and told(made) == ""


def test_the_end_of_input_is_no_answer() -> None:
    """Control-D at a question; the error does not stand behind it."""
    made = session("", terminal=True)
    with pytest.raises(InputError, match="was not answered"):
        made.ask("From", option="--from")
    assert told(made) == "From: \n"


def test_quiet_keeps_words_back() -> None:
    """Words go to standard error, and hostile ones are shown."""
    made = session(quiet=True)
    made.say("hello")
    assert told(made) == ""
    made = session()
    made.say("hello \x1b[2J")
    assert told(made).startswith("hello ") and "\x1b" not in told(made)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("queue --tier TRIAL", "No open tickets."),
        ("search zebra", "Nothing found."),
        ("bug list --no-workaround", "No bugs to list."),
        ("remote list", "No remote sessions."),
        ("licence list --now 2020-01-01", "No licences on record."),
        ("release list --product remote-utilities-server", "No releases on record."),
        ("hours holiday list", "There are no holidays."),
        ("breaches", "Nothing is late."),
    ],
)
@pytest.mark.parametrize("terminal", [True, False])
def test_an_empty_list_says_so_to_people_alone(staffed: Program, asked: str, said: str, terminal: bool) -> None:
    """Or it would look as if nothing had happened; in a pipe it is silence."""
    made = session(terminal=terminal, env={"SUPPORTCTL_DB": staffed.address})
    assert run(asked.split(), made) == 0
    assert told(made) == (f"{said}\n" if terminal else "")
    made.stdout.seek(0)
    assert made.stdout.read() == ""


def test_who_is_to_be_erased_is_asked_about_in_plain_numbers(staffed: Program) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help", "--body", "Please"]])
    made = session("n\n", terminal=True, env={"SUPPORTCTL_DB": staffed.address})
    with pytest.raises(InputError, match="Not confirmed"):
        run(["customer", "erase", "site@example.com"], made)
    assert told(made) == "Erase site@example.com for good, from 1 ticket, 1 text and 1 licence? [y/N]: "


def test_licences_are_told_to_people_with_their_times_as_people_say_them(staffed: Program) -> None:
    told = staffed("lookup", "site@example.com", "-o", "table").out
    assert "Licences        ****AAAA: SITE, active, delivered to site@example.com, issued\n" in told
    assert "                2026-01-05 18:00 UTC\n" in told
    whole = staffed("lookup", "site@example.com", "-o", "table", "--reveal").out
    assert "Licences        SITE-0001-AAAA: SITE, " in whole


def test_a_key_that_was_applied_leaves_a_word_on_where_to_see_it(staffed: Program) -> None:
    """The registration that is printed looks as before."""
    made = session(terminal=True, env={"SUPPORTCTL_DB": staffed.address})
    assert run(["customer", "edit", "free@example.com", "--apply", "SITE-0001-AAAA"], made) == 0
    assert told(made) == "To see what it is entitled to now: `supportctl lookup free@example.com`.\n"


def test_an_address_that_is_none_is_refused_before_more_is_asked(staffed: Program) -> None:
    made = session("bob\nHelp\n", terminal=True, env={"SUPPORTCTL_DB": staffed.address})
    with pytest.raises(InputError, match="'bob' is not an e-mail address"):
        run(["log"], made)
    assert told(made) == "From (e-mail): "
