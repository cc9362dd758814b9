"""The README kept true: its commands run, in its order, and its two one-line commands are there for CI to call."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROGRAM, Program
from helpdesks import FRESHDESK, OSTICKET, ZENDESK

from supportctl.policy.file import builtin

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str, mark: str = "") -> list[str]:
    """The fenced blocks of a language, only those under a `<!-- ci: mark -->` if one is given."""
    before = rf"<!-- ci: {mark} -->\n" if mark else ""
    return re.findall(rf"{before}```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    """Every line of the README that runs supportctl by itself."""
    lines = [line for block in blocks("sh") for line in block.replace("\\\n", "").splitlines()]
    return [line for line in lines if line.startswith("supportctl ") and "|" not in line and ">" not in line]


@pytest.mark.parametrize("mark", ["main", "tests"])
def test_the_two_one_line_commands_are_there(mark: str) -> None:
    (block,) = blocks("sh", mark)
    assert block.startswith("python3 -m venv .venv && ")
    assert len(block.splitlines()) == 1


def test_nothing_is_told_twice() -> None:
    """The hours and the policy once had two sections each."""
    told = [*commands(), *(block for language in ("toml", "crontab") for block in blocks(language))]
    assert [one for one in told if told.count(one) > 1] == []


def test_every_command_of_the_readme_works_in_its_order(desk: Program, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("email,name\nzoe@example.com,Zoe\n")
    (tmp_path / "orders.csv").write_text("Email,Key,Product,Price\nzoe@example.com,ZZ11-2233,PLUS,49\n")
    (tmp_path / "tickets.jsonl").write_text(
        '{"from": "zoe@example.com", "subject": "Hello", "received_at": "2026-03-05T18:00:00Z"}\n'
    )
    for name, file in (("zendesk", ZENDESK), ("freshdesk", FRESHDESK), ("osticket", OSTICKET)):
        (tmp_path / f"{name}.csv").write_text(file, encoding="utf-8")
    (tmp_path / "inbox.mbox").write_text(
        "From zoe@example.com Fri Nov 20 17:00:00 2026\nFrom: zoe@example.com\nSubject: Hello\n\nPassword: sesame7\n"
    )
    (tmp_path / "policy.toml").write_text(builtin()[0], encoding="utf-8")  # a line with > is for a shell
    desk.now = "2026-11-20T18:00:00Z"
    assert len(commands()) > 15
    for line in commands():
        done = subprocess.run(
            [PROGRAM, *shlex.split(line)[1:]], cwd=tmp_path, env=desk.environment(), capture_output=True, text=True
        )
        assert done.returncode in (0, 3), f"{line}: {done.stderr}"
        assert done.returncode == 0 or line.split()[1] in ("check", "hours"), line


@pytest.mark.parametrize("recipe", blocks("sh", "recipe"))
def test_every_recipe_runs_in_a_shell(staffed: Program, recipe: str) -> None:
    path = f"{PROGRAM.parent}:{staffed.environment()['PATH']}"
    done = subprocess.run(
        ["sh", "-eu", "-c", recipe], env=staffed.environment() | {"PATH": path}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.skipif(os.name != "posix", reason="a script of a shell")
def test_the_mail_servers_pipe_takes_a_message_in_or_leaves_it_in_the_queue(staffed: Program, tmp_path: Path) -> None:
    script = tmp_path / "desk-mail"
    (text,) = blocks("sh", "pipe")
    text = text.replace("/home/desk/.venv/bin/supportctl", str(PROGRAM)).replace(
        "/home/desk/desk.db", str(staffed.desk)
    )
    script.write_text(text)
    script.chmod(0o755)
    message = b"From site@example.com  Fri Mar  6 16:20:01 2026\nFrom: site@example.com\nSubject: Help\n\nPlease\n"
    done = subprocess.run([script], input=message, env={}, capture_output=True, cwd="/")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert staffed.json("show", 1, now="2100-01-01T00:00:00Z")["subject"] == "Help"
    staffed.desk.write_bytes(b"no desk")
    assert subprocess.run([script], input=message, env={}, capture_output=True, cwd="/").returncode == 75


def cron_jobs() -> list[str]:
    """What the crontabs of the README run, without the five fields of when."""
    lines = [line for block in blocks("crontab") for line in block.splitlines()]
    jobs = [line.split(maxsplit=5)[5] for line in lines if line[0] in "*0123456789"]
    return [job for job in jobs if " report " not in job]


@pytest.fixture
def cron(staffed: Program, tmp_path: Path) -> Callable[[str, str], str]:
    """Runs a job as cron does, in the folder of the README: next to nothing in the environment, and no terminal.

    It gives what cron would mail, both streams, or else what the job itself handed over to be sent.
    """
    staffed.once([["log", "--from", "site@example.com", "--subject", "Écran noir"]])
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "supportctl").symlink_to(PROGRAM)
    sent = tmp_path / "sent"
    sendmail = tmp_path / "sendmail"
    sendmail.write_text(f"#!/bin/sh\ncat > '{sent}'\n")
    sendmail.chmod(0o755)

    def run(job: str, now: str) -> str:
        assert "%" not in job, "cron takes it for the end of the line"
        line = (
            job.replace("/home/desk", str(tmp_path))
            .replace("/usr/bin/mail", str(sendmail))
            .replace("/usr/bin/mutt", str(sendmail))
        )
        env = {"PATH": "/usr/bin:/bin", "SUPPORTCTL_NOW": now, "LC_ALL": "C"}
        done = subprocess.run(["/bin/sh", "-c", line], env=env, stdin=subprocess.DEVNULL, capture_output=True)
        mail = (done.stdout + done.stderr).decode() or (sent.read_text(encoding="utf-8") if sent.exists() else "")
        sent.unlink(missing_ok=True)
        return mail

    return run


@pytest.mark.skipif(os.name == "nt", reason="cron is of POSIX")
@pytest.mark.parametrize("job", cron_jobs())
def test_a_cron_job_mails_what_is_late_and_nothing_when_all_is_well(cron: Callable[[str, str], str], job: str) -> None:
    early, late = "2026-03-06T17:00:00Z", "2026-03-06T19:00:00Z"
    assert "Écran" not in (quiet := cron(job, early))
    assert "--new" not in job or quiet == ""
    assert "Écran noir" in cron(job, late)
    assert (cron(job, late) == "") == ("--new" in job), "each breach once"


def test_what_cron_mails_to_the_lead_is_one_page(staffed: Program, tmp_path: Path) -> None:
    """The line as it stands, with a mailer that keeps what it is given."""
    (line,) = (line for block in blocks("crontab") for line in block.splitlines() if " report " in line)
    kept = tmp_path / "mail"
    places = {
        "/home/desk/.venv/bin/supportctl": PROGRAM,
        "/home/desk/desk.db": staffed.desk,
        "/usr/sbin/sendmail -t": f"cat > {kept}",
    }
    command = line.split(maxsplit=5)[5]
    for named, real in places.items():
        assert named in command
        command = command.replace(named, str(real))
    done = subprocess.run(["/bin/sh", "-c", command], env={}, stdin=subprocess.DEVNULL, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    head, _, body = kept.read_bytes().partition(b"\n\n")
    assert head.splitlines()[-1] == b"Content-Type: text/html; charset=utf-8"
    assert body.startswith(b"<!DOCTYPE html>")
    assert body.endswith(b"</html>\n")


def test_the_exit_codes_of_the_readme_are_the_programs() -> None:
    from supportctl import errors

    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    classes = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.SupportctlError)]
    raised = {error.exit_code for error in classes}
    assert raised | {0, 3} == told


def test_every_import_column_of_the_readme_is_the_programs() -> None:
    from supportctl.desk.transfer.fields import KINDS

    for name, kind in KINDS.items():
        assert f"| {name} | {', '.join(kind.fields)} |" in README


def test_the_placeholders_and_templates_of_the_readme_are_the_programs() -> None:
    from supportctl.cli.templates import SHIPPED
    from supportctl.desk.tickets.templates import CLAUSE, FIELDS

    (told,) = re.findall(r"^\*\*Canned answers\.\*\*.*?(?=\n\n)", README, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`\$(\w+)`", told)
    assert [name for name in named if not name.startswith(CLAUSE)] == list(FIELDS)
    assert {path.stem for path in SHIPPED.glob("*.txt")} <= set(re.findall(r"`([a-z-]+)`", told))
