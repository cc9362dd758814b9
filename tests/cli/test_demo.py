"""`demo`: a desk in a folder of its own, on which everything that the policy knows can be seen."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from conftest import PROGRAM, Program

from supportctl.policy.model import Policy

pytestmark = pytest.mark.about_the_file  # it makes one in a folder, whatever SUPPORTCTL_DB says


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program on a demo desk, made on a Friday morning."""
    folder = tmp_path_factory.mktemp("demo")
    program = Program(folder / "own.db")
    ran = program("demo", folder / "desk", "--json")
    assert ran.code == 0, ran.err
    made = json.loads(ran.out)
    assert (made["customers"], made["releases"]) == (14, 11)
    assert program.untouched  # never the user's own
    return Program(Path(made["desk"]))


@pytest.mark.parametrize(
    "now", ["2026-03-06T16:30:00Z", "2026-03-09T14:00:00Z", "2026-03-08T12:00:00Z", "2027-01-01T08:00:00Z"]
)
def test_whenever_it_is_made_there_is_something_late_running_met_missed_and_without_promise(
    desk: Program, tmp_path: Path, now: str
) -> None:
    """On a Friday morning, before a Monday's opening, on a Sunday, and on New Year's Day."""
    made = desk.json("demo", tmp_path / "d", now=now)
    stands = Counter(t["sla"] for t in _tickets(Program(Path(made["desk"]), now=now), made["tickets"]))
    assert {"late", "running", "met", "missed", "none"} <= stands.keys(), stands


def _tickets(desk: Program, count: int) -> list[dict[str, object]]:
    return [desk.json("show", number) for number in range(1, count + 1)]


def test_all_that_the_policy_tells_apart_appears(demo: Program, policy: Policy) -> None:
    tickets = _tickets(demo, 30)
    told_apart = (
        "tier", "channel", "standing", "coverage", "product", "version_support", "registered", "language", "assignee",
    )  # fmt: skip
    values = {name: {ticket[name] for ticket in tickets} for name in told_apart}
    assert values["tier"] == set(policy.tiers)
    assert values["channel"] >= {"ticket", "forum", "email"}
    assert values["standing"] == {"entitled", "best-effort", "not-entitled"}
    assert values["coverage"] == {"covered", "limited", "not-covered"}
    assert values["product"] == set(policy.products)
    assert values["version_support"] >= {"current", "outdated", "unsupported", "unknown", None}
    assert values["registered"] == {True, False}
    assert len(values["language"]) > 1
    assert len(values["assignee"]) > 2
    statuses = {licence["status"] for licence in demo.json("licence", "list")}
    assert statuses == {"active", "revoked", "expired"}


def test_importing_its_own_files_again_changes_nothing(demo: Program) -> None:
    for what in ("customers", "licences", "releases", "tickets"):
        done = demo.json("import", what, demo.desk.with_name(f"{what}.csv"))
        assert (done["added"], done["changed"], done["rejected"]) == (0, 0, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="lines of a POSIX shell")
@pytest.mark.parametrize("named", [".venv/bin/supportctl", "supportctl"])
def test_what_it_says_to_try_works(desk: Program, tmp_path: Path, named: str) -> None:
    """Pasted as they stand, in the folder where the demo was made: they call the program as it was called."""
    folder = tmp_path / "a folder"
    place = folder / ".venv" / "bin"
    place.mkdir(parents=True)
    (place / "supportctl").symlink_to(PROGRAM)
    env = desk.environment() | (
        {"PATH": f"{place}:/usr/bin:/bin"} if named == "supportctl" else {"PATH": "/usr/bin:/bin"}
    )

    def typed(line: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["sh", "-c", line], cwd=folder, env=env, capture_output=True, text=True, timeout=60)

    said = typed(f"{named} demo").stderr
    commands = [line.strip() for line in said.splitlines() if " --db " in line]
    assert len(commands) >= 6
    for command in commands:
        assert command.startswith(f"{named} ")
        assert typed(command).returncode == 0, command


@pytest.mark.parametrize("kind", ["full", "file"])
def test_a_folder_in_use_is_refused(desk: Program, tmp_path: Path, kind: str) -> None:
    taken = tmp_path / "taken"
    if kind == "full":
        taken.mkdir()
        (taken / "mine").write_text("mine")
    else:
        taken.write_text("mine")
    ran = desk("demo", taken)
    assert (ran.code, ran.out) == (2, "")
    assert str(taken) in ran.err
    assert sorted(path.name for path in tmp_path.rglob("*")) == (["mine", "taken"] if kind == "full" else ["taken"])


def test_what_takes_no_folder_is_no_fault_of_the_command_line(desk: Program) -> None:
    """A full disk, a read-only one; here, where the system keeps what no program may add to."""
    if not Path("/proc/self").is_dir():
        pytest.skip("no file system that takes nothing")
    ran = desk("demo", "/proc/self/demo")
    assert (ran.code, ran.out, "cannot be made" in ran.err) == (6, "", True), ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size")
@pytest.mark.parametrize("room", [60_000, 370_000])
def test_a_demo_that_there_is_no_room_for_leaves_nothing(desk: Program, tmp_path: Path, room: int) -> None:
    """It left half a desk, and said that what was asked for was on record."""
    limited = (
        f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}));"
        " os.execv(sys.argv[1], sys.argv[1:])"
    )
    words = [sys.executable, "-c", limited, str(PROGRAM), "demo", str(tmp_path / "demo")]
    ran = subprocess.run(words, env=desk.environment(), capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout, "on record" in ran.stderr) == (6, "", False), ran.stderr
    assert "Nothing was kept" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ["demo", "-"],
        ["db", "backup", "-"],
        ["db", "restore", "-", "--yes"],
        ["import", "customers", "rows.csv", "--rejects", "-"],
    ],
    ids=" ".join,
)
def test_a_dash_is_no_name_for_a_file(staffed: Program, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "rows.csv").write_text("email,name\nnobody,Nobody\n")
    done = subprocess.run([PROGRAM, *command], cwd=tmp_path, env=staffed.environment(), capture_output=True, timeout=60)
    assert (done.returncode, b"cannot go through a pipe" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "-").exists()
