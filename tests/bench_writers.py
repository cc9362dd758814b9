"""Measure many writers at once; no test's verdict. Run it with the interpreter that supportctl is installed for:

    .venv/bin/python tests/bench_writers.py              # 50 running processes, 20 changes each
    .venv/bin/python tests/bench_writers.py --start      # 50 processes from their start, one change each

Each run of supportctl is followed by one of plain `sqlite3` programs of the same interpreter that write as many rows
per change, with the same journal and the same durability; the ratio is that of the two. A process waits from when it
asks for a change to its answer; fair is a longest wait (by process, the mean of its changes) near the median. Without
--start each process has made one change before the clock starts.
"""

import argparse
import json
import os
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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--processes", type=int, default=50)
    options.add_argument("--changes", type=int, default=20)
    options.add_argument("--start", action="store_true")
    options.add_argument("--pairs", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder:
        desk, plain = Path(folder) / "desk.db", Path(folder) / "plain.db"
        os.environ |= {"SUPPORTCTL_DB": str(desk), "SUPPORTCTL_AGENT": "kim"}
        ask = ["log", "--from", "ann@example.com", "--subject", "Help"]
        for _ in range(2):  # the second writes what every change does
            before = rows_of(desk)
            subprocess.run([PROGRAM, *ask], check=True, stdout=subprocess.DEVNULL)
        rows = rows_of(desk) - before
        with closing(sqlite3.connect(plain)) as db:
            db.execute("pragma journal_mode = wal")
            db.execute("create table rows (a, b, c)")
        for verb, line in VERBS.items():
            ratios = []
            for _ in range(given.pairs):
                changes = 1 if given.start else given.changes
                lines = [[line(n, k) for k in range(changes + (not given.start))] for n in range(given.processes)]
                ours, waited = waits([PROGRAM, verb, "--jsonl", "-"], lines, start=given.start)
                theirs, _ = waits([sys.executable, "-c", PLAIN, str(plain), str(rows)], lines, start=given.start)
                ratios.append(theirs / ours)
                many = given.processes * changes
                print(
                    f"{verb} {many / ours:7.0f}/s  plain sqlite3 {many / theirs:7.0f}/s  longest wait"
                    f" {max(waited) / statistics.median(waited):.2f} of the median",
                    flush=True,
                )
            print(f"{verb} {statistics.median(ratios):.2f} of plain sqlite3")


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
