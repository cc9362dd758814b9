"""`breaches`: what is late, from before until after."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROGRAM, Program


@pytest.fixture
def late(staffed: Program) -> Program:
    """Tickets 1 (SITE, due 18:30Z), 2 (STARTER, due 00:30Z), 3 (best effort, never due), 4 (SITE, answered)."""
    for sender, more in (
        ("site@example.com", []),
        ("starter@example.com", ["--channel", "forum", "--assignee", "kim"]),
        ("site@example.com", ["--channel", "email"]),
        ("site@example.com", []),
    ):
        staffed.once([["log", "--from", sender, "--subject", "Help", *more]])
    staffed.once([["reply", "4", "--body", "x"]], now="2026-03-06T18:31:00Z")
    return staffed


def ids(desk: Program, *options: str, now: str) -> list[int]:
    return [ticket["id"] for ticket in desk.json("breaches", *options, now=now)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-06T18:30:00Z", []),
        ("2026-03-06T18:30:01Z", [1, 4]),
        ("2026-03-06T18:31:00Z", [1]),
        ("2026-03-07T00:30:00Z", [1]),
        ("2026-03-07T00:30:01Z", [1, 2]),
    ],
)
def test_what_is_late_at_each_moment(late: Program, now: str, expected: list[int]) -> None:
    """At 18:30:01 ticket 4 had no answer yet: --now asks the same question of any moment."""
    assert ids(late, now=now) == expected


@pytest.mark.parametrize(
    ("within", "expected"), [("59m59s", []), ("1h", [1, 4]), ("6h59m59s", [1, 4]), ("7h", [1, 2, 4])]
)
def test_within_is_business_time_and_inclusive(late: Program, within: str, expected: list[int]) -> None:
    assert sorted(ids(late, "--within", within, now="2026-03-06T17:30:00Z")) == expected


def test_filters_narrow(late: Program) -> None:
    now = "2026-03-08T00:00:00Z"
    assert ids(late, "--tier", "site", now=now) == [1]
    assert ids(late, "--tier", "SITE", "--tier", "STARTER", now=now) == [1, 2]
    assert ids(late, "--channel", "forum", now=now) == [2]
    assert ids(late, "--assignee", "kim", now=now) == [2]
    assert late("breaches", "--tier", "GOLD", now=now).code == 2


def test_lateness_is_business_time(late: Program) -> None:
    weekend = late.json("breaches", now="2026-03-08T20:00:00Z")
    assert weekend[0]["late_seconds"] == 6 * 3600 + 1800, "Friday 10:30 to 17:00"


def test_answered_late_since(late: Program) -> None:
    assert ids(late, "--answered", "--since", "2026-03-06", now="2026-03-06T19:00:00Z") == [4]
    assert ids(late, "--answered", "--since", "2026-03-06T18:31:01Z", now="2026-03-06T19:00:00Z") == []
    assert late("breaches", "--answered").code == 2


def test_new_tells_each_breach_once_per_agent(late: Program) -> None:
    now = "2026-03-06T19:00:00Z"
    assert ids(late, "--new", now=now) == [1]
    assert ids(late, "--new", now=now) == []
    assert ids(late, "--new", "--agent", "kim", now=now) == [1]
    assert ids(late, "--new", now="2026-03-07T01:00:00Z") == [2]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_new_tells_again_when_the_output_failed(late: Program) -> None:
    now = "2026-03-06T19:00:00Z"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([PROGRAM, "breaches", "--new"], env=late.environment(now), stdout=full, stderr=-1)
    assert done.returncode == 7
    assert ids(late, "--new", now=now) == [1]


@pytest.mark.parametrize("format", ["md", "html", "plain"])
def test_without_news_there_is_no_document(late: Program, format: str) -> None:
    """Cron mails what is printed: a page without a ticket would be a mail every ten minutes."""
    now = "2026-03-06T19:00:00Z"
    assert "site@example.com" in late("breaches", "--new", "-o", format, now=now).out
    assert late("breaches", "--new", "-o", format, now=now).out == ""
    assert (late("breaches", "-o", format, now="2026-03-06T17:00:00Z").out != "") == (format != "plain")


def test_each_breach_is_told_once_also_when_runs_meet(late: Program) -> None:
    late.now = "2026-03-07T01:00:00Z"
    runs = [late.start("breaches", "--new", "-o", "jsonl") for _ in range(6)]
    told = [line for run in runs for line in run.communicate()[0].splitlines()]
    assert [run.returncode for run in runs] == [0] * 6
    assert sorted(json.loads(line)["id"] for line in told) == [1, 2]


@pytest.mark.skipif(os.name == "nt", reason="a pipe that its reader closed is POSIX")
def test_new_tells_again_when_the_reader_had_gone(late: Program) -> None:
    """A mailer that failed to start reads nothing."""
    now = "2026-03-06T19:00:00Z"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([PROGRAM, "breaches", "--new"], env=late.environment(now), stdout=writing, stderr=-1)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
    assert ids(late, "--new", now=now) == [1]


def test_nothing_to_say_is_silence_and_exit_code_is_asked_for(late: Program) -> None:
    early = "2026-03-06T17:00:00Z"
    ran = late("breaches", "--exit-code", now=early)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert late("breaches", now="2026-03-06T19:00:00Z").code == 0
    assert late("breaches", "--exit-code", now="2026-03-06T19:00:00Z").code == 3


def test_closed_unanswered_leaves_the_list(late: Program) -> None:
    late.all([["close", "1", "--reason", "Sent twice"]], now="2026-03-06T19:00:00Z")
    assert ids(late, now="2026-03-06T20:00:00Z") == []


def test_a_missing_desk_is_no_quiet_evening(nowhere: Program) -> None:
    ran = nowhere("breaches")
    assert (ran.code, ran.out) == (6, "")
    assert "no desk" in ran.err


@pytest.mark.parametrize(
    ("asked", "said"),
    [("breaches", "Nothing is late."), ("queue", "No open tickets."), ("report", "No requests came in.")],
)
def test_a_document_to_mail_says_that_there_is_nothing(staffed: Program, asked: str, said: str) -> None:
    assert staffed(asked, "-o", "md").out.endswith(f"UTC\n\n{said}\n")
    assert f">{said}</p>\n</body>" in staffed(asked, "-o", "html").out


# What was told too early, and what a command takes


def test_what_was_told_for_a_moment_to_come_is_told_again_when_it_is_late(late: Program) -> None:
    assert ids(late, "--new", now="2026-03-09T01:00:00Z") == [1, 2], "a what-if, or a clock that ran ahead"
    assert ids(late, "--new", now="2026-03-06T18:00:00Z") == []
    assert ids(late, "--new", now="2026-03-06T19:00:00Z") == [1]
    assert ids(late, "--new", now="2026-03-09T01:30:00Z") == [2]
    assert ids(late, "--new", now="2026-03-09T02:00:00Z") == []
    assert late("db", "check").code == 0, "what is forgotten is counted"


def test_another_agents_what_if_changes_nothing(late: Program) -> None:
    assert ids(late, "--new", now="2026-03-06T19:00:00Z") == [1]
    assert ids(late, "--new", "--agent", "kim", now="2026-03-06T18:00:00Z") == []
    assert ids(late, "--new", now="2026-03-06T19:00:00Z") == []


@pytest.mark.parametrize("end", [["reply", "1", "--body", "x"], ["close", "1", "--reason", "x"], ["spam", "1"]])
def test_what_was_told_before_an_answer_that_was_retracted_is_told_again(late: Program, end: list[str]) -> None:
    now = "2026-03-06T19:00:00Z"
    assert ids(late, "--new", now=now) == [1]
    late.all([end], now=now)
    late.all([["retract", "1", "2", "--reason", "x"]], now=now)
    assert ids(late, "--new", now=now) == [1]
    late.all([["close", "1", "--reason", "x"], ["reopen", "1"]], now=now)
    assert ids(late, "--new", now=now) == [1]


def test_a_command_takes_the_news_once(late: Program, tmp_path: Path) -> None:
    now, page = "2026-03-06T19:00:00Z", tmp_path / "page with blanks"
    script = tmp_path / "take.py"
    script.write_text(f"import sys; open({str(page)!r}, 'ab').write(sys.stdin.buffer.read())")
    command = f'"{PROGRAM.with_name(Path(sys.executable).name)}" "{script}"'
    ran = late("breaches", "--new", "-o", "html", "--exit-code", "--send", command, now=now)
    assert (ran.code, ran.out, ran.err) == (3, "", "")
    once = page.read_text(encoding="utf-8")
    assert once.startswith("<!DOCTYPE html>")
    assert "site@example.com" in once
    assert late("breaches", "--new", "-o", "html", "--send", command, now=now).code == 0
    assert page.read_text(encoding="utf-8") == once, "without news nothing is started"


@pytest.mark.parametrize("code", ["import sys; sys.exit(3)", "import sys; sys.stdin.read(); sys.exit(75)"])
def test_a_command_that_fails_was_told_nothing(late: Program, code: str) -> None:
    now = "2026-03-06T19:00:00Z"
    ran = late("breaches", "--new", "--send", f"'{sys.executable}' -c '{code}'", now=now)
    assert (ran.code, "reported again" in ran.err) == (7, True)
    assert late("breaches", "--new", "--send", "no-such-program", now=now).code == 7
    assert ids(late, "--new", now=now) == [1]


@pytest.mark.parametrize("options", [["--send", "cat"], ["--new", "--send", ""], ["--new", "--send", "'cat"]])
def test_a_command_that_cannot_be_meant_is_wrong(late: Program, options: list[str]) -> None:
    assert late("breaches", *options).code == 2


def test_no_shell_sees_the_command(late: Program, tmp_path: Path) -> None:
    now, mark = "2026-03-06T19:00:00Z", tmp_path / "mark"
    late("breaches", "--new", "--send", f"'{sys.executable}' -c pass ; touch {mark}", now=now)
    assert not mark.exists()


def test_agents_work_on_while_a_command_takes_its_time(late: Program) -> None:
    """A command that itself writes to the desk would wait for ever, were it held meanwhile."""
    now = "2026-03-06T19:00:00Z"
    ran = late("breaches", "--new", "--send", f"'{PROGRAM}' note 1 --body - --quiet", now=now)
    assert ran.code == 0, ran.err
    assert "site@example.com" in late.json("show", 1, now=now)["history"][-1]["body"]
    assert ids(late, "--new", now=now) == []
