"""What goes wrong with a shared desk: each on a server of its own, which is stopped, cut off and filled up at will."""

import io
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import postgres
import pytest
from conftest import PROGRAM, Program, Ran, started
from desks import ON_POSTGRES
from mishaps import ANY, Mishap, way_with

from supportctl.cli.run import commands, failure
from supportctl.cli.run.session import Session
from supportctl.store.postgres import connection, script
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
