"""Completion as its users meet it: in real shells, with a Tab."""

import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Program

from supportctl.cli.completion import SCRIPTS, Shell
from supportctl.cli.run.complete import candidates
from supportctl.cli.run.session import Session

if sys.platform == "win32":
    pytest.skip("these shells are POSIX ones", allow_module_level=True)
import pty

ROOT = Path(__file__).parents[2]
FILES = {
    Shell.BASH: "supportctl.bash",
    Shell.ZSH: "_supportctl",
    Shell.FISH: "supportctl.fish",
    Shell.POWERSHELL: "supportctl.ps1",
}


def shell(name: str) -> str:
    """The shell's path. Where SUPPORTCTL_SHELLS=1 promises it, its absence is a failure."""
    path = shutil.which(name)
    if path is None and not os.environ.get("SUPPORTCTL_SHELLS"):
        pytest.skip(f"{name} is not installed")
    assert path is not None, f"{name} is not installed, and SUPPORTCTL_SHELLS says it is"
    return path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the program on a PATH, its scripts, and files to be offered."""
    program = tmp_path / "bin" / "supportctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m supportctl "$@"\n')
    program.chmod(0o755)
    for kind, script in SCRIPTS.items():
        (tmp_path / f"script.{kind}").write_text(script.lstrip())
    Program(tmp_path / "desk.db").all([["customer", "add", "ann@example.com"]])
    (tmp_path / "desks").mkdir()
    (tmp_path / "desks" / "alpha.db").touch()
    return tmp_path


def environment(place: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if "SUPPORTCTL" not in k}
    return kept | {
        "PATH": f"{place / 'bin'}:{kept['PATH']}",
        "PS1": "> ",
        "TERM": "dumb",
        "HOME": str(place),
        "SUPPORTCTL_DB": Program(place / "desk.db").address,
    }


class Typist:
    """Someone at a terminal."""

    def __init__(self, argv: list[str], place: Path, *setup: str) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(place)
            os.execve(argv[0], argv, environment(place))
        for line in setup:
            self.type(line + "\n")
        self.type("echo rea''dy\n")
        self.read_until("ready\r\n")
        self.read(0.2)

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def read(self, seconds: float) -> str:
        """What appears within so many seconds."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return ""
        return os.read(self.terminal, 65536).decode(errors="replace")

    def read_until(self, end: str, seconds: float = 20) -> str:
        """What appears until `end` does, or time is up."""
        seen, deadline = "", time.monotonic() + seconds
        while end not in seen and time.monotonic() < deadline:
            seen += self.read(0.2)
        return seen

    def leave(self) -> None:
        os.close(self.terminal)
        os.waitpid(self.process, 0)


LINES = [
    ("supportctl complet", "supportctl completion "),
    ("supportctl lookup an", "supportctl lookup ann@example.com "),
    ("supportctl lookup ann@e", "supportctl lookup ann@example.com "),
    ("supportctl log --from=ann@", "supportctl log --from=ann@example.com "),
    ("supportctl search from:ann@ex", "supportctl search from:ann@example.com "),
    ("supportctl search tier:pr", "supportctl search tier:pro "),
    ("supportctl completion z", "supportctl completion zsh "),
    ("supportctl completion --no-i", "supportctl completion --no-input "),
    ("supportctl --color=al", "supportctl --color=always "),
    ("supportctl -o jsonl", "supportctl -o jsonl "),
    ("supportctl --db desks/al", "supportctl --db desks/alpha.db "),
    ("supportctl --db=desks/al", "supportctl --db=desks/alpha.db "),
    ('supportctl -q "complet', 'supportctl -q "completion" '),
    ("supportctl --tz a:b complet", "supportctl --tz a:b completion "),
    ("X=1 supportctl complet", "X=1 supportctl completion "),
    ("true | supportctl complet", "true | supportctl completion "),
]


@pytest.mark.parametrize(
    ("name", "options", "setup"),
    [
        ("bash", ["--norc", "--noprofile", "-i"], ["source script.bash"]),
        ("zsh", ["-f", "-i"], ["autoload -Uz compinit", "compinit -u -D", "source ./script.zsh"]),
    ],
)
def test_tab_completes_in_a_real_shell(place: Path, name: str, options: list[str], setup: list[str]) -> None:
    """Commands, values, `--option=value`, files, quotes, and lines that do not begin with us."""
    typist = Typist([shell(name), *options], place, *setup)
    try:
        for begun, whole in LINES:
            typist.type(f"{begun}\t")
            assert whole in typist.read_until(whole), (begun, whole)
            typist.type("\x15")  # clear the line
            typist.read(0.1)
    finally:
        typist.leave()


@pytest.mark.parametrize(("begun", "whole"), [pair for pair in LINES if '"' not in pair[0]])
def test_tab_completes_in_fish(place: Path, begun: str, whole: str) -> None:
    """Fish answers without a terminal what it would offer; its offers are whole words."""
    code = f"source script.fish; complete -C '{begun}'"
    command = [shell("fish"), "--no-config", "-c", code]
    result = subprocess.run(command, env=environment(place), cwd=place, capture_output=True, text=True, check=True)
    assert whole.split()[-1] in [line.split("\t")[0] for line in result.stdout.splitlines()]


def test_zsh_finds_the_script_in_its_fpath(place: Path) -> None:
    """Where packages put it."""
    (place / "_supportctl").write_text(SCRIPTS[Shell.ZSH].lstrip())
    setup = ["fpath=($PWD $fpath)", "autoload -Uz compinit", "compinit -u -D"]
    typist = Typist([shell("zsh"), "-f", "-i"], place, *setup)
    try:
        for begun, whole in LINES[:2]:
            typist.type(f"{begun}\t")
            assert whole in typist.read_until(whole)
            typist.type("\x15")
    finally:
        typist.leave()


@pytest.mark.parametrize("kind", list(Shell))
def test_the_scripts_in_the_repository_are_the_programs_own(kind: Shell) -> None:
    """Packagers take the files; users ask the program."""
    command = [sys.executable, "-m", "supportctl", "completion", kind]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "completions" / FILES[kind]).read_text() == printed


def offered(line: str) -> list[str]:
    """The values offered at the end of a line."""
    return [offer.split("\t")[0] for offer in candidates(line, Session())]


def test_every_command_and_no_alias_is_offered() -> None:
    """An alias is for those who know it."""
    assert {"log", "breaches", "customer", "completion"} <= set(offered("supportctl "))
    assert not {"new", "license"} & set(offered("supportctl "))


def test_options_everywhere_are_offered_after_a_command_too() -> None:
    """They are accepted there, though its help does not repeat them."""
    assert "--json" in offered("supportctl completion --")


def test_the_formats_offered_are_those_the_command_has() -> None:
    """Before a command, all there are."""
    assert "html" in offered("supportctl -o ")
    assert offered("supportctl completion -o ") == []


def test_the_clauses_of_the_policy_are_offered() -> None:
    assert offered("supportctl policy show 2") == ["2.1", "2.2", "2.3"]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("assign 1 ki", ["kim"]),
        ("queue --assignee k", ["kim"]),
        ("queue --agent te", ["tess"]),
        ("lookup si", ["site@example.com"]),
        ("log --from=site@e", ["--from=site@example.com"]),
        ("customer show st", ["starter@example.com"]),
        ("customer add st", []),
        ("search tier:s", ["tier:site", "tier:starter"]),
        ("search tier:SI", ["tier:SITE"]),
        ("search from:si", ["from:site@example.com"]),
        ("search assignee:k", ["assignee:kim"]),
        ("search sla:m", ["sla:met", "sla:missed"]),
        ("search ki", ["kind:ticket", "kind:bug"]),
        ("search nonsense:", []),
        ("search ", []),
        ("queue --columns id,du", ["id,due_at"]),
        ("queue --columns id,id", []),
        ("completion --columns i", []),
    ],
)
def test_people_and_values_on_record_are_offered(staffed: Program, line: str, values: list[str]) -> None:
    staffed.once([["log", "--from", "site@example.com", "--subject", "x"], ["assign", "1", "kim"]])
    session = Session()
    session.environ = {"SUPPORTCTL_DB": staffed.address}
    assert [offer.split("\t")[0] for offer in candidates(f"supportctl {line}", session)] == values


def test_few_people_are_read_however_many_there_are(staffed: Program) -> None:
    """And those who are not words to a shell are not offered."""
    staffed.once([["customer", "add", f"p{n}@example.com"] for n in range(60)])
    session = Session()
    session.environ = {"SUPPORTCTL_DB": staffed.address}
    assert len(list(candidates("supportctl lookup p", session))) == 50


@pytest.mark.parametrize("line", ["", "x", "supportctl nonsense ", "supportctl 'un", "supportctl --nonsense ", "\\"])
def test_a_line_that_makes_no_sense_is_no_error(line: str) -> None:
    """Whatever is on the line, Tab answers with what it can."""
    env = os.environ | {"_SUPPORTCTL_COMPLETE": "bash", "_SUPPORTCTL_LINE": line, "PYTHONPATH": str(ROOT)}
    result = subprocess.run([sys.executable, "-m", "supportctl"], env=env, capture_output=True, check=True)
    assert result.stderr == b""
