"""Whose desk it is, first runs, concurrent writers, sudden ends: real desks and real processes."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Program, Ran

from supportctl.cli.run.session import refuse_address
from supportctl.errors import DeskUnusable
from supportctl.store.sqlite import check, connection, opening
from supportctl.store.sqlite.connection import SqliteDesk, connect
from supportctl.store.sqlite.opening import open_desk
from supportctl.store.sqlite.watch import WatchedFile

about_the_file = pytest.mark.about_the_file


def log(desk: Program, number: int) -> Ran:
    return desk("log", "--from", f"c{number}@example.com", "--subject", f"Request {number}", "--json")


def test_many_first_runs_at_once_make_one_desk_and_lose_nothing(desk: Program) -> None:
    """Fifty writers, the desk not there yet: fifty tickets, fifty numbers, each with its history."""
    with ThreadPoolExecutor(50) as pool:
        runs = list(pool.map(lambda n: log(desk, n), range(50)))
    assert [ran.code for ran in runs] == [0] * 50, [ran.err for ran in runs if ran.code]
    assert sorted(ran.json["id"] for ran in runs) == list(range(1, 51))
    assert desk.sql("select count(*) from tickets") == [(50,)]
    assert desk.sql("select count(*) from history where n = 1") == [(50,)]
    assert desk("db", "check").code == 0
    assert [path.name for path in desk.desk.parent.iterdir() if path.suffix == ".new"] == []


def test_two_agents_who_take_at_the_same_time_get_two_tickets(desk: Program) -> None:
    for number in range(12):
        assert log(desk, number).code == 0
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda n: desk.json("next", "--take", "--agent", f"a{n}")["id"], range(12)))
    assert sorted(taken) == list(range(1, 13))
    assert desk("next", "--take").code == 3


@about_the_file
def test_a_desk_is_for_its_owner_alone(desk: Program) -> None:
    assert log(desk, 1).code == 0
    if os.name == "posix":
        assert desk.desk.stat().st_mode & 0o777 == 0o600


@about_the_file
@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_every_folder_that_is_made_is_its_owners_alone_whatever_the_umask(desk: Program, tmp_path: Path) -> None:
    """Who may rename a folder above the desk's could put another in its place."""
    before = os.umask(0)
    try:
        far = tmp_path / "a" / "b" / "c"
        assert log(Program(far / "desk.db"), 1).code == 0
        assert desk("demo", tmp_path / "d" / "e").code == 0
    finally:
        os.umask(before)
    made = [far, far.parent, far.parent.parent, tmp_path / "d", tmp_path / "d" / "e"]
    assert [oct(folder.stat().st_mode & 0o777) for folder in made] == ["0o700"] * 5


@about_the_file
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"hello, world\n" * 20, "not an SQLite file"),
        (b"SQLite format 3\x00", "truncated"),
    ],
)
def test_a_file_that_is_no_desk_is_named_and_left_as_it_is(desk: Program, content: bytes, says: str) -> None:
    desk.desk.write_bytes(content)
    for command in (["breaches"], ["log", "--from", "a@example.com", "--subject", "x"]):
        ran = desk(*command)
        assert (ran.code, ran.out) == (6, "")
        assert says in ran.err
    assert desk.desk.read_bytes() == content
    assert [path.name for path in desk.desk.parent.iterdir()] == ["desk.db"]


@about_the_file
def test_another_programs_database_is_left_as_it_is(desk: Program) -> None:
    with sqlite3.connect(desk.desk) as db:
        db.execute("create table theirs (x)")
    before = desk.desk.read_bytes()
    assert "another program's" in desk("breaches").err
    assert log(desk, 1).code == 6
    assert desk.desk.read_bytes() == before


@about_the_file
@pytest.mark.parametrize(
    ("at", "to"),
    [(16, b"\0\0"), (16, b"\0\x03"), (16, b"\x30\0"), (18, b"\x09"), (19, b"\0"), (21, b"\0"), (47, b"\x09"), (59, b"\x02"), (63, b"\0")],
)  # fmt: skip
def test_a_header_that_no_desk_has_is_damage_and_begins_no_log(desk: Program, at: int, to: bytes) -> None:
    assert log(desk, 1).code == 0
    data = bytearray(desk.desk.read_bytes())
    data[at : at + len(to)] = to
    desk.desk.write_bytes(data)
    for command in (["queue"], ["log", "--from", "a@example.com", "--subject", "x"], ["db", "check"]):
        ran = desk(*command)
        assert (ran.code, "damaged" in ran.err) == (6, True), ran.err
    assert desk.desk.read_bytes() == data
    assert [path.name for path in desk.desk.parent.iterdir()] == ["desk.db"]


@about_the_file
def test_a_newer_desk_is_not_touched(desk: Program) -> None:
    assert log(desk, 1).code == 0
    db = sqlite3.connect(desk.desk)
    db.execute("pragma user_version = 9999")
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    before = desk.desk.read_bytes()
    ran = desk("breaches")
    assert (ran.code, "newer than this program" in ran.err) == (6, True)
    assert desk.desk.read_bytes() == before


@about_the_file
def test_a_folder_and_a_missing_desk_are_told_apart(desk: Program) -> None:
    assert "There is no desk" in desk("queue").err
    desk.desk.mkdir()
    assert "is a folder" in desk("queue").err


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_killed_in_mid_write_nothing_is_half_there(desk: Program) -> None:
    """What was acknowledged is there, and every ticket has its history, its text and its target."""
    assert log(desk, 0).code == 0
    acknowledged = 1
    for delay in range(12):
        process = desk.start("log", "--from", "k@example.com", "--subject", "Killed", "--json")
        with suppress(subprocess.TimeoutExpired):  # the time is up: that is the moment to kill it
            process.wait(timeout=0.02 * delay)
        process.send_signal(signal.SIGKILL)
        acknowledged += process.wait() == 0
        process.communicate()
    ((tickets,),) = desk.sql("select count(*) from tickets")
    assert tickets >= acknowledged
    for table in ("history", "texts", "targets"):
        assert desk.sql(f"select count(*) from tickets t join {table} x on x.ticket = t.id and x.n = 1") == [(tickets,)]
    assert desk("db", "check").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_output_that_cannot_be_written_is_7_and_the_ticket_is_kept(desk: Program) -> None:
    assert log(desk, 1).code == 0
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "supportctl", "show", "1"], env=desk.environment(), stdout=full, stderr=-1
        )
    assert done.returncode == 7


@about_the_file
@pytest.mark.parametrize("within", [SqliteDesk.transaction, SqliteDesk.snapshot])
def test_a_signal_at_any_step_ends_a_transaction_without_a_word(
    desk: Program, monkeypatch: pytest.MonkeyPatch, within: Callable[[SqliteDesk], AbstractContextManager[None]]
) -> None:
    """At every step that Python takes on the way in, inside and out: all or nothing, and nothing is left to end late."""
    assert log(desk, 1).code == 0
    with closing(connect(desk.desk)) as db, within(db):  # its module is loaded now: the steps are those of the work
        assert db.in_transaction
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    step = 0
    while interrupted(desk.desk, within, step):
        step += 1
    assert step > 8
    assert ignored == []


def interrupted(path: Path, within: Callable[[SqliteDesk], AbstractContextManager[None]], step: int) -> bool:
    """Whether the work took as many steps, and so was interrupted at that one; its desk is closed on the way out."""
    left = step

    def trace(*_: object) -> Any:
        nonlocal left
        left -= 1
        if left == -1:
            raise KeyboardInterrupt
        return trace

    with suppress(KeyboardInterrupt), closing(connect(path)) as db:
        sys.settrace(trace)
        try:
            with within(db):
                db.execute("select 1")
        finally:
            sys.settrace(None)
        return False
    return True


@about_the_file
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_no_desk_and_is_not_waited_for(desk: Program) -> None:
    os.mkfifo(desk.desk)

    ran = desk("queue")
    assert ran.code == 6
    assert "pipe, not a desk" in ran.err


# Where nothing can be written


@pytest.fixture
def read_only(desk: Program, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk with a ticket, in a folder that says to take nothing: so that root may run this as well."""
    assert log(desk, 1).code == 0
    monkeypatch.setattr("supportctl.store.sqlite.connection.os.access", lambda *_: False)
    return desk.desk


def subjects(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("select subject from tickets order by id")]


@about_the_file
def test_a_desk_on_a_read_only_disk_is_read_and_nothing_is_put_beside_it(read_only: Path) -> None:
    before = read_only.read_bytes()
    with closing(open_desk(read_only)) as db:
        assert subjects(db) == ["Request 1"]
        assert [path.name for path in read_only.parent.iterdir()] == [read_only.name]
        with pytest.raises(sqlite3.OperationalError, match="readonly"), db.transaction():
            db.execute("update tickets set subject = 'Another'")
    assert read_only.read_bytes() == before


@about_the_file
def test_a_desk_on_a_read_only_disk_is_not_said_to_lack_a_log_for_writers(read_only: Path) -> None:
    with closing(connect(read_only)) as db:
        assert (db.is_frozen, list(check.pages(db))) == (True, [])


@about_the_file
def test_it_is_read_with_its_log_where_that_lies_beside_it(read_only: Path) -> None:
    with closing(sqlite3.connect(read_only)) as other:
        other.execute("update tickets set subject = 'In the log'")
        other.commit()
        with closing(open_desk(read_only)) as db:
            assert subjects(db) == ["In the log"]


@about_the_file
def test_who_writes_it_from_elsewhere_meanwhile_is_noticed(read_only: Path) -> None:
    """What was read without a lock may be of two moments then."""
    with WatchedFile(read_only) as watched:
        assert (watched.changed(), watched.changed()) == (True, False)
        with pytest.raises(DeskUnusable, match="changed while it was being read"), closing(open_desk(read_only)):
            write(read_only, "Another")
        with pytest.raises(DeskUnusable, match="changed while"):
            watched.changed()
        assert watched.changed()
        assert subjects(watched.db) == ["Another"]


def write(path: Path, subject: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("update tickets set subject = :subject", {"subject": subject})
        other.commit()


@about_the_file
@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_the_program_reads_a_desk_in_a_read_only_folder(desk: Program) -> None:
    assert log(desk, 1).code == 0
    desk.desk.parent.chmod(0o500)
    try:
        assert [desk(*command).code for command in (["queue"], ["show", "1"], ["db", "check"])] == [0, 0, 0]
        assert log(desk, 2).code == 6
    finally:
        desk.desk.parent.chmod(0o700)


# Which file it is


@about_the_file
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["file:x.db", ":memory:", "file:x.db?mode=memory", "C:desk.db"])
def test_a_path_is_a_path_whatever_sqlite_would_take_it_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.db").write_bytes(b"theirs")
    assert log(Program(Path(name)), 1).code == 0
    assert Program(Path(name)).json("show", 1)["subject"] == "Request 1"
    assert {path.name for path in tmp_path.iterdir()} == {"x.db", name}
    assert (tmp_path / "x.db").read_bytes() == b"theirs"


@about_the_file
@pytest.mark.parametrize(
    "address",
    ["postgresql://kim:s3cret@host/desk", " mysql+driver://kim:s3cret@host", "sqlite:///s3cret.db", "jdbc:x://s3cret", "FILE:///s3cret"],
)  # fmt: skip
def test_an_address_is_refused_without_a_word_of_it(desk: Program, tmp_path: Path, address: str) -> None:
    for ran in (
        desk("--db", address, "log", "--from", "a@example.com", "--subject", "x"),
        desk("queue", "--json", env={"SUPPORTCTL_DB": address}),
        desk("db", "path", "--db", address),
    ):
        assert (ran.code, "s3cret" in ran.out + ran.err) == (2, False)
    assert list(tmp_path.iterdir()) == []


def test_a_drive_letter_is_no_scheme() -> None:
    for path in (r"C:\desk.db", "C:/desk.db", "c://desk.db", "./a://b", "desk.db"):
        refuse_address(path, "--db")


@pytest.mark.parametrize(
    "command",
    [
        ("db", "backup"), ("db", "restore"), ("export", "desk"), ("export", "tickets"), ("import", "desk"),
        ("import", "customers"), ("import", "tickets", "-", "--rejects"), ("policy", "set"), ("policy", "check"),
        ("policy", "diff"), ("hours", "open", "--policy"), ("log", "--mail"), ("demo",),
    ],
)  # fmt: skip
def test_wherever_a_file_is_named_an_address_is_refused_without_a_word_of_it(
    desk: Program, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """A folder with the password in its name was made, or the password was repeated."""
    ran = desk(*command, "s3://desk:s3cret@host/desk")
    assert (ran.code, "s3cret" in ran.out + ran.err) == (2, False)
    assert list(tmp_path.iterdir()) == []


@about_the_file
@pytest.mark.skipif(os.name != "posix", reason="hard links as POSIX has them")
def test_a_path_through_a_folder_that_does_not_exist_leads_to_the_same_desk(desk: Program, tmp_path: Path) -> None:
    through = tmp_path / "new" / ".." / "there.db"
    desk.all([["--db", str(through), "log", "--from", "ann@example.com", "--subject", "Hello"]])
    assert (
        desk("--db", through, "queue", "-o", "plain").out
        == desk("--db", tmp_path / "there.db", "queue", "-o", "plain").out
    )
    assert not (tmp_path / "new").exists()


@about_the_file
def test_a_desk_under_two_names_is_refused_under_both_until_one_goes(desk: Program, tmp_path: Path) -> None:
    assert log(desk, 1).code == 0
    second = Program(tmp_path / "second.db")
    os.link(desk.desk, second.desk)
    for each in (desk, second):
        for command in (["queue"], ["log", "--from", "a@example.com", "--subject", "x"], ["db", "check"]):
            ran = each(*command)
            assert (ran.code, "second name" in ran.err) == (6, True)
    desk.desk.unlink()
    assert second("queue").code == 0


@about_the_file
def test_the_name_that_a_killed_first_run_left_is_no_second_one(desk: Program) -> None:
    assert log(desk, 1).code == 0
    os.link(desk.desk, desk.desk.with_name(f".{desk.desk.name}.0123456789abcdef.new"))
    assert desk("queue").code == 0


@about_the_file
@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_a_link_is_as_read_only_as_the_folder_that_it_leads_to(
    desk: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log(desk, 1).code == 0
    link = tmp_path / "locked" / "link.db"
    link.parent.mkdir()
    link.symlink_to(desk.desk)
    closed = link.parent
    monkeypatch.setattr("supportctl.store.sqlite.connection.os.access", lambda path, _: path != closed)
    with closing(open_desk(link)) as db, db.transaction():
        db.execute("update tickets set subject = 'Through the link'")
    closed = desk.desk.parent
    with closing(open_desk(link)) as db, pytest.raises(sqlite3.OperationalError, match="readonly"), db.transaction():
        db.execute("update tickets set subject = 'Another'")


@about_the_file
def test_a_desk_that_others_shorten_or_lengthen_meanwhile_is_not_truncated(
    desk: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the file says of its length and how long it is are looked at one after the other, and it changes between."""
    assert log(desk, 1).code == 0
    whole, look = desk.desk.read_bytes(), connection._head
    longer = whole[:28] + (int.from_bytes(whole[28:32], "big") + 9).to_bytes(4, "big") + whole[32:]
    looks = iter([longer[:100], longer[:100]])
    monkeypatch.setattr(connection, "_head", lambda path: next(looks, None) or look(path))
    with closing(open_desk(desk.desk)) as db:
        assert subjects(db) == ["Request 1"]
    desk.desk.write_bytes(longer)
    assert "truncated" in desk("queue").err


# What is said of what was changed


def no_disk(*_: object, **__: object) -> connection.SqliteDesk:
    raise OSError(5, "Input/output error")


@about_the_file
def test_a_new_desk_that_cannot_be_opened_again_is_not_said_to_be_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    monkeypatch.setattr(opening, "open_desk", raise_within)
    with pytest.raises(DeskUnusable) as raised:
        opening.open_or_create(path, lambda db: db.execute("update counters set value = 7"))
    assert path.exists() and "on record all the same" in raised.value.hint


def raise_within(path: Path) -> connection.SqliteDesk:
    with connection.translate_errors(path):
        return no_disk()


@about_the_file
def test_after_a_change_is_on_record_no_error_says_that_nothing_was_changed(desk: Program) -> None:
    assert log(desk, 1).code == 0
    for change, said in ((False, "nothing was changed"), (True, "on record all the same")):
        with (
            pytest.raises(DeskUnusable) as raised,
            connection.translate_errors(desk.desk),
            closing(open_desk(desk.desk)) as db,
        ):
            with db.transaction():
                db.execute("update tickets set subject = 'Changed'")
                if not change:
                    no_disk()
            no_disk()
        assert said in raised.value.hint


@about_the_file
def test_a_sync_that_fails_leaves_it_open_whether_a_change_is_on_record(desk: Program) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    with pytest.raises(DeskUnusable) as raised, connection.translate_errors(desk.desk):
        raise error
    assert "may or may not" in raised.value.hint
