"""Measure imports beside `sqlite-utils insert` of the same file; no test's verdict. One command:

    .venv/bin/python tests/bench_import.py                   # 100,000 rows of each kind, 5,000 releases
    .venv/bin/python tests/bench_import.py --rows 5000 --only tickets --only forum

Whole processes, each import followed by sqlite-utils, and processor seconds: a noisy machine disturbs both alike.
`tickets` are on the channel ticket, which may carry secrets; every text of `forum` is scanned for them. POSIX only.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import NOW, PROGRAM, _iso, _words, _write

SQLITE_UTILS = Path(sys.executable).with_name("sqlite-utils")
START = datetime(2026, 1, 1, tzinfo=UTC)
MOST_RELEASES = 5_000
HEAD = ["from", "subject", "body", "channel", "version", "topic", "received_at", "first_response_at", "external_id"]
# What people write about remote support: ordinary words, some of them near those that announce a secret.
SENTENCES = (
    "Hello, since the update on Monday the viewer no longer connects to the host in our branch office.",
    "The log says error 10060 at 14:32, and after that the session is closed by the remote side.",
    "I have already restarted the service and opened port 5650 in the firewall, without any change.",
    "Where can I download the MSI package for an unattended installation on 25 computers?",
    "The password dialog appears twice before the desktop is shown, is that by design?",
    "We use version 7.2.2.0 on Windows Server 2019, the clients are at 7.1.7.0 and a few at 6.10.10.0.",
    "Please let me know whether our licence covers two monitors and the use of a self-hosted server.",
    "When I send Ctrl+Alt+Del nothing happens, but the mouse and the keyboard work as usual.",
    "My colleague in Zürich sees the same on his notebook (HP EliteBook 840 G5), so it is not my machine.",
    "File transfer stops at 4 GB with the message that the device is not ready, see the attached picture.",
    "Is there a way to hide the tray icon from the users, and can an address book be shared by a team?",
    "Thank you very much for your quick help, I am looking forward to your answer.",
)


def bench_files(folder: Path, rows: int) -> Iterator[tuple[str, str, Path, int]]:
    """Each file with a name, the kind of its rows, and how many it has, in the order in which they are imported."""
    yield _file(
        folder, "customers", "customers", ["email", "name", "kind", "registered_at"],
        ([_address(i), f"Customer {i}", "customer", "2025-01-01T00:00:00Z"] for i in range(rows)),
    )  # fmt: skip
    yield _file(
        folder, "licences", "licences", ["key", "tier", "delivery_email", "issued_at"],
        ([f"KEY-{i:08d}", ("PRO", "SITE")[i % 2], _address(i), "2025-01-01T00:00:00Z"] for i in range(rows)),
    )  # fmt: skip
    yield _file(
        folder, "releases", "releases", ["product", "version", "released_at"],
        (_release(i) for i in range(min(rows, MOST_RELEASES))),
    )  # fmt: skip
    yield _file(folder, "tickets", "tickets", HEAD, (_ticket(i, rows, "ticket", _words(i)) for i in range(rows)))
    yield _file(folder, "forum", "tickets", HEAD, (_ticket(i, rows, "forum", _text(i)) for i in range(rows)))


def _file(
    folder: Path, name: str, kind: str, head: list[str], rows: Iterable[Sequence[str]]
) -> tuple[str, str, Path, int]:
    written = list(rows)
    _write(folder / f"{name}.csv", head, written)
    return name, kind, folder / f"{name}.csv", len(written)


def _release(number: int) -> list[str]:
    """One in a hundred is of the product that tickets are about."""
    product = "remote-utilities-server" if number % 100 else "remote-utilities"
    return [product, f"7.{number // 100}.{number % 100}.0", "2025-06-01"]


def _address(number: int) -> str:
    return f"c{number}@example.com"


def _ticket(number: int, rows: int, channel: str, body: str) -> list[str]:
    """Most are answered in time; every fiftieth waits."""
    at = START + number * timedelta(seconds=min(30, 5_500_000 // rows))
    answered = "" if number % 50 == 0 else _iso(at + timedelta(minutes=10 + number % 300))
    topic = ("", "installation", "usage", "network")[number % 4]
    said = [_address(number), f"Question {number}", body, channel, "7.2.2.0" if number % 3 else "", topic]
    return [*said, _iso(at), answered, f"{channel}-{number}"]


def _text(number: int) -> str:
    """Four hundred characters that no other ticket has just so."""
    dice = random.Random(number)
    return f"{' '.join(dice.sample(SENTENCES, 4))}\n\nInvoice {dice.randrange(10**6)}, {_words(number)}"


def processor_seconds(command: Sequence[str | Path]) -> float:
    """What a command takes of the processor, children included. Raises SystemExit where it fails."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"exit {process.returncode}: {' '.join(map(str, command))}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--only", action="append", help="print these alone; may be repeated")
    options.add_argument("--program", type=Path, default=PROGRAM, help="another supportctl")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        at = [given.program, "--db", folder / "desk.db", "--now", NOW, "import"]
        for name, kind, file, rows in bench_files(folder, given.rows):
            ours = processor_seconds([*at, kind, file])
            if given.only and name not in given.only:
                continue
            plain = processor_seconds([SQLITE_UTILS, "insert", folder / f"{name}.db", "rows", file, "--csv"])
            per_second = f"{rows / ours:7,.0f}/s of {rows:,}"
            print(f"{name:10} {ours / plain:6.2f} x sqlite-utils insert {ours:8.2f} s {per_second}", flush=True)


if __name__ == "__main__":
    main()
