"""The README kept true: its commands run, in its order, its one-line commands are there for CI to call, and its picture
is what the program shows."""

import re
from pathlib import Path

import pytest
from conftest import PROGRAM, Program
from pages import POSIX, blocks, lines, work
from picture import PICTURE, drawn

from supportctl.cli.run.commands import GUIDES, SECTIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMED = ".venv/bin/supportctl"  # what whoever has just installed it has to type


@pytest.mark.parametrize("mark", ["main", "tests"])
def test_the_two_one_line_commands_are_there(mark: str) -> None:
    (block,) = blocks(README, "sh", mark)
    assert block.startswith("python3 -m venv .venv && ")
    assert len(block.splitlines()) == 1


def test_it_is_read_in_five_minutes() -> None:
    assert len(README.splitlines()) <= 200


@pytest.mark.about_the_file
@pytest.mark.skipif(not POSIX, reason="lines of a POSIX shell")
def test_every_line_of_the_readme_works_in_its_order(desk: Program, tmp_path: Path) -> None:
    """As somebody types them who has just installed the program, and has no more than that."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "supportctl").symlink_to(PROGRAM)
    (install,) = blocks(README, "sh", "main")
    (develop,) = blocks(README, "sh", "tests")
    typed = [line for line in lines(README, NAMED) if f"{line}\n" not in (install, develop)]
    made = install.rpartition(" && ")[2].strip()
    assert made == f"{NAMED} demo"
    assert len(typed) > 20 and typed[0].startswith("export SUPPORTCTL_DB=")
    work(desk, [made, *typed], tmp_path)


def test_every_command_for_a_shell_is_one_that_is_run() -> None:
    """None is left out by how it begins."""
    typed = [line for block in blocks(README, "sh") for line in block.splitlines()]
    others = [line for line in typed if not line.startswith((f"{NAMED} ", "export ", "python3 -m venv "))]
    assert [line for line in others if not line.startswith(".venv/bin/python tests/bench")] == []
    files = [line.split()[1] for line in others]
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_windows_has_the_same_first_commands() -> None:
    (windows,) = blocks(README, "powershell")
    (posix,) = blocks(README, "sh", "main")
    (desk,) = (line for line in lines(README) if line.startswith("export "))
    assert posix.replace("python3", "py").replace(" &&", ";").replace(".venv/bin/", ".venv\\Scripts\\") in windows
    assert desk.replace("export SUPPORTCTL_DB=", "").replace("/", "\\") in windows


def test_the_guides_of_the_readme_are_the_programs() -> None:
    told = re.findall(r"^\| \[(\w+)\]\(supportctl/cli/guides/(\w+)\.md\) \| (.*) \|$", README, re.MULTILINE)
    assert [(name, name, about) for name, about in GUIDES.items()] == told


def test_the_readme_names_the_four_jobs_first() -> None:
    jobs = README.partition("## The four jobs")[2].partition("\n## ")[0]
    assert set(re.findall(rf"^{re.escape(NAMED)} (\w+)", jobs, re.MULTILINE)) == SECTIONS["The four jobs"].keys()


@pytest.mark.about_the_file  # the demo makes one
def test_the_picture_is_what_the_program_shows(tmp_path: Path) -> None:
    """If this is meant to have changed: .venv/bin/python tests/picture.py"""
    assert PICTURE.read_text(encoding="utf-8") == drawn(tmp_path)
    assert f"]({PICTURE.relative_to(ROOT).as_posix()})" in README


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    said = PICTURE.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "http" not in said and "@import" not in said and "<script" not in said
