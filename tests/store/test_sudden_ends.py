"""Sudden ends and full disks: nothing acknowledged is lost, nothing is half there, and work goes on afterwards."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROGRAM, Program

if sys.platform == "win32":
    pytest.skip("kills and limits as POSIX has them", allow_module_level=True)
import resource

from bench_kills import kill_often


@pytest.mark.about_the_file
def test_killed_in_mid_write_nothing_is_lost_or_half_there(desk: Program) -> None:
    """A few of what `tests/bench_kills.py` does two hundred times."""
    assert kill_often(desk, 12).faults == []


def limited(desk: Program, size: int, *args: str) -> "subprocess.CompletedProcess[bytes]":
    """Run it where no file may grow beyond `size`: what a full disk does to a write."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run([PROGRAM, *args], env=desk.environment(), capture_output=True, preexec_fn=limit, timeout=60)


@pytest.mark.about_the_file
@pytest.mark.parametrize("size", [0, 4096, 40000])
def test_without_room_it_is_exit_6_and_the_desk_stays_as_it_was(staffed: Program, size: int) -> None:
    log = ["log", "--from", "site@example.com", "--subject", "Large", "--body", "x" * 100_000]
    ran = limited(staffed, size, *log)
    assert (ran.returncode, ran.stdout) == (6, b""), ran.stderr
    assert b"Traceback" not in ran.stderr
    assert staffed.json("queue") == []
    staffed.all([log, ["db", "check"]])


@pytest.mark.about_the_file
@pytest.mark.parametrize("size", [0, 4096, 100_000])
def test_without_room_a_backup_leaves_the_old_file(staffed: Program, tmp_path: Path, size: int) -> None:
    (tmp_path / "copy.db").write_bytes(b"old")
    ran = limited(staffed, size, "db", "backup", str(tmp_path / "copy.db"), "--force")
    assert ran.returncode in (6, 7), ran.stderr
    assert (tmp_path / "copy.db").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []
    assert staffed("db", "check").code == 0


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A disk of so many kilobytes: a file system's own limit, which a checkpoint meets and a limit of files does not."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}k", "none", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may make a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.about_the_file
@pytest.mark.parametrize("small_disk", [400, 600, 900], indirect=True)
def test_on_a_small_disk_a_new_desk_is_whole_or_not_there(staffed: Program, small_disk: Path, tmp_path: Path) -> None:
    """Imported, begun, restored or tried out. A log beside it that finds no room to be brought in was lost, with exit 0."""
    staffed.all(
        [["log", "--from", "site@example.com", "--subject", "Large", "--body", "word " * 3000] for _ in range(4)]
        + [["export", "desk", str(tmp_path / "out")], ["db", "backup", str(tmp_path / "copy.db")]]
    )
    new = Program(small_disk / "desk.db")
    for command in (
        ["import", "desk", tmp_path / "out"],
        ["db", "restore", tmp_path / "copy.db"],
        ["log", "--from", "site@example.com", "--subject", "Help"],
        ["import", "customers", "-"],
    ):
        ran = new(*command, stdin="email\nann@example.com\n")
        assert ran.code in (0, 6), ran.err
        if ran.code == 0 or "on record all the same" in ran.err:
            copy = Program(tmp_path / "copied.db")
            copy.desk.touch(mode=0o600)
            copy.desk.write_bytes(new.desk.read_bytes())
            assert copy("db", "check").code == 0
        else:
            assert list(small_disk.iterdir()) == []
        for left in small_disk.iterdir():
            left.unlink()


@pytest.mark.about_the_file
@pytest.mark.parametrize("size", [4096, 100_000])
def test_without_room_a_restore_is_exit_6_and_leaves_everything_as_it_was(
    staffed: Program, tmp_path: Path, size: int
) -> None:
    """The desk, the backup, and where there was no desk, not even its folder; the message names the desk."""
    copy, new = tmp_path / "copy.db", Program(tmp_path / "none" / "desk.db")
    staffed.all([["db", "backup", str(copy)]])
    before = staffed.desk.read_bytes(), copy.read_bytes()
    for desk in (staffed, new):
        ran = limited(desk, size, "db", "restore", str(copy), "--yes")
        assert (ran.returncode, str(desk.desk) in ran.stderr.decode()) == (6, True), ran.stderr
    assert (staffed.desk.read_bytes(), copy.read_bytes()) == before
    assert not new.desk.parent.exists()
    assert list(tmp_path.glob("*.replaced*")) == list(tmp_path.glob(".*.new")) == []
    for desk in (staffed, new):
        desk.all([["db", "restore", str(copy), "--yes"], ["db", "check"]])


def test_without_room_for_rejected_rows_nothing_is_imported_and_none_are_left(staffed: Program, tmp_path: Path) -> None:
    rows = "site@example.com,taken,2026-03-01\n" + "".join(
        f"site@example.com,{'x' * 900},never\n" for _ in range(42)
    )  # so that the last of them find no room
    (tmp_path / "rows.csv").write_text(f"from,subject,received_at\n{rows}")
    args = ["import", "tickets", str(tmp_path / "rows.csv"), "--rejects", str(tmp_path / "bad.csv")]
    ran = limited(staffed, 40_000, *args)
    assert ran.returncode == 7, ran.stderr
    assert not (tmp_path / "bad.csv").exists() and list(tmp_path.glob(".*.new")) == []
    staffed.all([args, ["db", "check"]])


def test_standard_input_that_cannot_be_read_is_2(staffed: Program) -> None:
    with Path(os.devnull).open("wb") as written_only:
        for command in (
            ["import", "customers", "-"],
            ["lookup", "-"],
            ["log", "--from", "site@example.com", "--subject", "x", "--body", "-"],
        ):
            ran = subprocess.run(
                [PROGRAM, *command], env=staffed.environment(), stdin=written_only, capture_output=True, timeout=60
            )
            assert ran.returncode == 2, ran.stderr


@pytest.mark.about_the_file
def test_without_room_no_desk_is_made(desk: Program) -> None:
    ran = limited(desk, 8192, "customer", "add", "a@example.com")
    assert ran.returncode == 6, ran.stderr
    assert list(desk.desk.parent.iterdir()) == []
    assert desk("customer", "add", "a@example.com").code == 0


@pytest.mark.about_the_file
@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_desk_is_exit_6(staffed: Program) -> None:
    staffed.desk.chmod(0o400)
    assert staffed("log", "--from", "a@example.com", "--subject", "x").code == 6


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "command",
    [
        ["db", "check"],
        ["db", "path"],
        pytest.param(["db", "backup", "copy.db"], marks=pytest.mark.about_the_file),
    ],
    ids=" ".join,
)
def test_an_output_that_cannot_be_written_is_7(staffed: Program, tmp_path: Path, command: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([PROGRAM, *command], env=staffed.environment(), stdout=full, stderr=-1, cwd=tmp_path)
    assert done.returncode == 7, done.stderr


@pytest.mark.parametrize("files", [6, 8])
def test_where_hardly_a_file_can_be_open_an_error_is_still_told(staffed: Program, files: int) -> None:
    """What the run held open is let go before the words for it are loaded."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    for command in (["queue"], ["db", "check"]):
        ran = subprocess.run(
            [PROGRAM, *command], env=staffed.environment(), capture_output=True, preexec_fn=limit, timeout=60
        )
        assert (ran.returncode in (0, 6), b"Traceback" in ran.stderr) == (True, False), ran.stderr
