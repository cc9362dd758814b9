"""Backups and restores: whole, proved, put in place in one step, and nothing that they replace is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Program

from supportctl.store.desk import SCHEMA_VERSION
from supportctl.store.sqlite.connection import APPLICATION_ID, HELD

pytestmark = pytest.mark.about_the_file

posix = pytest.mark.skipif(os.name != "posix", reason="modes, links and signals as POSIX has them")


@pytest.fixture
def busy(staffed: Program) -> Program:
    """A desk with two tickets."""
    staffed.once([["log", "--from", "site@example.com", "--subject", f"Request {number}"] for number in (1, 2)])
    return staffed


def log(desk: Program, number: int) -> None:
    ran = desk("log", "--from", "site@example.com", "--subject", f"Request {number}")
    assert ran.code == 0, ran.err


def subjects(desk: Program) -> list[str]:
    return [ticket["subject"] for ticket in desk.json("queue")]


def names(folder: Path) -> set[str]:
    """What lies in a folder, but for what SQLite keeps beside an open desk."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def test_a_backup_is_a_whole_desk_for_its_owner_alone(busy: Program, tmp_path: Path) -> None:
    made = busy.json("db", "backup", tmp_path / "copy.db")
    assert (made["tickets"], made["bytes"]) == (2, (tmp_path / "copy.db").stat().st_size)
    assert subjects(Program(tmp_path / "copy.db")) == subjects(busy)
    assert names(tmp_path) == {"desk.db", "copy.db"}
    if os.name == "posix":
        assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_left_unless_forced(busy: Program, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    kept.write_bytes(b"precious")
    ran = busy("db", "backup", kept)
    assert (ran.code, ran.out, kept.read_bytes()) == (2, "", b"precious")
    assert busy("db", "backup", kept, "--force").code == 0
    assert subjects(Program(kept)) == subjects(busy)


@posix
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_never_followed(busy: Program, tmp_path: Path, dangling: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    if not dangling:
        target.write_bytes(b"precious")
    link.symlink_to(target)
    assert busy("db", "backup", link).code == 2
    assert busy("db", "backup", link, "--force").code == 0
    assert not link.is_symlink()
    assert not target.exists() if dangling else target.read_bytes() == b"precious"


@posix
def test_a_pipe_or_a_device_is_not_replaced_by_a_file(busy: Program, tmp_path: Path) -> None:
    """For root that would be /dev/null, for everyone."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert busy("db", "backup", pipe, "--force").code == 2
    assert pipe.is_fifo()


def test_a_name_that_no_file_can_have_is_no_fault_of_the_program(busy: Program, tmp_path: Path) -> None:
    name = tmp_path / ("n" * 300)
    (tmp_path / "rows.csv").write_text("from,subject\na@example.com,x\n")
    assert busy("db", "backup", name).code == 7
    assert busy("db", "restore", name, "--yes").code == 2
    assert busy("import", "tickets", tmp_path / "rows.csv", "--rejects", name).code == 7


def test_a_folder_in_the_desks_place_is_not_restored_over(busy: Program, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "folder", Path("/"), Path()):
        assert busy("--db", place, "db", "restore", busy.desk, "--yes").code == 6


@posix
@pytest.mark.parametrize("umask", [0o000, 0o277, 0o777])
def test_what_is_written_is_for_its_owner_whatever_the_umask(busy: Program, tmp_path: Path, umask: int) -> None:
    """For the owner alone, who can still use it."""
    (tmp_path / "rows.csv").write_text("from,subject,received_at\na@example.com,y,2026-03-01\na@example.com,x,never\n")
    out = tmp_path / "out"
    before = os.umask(umask)
    try:
        busy.all(every_way_to_write(tmp_path, out))
    finally:
        os.umask(before)
    assert_private(out)


@posix
def test_what_is_written_is_for_its_owner_from_the_first_instant(busy: Program, tmp_path: Path) -> None:
    """Not only once its mode was changed: whoever had it open by then goes on reading."""
    (tmp_path / "rows.csv").write_text("from,subject,received_at\na@example.com,y,2026-03-01\na@example.com,x,never\n")
    code = (
        "import os, pathlib; from supportctl.__main__ import main\n"
        "os.umask(0); pathlib.Path.chmod = lambda *_: None\n"
        "main()"
    )
    out = tmp_path / "out"
    for command in every_way_to_write(tmp_path, out):
        done = subprocess.run([sys.executable, "-c", code, *command], env=busy.environment(), capture_output=True)
        assert done.returncode == 0, done.stderr
    assert_private(out)


def every_way_to_write(rows: Path, out: Path) -> list[list[str]]:
    """Commands that make files and folders in the folder `out`; the first makes that too."""
    return [
        ["--db", str(out / "below" / "new.db"), "release", "add", "remote-utilities", "7.7.3.0"],
        ["db", "backup", str(out / "copy.db")],
        ["--db", str(out / "below" / "new.db"), "db", "restore", str(out / "copy.db"), "--yes"],
        ["export", "tickets", str(out / "tickets.csv")],
        ["export", "desk", str(out / "desk")],
        ["import", "tickets", str(rows / "rows.csv"), "--rejects", str(out / "bad.csv")],
        ["demo", str(out / "demo")],
    ]


def assert_private(out: Path) -> None:
    made = [out, *out.rglob("*")]
    assert "new.db.replaced" in [path.name for path in made]
    modes = {path.name: path.stat().st_mode & 0o777 for path in made}
    assert modes == {path.name: 0o700 if path.is_dir() else 0o600 for path in made}


@pytest.mark.parametrize("suffix", ["", "-wal", "-journal"])
def test_the_desk_is_no_place_for_an_export(busy: Program, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "rows.csv").write_text("from,subject,received_at\na@example.com,y,2026-03-01\na@example.com,x,never\n")
    place = busy.desk.with_name(busy.desk.name + suffix)
    assert busy("export", "tickets", place, "-o", "csv", "--force").code == 2
    assert busy("export", "desk", place, "--force").code == 2
    assert busy("import", "tickets", tmp_path / "rows.csv", "--rejects", place).code == 2
    assert len(subjects(busy)) == 2


@pytest.mark.parametrize("name", ["desk.db", "desk.db-wal", "desk.db-shm", "desk.db-journal"])
def test_the_desk_is_no_place_for_its_backup(busy: Program, name: str) -> None:
    assert busy("db", "backup", busy.desk.with_name(name), "--force").code == 2
    assert len(subjects(busy)) == 2


def test_a_folder_that_is_not_there_is_named(busy: Program, tmp_path: Path) -> None:
    assert busy("db", "backup", tmp_path / "none" / "copy.db").code == 2
    assert busy("db", "backup", tmp_path, "--force").code == 2


def test_copies_made_while_others_write_are_each_of_one_moment(busy: Program, tmp_path: Path) -> None:
    """And nothing that was acknowledged before one began is missing from it."""
    stop, known = threading.Event(), ["Request 1", "Request 2"]

    def write(agent: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            ran = busy("log", "--from", "site@example.com", "--subject", f"{agent}.{number}")
            assert ran.code == 0, ran.err
            known.append(f"{agent}.{number}")

    with ThreadPoolExecutor(2) as pool, closing(sqlite3.connect(busy.desk)) as open_all_along:
        open_all_along.execute("select count(*) from tickets").fetchone()  # so that much of it stands in the log alone
        writers = [pool.submit(write, agent) for agent in range(2)]
        try:
            for n in range(3):
                copy, acknowledged = tmp_path / "copy.db", set(known)
                if n == 2:
                    assert busy("export", "desk", tmp_path / "desk").code == 0
                    copy = tmp_path / "imported.db"
                    assert Program(copy)("import", "desk", tmp_path / "desk").code == 0
                else:
                    assert busy("db", "backup", copy, "--force").code == 0
                assert Program(copy)("db", "check").code == 0
                assert acknowledged <= set(subjects(Program(copy)))
        finally:
            stop.set()
    for writer in writers:
        writer.result()
    assert len(known) > 4


@posix
def test_a_desk_that_is_damaged_makes_no_backup(busy: Program, tmp_path: Path) -> None:
    with closing(sqlite3.connect(busy.desk)) as db:
        root = db.execute("select rootpage from sqlite_master where name = 'history'").fetchone()[0]
    with busy.desk.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 64)
    (tmp_path / "copy.db").write_bytes(b"the last good one")
    ran = busy("db", "backup", tmp_path / "copy.db", "--force")
    assert (ran.code, ran.err.startswith(f"supportctl: {busy.desk} is damaged: "), ran.err.count("\n")) == (6, True, 1)
    assert (tmp_path / "copy.db").read_bytes() == b"the last good one"
    assert names(tmp_path) == {"desk.db", "copy.db"}


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_leaves_the_old_backup_and_no_other_file(busy: Program, tmp_path: Path, name: str) -> None:
    """The copy lies beside its place as soon as the run has begun: that is the moment to end it."""
    with closing(sqlite3.connect(busy.desk)) as db:  # large enough to be met at work
        db.execute("create table ballast (x)")
        db.execute("insert into ballast select zeroblob(200000000)")
        db.commit()
    old = tmp_path / "copy.db"
    old.write_bytes(b"old")
    process = busy.start("db", "backup", str(old), "--force")
    while process.poll() is None and not list(tmp_path.glob(".copy.db.*.new")):
        pass
    number = getattr(signal, name)
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == 128 + number, err
    assert old.read_bytes() == b"old"
    assert names(tmp_path) == {"desk.db", "copy.db"}


# Putting one back


def test_a_restore_brings_back_what_was_and_keeps_what_is(busy: Program, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert busy("db", "backup", copy).code == 0
    before, content = subjects(busy), copy.read_bytes()
    log(busy, 3)
    assert busy("db", "restore", copy).code == 2  # nobody is there to agree
    assert len(subjects(busy)) == 3
    done = busy.json("db", "restore", copy, "--yes")
    assert subjects(busy) == before
    assert len(subjects(Program(Path(done["kept"])))) == 3
    assert copy.read_bytes() == content
    assert busy("db", "check").code == 0
    again = busy.json("db", "restore", done["kept"], "--yes")
    assert again["kept"] != done["kept"]
    assert len(subjects(busy)) == 3


def test_whoever_has_the_desk_open_goes_on_with_what_was_put_back(busy: Program, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert busy("db", "backup", copy).code == 0
    log(busy, 3)
    with closing(sqlite3.connect(busy.desk)) as db:
        assert db.execute("select count(*) from tickets").fetchone() == (3,)
        assert busy("db", "restore", copy, "--yes").code == 0
        assert db.execute("select count(*) from tickets").fetchone() == (2,)
    assert busy("db", "check").code == 0


def test_without_a_desk_it_makes_one(busy: Program, tmp_path: Path) -> None:
    assert busy("db", "backup", tmp_path / "copy.db").code == 0
    other = Program(tmp_path / "new" / "other.db")
    done = other.json("db", "restore", tmp_path / "copy.db")
    assert (done["kept"], done["tickets"], len(subjects(other))) == (None, 2, 2)
    if os.name == "posix":
        assert (other.desk.stat().st_mode & 0o777, other.desk.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize(
    "broken", [b"", b"hello\n" * 500, b"SQLite format 3\x00", "half"], ids=["empty", "text", "truncated", "half"]
)
def test_a_desk_that_is_past_use_is_moved_aside(busy: Program, tmp_path: Path, broken: bytes | str) -> None:
    copy = tmp_path / "copy.db"
    assert busy("db", "backup", copy).code == 0
    content = broken if isinstance(broken, bytes) else copy.read_bytes()[:30000]
    busy.desk.write_bytes(content)
    done = busy.json("db", "restore", copy, "--yes")
    assert Path(done["kept"]).read_bytes() == content
    assert len(subjects(busy)) == 2


def test_what_is_no_desk_is_not_put_in_its_place(busy: Program, tmp_path: Path) -> None:
    other, newer, text = tmp_path / "other.db", tmp_path / "newer.db", tmp_path / "text"
    with closing(sqlite3.connect(other)) as db:
        db.execute("create table theirs (x)")
    assert busy("db", "backup", newer).code == 0
    with closing(sqlite3.connect(newer)) as db:
        db.execute("pragma user_version = 9999")
        db.execute("pragma wal_checkpoint(truncate)")
    text.write_bytes(b"hello")
    for file, code in ((other, 6), (newer, 6), (text, 6), (tmp_path / "none", 2), (busy.desk, 2)):
        before = file.read_bytes() if file.exists() else b""
        ran = busy("db", "restore", file, "--yes")
        assert (ran.code, ran.out) == (code, ""), (file, ran.err)
        assert not file.exists() or file == busy.desk or file.read_bytes() == before
    assert len(subjects(busy)) == 2
    assert not [name for name in names(tmp_path) if "replaced" in name or name.startswith(".")]


def _ours_by_name_alone(file: Path, _whole: bytes) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.executescript(f"pragma application_id = {APPLICATION_ID}; pragma user_version = {SCHEMA_VERSION}")
        db.execute("create table tickets (id)")


HOSTILE: dict[str, tuple[str, Callable[[Path, bytes], object]]] = {
    "nothing in it": ("is empty", lambda file, _: file.touch()),
    "a text": ("is not an SQLite file", lambda file, _: file.write_bytes(b"hello")),
    "half of it": ("is truncated", lambda file, whole: file.write_bytes(whole[: len(whole) // 2])),
    "all but a byte": ("is truncated", lambda file, whole: file.write_bytes(whole[:-1])),
    "a page of nothing": ("is damaged: ", lambda file, whole: file.write_bytes(whole[:8192] + bytes(4096) + whole[12288:])),
    "nothing but its first bytes": ("is damaged", lambda file, whole: file.write_bytes(whole[:100].ljust(len(whole), b"\0"))),
    "our name alone": ("is damaged: it holds something other", _ours_by_name_alone),
    "a folder": ("is a folder", lambda file, _: file.mkdir()),
    "a write cut off": ("was cut off in mid-write", lambda file, whole: (file.write_bytes(whole), file.with_name("hostile-journal").write_bytes(b"x"))),
}  # fmt: skip
if os.name == "posix":
    HOSTILE |= {
        "a pipe": ("is a device or a pipe", lambda file, _: os.mkfifo(file)),
        "a device": ("is a device or a pipe", lambda file, _: file.symlink_to("/dev/zero")),
    }


@pytest.mark.parametrize("what", HOSTILE)
def test_another_backup_is_asked_for_in_place_of_one_that_will_not_do(busy: Program, tmp_path: Path, what: str) -> None:
    """Whatever lies there, nothing waits for it, and both sides stay as they are."""
    assert busy("db", "backup", tmp_path / "copy.db").code == 0
    says, make = HOSTILE[what]
    file = tmp_path / "hostile"
    make(file, (tmp_path / "copy.db").read_bytes())
    content = file.read_bytes() if file.is_file() else None
    before, there = busy.desk.read_bytes(), sorted(tmp_path.iterdir())

    ran = busy("db", "restore", file, "--yes")
    assert (ran.code, ran.out, says in ran.err) == (6, "", True), ran.err
    assert "Nothing was changed; name another backup" in ran.err
    assert (busy.desk.read_bytes(), sorted(tmp_path.iterdir())) == (before, there)
    assert content is None or file.read_bytes() == content


@pytest.mark.parametrize(("cut", "subject"), [(0, "In the log"), (100, "Request 2")], ids=["whole", "torn"])
def test_what_stands_in_the_log_of_a_backup_is_put_back_with_it(
    busy: Program, tmp_path: Path, cut: int, subject: str
) -> None:
    """As a plain copy of a desk at work would be; a log that ends in mid-write counts as far as it is whole."""
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(busy.desk)) as db:
        db.execute("update tickets set subject = 'In the log' where id = 2")
        db.commit()
        for suffix in ("", "-wal"):
            copy.with_name(copy.name + suffix).write_bytes(busy.desk.with_name(f"desk.db{suffix}").read_bytes())
    log_of = tmp_path / "copy.db-wal"
    log_of.write_bytes(log_of.read_bytes()[: log_of.stat().st_size - cut])
    before = copy.read_bytes(), log_of.read_bytes()

    assert busy("db", "restore", copy, "--yes").code == 0
    assert subjects(busy)[1] == subject
    assert (copy.read_bytes(), log_of.read_bytes()) == before


def test_a_desk_that_another_program_holds_is_not_replaced_and_it_says_who_could(busy: Program, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert busy("db", "backup", copy).code == 0
    log(busy, 3)
    with closing(sqlite3.connect(busy.desk, isolation_level=None)) as db:
        db.execute("begin immediate")
        done = impatient(busy, "db", "restore", str(copy), "--yes")
        db.execute("rollback")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == f"supportctl: The desk at {busy.desk} is locked by another program. {HELD}\n"
    assert len(subjects(busy)) == 3
    assert names(tmp_path) == {"desk.db", "copy.db"}
    assert busy("db", "restore", copy, "--yes").code == 0


def impatient(desk: Program, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run it with little patience for what others hold."""
    code = (
        "from supportctl.store.sqlite import backup, connection; from supportctl.__main__ import main\n"
        "backup.BUSY_SECONDS = connection.BUSY_SECONDS = 0.1\n"
        "main()"
    )
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, env=desk.environment(), capture_output=True, text=True, timeout=60)


def test_a_backup_that_others_work_on_is_read_as_they_allow(busy: Program, tmp_path: Path) -> None:
    """It may be a desk in use: read past its locks, pages of two moments would come together."""
    other = Program(tmp_path / "other.db")
    with closing(sqlite3.connect(busy.desk, isolation_level=None)) as db:
        db.execute("pragma locking_mode = exclusive")
        db.execute("update counters set value = value")
        db.execute("pragma wal_checkpoint(truncate)")
        done = impatient(other, "db", "restore", str(busy.desk))
    assert (done.returncode, f"{busy.desk} is locked by another program" in done.stderr) == (6, True), done.stderr
    assert other("db", "restore", busy.desk).code == 0


@posix
def test_a_link_to_a_desk_is_the_desk_with_its_log(busy: Program, tmp_path: Path) -> None:
    """As a backup to put back, whose log lies beside the file itself; and as no place for another file."""
    link, other = tmp_path / "elsewhere" / "link.db", Program(tmp_path / "other.db")
    link.parent.mkdir()
    link.symlink_to(busy.desk)
    with closing(sqlite3.connect(busy.desk)) as db:
        db.execute("update tickets set subject = 'In the log' where id = 2")
        db.commit()
        before = busy.desk.with_name("desk.db-wal").read_bytes()
        assert before
        for name in ("desk.db", "desk.db-wal", "desk.db-journal"):
            assert busy("--db", link, "db", "backup", tmp_path / name, "--force").code == 2
        assert other("db", "restore", link).code == 0
        assert busy.desk.with_name("desk.db-wal").read_bytes() == before
    assert subjects(other)[1] == "In the log"
