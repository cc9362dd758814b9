"""Measure start-up and speed; no test's verdict. Run it with the interpreter that supportctl is installed for:

    .venv/bin/python tests/bench.py              # start-up, as multiples of a bare interpreter, on 100,000 tickets
    .venv/bin/python tests/bench.py --rows 1000  # the same on a small desk

Whole processes, in pairs: each run of supportctl is followed by a bare `python -I -c pass` of the same interpreter, and
the median of the pairs' ratios is printed, so that a noisy machine disturbs both alike. Where valgrind is installed, the
instructions that a run executes are counted too: they are the same on a busy machine.
"""

import argparse
import csv
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("supportctl")
BARE = [sys.executable, "-I", "-c", "pass"]
NOW = "2026-03-06T18:00:00Z"


def make_desk(folder: Path, rows: int) -> Path:
    """A desk of so many customers, licences and tickets, a hundred of them late, made by the ordinary import."""
    desk = folder / "desk.db"
    start = datetime(2026, 1, 1, tzinfo=UTC)
    apart = timedelta(seconds=min(30, 5_500_000 // rows))  # the last one is answered before NOW, however many there are
    _write(
        folder / "customers.csv",
        ["email", "name", "kind", "registered_at"],
        ([f"c{i}@example.com", f"Customer {i}", "customer", "2025-01-01T00:00:00Z"] for i in range(rows)),
    )
    _write(
        folder / "licences.csv",
        ["key", "tier", "delivery_email", "issued_at"],
        ([f"KEY-{i:08d}", "PRO", f"c{i}@example.com", "2025-01-01T00:00:00Z"] for i in range(rows)),
    )
    _write(folder / "releases.csv", ["product", "version"], (["remote-utilities", f"7.{i}.0.0"] for i in range(9)))
    _write(
        folder / "tickets.csv",
        ["from", "subject", "body", "received_at", "first_response_at", "external_id"],
        (
            [
                f"c{i}@example.com",
                f"Question {i}",
                f"How do I connect? {_words(i)}",
                _iso(start + i * apart),
                "" if i < 100 else _iso(start + i * apart + timedelta(minutes=10)),
                f"x{i}",
            ]
            for i in range(rows)
        ),
    )
    for what in ("customers", "licences", "releases", "tickets"):
        began = time.perf_counter()
        run = [str(PROGRAM), "--db", str(desk), "--now", NOW, "import", what, str(folder / f"{what}.csv")]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        print(f"import {what:10} {rows if what != 'releases' else 9:>8} rows  {time.perf_counter() - began:6.1f} s")
    return desk


def _words(number: int) -> str:
    """A dozen words of this ticket's own, of which some are in every other ticket and most in few."""
    dice = random.Random(number)
    return " ".join(f"w{int(40_000 ** dice.random())}" for _ in range(12))


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(path: Path, header: list[str], rows: object) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)  # type: ignore[arg-type]  # rows of any sort


def ratio(command: list[str], pairs: int, env: dict[str, str]) -> tuple[float, float]:
    """The median of command/bare over so many pairs, and the command's median in milliseconds."""
    ratios, times = [], []
    for _ in range(pairs):
        mine, bare = _seconds(command, env), _seconds(BARE, env)
        ratios.append(mine / bare)
        times.append(mine)
    return statistics.median(ratios), statistics.median(times) * 1000


def _seconds(command: list[str], env: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, check=False)
    return time.perf_counter() - began


def instructions(command: list[str], env: dict[str, str]) -> float | None:
    """How many million instructions a run executes, all of its process; None without valgrind."""
    if (valgrind := shutil.which("valgrind")) is None:
        return None
    counting = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, *command]
    done = subprocess.run(counting, capture_output=True, text=True, env={**env, "PYTHONHASHSEED": "0"}, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    return int(found[1]) / 1e6 if found else None


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--pairs", type=int, default=40)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder), given.rows)
        at = [str(PROGRAM), "--db", str(desk), "--now", NOW]
        completing = {"_SUPPORTCTL_COMPLETE": "bash", "_SUPPORTCTL_LINE": "supportctl br"}
        cases = [
            ("lookup, JSON", [*at, "lookup", "c5@example.com", "-o", "json"], {}),
            ("lookup, table", [*at, "lookup", "c5@example.com", "-o", "table"], {}),
            ("check, JSON", [*at, "check", "7.8.0.0", "-o", "json"], {}),
            ("next, JSON", [*at, "next", "-o", "json"], {}),
            ("queue, JSON", [*at, "queue", "--limit", "10", "-o", "json"], {}),
            ("breaches, JSON", [*at, "breaches", "-o", "json"], {}),
            ("breaches, table", [*at, "breaches", "-o", "table"], {}),
            ("show, JSON", [*at, "show", "5", "-o", "json"], {}),
            ("search, JSON", [*at, "search", "w100", "--limit", "10", "-o", "json"], {}),
            ("log, JSON", [*at, "log", "--from", "c5@example.com", "--subject", "Hello", "-o", "json"], {}),
            ("reply, JSON", [*at, "reply", "6", "--body", "Try this.", "-o", "json"], {}),
            ("bash completion", [str(PROGRAM)], completing),
            ("--help", [str(PROGRAM), "--help"], {}),
        ]
        for name, command, extra in cases:
            env = {**os.environ, **extra}
            times_bare, milliseconds = ratio(command, given.pairs, env)
            counted = instructions(command, env)
            million = "" if counted is None else f"  {counted:6.1f} million instructions"
            print(f"{name:16} {times_bare:5.2f} x bare python  {milliseconds:6.1f} ms{million}")
        if (counted := instructions(BARE[1:], {**os.environ})) is not None:
            print(f"{'bare python':16} {counted:49.1f} million instructions")


if __name__ == "__main__":
    main()
