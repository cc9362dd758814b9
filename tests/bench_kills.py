"""Kill supportctl in mid-write, again and again, and look for anything lost or half there. One command:

    .venv/bin/python tests/bench_kills.py              # 200 runs: log, reply, import, merge, migrate, backup
    .venv/bin/python tests/bench_kills.py --kills 20

Each kill is SIGKILL after a random part of the time that the command takes. After each, what was acknowledged must be
there, `db check` must find nothing, an export or backup must be the old file or a whole new one. POSIX only.
"""

import argparse
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from conftest import Program
from older import as_it_was

from supportctl.store.desk import SCHEMA_VERSION

JOBS = ("log", "reply", "import", "merge", "migrate", "backup")
LATEST = 1.1  # a kill may come after the end: then everything was acknowledged, and must be there


class Killed(NamedTuple):
    """What came of some kills: how many hit a running process, by job, and what was found wrong."""

    hits: Counter[str]
    faults: list[str]


def kill_often(desk: Program, kills: int, seed: int = 1) -> Killed:
    """Run each job in turn and kill it; `desk` is made if it is not there."""
    return _Killer(desk, seed).run(kills)


class _Killer:
    def __init__(self, desk: Program, seed: int) -> None:
        self.desk, self.dice = desk, random.Random(seed)
        self.folder = desk.desk.parent
        self.hits: Counter[str] = Counter()
        self.faults: list[str] = []
        self.took: dict[str, float] = {}
        for n in range(3):
            self._must("log", "--from", f"c{n}@example.com", "--subject", f"First {n}", "--body", "Help")
        self.old = self.folder / "old.db"
        self.kept = self.folder / "today.db"
        shutil.copy(self.desk.desk, self.kept)
        self.backup = self.folder / "backup.db"
        self.backup.write_bytes(b"old")

    def run(self, kills: int) -> Killed:
        jobs: dict[str, Callable[[int], None]] = {name: getattr(self, f"_{name}") for name in JOBS}
        for n in range(kills):
            job = JOBS[n % len(JOBS)]
            jobs[job](n)
            self._sound(self.desk, f"kill {n} ({job})")
        return Killed(self.hits, self.faults)

    def _log(self, n: int) -> None:
        before = self._tickets()
        done = self._killed("log", "log", "--from", f"k{n}@example.com", "--subject", f"Killed {n}", "--body", "x")
        self._expect(self._tickets() - before in ((1,) if done else (0, 1)), f"log {n}: not one ticket")

    def _reply(self, n: int) -> None:
        before = self._texts()
        done = self._killed("reply", "reply", "1", "--body", f"Answer {n}")
        self._expect(self._texts() - before in ((1,) if done else (0, 1)), f"reply {n}: not one text")

    def _import(self, n: int) -> None:
        file = self.folder / "tickets.csv"
        rows = [f"i{n}@example.com,Imported {n} {row},2026-02-02T18:00:00Z,e{n}-{row}" for row in range(40)]
        file.write_text("from,subject,received_at,external_id\n" + "\n".join(rows) + "\n")
        before = self._tickets()
        done = self._killed("import", "import", "tickets", str(file))
        self._expect(self._tickets() - before in ((40,) if done else (0, 40)), f"import {n}: half of it")

    def _merge(self, n: int) -> None:
        number = self._must("log", "--from", f"m{n}@example.com", "--subject", "Double", "--body", "x").split("\t")[0]
        before = self._count("select count(*) from history where kind in ('merged', 'absorbed')")
        done = self._killed("merge", "merge", number, "1", "--yes")
        more = self._count("select count(*) from history where kind in ('merged', 'absorbed')") - before
        self._expect(more in ((2,) if done else (0, 2)), f"merge {n}: half of it")

    def _migrate(self, n: int) -> None:
        for path in self.folder.glob("old.db*"):
            path.unlink()
        as_it_was(self.old, 1 + n % (SCHEMA_VERSION - 1), self.kept)
        self._killed("migrate", "--db", str(self.old), "db", "migrate")
        older = Program(self.old)
        self._expect(older("queue").code == 0, f"migrate {n}: the desk does not open")
        self._sound(older, f"migrate {n}")

    def _backup(self, n: int) -> None:
        before = self.backup.read_bytes()
        done = self._killed("backup", "db", "backup", str(self.backup), "--force")
        if done or self.backup.read_bytes() != before:
            self._sound(Program(self.backup), f"backup {n}")

    # What it stands on

    def _killed(self, job: str, *args: str) -> bool:
        """Run a command and kill it on the way; whether it had ended well before."""
        began = time.monotonic()
        process = self.desk.start(*args)
        with suppress(subprocess.TimeoutExpired):  # the time is up: that is the moment to kill it
            process.wait(timeout=self.took.get(job, 1.0) * self.dice.uniform(0.1, LATEST))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == 0:
            self.took[job] = time.monotonic() - began
        else:
            self._expect(process.returncode == -signal.SIGKILL, f"{job}: exit {process.returncode}")
            self.hits[job] += 1
        for left in self.folder.glob(".*.new*"):  # of a killed run, as `db check` says: nobody is at work now
            left.unlink()
        return process.returncode == 0

    def _must(self, *args: str) -> str:
        ran = self.desk(*args)
        self._expect(ran.code == 0, f"{args[0]}: {ran.err}")
        return ran.out

    def _sound(self, desk: Program, after: str) -> None:
        ran = desk("db", "check")
        self._expect(ran.code == 0, f"{after}: {ran.err}")

    def _expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)

    def _tickets(self) -> int:
        return self._count("select count(*) from tickets")

    def _texts(self) -> int:
        return self._count("select count(*) from texts")

    def _count(self, sql: str) -> int:
        count: int = self.desk.sql(sql)[0][0]
        return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        killed = kill_often(Program(Path(folder, "desk.db")), given.kills, given.seed)
    hits = ", ".join(f"{job} {killed.hits[job]}" for job in JOBS)
    print(f"{given.kills} runs, {sum(killed.hits.values())} killed at work ({hits}); faults: {len(killed.faults)}")
    for fault in killed.faults:
        print(f"  {fault}")
    raise SystemExit(bool(killed.faults))


if __name__ == "__main__":
    main()
