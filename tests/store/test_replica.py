"""A replica of a shared desk: it answers whatever is asked as the primary does, and refuses every change in words."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import postgres
import pytest
from conftest import PROGRAM, Program, started
from desks import ENGINE, ON_POSTGRES
from test_examples import COMMANDS

from supportctl.cli.run.session import Session
from supportctl.cli.watch.board import State
from supportctl.cli.watch.watching import Watching

if not ON_POSTGRES:
    pytest.skip("the run on PostgreSQL has servers", allow_module_level=True)

LATER = "2026-07-01T12:00:00Z"  # some tickets are late
BEFORE = "2026-03-06T17:45:00Z"  # with entries after it, which a report has to look back from
REPORTS = [
    f"report {period} --by {by}".replace("  ", " ")
    for period in ("", "--since 2026-03-01 --until 2026-03-05", f"--now {BEFORE}")
    for by in ("tier", "channel", "agent", "month")
]
FORMATS = [
    f"{verb} -o {format}"
    for verb in ("queue", "breaches", "report")
    for format in ("table", "plain", "json", "jsonl", "csv", "md", "html")
]
READING = [
    *REPORTS, *FORMATS, "lookup site@example.com", "lookup STAR-0001-BBBB", "check 7.6.1.0", f"queue --now {BEFORE}",
    "queue --sort due", "queue --mine", "next", "show 1", "show 4 --json", "search help", "search help status:open",
    "search from:site", "explain 1", "explain 4 --now 2026-03-06T17:40:00Z", "due --tier SITE", "due site@example.com",
    "undo --list", "customer list", "customer show site@example.com", "licence list", "licence show SITE-0001-AAAA",
    "release list", "bug list", "bug show 1", "remote list", "remote show 1", "policy show", "policy show 2.1",
    "policy history", "policy diff 1", "hours open", "hours add 4h",
    "hours between 2026-03-02 2026-03-09", "hours holiday list", "export customers", "export licences",
    "export tickets --full", "export history",
]  # fmt: skip
WRITING = {
    "log": "--from ann@example.com --subject Help", "next": "--take", "reply": "1 --body x", "note": "1 --body x",
    "assign": "1 kim", "edit": "1 --subject x", "close": "1", "reopen": "5", "merge": "7 3 --yes", "undo": "--yes",
    "retract": "4 5 --reason x", "spam": "7", "redact": "4 1 --yes", "breaches": "--new",
    "customer add": "ann@example.com", "customer edit": "free@example.com --name x",
    "customer erase": "free@example.com --yes", "licence add": "NEWKEY-0001 --tier PRO --email free@example.com",
    "licence upgrade": "STAR-0001-BBBB SITE", "licence renew": "SITE-0001-AAAA --expires 2030-01-01",
    "licence revoke": "SITE-0001-AAAA --yes", "release add": "remote-utilities 9.0.0.0",
    "bug add": "--title x --product remote-utilities", "bug reproduce": "1", "bug link": "1 4",
    "bug workaround": "1 x", "bug fix": "1 --in 9.0.0.0", "bug dismiss": "1 --reason x",
    "remote start": "4 --tool Viewer", "remote end": "2 --outcome x", "hours holiday add": "2026-12-31",
    "hours holiday edit": "2026-12-25 --name x", "hours holiday remove": "2026-12-25 --yes",
    "import customers": "- --ignore-extra", "import licences": "- --ignore-extra",
    "import releases": "- --ignore-extra", "import tickets": "- --ignore-extra", "db check": "--repair",
}  # fmt: skip
# What needs a desk of its own, or none: places, files, and what a desk is made and given away by. Accounts that have
# one address, and a licence that is revoked, this desk has none of; a policy is set from a file.
ELSEWHERE = {
    "db path", "db create", "db copy", "db backup", "db restore", "db migrate", "db roles", "demo", "completion", "help",
    "version", "import desk", "policy check", "policy set", "customer keep", "licence reinstate", "watch",
}  # fmt: skip
ROWS = (
    "from,email,subject,received_at,key,tier,product,version\n"
    "ann@example.com,ann@example.com,x,2026-03-02,NEWKEY-0001,PRO,remote-utilities,7.0.0.0\n"
)


class Pair(NamedTuple):
    """The program on a desk, and on its replica."""

    primary: Program
    replica: Program


@pytest.fixture(scope="module")
def pair(rich_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A desk on which everything has happened, on a server that another follows."""
    folder = tmp_path_factory.mktemp("replica")

    def at(server: postgres.Server) -> Program:
        return Program(folder / "none", now=LATER, env={"SUPPORTCTL_DB": server.address("desk")})

    with postgres.serving(postgres.COPIED) as server:
        server.create("desk")
        primary = at(server)
        ran = primary("db", "copy", ENGINE.address(rich_file), server.address("desk"))
        assert ran.code == 0, ran.err
        with postgres.following(server) as replica:
            yield Pair(primary, at(replica))


@pytest.mark.parametrize("command", READING)
def test_a_replica_answers_as_the_primary_does(pair: Pair, command: str) -> None:
    words = shlex.split(command)
    ours, theirs = pair.replica(*words), pair.primary(*words)
    assert ours == theirs
    assert ours.code in (0, 3), ours.err


@pytest.mark.parametrize("words", WRITING)
def test_a_replica_refuses_a_change_in_words(pair: Pair, words: str) -> None:
    before = pair.primary.json("export", "history")
    ran = pair.replica(*shlex.split(f"{words} {WRITING[words]}"), stdin=ROWS)
    assert (ran.code, "is a read-only copy" in ran.err) == (6, True), ran
    assert pair.primary.json("export", "history") == before


def test_every_command_is_asked_or_told() -> None:
    asked = {name for name in COMMANDS if any(line == name or line.startswith(f"{name} ") for line in READING)}
    assert asked | set(WRITING) | ELSEWHERE == set(COMMANDS)


def test_a_replica_is_exported_and_completed_as_the_primary_is(pair: Pair, tmp_path: Path) -> None:
    for name, desk in (("ours", pair.replica), ("theirs", pair.primary)):
        assert desk("export", "desk", tmp_path / name).code == 0
    ours, theirs = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("ours", "theirs"))
    del ours["manifest.json"], theirs["manifest.json"]  # they say when they were made
    assert ours == theirs
    assert len(ours) > 20
    for line in ("show 1", "lookup s", "lookup r", "customer show f"):
        words = {"_SUPPORTCTL_COMPLETE": "bash", "_SUPPORTCTL_LINE": f"supportctl {line}"}
        said = [started([str(PROGRAM)], desk.environment() | words) for desk in pair]
        assert said[0] == said[1]
        assert said[0][1], line


def test_a_replica_is_watched_as_the_primary_is(pair: Pair) -> None:
    boards = list[Any]()
    for desk in pair:
        session = Session()
        session.environ = desk.environment()
        with session.place().watched() as watched:
            watching = Watching(session, watched)
            watching.read(State())
            boards.append(watching.board)
    assert boards[0].tickets
    assert boards[0] == boards[1]


@pytest.mark.parametrize("quick", [(), ("--quick",)], ids=str)
def test_a_check_finds_a_replica_sound_and_says_that_it_is_one(pair: Pair, quick: tuple[str, ...]) -> None:
    ran = pair.replica("db", "check", *quick)
    assert (ran.code, ran.err) == (0, "")
    assert "server\tok\t\ta copy that only reads" in ran.out
    checks = [desk.json("db", "check", *quick) for desk in pair]
    differ = ("desk", "server", "guards")  # which it compares by their names alone
    ours, theirs = ([each for each in found if each["part"] not in differ] for found in checks)
    assert ours == theirs
    assert len(ours) > 10
