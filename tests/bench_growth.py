"""Measure how each command grows with the desk; no test's verdict. One command:

    .venv/bin/python tests/bench_growth.py                        # 1,000, 10,000 and 100,000 tickets: some minutes
    .venv/bin/python tests/bench_growth.py --rows 1000 10000
    .venv/bin/python tests/bench_growth.py --keep DIR             # desks stay there, and are taken from there

A row is a command, a column a desk. Whole processes, each followed by a bare `python -I -c pass`; what is printed is the
median of the pairs' ratios of processor time, which a busy machine disturbs least. Of a desk's tickets a tenth are
answered and still open, each with an agent, as nobody closes everything; a hundred are late, and nobody's; the
rest is closed, a fiftieth of it without an answer. POSIX only.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from bench import BARE, NOW, PROGRAM, _iso, _words, _write

LATE, AGENTS = 100, 20
START = datetime(2026, 1, 1, tzinfo=UTC)
Case = tuple[str, list[str]]


def cases(folder: Path, rows: int) -> Iterator[Case]:
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


def measure(desk: Path, name: str, words: list[str], pairs: int) -> float:
    """The median of the pairs' ratios of processor time to a bare Python."""
    env = {**os.environ, "SUPPORTCTL_DB": str(desk), "SUPPORTCTL_NOW": NOW, "SUPPORTCTL_AGENT": "agent7"}
    command = [str(PROGRAM), *words]
    if name.startswith("Tab"):
        command = command[:1]
        env |= {"_SUPPORTCTL_COMPLETE": "bash", "_SUPPORTCTL_LINE": f"supportctl {' '.join(words)}"}
    stdout = _terminal() if name.endswith("terminal") else os.open(os.devnull, os.O_WRONLY)
    ratios = [processor_seconds(command, env, stdout) / processor_seconds(BARE, env, stdout) for _ in range(pairs)]
    os.close(stdout)
    return statistics.median(ratios)


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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options.add_argument("--pairs", type=int, default=9, help="of each command; of those that read all, a third")
    options.add_argument("--keep", type=Path, help="a folder for the desks")
    options.add_argument("--only", default="", help="the commands with this in their name")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        desks = {rows: make_desk(folder, rows) for rows in given.rows}
        print(f"{'in bare Pythons':28}", *(f"{rows:>12,}" for rows in desks))
        size = (f"{desk.stat().st_size / rows:>12,.0f}" for rows, desk in desks.items())
        print(f"{'bytes a ticket':28}", *size)
        names = [name for name, _ in cases(folder, 1000) if given.only in name]
        for name in names:
            print(f"{name:28}", end="", flush=True)
            for rows, desk in desks.items():
                words = dict(cases(Path(scratch), rows))[name]
                pairs = max(1, given.pairs // 3) if name in LONG else given.pairs
                print(f" {measure(desk, name, words, pairs):12.1f}", end="", flush=True)
            print()


if __name__ == "__main__":
    main()
