"""What several tests share: the built-in policy, and the program as a real process on a desk of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import postgres
import pytest
import reach
import warm
from desks import DATABASES, ENGINE, ON_POSTGRES
from hypothesis import HealthCheck, settings

from supportctl.cli.run.session import Session
from supportctl.policy.file import builtin
from supportctl.policy.model import Policy, policy_from
from supportctl.store.desk import Desk
from supportctl.store.place import Place

PROGRAM = Path(sys.executable).with_name("supportctl.exe" if os.name == "nt" else "supportctl")
# How fast the machine is today says nothing about the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
MADE: dict[tuple[Any, str, str, str], Any] = {}  # desks by the one before, the commands, the clock and settings
NOW = "2026-03-06T16:30:00Z"  # a Friday, 8:30 in Los Angeles: half an hour after opening
MEMORY = Path("/dev/shm")  # where Linux keeps files in memory


def in_memory() -> bool:
    """Whether there is room for desks and programs in memory: to wait for a disk to sync takes longer than most runs."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return False
    room = os.statvfs(MEMORY)
    return room.f_bavail * room.f_frsize > 4 << 30 and not room.f_flag & os.ST_NOEXEC


if in_memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))  # pytest's own name for where `tmp_path` is


def pytest_xdist_auto_num_workers() -> int:
    """Workers for `-n auto`: two for each core, since half of a test's time is spent waiting for a process or a lock."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """On PostgreSQL: a server for this run and all its workers, and on it the desk that new desks are copies of."""
    if ON_POSTGRES and not hasattr(config, "workerinput"):
        stack = ExitStack()
        config.add_cleanup(stack.close)
        stack.enter_context(postgres.shared())
        DATABASES.begin()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL: only tests with a desk, and none that is about a file. Elsewhere none that is about a server."""
    if ON_POSTGRES:
        kept = [item for item in items if reach.a_desk(item) and not item.get_closest_marker("about_the_file")]
    else:
        kept = [item for item in items if not item.get_closest_marker("about_the_server")]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(autouse=True)
def _no_desk_left(tmp_path: Path) -> Iterator[None]:
    """What a test leaves on a server is removed, as its folder is."""
    yield
    ENGINE.remove(tmp_path)


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the data folder of whoever runs it: drafts of runs in this process go elsewhere."""
    monkeypatch.setattr(Session, "data_folder", staticmethod(lambda: tmp_path / "data"))


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The built-in policy."""
    return policy_from(builtin()[1])


@dataclass
class Ran:
    """What a run of the program left: exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code in (0, 3), self.err
        return json.loads(self.out)


@dataclass
class Program:
    """The installed program, run as a process with a desk, a clock and an environment of its own.

    `desk` is the file of the desk, or stands for a database (see `desks`).
    """

    desk: Path
    now: str = NOW
    env: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where the desk is, as --db and SUPPORTCTL_DB take it."""
        return ENGINE.address(self.desk)

    @property
    def untouched(self) -> bool:
        """Whether nothing was ever written to the desk."""
        return ENGINE.untouched(self.desk)

    @property
    def kept_bytes(self) -> bytes:
        """All that is kept of the desk: of its files, or of its rows."""
        return ENGINE.kept_bytes(self.desk)

    def damage(self) -> None:
        """Make the desk unusable, as a fault of the machine might."""
        ENGINE.damage(self.desk)

    def __call__(
        self,
        *args: str | Path | int,
        now: str | None = None,
        stdin: str | bytes = "",
        env: dict[str, str] | None = None,
    ) -> Ran:
        """Run it; `now` is the clock of this run. From a warm start, unless something is to be said to Python itself."""
        words, given = [str(PROGRAM), *map(str, args)], stdin.encode() if isinstance(stdin, str) else stdin
        environment = self.environment(now) | (env or {})
        ran = warm.run if warm.serves(environment) else started
        code, out, err = ran(words, environment, given)
        return Ran(code, out.decode(), err.decode())

    def environment(self, now: str | None = None) -> dict[str, str]:
        """Nothing of the machine's own settings but where programs are."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT", "TEMP", "TMP")}
        return kept | {
            "SUPPORTCTL_DB": self.address,
            "SUPPORTCTL_NOW": now or self.now,
            "SUPPORTCTL_TZ": "UTC",
            "SUPPORTCTL_AGENT": "tess",
            "HOME": str(self.desk.parent),
            **self.env,
        }

    def start(
        self, *args: str, stdin: int | None = subprocess.DEVNULL, stderr: int = subprocess.PIPE
    ) -> "subprocess.Popen[bytes]":
        """Start it and do not wait."""
        return subprocess.Popen(
            [PROGRAM, *args], env=self.environment(), stdin=stdin, stdout=subprocess.PIPE, stderr=stderr
        )

    def json(self, *args: str | Path | int, now: str | None = None, stdin: str = "") -> Any:
        """What it prints as JSON."""
        return self(*args, "--json", now=now, stdin=stdin).json

    def all(self, commands: Sequence[Sequence[str]], now: str | None = None) -> None:
        """Run several commands that must succeed."""
        for command in commands:
            ran = self(*command, now=now)
            assert ran.code == 0, ran.err

    def sql(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """The rows of a statement about the desk; what it changes is kept, as if another program had done it."""
        return ENGINE.sql(self.desk, statement, values)

    def dump(self) -> list[str]:
        """All that is on the desk, a line each."""
        return ENGINE.dump(self.desk)

    def once(self, commands: Sequence[Sequence[str]], now: str | None = None) -> None:
        """The same for what a fixture does for each of many tests: run on the first such desk, and then copied."""
        before = ENGINE.content(self.desk)
        asked = (before, str(commands), self.environment(now)["SUPPORTCTL_NOW"], str(self.env))
        if asked not in MADE:
            self.all(commands, now)
            MADE[asked] = ENGINE.keep(self.desk)
        ENGINE.put(MADE[asked], self.desk)


def started(words: Sequence[str], env: Mapping[str, str], given: bytes = b"") -> tuple[int, bytes, bytes]:
    """Exit code and both streams of a run that starts as a shell starts it."""
    done = subprocess.run(words, input=given, capture_output=True, env=env, timeout=120)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Program:
    """The program on a desk that does not exist yet, on a Friday at 8:30 in Los Angeles."""
    return Program(tmp_path / "desk.db")


@pytest.fixture
def nowhere(desk: Program) -> Program:
    """The program where there is no desk; one in a file is not there before the first command either."""
    ENGINE.vacate(desk.desk)
    return desk


@pytest.fixture(scope="session")
def staffed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with a SITE, a STARTER and a FREE customer, a reseller and the releases of a product; made once."""
    desk = Program(tmp_path_factory.mktemp("staffed") / "desk.db", now="2026-01-05T18:00:00Z")
    desk.all(
        [
            ["customer", "add", "site@example.com", "--name", "Sita"],
            ["customer", "add", "starter@example.com", "--name", "Stan"],
            ["customer", "add", "free@example.com"],
            ["customer", "add", "reseller@example.com", "--reseller"],
            ["licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", "site@example.com"],
            ["licence", "add", "STAR-0001-BBBB", "--tier", "STARTER", "--email", "starter@example.com"],
            ["release", "add", "remote-utilities", "7.6.1.0"],
            ["release", "add", "remote-utilities", "7.6.2.0", "--date", "2024-10-16"],
            ["release", "add", "remote-utilities", "7.7.3.0", "--date", "2025-11-16"],
        ]
    )
    return desk.desk


@pytest.fixture
def staffed(desk: Program, staffed_file: Path) -> Program:
    """The program on a copy of that desk."""
    copy_desk(staffed_file, desk.desk)
    return desk


def place_of(desk: Path) -> Place:
    """The place of a desk, as the program itself finds it."""
    return ENGINE.place(desk)


@contextmanager
def opened(desk: Path, *, create: bool = False) -> Iterator[Desk]:
    """A desk as the program itself opens it, for tests that call what the program calls."""
    with closing(place_of(desk).open(create=create)) as db:
        yield db


@contextmanager
def held(desk: Path) -> Iterator[None]:
    """For the block, somebody is changing the desk, and so nobody else can."""
    with opened(desk) as db, db.transaction():
        db.execute("select value from counters").fetchall()  # a shared desk is held from the first question on
        yield


@contextmanager
def copied(source: Path) -> Iterator[Desk]:
    """A copy of a desk, open, and thrown away at the end: for one of many examples."""
    with TemporaryDirectory(dir=source.parent) as folder:
        copy_desk(source, Path(folder, "desk.db"))
        try:
            with opened(Path(folder, "desk.db")) as db:
                yield db
        finally:
            ENGINE.remove(Path(folder))


def fresh() -> AbstractContextManager[Desk]:
    """A new desk, open, and thrown away at the end: for one of many examples."""
    return ENGINE.fresh()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Desk]:
    """A new desk, open."""
    with opened(tmp_path / "desk.db", create=True) as made:
        yield made


@pytest.fixture(scope="session")
def rich_file(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk on which everything has happened; made once."""
    from full_desk import fill

    folder = tmp_path_factory.mktemp("rich")
    desk = Program(folder / "desk.db")
    fill(desk, staffed_file, folder)
    return desk.desk


def copy_desk(source: Path, target: Path) -> None:
    """A consistent copy of a desk, in place of whatever was there."""
    ENGINE.copy(source, target)


def on_a_terminal(desk: Program, *args: str) -> str:
    """What the program shows on a terminal of its own."""
    import pty

    ours, theirs = pty.openpty()
    done = subprocess.Popen([PROGRAM, *args], env=desk.environment(), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:  # Linux says so when the other end has closed
        pass
    os.close(ours)
    assert done.wait() == 0
    return seen.decode().replace("\r\n", "\n")
