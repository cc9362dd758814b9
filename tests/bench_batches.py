"""Measure lines of standard input; no test's verdict. Run it with the interpreter that supportctl is installed for:

    .venv/bin/python tests/bench_batches.py                 # a desk of 10,000 customers, 20,000 lines, 2,000 changes
    .venv/bin/python tests/bench_batches.py --rows 100000

Seconds of CPU, start-up included, in pairs: each run is followed by a plain Python program that reads as many lines,
finds a row for each of them by an index, or writes one in changes of 500, and prints JSON. It knows no policy.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from bench import NOW, PROGRAM, make_desk

FINDS = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for line in sys.stdin:
    row = db.execute("select * from customers where email_folded = ?", [line.strip()]).fetchone()
    print(json.dumps({"query": line.strip(), "row": row}))
"""
WRITES = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1] + ".plain")
db.execute("create table if not exists lines (id integer primary key, data text)")
for count, line in enumerate(sys.stdin, 1):
    db.execute("insert into lines (data) values (?)", [json.dumps(json.loads(line))])
    print(line.strip())
    if count % 500 == 0:
        db.commit()
db.commit()
"""


def seconds(command: Sequence[str], given: str) -> float:
    """The CPU time of a run; a line that is answered with "no" is an answer too."""
    before = getrusage(RUSAGE_CHILDREN)
    ran = subprocess.run(command, input=given, text=True, stdout=subprocess.DEVNULL, check=False)
    assert ran.returncode in (0, 3), command
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--lines", type=int, default=20_000)
    options.add_argument("--changes", type=int, default=2_000)
    options.add_argument("--pairs", type=int, default=5)
    given = options.parse_args()
    dice, rows = random.Random(1), given.rows
    asked = [f"c{dice.randrange(rows * 6 // 5)}@example.com" for _ in range(given.lines)]
    versions = [f"7.{dice.randrange(12)}.{dice.randrange(3)}.0" for _ in range(given.lines)]
    with tempfile.TemporaryDirectory() as folder:
        desk = str(make_desk(Path(folder), rows))
        first = 0

        def changes(verb: str) -> list[str]:
            nonlocal first
            first += given.changes
            numbers = range(first - given.changes, first)
            return [json.dumps(_line(verb, number, number % rows)) for number in numbers]

        for verb in ("lookup", "check", "log", "reply", "close"):
            times, ratios = [], []
            for _ in range(given.pairs):
                lines = {"lookup": asked, "check": versions}.get(verb) or changes(verb)
                words = [verb, "-"] if verb in ("lookup", "check") else [verb, "--jsonl", "-"]
                text = "\n".join(lines)
                ours = seconds([str(PROGRAM), "--db", desk, "--now", NOW, *words, "-o", "jsonl"], text)
                plain = FINDS if verb in ("lookup", "check") else WRITES
                theirs = seconds([sys.executable, "-c", plain, desk], text)
                times.append(len(lines) / ours)
                ratios.append(ours / theirs)
            print(f"{verb:7}{statistics.median(times):8,.0f} lines/s  {statistics.median(ratios):5.2f} x plain Python")


def _line(verb: str, number: int, customer: int) -> dict[str, object]:
    if verb == "log":
        return {"from": f"c{customer}@example.com", "subject": f"Help {number}", "body": "It does not start any more."}
    return (
        {"id": customer + 1, "body": "Please restart it."} if verb == "reply" else {"id": customer + 1, "reason": "x"}
    )


if __name__ == "__main__":
    main()
