"""Measure many writers at once; no test's verdict. Run it with the interpreter that supportctl is installed for:

    .venv/bin/python tests/bench_writers.py              # 50 running processes, 20 changes each
    .venv/bin/python tests/bench_writers.py --start      # 50 processes from their start, one change each

Each run of supportctl is followed by two of plain `sqlite3` programs of the same interpreter, with the same journal and
the same durability, one transaction for each change. One writes as many rows as a change, into a single table without
an index. The other writes what a change writes, the very statements into a copy of the desk, and decides nothing. The
ratios are those of each pair.

A process waits from when it asks for a change to its answer; fair is a longest wait (by process, the mean of its
changes) near the median. Without --start each process has made one change before the clock starts.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from supportctl.files import SIDECARS

PROGRAM = str(Path(sys.executable).with_name("supportctl"))
# A program without us: it reads a line, writes so many rows in one transaction, and answers.
PLAIN = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
db.execute("pragma synchronous = full")
for line in sys.stdin:
    db.execute("begin immediate")
    db.executemany("insert into rows (a, b, c) values (?, ?, ?)", [(1, line, "x" * 100)] * int(sys.argv[2]))
    db.execute("commit")
    print(1, flush=True)
"""
# The same with the statements of a change, which the line is.
STATEMENTS = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
for each in "synchronous = full", "secure_delete = on", "foreign_keys = on":
    db.execute("pragma " + each)
for line in sys.stdin:
    statements = json.loads(line)
    db.execute("begin immediate")
    for how, statement, values in statements:
        getattr(db, how)(statement, values)
    db.execute("commit")
    print(1, flush=True)
"""
# supportctl, which also puts such a line into a file for each change that it makes.
RECORDING = """
import json, sys
from supportctl.store.sqlite.connection import SqliteDesk
written = []
def recording(how):
    run = getattr(SqliteDesk, how)
    def execute(db, statement, values=()):
        values = list(values) if how == "executemany" else values
        if statement.startswith(("insert", "update", "delete")):
            written.append((how, statement, values))
        elif statement == "commit" and written:
            with open(FILE, "a") as file:
                print(json.dumps(written), file=file)
            written.clear()
        return run(db, statement, values)
    setattr(SqliteDesk, how, execute)
FILE = sys.argv.pop(1)
recording("execute")
recording("executemany")
from supportctl.__main__ import main
main()
"""


def waits(command: Sequence[str], lines: Sequence[Sequence[str]], *, start: bool) -> tuple[float, list[float]]:
    """Start one process for each of `lines` at once, and give it the next line when it has answered the last one.

    Returns the seconds of all of it, and the mean wait of each process; unless from the `start`, after the first lines.
    """
    waited: list[list[float]] = [[] for _ in lines]
    ready = threading.Barrier(len(lines) + 1)

    def feed(own: list[float], texts: Sequence[str]) -> None:
        if start:
            ready.wait()
            own.append(time.perf_counter())
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
            assert run.stdin and run.stdout
            for count, text in enumerate(texts):
                if not start and count == 1:
                    ready.wait()
                began = own.pop() if start else time.perf_counter()
                print(text, file=run.stdin, flush=True)
                assert run.stdout.readline(), command
                if start or count:
                    own.append(time.perf_counter() - began)
            run.stdin.close()
        assert run.returncode == 0, command

    threads = [threading.Thread(target=feed, args=each) for each in zip(waited, lines, strict=True)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, [statistics.mean(each) for each in waited]


class Desks:
    """A desk as it is before each run, in a folder, and what plain programs need to write as much."""

    def __init__(self, folder: Path, tickets: int) -> None:
        self.folder, self.before, self.desk, self.plain = folder, *(folder / f"{n}.db" for n in ("b", "desk", "plain"))
        os.environ |= {"SUPPORTCTL_DB": str(self.before), "SUPPORTCTL_AGENT": "kim"}
        for n in range(tickets):  # the last writes what every change does
            rows = rows_of(self.before)
            line = VERBS["log"](n, 0)
            subprocess.run(
                [PROGRAM, "log", "--jsonl", "-"], input=line, check=True, stdout=subprocess.DEVNULL, text=True
            )
        self.rows = rows_of(self.before) - rows

    def ours(self, verb: str, lines: Sequence[Sequence[str]], *, start: bool) -> tuple[float, list[float]]:
        self._begin_anew()
        return waits([PROGRAM, verb, "--jsonl", "-"], lines, start=start)

    def rows_alone(self, lines: Sequence[Sequence[str]], *, start: bool) -> tuple[float, list[float]]:
        """Plain programs that write as many rows for each change."""
        remove(self.plain)
        with closing(sqlite3.connect(self.plain)) as db:
            db.execute("pragma journal_mode = wal")
            db.execute("create table rows (a, b, c)")
        return waits([sys.executable, "-c", PLAIN, str(self.plain), str(self.rows)], lines, start=start)

    def statements(self, changes: Sequence[Sequence[str]], *, start: bool) -> tuple[float, list[float]]:
        """Plain programs that write what the changes write."""
        self._begin_anew()
        return waits([sys.executable, "-c", STATEMENTS, str(self.desk)], changes, start=start)

    def record(self, verb: str, lines: Sequence[Sequence[str]]) -> list[list[str]]:
        """The statements of each line, in the order in which they will come from all processes."""
        self._begin_anew()
        file = self.folder / f"{verb}.jsonl"
        in_order = [line for round in zip(*lines, strict=True) for line in round]
        waits([sys.executable, "-c", RECORDING, str(file), verb, "--jsonl", "-"], [in_order], start=True)
        written = file.read_text().splitlines()
        assert len(written) == len(in_order)
        return [written[n :: len(lines)] for n in range(len(lines))]

    def _begin_anew(self) -> None:
        remove(self.desk)
        shutil.copy(self.before, self.desk)
        os.environ["SUPPORTCTL_DB"] = str(self.desk)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--processes", type=int, default=50)
    options.add_argument("--changes", type=int, default=20)
    options.add_argument("--start", action="store_true")
    options.add_argument("--pairs", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder:
        desks = Desks(Path(folder), given.processes)
        for verb, line in VERBS.items():
            changes = 1 if given.start else given.changes
            lines = [[line(n, k) for k in range(changes + (not given.start))] for n in range(given.processes)]
            compare(desks, verb, lines, given.pairs, start=given.start)


def compare(desks: Desks, verb: str, lines: Sequence[Sequence[str]], pairs: int, *, start: bool) -> None:
    """Run supportctl and the plain programs in turn, and print the rates, the waits and the ratios."""
    changes = desks.record(verb, lines)
    many = len(lines) * (len(lines[0]) - (not start))
    ratios: list[tuple[float, float]] = []
    for _ in range(pairs):
        ours = show(f"supportctl {verb}", many, *desks.ours(verb, lines, start=start))
        rows = show(f"plain sqlite3, {desks.rows} rows", many, *desks.rows_alone(lines, start=start))
        same = show("plain sqlite3, the same statements", many, *desks.statements(changes, start=start))
        ratios.append((ours / rows, ours / same))
    of_rows, of_same = map(statistics.median, zip(*ratios, strict=True))
    print(f"{verb}: {of_rows:.2f} of plain sqlite3 with as many rows, {of_same:.2f} with the same statements")


def show(name: str, many: int, seconds: float, waited: Sequence[float]) -> float:
    """Print and return the changes a second, with how long processes waited."""
    middle, longest = statistics.median(waited), max(waited)
    late = statistics.quantiles(waited, n=20)[-1]
    print(
        f"{name:34} {many / seconds:6.0f}/s  wait: median {middle * 1000:.0f} ms, p95 {late * 1000:.0f},"
        f" longest {longest * 1000:.0f} ({longest / middle:.2f} of the median)",
        flush=True,
    )
    return many / seconds


def remove(desk: Path) -> None:
    """Remove a desk with its log, which is left when the last two programs end at the same moment."""
    for suffix in ("", *SIDECARS):
        desk.with_name(desk.name + suffix).unlink(missing_ok=True)


def rows_of(desk: Path) -> int:
    """How many rows the tables of a desk have."""
    if not desk.exists():
        return 0
    with closing(sqlite3.connect(desk)) as db:
        tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
        return sum(db.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables)


VERBS: dict[str, Callable[[int, int], str]] = {
    "log": lambda n, k: json.dumps({"from": f"c{n}@example.com", "subject": f"Help {k}", "body": "It stopped."}),
    "reply": lambda n, k: json.dumps({"id": 1 + n, "body": f"Restart it {k}."}),
}


if __name__ == "__main__":
    main()
