"""What goes wrong with a shared desk: each on a server of its own, which is stopped, cut off and filled up at will."""

import io
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import postgres
import pytest
from conftest import PROGRAM, Program, Ran, started
from desks import ON_POSTGRES
from mishaps import ANY, Mishap, way_with

from supportctl.cli.run import commands, failure
from supportctl.cli.run.session import Session
from supportctl.desk import place_at
from supportctl.errors import DeskUnusable
from supportctl.store.postgres import completion, connection, script
from supportctl.store.postgres import desk as postgres_desk

if not ON_POSTGRES:
    pytest.skip("the run on PostgreSQL has a server", allow_module_level=True)
if sys.platform == "win32":
    pytest.skip("signals and servers as POSIX has them", allow_module_level=True)

BLANK = "blank"
LOG = ("log", "--from", "ann@example.com", "--subject", "Help")
SCRIPT = b"insert into commits"  # what only a change says
NOTHING = "nothing was changed"


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.serving() as made:
        made.create(BLANK)
        words = [str(PROGRAM), "db", "create", made.address(BLANK)]
        assert started(words, Program(Path("none")).environment())[0] == 0
        yield made


@pytest.fixture
def database(server: postgres.Server) -> Iterator[str]:
    """A new shared desk."""
    server.create("desk", template=BLANK)
    yield "desk"
    server.drop("desk")


@pytest.fixture
def desk(server: postgres.Server, database: str, tmp_path: Path) -> Program:
    """The program on it."""
    return at(server.address(database), tmp_path)


def at(address: str, folder: Path) -> Program:
    return Program(folder / "none", env={"SUPPORTCTL_DB": address})


def through(port: int) -> str:
    return f"postgresql://{postgres.OWNER}@{postgres.HERE}:{port}/desk"


def here(desk: Program, *args: str, stdin: str = "", **env: str) -> Ran:
    """Run it in this process, where time limits can be shortened."""
    out, err = io.StringIO(), io.StringIO()
    session = Session(stdin=io.StringIO(stdin), stdout=out, stderr=err)
    session.environ = desk.environment() | env
    try:
        code = commands.run(list(args), session)
    except Exception as error:
        known = failure.as_supportctl_error(error)
        failure.write_error(known, err, as_json=False)
        code = known.exit_code
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits gives up soon."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(connection, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(postgres_desk, "SILENCE", 1.0)
    monkeypatch.setattr(script, "LONG_SECONDS", 1.0)
    monkeypatch.setattr(script, "ASK_SECONDS", 0.5)
    monkeypatch.setattr(script, "ASK_AGAIN_SECONDS", 0.05)


def entries(server: postgres.Server) -> Any:
    return server.sql("select count(*) from supportctl.history", database="desk")[0][0]


# A way that fails


@pytest.mark.usefixtures("hurried", "database")
@pytest.mark.parametrize("command", [("queue",), LOG, ("db", "path"), ("report",)], ids=lambda words: words[0])
@pytest.mark.parametrize(
    "mishap",
    [
        Mishap(ANY, delivered=False, silence=True),  # before the handshake
        Mishap(b"select", delivered=False, silence=True),
        Mishap(b"select", answer=40, silence=True),  # in the middle of an answer
    ],
)
def test_in_silence_a_run_ends_by_itself(
    server: postgres.Server, tmp_path: Path, mishap: Mishap, command: Sequence[str]
) -> None:
    with way_with(server.port, mishap, barred=True) as way:
        ran = here(at(through(way.port), tmp_path), *command)
    assert way.struck.is_set()
    assert (ran.code, ran.out) == (6, ""), ran.err
    assert ran.err.endswith(f" and try again; {NOTHING}.\n") and "does not answer" in ran.err
    assert entries(server) == 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda sent: sent.name)
@pytest.mark.parametrize(
    "mishap",
    [
        Mishap(ANY, delivered=False, silence=True),
        Mishap(b"select", delivered=False, silence=True),
        Mishap(b"select", answer=40, silence=True),
        Mishap(SCRIPT, delivered=False, silence=True),
    ],
)
def test_a_signal_ends_each_wait(
    server: postgres.Server, desk: Program, tmp_path: Path, mishap: Mishap, sent: signal.Signals
) -> None:
    """At once: long before a time limit does, with exit 6."""
    with way_with(server.port, mishap) as way:
        run = at(through(way.port), tmp_path).start(*LOG)
        assert way.struck.wait(60)
        run.send_signal(sent)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, err.endswith(b"Nothing was left half-done.\n")) == (128 + sent, True), err
    assert desk("queue").out == ""


def test_a_signal_ends_the_wait_for_a_copy(server: postgres.Server, desk: Program, tmp_path: Path) -> None:
    """There libpq waits by itself."""
    desk.all([LOG, ["export", "desk", str(tmp_path / "out")]])
    server.create("desk", template=BLANK)
    before = entries(server)
    with way_with(server.port, Mishap(b"from stdin", delivered=False, silence=True)) as way:
        run = at(through(way.port), tmp_path).start("import", "desk", str(tmp_path / "out"))
        assert way.struck.wait(60)
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, err.endswith(b"Nothing was left half-done.\n")) == (143, True), err
    assert entries(server) == before
    assert desk("import", "desk", tmp_path / "out").code == 0
    assert entries(server) == 1


def test_a_signal_ends_a_check(server: postgres.Server, desk: Program, tmp_path: Path) -> None:
    """Whose questions wait in threads of their own."""
    desk.all([LOG])
    with way_with(server.port, Mishap(b"from tickets", delivered=False, silence=True), barred=True) as way:
        run = at(through(way.port), tmp_path).start("db", "check")
        assert way.struck.wait(60)
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, err.endswith(b"Nothing was left half-done.\n")) == (143, True), err


@pytest.mark.parametrize("mishap", [Mishap(SCRIPT), Mishap(SCRIPT, answer=20)])
def test_a_change_whose_answer_was_lost_is_found_on_record(
    server: postgres.Server, desk: Program, tmp_path: Path, mishap: Mishap
) -> None:
    with way_with(server.port, mishap) as way:
        ran = at(through(way.port), tmp_path)(*LOG, "--json")
    assert way.struck.is_set()
    assert (ran.json["id"], ran.err) == (1, "")
    assert [ticket["id"] for ticket in desk.json("queue")] == [1]
    assert entries(server) == 1


def test_a_change_that_never_arrived_was_not_made_and_never_will_be(
    server: postgres.Server, desk: Program, tmp_path: Path
) -> None:
    with way_with(server.port, Mishap(SCRIPT, delivered=False)) as way:
        ran = at(through(way.port), tmp_path)(*LOG)
    assert (ran.code, ran.out) == (6, "")
    assert ran.err.endswith(" was lost. Your change was not made: try again.\n")
    assert desk("queue").out == ""
    assert entries(server) == 0


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("mishap", [Mishap(SCRIPT), Mishap(SCRIPT, delivered=False), Mishap(SCRIPT, silence=True)])
def test_where_nobody_says_what_became_of_a_change_that_is_said(
    server: postgres.Server, desk: Program, tmp_path: Path, mishap: Mishap
) -> None:
    with way_with(server.port, mishap, barred=True) as way:
        ran = here(at(through(way.port), tmp_path), *LOG)
    assert (ran.code, ran.out) == (6, ""), ran.err
    assert ran.err.endswith(" was lost. Your change may or may not be on record: look before you repeat it.\n")
    assert entries(server) == len(desk.json("queue")) == int(mishap.delivered)


IMPORT = ("import", "customers", "-")
ROWS = "email\n" + "".join(f"a{n}@example.com\n" for n in range(50))


@pytest.mark.parametrize("delivered", [True, False])
def test_an_import_whose_commit_was_lost_is_made_once_or_not_at_all(
    server: postgres.Server, desk: Program, tmp_path: Path, delivered: bool
) -> None:
    with way_with(server.port, Mishap(b"commit\0", delivered=delivered)) as way:
        ran = at(through(way.port), tmp_path)(*IMPORT, stdin=ROWS)
    assert way.struck.is_set()
    assert (ran.code, "try again" in ran.err) == ((0, False) if delivered else (6, True)), ran.err
    assert len(desk.json("customer", "list")) == (50 if delivered else 0)


# A server that ends


@pytest.mark.parametrize("command", [("queue",), LOG, IMPORT], ids=lambda words: words[0])
@pytest.mark.parametrize("answer", [0, 30])
def test_the_connection_ends_in_mid_command(
    server: postgres.Server, desk: Program, tmp_path: Path, command: Sequence[str], answer: int
) -> None:
    with way_with(server.port, Mishap(b"select", answer=answer)) as way:
        ran = at(through(way.port), tmp_path)(*command, stdin=ROWS)
    assert way.struck.is_set()
    assert (ran.code, ran.out) == (6, ""), ran.err
    assert ran.err.endswith(
        (f" was lost. Try again; {NOTHING}.\n", " was lost. Your change was not made: try again.\n")
    )
    assert entries(server) == len(desk.json("customer", "list")) == 0


def test_ids_of_scripts_are_kept_for_a_day(
    server: postgres.Server, desk: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest stays, by which `watch` knows of a change."""
    monkeypatch.setattr(script, "OFTEN", 1)
    desk.all([LOG, LOG, LOG])
    server.sql("update supportctl.commits set at = at - interval '2 days' where n > 1", database="desk")
    (before,) = server.sql("select max(n) from supportctl.commits", database="desk")
    assert here(desk, *LOG).code == 0
    assert server.sql("select n > %s from supportctl.commits order by n", before, database="desk") == [
        (False,),
        (True,),
    ]


@pytest.mark.parametrize("command", [LOG, IMPORT], ids=lambda words: words[0])
def test_a_server_that_is_stopped_in_mid_change_keeps_none_of_it(tmp_path: Path, command: Sequence[str]) -> None:
    """While the change waits for its turn, and holds what it wrote so far."""
    with postgres.serving() as other:
        other.create("desk")
        desk = at(other.address("desk"), tmp_path)
        assert desk("db", "create").code == 0
        holder = other.connect("desk")
        with holder.cursor() as cursor:
            cursor.execute(f"select pg_advisory_lock({script.LOCK})")
        run = desk.start(*command, stdin=subprocess.PIPE)
        assert run.stdin is not None
        run.stdin.write(ROWS.encode())
        run.stdin.close()
        run.stdin = None
        wait_for(lambda: other.sql("select 1 from pg_locks where locktype = 'advisory' and not granted"))
        control(other, "restart", "-m", "immediate")
        _, err = run.communicate(timeout=120)
        assert (run.returncode, b"not made: try again" in err or NOTHING.encode() in err) == (6, True), err
        assert desk.json("customer", "list") == desk.json("queue") == []
        holder.close()
        control(other, "stop", "-m", "immediate")
        ran = desk("queue")
        assert (ran.code, "cannot be reached: Connection refused. Check the address" in ran.err) == (6, True)


def control(server: postgres.Server, *words: str) -> None:
    """Tell the server something, as its system user."""
    where = postgres.programs()
    assert where is not None
    as_whom: dict[str, Any] = {"user": postgres.SUPERUSER, "group": postgres.SUPERUSER} if os.geteuid() == 0 else {}
    command = [str(where / "pg_ctl"), "-D", "data", "-l", "log", "-w", *words]
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    subprocess.run(command, check=True, cwd=server.folder, **quiet, **as_whom)


def wait_for(happened: Callable[[], Any]) -> None:
    """Wait until something has happened."""
    for _ in range(2000):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


# What a server refuses


@contextmanager
def set_to(server: postgres.Server, what: str) -> Iterator[None]:
    """For the block, a setting of the desk's database."""
    server.sql(f"alter database desk set {what}")
    try:
        yield
    finally:
        server.sql(f"alter database desk reset {what.partition(' ')[0]}")


def test_a_read_only_copy_answers_questions_and_refuses_changes_in_words(
    server: postgres.Server, desk: Program
) -> None:
    desk.all([["customer", "add", "ann@example.com"], LOG, ["reply", "1", "--body", "Hello"]])
    with set_to(server, "default_transaction_read_only = on"):
        for asked in (
            "queue", "lookup ann@example.com", "show 1", "breaches", "search help", "explain 1", "export tickets",
            "customer list", "next", "due --tier SITE", "hours open", "undo --list", "db path", "db check", "report",
        ):  # fmt: skip
            ran = desk(*asked.split())
            assert (ran.code in (0, 3), ran.err) == (True, ""), ran
        for change in (
            LOG,
            ("reply", "1", "--body", "x"),
            ("next", "--take"),
            IMPORT,
            ("db", "check", "--repair"),
        ):
            ran = desk(*change, stdin=ROWS)
            assert (ran.code, "is a read-only copy" in ran.err) == (6, True), ran.err


@pytest.mark.usefixtures("database")
def test_whoever_is_not_let_in_is_told_so(server: postgres.Server, tmp_path: Path) -> None:
    with asked_for_passwords(server):
        for role, environ, said in (
            ("kim", {}, "needs a password for this user. Put it into PGPASSFILE"),
            ("kim", {"PGPASSWORD": "wr0ng"}, "refuses this user's password. Put the right one into PGPASSFILE"),
            ("nobody", {"PGPASSWORD": "wr0ng"}, "refuses this user's password."),
            ("barred", {}, "does not let this user in. Check the user"),
            ("idle", {}, "does not let this user in. Check the user"),
            ("busy", {}, "has no connection to spare. Try again"),
            ("kim", {"PGPASSWORD": "r1ght"}, "There is no desk at"),
        ):
            for ran in (
                at(server.address("desk", role=role), tmp_path)(*words, env=environ) for words in (["queue"], LOG)
            ):
                assert (ran.code, said in ran.err, "wr0ng" in ran.err) == (6, True, False), ran.err
        for environ in passwords(tmp_path, server.port):
            address = environ.pop("ADDRESS", server.address("desk", role="kim"))
            ran = at(address, tmp_path)("queue", env=environ)
            assert (ran.code, "There is no desk at" in ran.err) == (6, True), ran.err


@contextmanager
def asked_for_passwords(server: postgres.Server) -> Iterator[None]:
    """For the block, a server with users that it lets in by their password, or not at all."""
    rules = server.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    for role in ("kim login password 'r1ght'", "barred login", "idle nologin", "busy login connection limit 0"):
        server.sql(f"create role {role}")
    rules.write_text(f"host all kim,nobody all scram-sha-256\nhost all barred all reject\n{before}")
    server.sql("select pg_reload_conf()")
    wait_for(lambda: server.sql("select 1 from pg_hba_file_rules where auth_method = 'reject'"))
    try:
        yield
    finally:
        rules.write_text(before)
        server.sql("select pg_reload_conf()")
        for role in ("kim", "barred", "idle", "busy"):
            server.sql(f"drop role {role}")


def passwords(folder: Path, port: int) -> Iterator[dict[str, str]]:
    """Where a password may be."""
    (folder / "pass").write_text(f"127.0.0.1:{port}:desk:kim:r1ght\n")
    (folder / "pass").chmod(0o600)
    service = f"[desk]\nhost=127.0.0.1\nport={port}\ndbname=desk\nuser=kim\npassword=r1ght\n"
    (folder / "services").write_text(service)
    yield {"PGPASSWORD": "r1ght"}
    yield {"PGPASSFILE": str(folder / "pass")}
    yield {"PGSERVICEFILE": str(folder / "services"), "ADDRESS": "postgresql://?service=desk"}


@pytest.mark.usefixtures("database")
def test_places_without_a_desk(server: postgres.Server, tmp_path: Path) -> None:
    server.create("empty")
    server.create("other")
    for statement in ("create schema supportctl", "create table supportctl.tickets (x int)"):
        server.sql(statement, database="other", role=postgres.OWNER)
    for database, said in (
        ("empty", "There is no desk at "),
        ("other", "There is no desk at "),
        ("none", "has no database of this name. Check the address"),
    ):
        for words in (["queue"], LOG, ["db", "check"]):
            ran = at(server.address(database), tmp_path)(*words)
            assert (ran.code, said in ran.err) == (6, True), ran.err
    ran = at(server.address("other"), tmp_path)("db", "create")
    assert (ran.code, "other tables are in its schema, supportctl" in ran.err) == (6, True), ran.err
    assert server.sql("select tablename::text from pg_tables where schemaname = 'supportctl'", database="other") == [
        ("tickets",)
    ]
    ran = at("postgresql://desk@no-such-host.invalid/desk", tmp_path)("queue")
    assert (ran.code, "cannot be reached" in ran.err) == (6, True)


@pytest.mark.parametrize(("encoding", "locale"), [("SQL_ASCII", "C"), ("LATIN1", "C")])
def test_a_desk_needs_a_database_in_utf_8(server: postgres.Server, tmp_path: Path, encoding: str, locale: str) -> None:
    server.create("latin", encoding=encoding, locale=locale)
    ran = at(server.address("latin"), tmp_path)("db", "create")
    assert (ran.code, f"has the encoding {encoding}" in ran.err) == (6, True), ran.err
    assert server.sql("select 1 from pg_namespace where nspname = 'supportctl'", database="latin") == []


def test_a_lock_that_is_held_too_long(server: postgres.Server, desk: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "_LOCK", script._LOCK.replace(f"'{script.LOCK_SECONDS}s'", "'50ms'"))
    holder = server.connect("desk")
    with holder.cursor() as cursor:
        cursor.execute(f"select pg_advisory_lock({script.LOCK})")
        ran = here(desk, *LOG)
        assert (ran.code, "is locked by another program." in ran.err) == (6, True), ran.err
        cursor.execute("select pg_advisory_unlock_all()")
    assert here(desk, *LOG).code == 0
    holder.close()


def test_a_question_that_takes_too_long(
    server: postgres.Server, desk: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_desk, "_PER_STATEMENT", postgres_desk._PER_STATEMENT.replace("'60s'", "'50ms'"))
    holder = server.connect("desk")
    with holder.cursor() as cursor:
        cursor.execute("begin; lock table supportctl.tickets")
        ran = here(desk, "queue")
        assert (ran.code, f"took too long to answer. Try again; {NOTHING}." in ran.err) == (6, True), ran.err
    holder.close()


def test_too_many_connections(server: postgres.Server, desk: Program) -> None:
    server.sql("alter database desk connection limit 0")
    for words in (["queue"], LOG):
        ran = desk(*words)
        assert (ran.code, "has no connection to spare. Try again" in ran.err) == (6, True), ran.err
    server.sql("alter database desk connection limit -1")
    assert desk("queue").code == 0


@pytest.fixture
def small_disk(server: postgres.Server) -> Iterator[Path]:
    """A disk of the server's that is nearly full with one desk."""
    disk = server.folder / "small"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size=16m,mode=0700,uid={postgres.SUPERUSER}", "none", str(disk)]
    if os.geteuid() != 0 or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may make a small disk")
    try:
        yield disk
        server.drop("desk")
        server.sql("drop tablespace small")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
        disk.rmdir()


def test_a_full_disk(server: postgres.Server, small_disk: Path, tmp_path: Path) -> None:
    server.sql(f"create tablespace small location '{small_disk}'")
    server.create("desk", template=f"{BLANK} tablespace small")
    desk = at(server.address("desk"), tmp_path)
    body = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FFF), k=200_000)))
    made = 0
    while (ran := desk(*LOG, "--body", "-", stdin=body)).code == 0:
        made += 1
        assert made < 100
    said = f"the server's disk is full. Free some space there and try again; {NOTHING}."
    assert (ran.code, said in ran.err) == (6, True), ran.err
    assert len(desk.json("queue")) == made
    found = desk("db", "check")
    assert "damaged" not in found.out, found.out


# Others that wait for a server


def test_completion_is_silent_where_a_server_is(server: postgres.Server, tmp_path: Path) -> None:
    """Long before the limits of a command."""
    with way_with(server.port, Mishap(ANY, delivered=False, silence=True), barred=True) as way:
        env = {"_SUPPORTCTL_COMPLETE": "complete_bash", "_SUPPORTCTL_LINE": "supportctl show "}
        ran = at(through(way.port), tmp_path)(env=env)
    assert (way.struck.is_set(), ran.code, ran.out, ran.err) == (True, 0, "", "")


@pytest.mark.usefixtures("database")
def test_completion_waits_for_a_second_at_most(server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever longer limits hold inside."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 3600)
    monkeypatch.setattr(completion, "SECONDS", 0.2)
    for mishap in (Mishap(ANY, delivered=False, silence=True), Mishap(b"select", answer=20, silence=True)):
        with way_with(server.port, mishap) as way, pytest.raises(connection.Silent):
            completion.agents(through(way.port), "")


def test_a_watch_goes_on_when_the_server_is_back(server: postgres.Server, desk: Program) -> None:
    lost = Mishap(b"max(n)", answer=20)
    with way_with(server.port, lost) as way, place_at(through(way.port)).watched() as watched:
        with pytest.raises(DeskUnusable, match="was lost"):
            watched.changed()
        assert watched.changed()
        assert not watched.changed()
        server.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'desk'")
        with pytest.raises(DeskUnusable, match="was lost"), watched.reading() as db:
            db.execute("select 1")
        with watched.reading() as db:
            assert db.execute("select count(*) from tickets").fetchone() == (0,)
        assert desk(*LOG).code == 0
        assert watched.changed()
        with watched.writing() as db, db.transaction():
            db.execute("delete from told")
        assert watched.changed()


# A server that cannot be trusted


def certificate(folder: Path, name: str, host: str, *, signed: bool = True, days: int = 10) -> None:
    """A key and a certificate for a host, signed by the authority in the folder or by itself."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]
    names = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    itself = ["req", "-x509", *key, *names, "-days", str(days), "-out", f"{name}.crt"]
    asking = ["req", *key, *names, "-out", f"{name}.csr"]
    signing = ["x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"]
    signing += ["-copy_extensions", "copy", "-days", str(days), "-out", f"{name}.crt"]
    for command in [asking, signing] if signed else [itself]:
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


@pytest.mark.usefixtures("database")
@pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made by openssl")
def test_a_certificate_that_cannot_be_trusted(server: postgres.Server, tmp_path: Path) -> None:
    certificate(tmp_path, "ca", "An authority", signed=False)
    certificate(tmp_path, "good", "localhost")
    certificate(tmp_path, "other", "db.example.com")
    certificate(tmp_path, "expired", "localhost", days=-1)
    certificate(tmp_path, "own", "localhost", signed=False)
    address = f"postgresql://desk@localhost:{server.port}/desk?sslmode=verify-full"
    trusted = f"{address}&sslrootcert={tmp_path}/ca.crt"
    refused = "cannot be verified: it has expired, or nobody you trust has signed it."
    ran = at(address, tmp_path)("queue")
    assert (ran.code, "does not encrypt what it sends." in ran.err) == (6, True), ran.err
    with set_for_all(server, "ssl = on", folder=tmp_path) as present:
        for name, named, said in (
            ("good", trusted, ""),
            ("good", address, refused),
            ("other", trusted, "is for another host."),
            ("expired", trusted, refused),
            ("own", trusted, refused),
            ("own", f"{address}&sslrootcert={tmp_path}/own.crt", ""),
            ("good", f"{address}&sslrootcert={tmp_path}/none.crt", "there is no file with the root certificate."),
        ):
            present(name)
            ran = at(named, tmp_path)("queue")
            assert (ran.code, said in ran.err) == (6 if said else 0, True), (name, ran.err)


@contextmanager
def set_for_all(server: postgres.Server, what: str, *, folder: Path) -> Iterator[Callable[[str], None]]:
    """For the block, a setting of the server; gives what puts a certificate from the folder in its place."""
    data = server.folder / "data"

    def present(name: str) -> None:
        for end in ("crt", "key"):
            shutil.copy(folder / f"{name}.{end}", data / f"server.{end}")
            (data / f"server.{end}").chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(data / f"server.{end}", postgres.SUPERUSER, postgres.SUPERUSER)
        server.sql(f"alter system set {what}")
        server.sql("select pg_reload_conf()")
        expected = ssl.PEM_cert_to_DER_cert((folder / f"{name}.crt").read_text())
        wait_for(lambda: presented(server.port) == expected)

    try:
        yield present
    finally:
        server.sql("alter system reset ssl")
        server.sql("select pg_reload_conf()")


def presented(port: int) -> bytes | None:
    """The certificate that a server shows."""
    with socket.create_connection((postgres.HERE, port)) as plain:
        plain.sendall(bytes.fromhex("0000000804d2162f"))
        if plain.recv(1) != b"S":
            return None
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        with trusting.wrap_socket(plain) as encrypted:
            return encrypted.getpeercert(binary_form=True)
