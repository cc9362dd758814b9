"""Measure what a large desk takes, and try to break it with bulk; no test's verdict on time. One command:

    .venv/bin/python tests/bench_scale.py               # a desk of 1,000,000 tickets: half an hour, 4 GB of disk
    .venv/bin/python tests/bench_scale.py --rows 20000

Whole processes with their peak memory, and the work of a search alone. POSIX only. It ends with 1 if anything was not answered or
not refused as it should be, or if what was refused left a trace.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from bench import NOW, PROGRAM, make_desk

from supportctl.desk.search import search
from supportctl.store.sqlite.connection import connect

MEGABYTE = 1_000_000
NOW_SECONDS = int(datetime.fromisoformat(NOW).timestamp())
WORDS = ("connect", "how do i connect", "w1 w2", "w3 w5 w7 w9", "w100 w200", "question w30000", "connect tag:none")


class Case(NamedTuple):
    """A command, the exit code that it should have, and what it reads from standard input."""

    name: str
    code: int
    args: tuple[str, ...]
    stdin: str | None = None


class Measured(NamedTuple):
    """What came of a case: its exit code, seconds of the whole process, its peak memory in bytes, and what it said."""

    case: Case
    code: int
    seconds: float
    memory: int
    said: str


def asked(folder: Path) -> Iterator[Case]:
    """What is asked of a large desk."""
    yield Case("db check", 0, ("db", "check"))
    yield Case("db check, quick", 0, ("db", "check", "--quick"))
    yield Case("queue", 0, ("queue", "--limit", "20"))
    yield Case("breaches", 0, ("breaches", "-o", "json"))
    for by in ("tier", "agent", "month"):
        yield Case(f"report of a year by {by}", 0, ("report", "--since", "365d", "--by", by))
    for what in (("tickets",), ("tickets", "--full"), ("history",), ("customers",), ("licences",)):
        yield Case(f"export {' '.join(what)}", 0, ("export", *what, "-o", "jsonl"))
    yield Case("db backup", 0, ("db", "backup", str(folder / "backup.db")))


def refused(folder: Path, rows: int) -> Iterator[Case]:
    """Bulk that is to be refused, whole: of so many rows the last one is bad."""
    row = "a@x.example,S,2026-03-01\n"
    tickets = _file(folder / "last.csv", "from,subject,received_at\n", row, rows - 1, "nobody,S,\n")
    yield Case(f"{rows:,} rows, the last one bad", 2, ("import", "tickets", tickets))
    yield Case("10,000 columns", 2, ("import", "tickets", _file(folder / "wide.csv", "", "c,", 10_000, "c\nx\n")))
    yield Case("JSON 100,000 deep", 2, ("import", "tickets", _file(folder / "deep.json", "", "[" * 100, 1000, "")))
    long = _file(folder / "long.json", '{"from": "a@x.example", "subject": ', "9" * MEGABYTE, 50, "}")
    yield Case("a number of 50 MB", 2, ("import", "tickets", long))
    yield Case("a number of 5,000 digits", 2, ("show", "9" * 5000))
    text = _file(folder / "text.txt", "", "x" * MEGABYTE, 50, "")
    yield Case("a text of 50 MB", 2, ("log", "--from", "a@x.example", "--subject", "S", "--body", "-"), text)
    yield Case("a line of 50 MB", 2, ("lookup", "-"), text)
    yield Case("a policy of 50 MB", 2, ("policy", "check", text))


def _file(path: Path, head: str, piece: str, times: int, end: str) -> str:
    """A file written piece by piece: what this process holds would count as the memory of those it starts."""
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        file.writelines(itertools.repeat(piece, times))
        file.write(end)
    return str(path)


# A process begins with the peak of the one that started it: a small one between keeps ours out of the figure.
_BETWEEN = """
import os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - began, usage.ru_maxrss)
"""


def measure(desk: Path, case: Case) -> Measured:
    """Run a case as a process."""
    command = [str(PROGRAM), "--db", str(desk), "--now", NOW, *case.args]
    with Path(case.stdin or os.devnull).open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _BETWEEN, *command], stdin=stdin, capture_output=True, text=True, check=True
        )
    code, seconds, memory = done.stdout.split()
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(case, int(code), float(seconds), int(memory) * unit, done.stderr)


def search_work(desk: Path, words: str) -> float:
    """Processor seconds that a search takes once its desk is open, the best of five."""
    best = float("inf")
    with closing(connect(desk)) as db:
        for _ in range(5):
            began = time.process_time()
            list(search(db, words, NOW_SECONDS, 20))
            best = min(best, time.process_time() - began)
    return best


def all_cases(folder: Path, desk: Path, rows: int) -> Iterator[Measured]:
    """Every case, the refused ones last; raises AssertionError where something refused left a trace."""
    for case in asked(folder):
        yield measure(desk, case)
    before = tickets_on(desk)
    for case in refused(folder, rows):
        yield measure(desk, case)
    assert tickets_on(desk) == before, "what was refused is on record"


def tickets_on(desk: Path) -> int:
    """How many tickets there are."""
    with closing(connect(desk)) as db:
        count: int = db.execute("select count(*) from tickets").fetchone()[0]
    return count


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--desk", type=Path, help="one that was made before")
    given = options.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        desk = given.desk or make_desk(folder, given.rows)
        for words in WORDS:
            print(f"search {words:32} {search_work(desk, words) * 1000:8.1f} ms of work", flush=True)
        for measured in all_cases(folder, desk, given.rows):
            wrong += measured.code != measured.case.code
            print(
                f"{measured.case.name:32} exit {measured.code} {measured.seconds:8.1f} s"
                f" {measured.memory / MEGABYTE:8.0f} MB  {measured.said.splitlines()[:1] if measured.code else ''}",
                flush=True,
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
