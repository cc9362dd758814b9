"""Measure how each command grows with the desk; no test's verdict. One command:

    .venv/bin/python tests/bench_growth.py                        # 1,000, 10,000 and 100,000 tickets: some minutes
    .venv/bin/python tests/bench_growth.py --rows 1000 10000
    .venv/bin/python tests/bench_growth.py --keep DIR             # desks stay there, and are taken from there
    .venv/bin/python tests/bench_growth.py --engine postgresql    # moved to a server of its own, thrown away afterwards
    .venv/bin/python tests/bench_growth.py --engine postgresql --rows 100000 1000000 10000000 --keep DIR

A row is a command, a column a desk; behind a stroke is what it takes as a multiple of what it takes with 100,000
tickets. Whole processes, each followed by a bare `python -I -c pass`; what is printed is the median of the pairs' ratios
of processor time, which a busy machine disturbs least; on PostgreSQL that of the server is added, on average. Of a desk's
tickets a tenth are answered and still open, each with an agent, as nobody closes everything; a hundred are late, and
nobody's; the rest is closed, a fiftieth of it without an answer. POSIX only; with a server, Linux only.

The last of the commands above makes ten million tickets by the ordinary import, some hours, and keeps all in DIR. It
takes 5 KB of disk a ticket there, a third of it SQLite's, and says so before it begins if there is less.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import NamedTuple, Protocol

import postgres
from bench import BARE, NOW, PROGRAM, _iso, _words, _write

LATE, AGENTS = 100, 20
START = datetime(2026, 1, 1, tzinfo=UTC)
Case = tuple[str, list[str]]
A_TICKET = {"sqlite": 1_700, "postgresql": 5_000}  # bytes of disk, with what is thrown away meanwhile
BESIDE = 100_000  # tickets: what takes twice as long as with so many grows with the desk


def cases(folder: Path, rows: int, engine: str) -> Iterator[Case]:
    """What is run, by name: first what an agent does all day, then what reads much of the desk."""
    last = f"c{customers(rows) - 1}@example.com"
    yield "lookup", ["lookup", last, "--json"]
    yield "check VERSION", ["check", "7.8.0.0", "--json"]
    yield "breaches", ["breaches", "--json"]
    yield "queue --limit 20", ["queue", "--limit", "20", "--json"]
    yield "  on a terminal", ["queue", "--limit", "20", "--no-pager"]
    yield "  --unassigned", ["queue", "--unassigned", "--limit", "20", "--json"]
    yield "  --mine", ["queue", "--mine", "--limit", "20", "--json"]
    yield "  --sort due", ["queue", "--sort", "due", "--limit", "20", "--json"]
    yield "next", ["next", "--json"]
    yield "show", ["show", str(rows // 2), "--json"]
    yield "log", ["log", "--from", last, "--subject", "Printing", "--body", "It does not print", "--json"]
    yield "reply", ["reply", str(rows), "--body", "Look here", "--json"]
    yield "search, a rare word", ["search", "w39999", "--json"]
    yield "  two common words", ["search", "w1", "w2", "--json"]
    yield "  a customer's", ["search", f"from:{last}", "--json"]
    yield "  part of an address", ["search", "from:c77", "--json"]
    yield "  no such part", ["search", "from:nobody", "--json"]
    yield "  common word, no such part", ["search", "connect", "from:nobody", "--json"]
    yield "customer list --limit 20", ["customer", "list", "--limit", "20", "--json"]
    yield "Tab: a number", ["show", "1"]
    yield "Tab: an address", ["lookup", "c1"]
    yield "report", ["report", "--json"]
    yield "export tickets", ["export", "tickets", str(folder / "out.jsonl"), "--force"]
    yield "db check --quick", ["db", "check", "--quick"]
    yield "db check", ["db", "check"]
    if engine == "sqlite":  # a server has backups of its own
        yield "db backup", ["db", "backup", str(folder / "backup.db"), "--force"]


LONG = ("report", "export tickets", "db check", "db backup")


def customers(rows: int) -> int:
    """How many customers a desk has: each writes ten times."""
    return rows // 10


def make_desk(folder: Path, rows: int) -> Path:
    """A desk of so many tickets, made by the ordinary import unless it is there."""
    desk = folder / f"{rows}.db"
    if desk.exists():
        return desk
    people, known = range(customers(rows)), "2025-01-01T00:00:00Z"
    files = {
        "customers": (
            ["email", "name", "registered_at"],
            ([f"c{i}@example.com", f"Customer {i}", known] for i in people),
        ),
        "licences": (
            ["key", "tier", "delivery_email", "issued_at"],
            ([f"KEY-{i:08d}", ("PRO", "PLUS", "SITE")[i % 3], f"c{i}@example.com", known] for i in people),
        ),
        "releases": (["product", "version"], (["remote-utilities", f"7.{i}.0.0"] for i in range(9))),
        "tickets": (
            ["from", "subject", "body", "received_at", "first_response_at", "closed_at", "assignee", "external_id"],
            (ticket(i, rows) for i in range(rows)),
        ),
    }
    for what, (header, lines) in files.items():
        path = folder / f"{what}.csv"
        _write(path, header, lines)
        run = [str(PROGRAM), "--db", str(desk), "--now", NOW, "import", what, str(path)]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        path.unlink()
    return desk


def ticket(number: int, rows: int) -> list[str]:
    """A line of the import: old ones are answered and closed, some later ones still open, the last are late."""
    at = START + number * timedelta(seconds=min(30, 5_000_000 / rows))
    late, open_ = number >= rows - LATE, number % 10 == 3
    answered = "" if late or number % 50 == 7 else _iso(at + timedelta(minutes=10))
    closed = "" if late or open_ else _iso(at + timedelta(hours=1))
    return [
        f"c{number % customers(rows)}@example.com",
        f"Question {number}",
        f"How do I connect? {_words(number)}",
        _iso(at),
        answered,
        closed,
        "" if late or not open_ else f"agent{number // 10 % AGENTS}",
        f"x{number}",
    ]


class Desk(Protocol):
    """A desk that is measured: where it is, how large, and what else works for it."""

    @property
    def address(self) -> str: ...
    def bytes(self) -> int: ...
    def server_seconds(self) -> float:
        """What a server has taken of the processor so far, in whole milliseconds times ten; 0 without one."""


class DeskFile(NamedTuple):
    """A desk in a file, SQLite's."""

    address: str

    def bytes(self) -> int:
        return Path(self.address).stat().st_size

    def server_seconds(self) -> float:
        return 0.0


class DeskOnServer(NamedTuple):
    """A desk on a server of ours."""

    address: str
    server: postgres.Server
    database: str

    def bytes(self) -> int:
        size: int = self.server.sql("select pg_database_size(%s)", [self.database])[0][0]
        return size

    def server_seconds(self) -> float:
        """Of all that have left: those who have not are waited for."""
        while self.server.sql("select 1 from pg_stat_activity where datname = %s", [self.database]):
            time.sleep(0.01)
        pid = (self.server.folder / "data" / "postmaster.pid").read_text().split()[0]
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")


def on_server(server: postgres.Server, rows: int, folder: Path) -> DeskOnServer:
    """A desk of so many tickets on a server, moved there from a file unless it is there."""
    name = f"growth_{rows}"
    if not server.has(name):
        desk = make_desk(folder, rows)
        server.create(name)
        subprocess.run(
            [str(PROGRAM), "db", "copy", str(desk), server.address(name)], check=True, stdout=subprocess.DEVNULL
        )
    return DeskOnServer(server.address(name), server, name)


def measure(desk: Desk, name: str, words: list[str], pairs: int) -> float:
    """The median of the pairs' ratios of processor time to a bare Python, and what a server adds to it."""
    env = {**os.environ, "SUPPORTCTL_DB": desk.address, "SUPPORTCTL_NOW": NOW, "SUPPORTCTL_AGENT": "agent7"}
    command = [str(PROGRAM), *words]
    if name.startswith("Tab"):
        command = command[:1]
        env |= {"_SUPPORTCTL_COMPLETE": "bash", "_SUPPORTCTL_LINE": f"supportctl {' '.join(words)}"}
    stdout = _terminal() if name.endswith("terminal") else os.open(os.devnull, os.O_WRONLY)
    before, ratios, bare = desk.server_seconds(), [], []
    for _ in range(pairs):
        ours = processor_seconds(command, env, stdout)
        bare.append(processor_seconds(BARE, env, stdout))
        ratios.append(ours / bare[-1])
    os.close(stdout)
    served = (desk.server_seconds() - before) / pairs
    return statistics.median(ratios) + served / statistics.median(bare)


def _terminal() -> int:
    """One that nobody looks at."""
    ours, theirs = os.openpty()

    def drain() -> None:
        with suppress(OSError):  # when the other end has closed
            while os.read(ours, 65536):
                pass

    Thread(target=drain, daemon=True).start()
    return theirs


def processor_seconds(command: list[str], env: dict[str, str], stdout: int) -> float:
    """What a process took of the processor, in user and system time."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 3), command
    return usage.ru_utime + usage.ru_stime


def refuse_too_little_room(folder: Path, engine: str, rows: list[int]) -> None:
    """End with a sentence if the desks do not fit."""
    needed, free = sum(rows) * A_TICKET[engine], shutil.disk_usage(folder).free
    if needed > free:
        sys.exit(f"These desks take up to {needed / 1e9:.0f} GB in {folder}, where {free / 1e9:.0f} GB are free.")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options.add_argument("--pairs", type=int, default=9, help="of each command; of those that read all, a third")
    options.add_argument("--keep", type=Path, help="a folder for the desks")
    options.add_argument("--only", nargs="+", default=[""], help="the commands with one of these in their name")
    options.add_argument("--engine", choices=sorted(A_TICKET), default="sqlite")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = (given.keep or Path(scratch)).absolute()
        folder.mkdir(exist_ok=True)
        refuse_too_little_room(folder, given.engine, given.rows)
        desks: dict[int, Desk]
        if given.engine == "sqlite":
            desks = {rows: DeskFile(str(make_desk(folder, rows))) for rows in given.rows}
        else:
            server = stack.enter_context(postgres.shared(below=given.keep and folder))
            desks = {rows: on_server(server, rows, folder) for rows in given.rows}
        print(f"{'in bare Pythons':28}", *(f"{rows:>12,}" for rows in desks))
        print(f"{'bytes a ticket':28}", *(f"{desk.bytes() / rows:>12,.0f}" for rows, desk in desks.items()))
        for name in (name for name, _ in cases(folder, 1000, given.engine) if any(part in name for part in given.only)):
            taken: dict[int, float] = {}
            print(f"{name:28}", end="", flush=True)
            for rows, desk in desks.items():
                words = dict(cases(Path(scratch), rows, given.engine))[name]
                pairs = max(1, given.pairs // 3) if name in LONG else given.pairs
                taken[rows] = measure(desk, name, words, pairs)
                print(f" {taken[rows]:12.1f}", end="", flush=True)
            beside = taken.get(BESIDE)
            print(" |", *(f"{each / beside:6.2f}" for each in taken.values() if beside))


if __name__ == "__main__":
    main()
