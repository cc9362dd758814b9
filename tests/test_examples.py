"""Every example of every command's help, run as it stands on the demo desk: help that teaches must not mislead."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Program, copy_desk
from pages import POSIX, laid_out, sh
from typer._click import Command as ClickCommand
from typer._click import Context

from supportctl.cli.run.commands import Command, NounGroup, Root
from supportctl.cli.run.options import EVERYWHERE

if not POSIX:
    pytest.skip("the examples are lines of a POSIX shell", allow_module_level=True)

# What the examples speak of, beside what the demo desk holds: ann and bob, a history of ticket 17, bugs and sessions.
RECORDS = """
customer add ann@example.com --name "Ann Lee"
customer add bob@example.com
licence add AB12-CD34-EF56 --tier PRO --email ann@example.com
licence add GH78-IJ90-KL12 --tier SITE --email ann@example.com --expires 2027-12-31
reply 17 --body "Which version?"
note 17 --body "Looks like bug 3"
reply 17 --from ann@example.com --body "7.7.3.0"
edit 17 --channel ticket --from ann@example.com
bug add --title "Slow start"
bug add --title "No sound"
bug add --title "Black screen"
remote start 22
remote end 1
remote start 22
remote end 2
remote start 23
hours holiday add 2026-12-24 --hours 08:00-12:00
policy set policy.toml
"""
BEFORE = {
    "supportctl reopen 17": "supportctl close 17",
    "supportctl reopen 17 18 --json": "supportctl close 17 18 --reason x",
    "supportctl export customers customers.csv": "rm customers.csv",
    "supportctl --db new.db import desk desk-export": "supportctl export desk desk-export",
    "supportctl --db copy.db import desk desk-export --json": "supportctl export desk desk-export",
    "supportctl db backup copies/desk.db --force": "mkdir copies",
    "supportctl db restore desk-monday.db": "supportctl db backup desk-monday.db",
    "supportctl --db copy.db db restore desk-monday.db --yes": "supportctl db backup desk-monday.db",
    "supportctl --db old.db db migrate --json": "supportctl db backup old.db",
    "supportctl customer keep ann@xn--bcher-kva.example": "supportctl customer add ann@bücher.example",
    "supportctl customer keep ann@xn--bcher-kva.example --yes --json": "supportctl customer add ann@bücher.example",
}
AGREED = (  # they ask whoever types them
    "supportctl customer erase ann@example.com",
    "supportctl customer keep ann@xn--bcher-kva.example",
    "supportctl db restore desk-monday.db",
    "supportctl licence revoke AB12-CD34-EF56",
    "supportctl merge 18 17",
    "supportctl redact 17 1",
    "supportctl undo",
)
IN_A_TERMINAL = ("watch",)  # tried in tests/cli/test_watch.py
ON_A_SERVER = "db roles", "postgresql://"  # tried in tests/store/test_roles.py and tests/cli/test_copy_across.py


def _commands() -> Iterator[tuple[str, Command]]:
    """Every command, but for nouns."""
    root = Root()
    ctx = root.make_context("supportctl", [], resilient_parsing=True)
    found: list[tuple[tuple[str, ...], ClickCommand | None]] = [
        ((name,), root.get_command(ctx, name)) for name in root.list_commands(ctx)
    ]
    for words, command in found:
        assert command is not None
        if isinstance(command, NounGroup):
            found += [((*words, name), command.get_command(ctx, name)) for name in command.list_commands(ctx)]
        else:
            assert isinstance(command, Command)
            yield " ".join(words), command


COMMANDS = dict(_commands())
HELPS = {words: command.told() for words, command in COMMANDS.items()}
EXAMPLES = [
    (command, line.strip())
    for command, help in HELPS.items()
    for line in help.partition("Examples:\n")[2].splitlines()
    if line.strip()
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo desk, and on it what the examples speak of."""
    folder = laid_out(tmp_path_factory.mktemp("prepared"))
    assert sh(Program(folder / "none.db"), f"supportctl demo '{folder / 'desk'}'", folder).returncode == 0
    desk = Program(folder / "desk" / "desk.db")
    for line in RECORDS.strip().splitlines():
        done = sh(desk, f"supportctl {line}", folder)
        assert done.returncode == 0, f"{line}: {done.stderr}"
    return desk.desk


def test_no_command_calls_an_option_of_its_own_as_one_that_every_command_takes() -> None:
    """Or it would be taken for that: `assign 17 kim` once went on record as done by kim."""
    everywhere = {option.name for option in EVERYWHERE}
    assert {words for words, command in COMMANDS.items() if everywhere & {p.name for p in command.params}} == set()


def test_every_command_has_examples_and_each_runs_the_program() -> None:
    of = Counter(command for command, _ in EXAMPLES)
    assert {command for command in HELPS if of[command] < 2} == set()
    assert [line for _, line in EXAMPLES if "supportctl " not in line] == []


def test_every_command_names_the_columns_of_its_plain_lines() -> None:
    """Scripts cut them by number. What prints a script or fills the screen has none."""
    assert {words for words, help in HELPS.items() if "Plain output: " not in help} == {"watch", "completion", "help"}


def test_every_option_says_what_it_takes_as_people_would() -> None:
    """Not as programmers do: --tier T, where it once was --tier <str>."""
    options = {w: c.get_help(Context(c, info_name=w)).partition("\nOptions:\n")[2] for w, c in COMMANDS.items()}
    assert {words for words, told in options.items() if "<" in told} == set()


def test_a_noun_lists_its_commands_without_cutting_what_they_are_for() -> None:
    root = Root()
    ctx = root.make_context("supportctl", [], resilient_parsing=True)
    for name in root.list_commands(ctx):
        group = root.get_command(ctx, name)
        if isinstance(group, NounGroup):
            assert "...\n" not in group.get_help(Context(group, parent=ctx, info_name=name)).partition("Commands:")[2]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (command, line)
        for command, line in EXAMPLES
        if command not in IN_A_TERMINAL and not any(words in line for words in ON_A_SERVER)
    ],
)
def test_every_example_works(prepared: Path, tmp_path: Path, command: str, line: str) -> None:
    """As it stands, from a shell, each on a desk of its own: exit 0, or 3 where the answer is no."""
    desk = Program(laid_out(tmp_path) / "desk.db")
    copy_desk(prepared, desk.desk)
    if line in BEFORE:
        assert sh(desk, BEFORE[line], tmp_path).returncode == 0
    done = sh(desk, f"{line} --yes" if line in AGREED else line, tmp_path)
    assert done.returncode in (0, 3), f"{command}: {done.stderr}"
