"""`help` and `version`: every command and every guide explained, and every slip answered with what was meant."""

import subprocess
import sys

import pytest
from conftest import Program
from test_examples import COMMANDS as EVERY

import supportctl
from supportctl.cli.run.commands import ALIASES, COMMANDS, GUIDES
from supportctl.cli.run.complete import candidates
from supportctl.cli.run.session import Session


@pytest.mark.parametrize("words", ["", "log", "customer", "hours holiday", "hours holiday add", "help", "bug link"])
def test_a_command_is_explained_as_by_its_own_option(desk: Program, words: str) -> None:
    """By its name alone, without a desk, on a terminal as in a pipe."""
    own = desk(*words.split(), "--help")
    for asked in (["help", *words.split()], ["help", *words.split(), "-o", "table"]):
        ran = desk(*asked)
        assert (ran.code, ran.out, ran.err) == (0, own.out, "")
    assert desk.untouched


def test_every_command_can_be_asked_for(desk: Program) -> None:
    assert {words for words in EVERY if not desk("help", *words.split(), "-o", "table").out.strip()} == set()


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_explained_too(desk: Program, alias: str) -> None:
    assert desk("help", alias).out.startswith(f"Usage: supportctl {alias} ")


def test_without_a_word_it_lists_the_commands_and_the_guides(desk: Program) -> None:
    ran = desk("help")
    listed = {line.split()[0] for line in ran.out.splitlines() if line.startswith("  ") and line.split()}
    assert COMMANDS.keys() <= listed and GUIDES.keys() <= listed
    for name, about in (COMMANDS | GUIDES).items():
        assert f"  {name} " in ran.out and about in ran.out
    assert ran.out == desk("--help").out == desk().out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("help maill", "There is no command or guide 'maill'. Did you mean mail?"),
        ("help brech", "There is no command or guide 'brech'. Did you mean breaches?"),
        ("help zzz", "There is no command or guide 'zzz'. Choose from: mail, import, "),
        ("help hours holiday ad", "There is no command 'hours holiday ad'. Did you mean add?"),
        ("help hours zzz", "There is no command 'hours zzz'. Choose from: open, add, between, holiday."),
        ("help reply all", "supportctl reply has no commands of its own. See supportctl reply --help."),
        ("help mail box", "mail is a guide, and has no commands. Read it with `supportctl help mail`."),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(desk: Program, asked: str, said: str) -> None:
    ran = desk(*asked.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"supportctl: {said}")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("brech", "Did you mean breaches?"),
        ("zzz", f"Choose from: {', '.join(COMMANDS)}."),
        ("customer ad x", "Did you mean add?"),
        ("customer zzz", "Choose from: add, list, show, edit, keep, erase."),
        ("hours holiday lst", "Did you mean list?"),
        ("hours holiday zzz", "Choose from: add, list, remove, edit."),
        ("export zzz", "Choose from: customers, licences, releases, tickets, history, desk, "),
        ("import zzz", "Choose from: customers, licences, releases, tickets, desk."),
        ("completion zzz", "'bash', 'zsh', 'fish', 'powershell'."),
    ],
)
def test_a_command_that_does_not_exist_is_answered_at_every_level(desk: Program, typed: str, said: str) -> None:
    """With what it may mean, or else with all there are; as an object in JSON."""
    ran = desk(*typed.split())
    assert ran.code == 2 and said in ran.err
    assert said in desk(*typed.split(), "--json").err.replace("\\u2026", "…")


def test_a_key_typed_in_place_of_a_word_is_not_repeated(desk: Program) -> None:
    for asked in (["AB12-CD34-EF56"], ["help", "AB12-CD34-EF56"], ["help", "hours", "AB12-CD34-EF56"]):
        assert "CD34" not in desk(*asked).err


@pytest.mark.parametrize("alias", ["ls", "q"])
def test_the_queue_has_two_short_names(staffed: Program, alias: str) -> None:
    staffed.once([["log", "-f", "site@example.com", "-s", "Help"]])
    assert staffed(alias, "--json").out == staffed("queue", "--json").out != "[]\n"


def test_the_version_is_one_line_or_an_object(desk: Program) -> None:
    line = f"supportctl {supportctl.__version__}\n"
    assert desk("version").out == desk("--version").out == desk("version", "-o", "table").out == line
    assert desk.json("version") == {"version": supportctl.__version__}


# Completion, and what it costs


def offered(line: str) -> list[str]:
    return [offer.split("\t")[0] for offer in candidates(line, Session())]


def test_completion_knows_what_can_be_explained() -> None:
    assert {*COMMANDS, *GUIDES} <= set(offered("supportctl help "))
    assert offered("supportctl help ma") == ["mail"]
    assert offered("supportctl help hours ") == ["open", "add", "between", "holiday"]
    assert offered("supportctl help hours holiday a") == ["add"]
    assert offered("supportctl help reply ") == offered("supportctl help nonsense ") == []


def test_what_is_offered_says_what_it_is_about() -> None:
    (offer,) = candidates("supportctl help tea", Session())
    assert offer == f"team\t{GUIDES['team']}"


@pytest.mark.parametrize("words", ["check 7.6.2.0", "version", "help reply", "--help"])
def test_nothing_pays_for_the_guides_but_the_guides(words: str) -> None:
    """Nor for what shows them."""
    code = (
        "import os, sys; from supportctl import __main__;"
        f"sys.argv = ['supportctl', '--db', 'none.db', *{words.split()!r}];"
        "os._exit = lambda code: print([m for m in sys.modules if m.partition('.')[0] in ('rich', 'markdown_it',"
        " 'pygments') or m.startswith(('supportctl.cli.guides', 'supportctl.render.guide'))], file=sys.stderr);"
        "__main__.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.endswith("[]\n"), done.stderr
