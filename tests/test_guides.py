"""The guides kept true: each says what the program does, and every line to type in them works, in its order."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import Program, copy_desk
from pages import POSIX, at_home, blocks, laid_out, lines, work

from supportctl.cli.guides import HERE, read_guide
from supportctl.cli.run.commands import COMMANDS, GUIDES

ROOT = Path(__file__).parents[1]
DATA = (".md", ".txt", ".csv")  # the kinds of files in the package that are no code
posix = pytest.mark.skipif(not POSIX, reason="lines and scripts of a POSIX shell")


@pytest.fixture(scope="module")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo desk; made once."""
    folder = tmp_path_factory.mktemp("demo")
    Program(folder / "none.db").all([["demo", str(folder / "demo")]])
    return folder / "demo" / "desk.db"


@pytest.fixture
def demo(desk: Program, demo_file: Path) -> Program:
    """The program on a copy of it, beside the files that guides name."""
    copy_desk(demo_file, desk.desk)
    laid_out(desk.desk.parent)
    return desk


def test_every_guide_of_the_table_is_there_and_no_other() -> None:
    assert {path.stem for path in HERE.glob("*.md")} == GUIDES.keys()


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_is_a_short_page_under_one_title(name: str) -> None:
    page = read_guide(name)
    assert 40 <= len(page.splitlines()) <= 90
    assert page.startswith("# ") and page.count("\n# ") == page.count("\n# /") + page.count("\n# C:")
    assert "<!--" not in page, "read as it is in a pipe"


@posix
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.about_the_file) if name == "files" else name for name in GUIDES]
)
def test_every_line_of_a_guide_works_in_its_order(demo: Program, name: str) -> None:
    typed = lines(read_guide(name))
    assert typed
    work(demo, typed, demo.desk.parent)


@pytest.mark.parametrize("name", [name for name in GUIDES if name in COMMANDS])
def test_a_guide_with_the_name_of_a_command_says_where_that_has_its_own_help(name: str) -> None:
    assert re.search(rf"`supportctl {name}( \w+)? --help`", read_guide(name))


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_names_no_command_and_no_option_that_does_not_exist(demo: Program, name: str) -> None:
    """In its sentences; what is to be typed is run."""
    said = re.sub(r"```.*?```", "", read_guide(name), flags=re.DOTALL)
    for line in re.findall(r"`supportctl ([a-z][^`]*)`", said):
        words = [word for word in line.split() if word.isalpha() and word.islower()]
        assert demo("help", *words[:1]).code == 0, line
    for option in {option for code in re.findall(r"`([^`]*)`", said) for option in re.findall(r"--[a-z-]+", code)}:
        assert option == "--mda" or option in OPTIONS, option


def _options() -> set[str]:
    from test_examples import COMMANDS as EVERY

    from supportctl.cli.run.options import EVERYWHERE, HELP, VERSION

    own = {flag for command in EVERY.values() for p in command.params for flag in (*p.opts, *p.secondary_opts)}
    return own | {flag for p in (*EVERYWHERE, HELP, VERSION) for flag in p.opts}


OPTIONS = _options()


# On a terminal


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_fits_the_terminal_but_for_lines_to_type(desk: Program, name: str, width: int) -> None:
    """Those stay whole, so that they can be copied."""
    shown = desk("help", name, "-o", "table", env={"COLUMNS": str(width)}).out
    typed = {line for block in blocks(read_guide(name), r"\w*") for line in block.splitlines()}
    long = [line for line in shown.splitlines() if len(line) > min(width, 100)]
    assert [line for line in long if line.removeprefix("    ") not in typed] == []
    assert {line for line in typed if line} <= {line.removeprefix("    ") for line in shown.splitlines()}
    assert "\n\n\n" not in shown and "\x1b" not in shown
    assert shown.startswith(read_guide(name).splitlines()[0].removeprefix("# ") + "\n\n")


def test_what_colour_would_show_as_typed_has_its_quotes_without_colour(desk: Program) -> None:
    quoted = "`log --mail` takes one message"
    plain, coloured = (desk("help", "mail", "-o", "table", "--color", color).out for color in ("never", "always"))
    assert quoted in plain and quoted not in coloured
    assert "\x1b[36mlog --mail\x1b[0m takes one message" in coloured


def test_in_a_pipe_a_guide_is_markdown(desk: Program) -> None:
    assert desk("help", "mail").out == desk("help", "mail", "-o", "md", "--color", "always").out == read_guide("mail")


# Scripts and jobs


@posix
def test_the_mail_servers_pipe_takes_a_message_in_or_leaves_it_in_the_queue(staffed: Program, tmp_path: Path) -> None:
    script = tmp_path / "desk-mail"
    (text,) = (block for block in blocks(read_guide("mail"), "sh") if block.startswith("#!"))
    script.write_text(at_home(text, staffed, tmp_path))
    script.chmod(0o755)
    message = b"From site@example.com  Fri Mar  6 16:20:01 2026\nFrom: site@example.com\nSubject: Help\n\nPlease\n"
    done = subprocess.run([script], input=message, env={}, capture_output=True, cwd="/")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert staffed.json("show", 1, now="2100-01-01T00:00:00Z")["subject"] == "Help"
    staffed.damage()
    assert subprocess.run([script], input=message, env={}, capture_output=True, cwd="/").returncode == 75


def jobs(command: str) -> list[str]:
    """What the crontabs of the guides run, without the five fields of when: the jobs of a command."""
    crontabs = [block for name in GUIDES for block in blocks(read_guide(name), "crontab")]
    every = [line for block in crontabs for line in block.splitlines() if line[0] in "*0123456789"]
    return sorted({line.split(maxsplit=5)[5] for line in every if f" {command} " in line})


@pytest.fixture
def cron(staffed: Program, tmp_path: Path) -> Callable[[str, str], str]:
    """Runs a job as cron does: next to nothing in the environment, and no terminal.

    It gives what cron would mail, both streams, or else what the job itself handed over to be sent.
    """
    staffed.once([["log", "--from", "site@example.com", "--subject", "Écran noir"]])
    sent, sendmail = tmp_path / "sent", tmp_path / "sendmail"
    sendmail.write_text(f"#!/bin/sh\ncat > '{sent}'\n")
    sendmail.chmod(0o755)

    def run(job: str, now: str) -> str:
        env = {"PATH": "/usr/bin:/bin", "SUPPORTCTL_NOW": now, "LC_ALL": "C"}
        line = at_home(job, staffed, tmp_path)
        done = subprocess.run(["/bin/sh", "-c", line], env=env, stdin=subprocess.DEVNULL, capture_output=True)
        mail = (done.stdout + done.stderr).decode() or (sent.read_text(encoding="utf-8") if sent.exists() else "")
        sent.unlink(missing_ok=True)
        return mail

    return run


@posix
@pytest.mark.parametrize("job", jobs("breaches"))
def test_a_cron_job_mails_what_is_late_and_nothing_when_all_is_well(cron: Callable[[str, str], str], job: str) -> None:
    early, late = "2026-03-06T17:00:00Z", "2026-03-06T19:00:00Z"
    assert "%" not in job, "cron takes it for the end of the line"
    assert "Écran" not in (quiet := cron(job, early))
    assert "--new" not in job or quiet == ""
    assert "Écran noir" in cron(job, late)
    assert (cron(job, late) == "") == ("--new" in job), "each breach once"


@posix
def test_what_cron_mails_to_the_lead_is_one_page(cron: Callable[[str, str], str]) -> None:
    (job,) = jobs("report")
    head, _, body = cron(job, "2026-03-09T16:00:00Z").partition("\n\n")
    assert head.splitlines()[-1] == "Content-Type: text/html; charset=utf-8"
    assert body.startswith("<!DOCTYPE html>")
    assert body.endswith("</html>\n")


@posix
@pytest.mark.parametrize(
    "job", [pytest.param(job, marks=pytest.mark.about_the_file) if "backup" in job else job for job in jobs("db")]
)
def test_a_nightly_backup_or_check_says_nothing_until_something_is_wrong(
    cron: Callable[[str, str], str], staffed: Program, job: str
) -> None:
    assert cron(job, staffed.now) == cron(job, staffed.now) == ""
    assert ("backup" not in job) or staffed.json("db", "check", "--db", staffed.desk.with_name("backup.db"))
    staffed.damage()
    assert "supportctl: " in cron(job, staffed.now)


@posix
def test_agents_reach_the_desk_through_its_account(staffed: Program, tmp_path: Path) -> None:
    """The script of the guide, with a sudo that changes nothing."""
    (text,) = (block for block in blocks(read_guide("team"), "") if block.startswith("#!"))
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sudo").write_text('#!/bin/sh\n[ "$1 $2" = "-u desk" ] && shift 2 && exec "$@"\n')
    (folder / "desk").write_text(at_home(text, staffed, tmp_path))
    for program in folder.iterdir():
        program.chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "USER": "kim"}
    for line in ("desk log --from site@example.com --subject Help", "desk next --take"):
        assert subprocess.run(line.split(), env=env, capture_output=True, timeout=60).returncode == 0, line
    assert staffed.json("show", 1, now="2100-01-01T00:00:00Z")["assignee"] == "kim"


def test_the_guides_are_in_the_wheel(tmp_path: Path) -> None:
    """As they are in the folder; so are the canned answers, and the files of the demo."""
    wheel = pytest.importorskip("hatchling.builders.wheel")
    (built,) = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path))
    with ZipFile(built) as packed:
        names = {name for name in packed.namelist() if not name.endswith(".py")}
        assert {packed.read(f"supportctl/cli/guides/{name}.md").decode() for name in GUIDES} == {
            *map(read_guide, GUIDES)
        }
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "supportctl").rglob("*.*") if path.suffix in DATA}
    assert data <= names


# What the guides list


def test_the_exit_codes_are_the_programs() -> None:
    from supportctl import errors

    told = {int(code) for code in re.findall(r"^\| (\d+) \|", read_guide("scripts"), re.MULTILINE)}
    classes = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.SupportctlError)]
    raised = {error.exit_code for error in classes}
    assert raised | {0, 3} == told


def test_every_column_of_an_import_is_the_programs() -> None:
    from supportctl.desk.transfer.fields import KINDS

    for name, kind in KINDS.items():
        assert f"| {name} | {', '.join(kind.fields)} |" in read_guide("import")


def test_the_placeholders_and_templates_are_the_programs() -> None:
    from supportctl.cli.templates import SHIPPED
    from supportctl.desk.tickets.templates import CLAUSE, FIELDS

    told = read_guide("mail").partition("## Canned answers")[2]
    named = re.findall(r"`\$(\w+)`", told)
    assert [name for name in named if not name.startswith(CLAUSE)] == list(FIELDS)
    assert {path.stem for path in SHIPPED.glob("*.txt")} <= set(re.findall(r"`([a-z-]+)`", told))
