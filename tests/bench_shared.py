"""Measure a shared desk from afar, and many agents at once; no test's verdict. Run it with the interpreter that
supportctl is installed for:

    .venv/bin/python tests/bench_shared.py               # whole commands at 0, 20 and 80 ms, then many at once
    .venv/bin/python tests/bench_shared.py --only many --agents 8 --delay 80

It starts a PostgreSQL server of its own, with the durability of a true one, and reaches it through a proxy (`wire`) that
holds back every byte for half of a round trip. A whole command is a process from its start to its end; its handshake is
what connecting alone takes there. Many at once are processes that carry out command after command without starting
anew, each with a connection of its own: one in three logs a request, one answers one of three tickets, one takes the
next ticket. At the end nothing may be lost or doubled, and `db check` has the last word.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import postgres
import psycopg2
import wire

from supportctl.cli.run.session import named_desk
from supportctl.desk import place_at
from supportctl.store.postgres.address import connection_settings

PROGRAM = str(Path(sys.executable).with_name("supportctl"))
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
HOT = 3  # tickets that everyone answers
WAITING = 30  # tickets at the beginning
COMMANDS: dict[str, list[str]] = {
    "lookup": ["lookup", "site@example.com"], "lookup of a key": ["lookup", "SITE-0001-AAAA"],
    "breaches": ["breaches"], "queue": ["queue"], "show": ["show", "1"], "check": ["check", "7.7.3.0"],
    "log": ["log", "--from", "site@example.com", "--subject", "x", "--body", "y"],
    "reply": ["reply", "1", "--body", "x"], "note": ["note", "1", "--body", "x"], "assign": ["assign", "2", "kim"],
    "close": ["close", "{}", "--reason", "x"], "next --take": ["next", "--take"],
}  # fmt: skip
LETS = ("plain", "SCRAM", "TLS and SCRAM")
# What each agent runs: commands from standard input, one after another, as `supportctl` would run each.
AGENT = """
import io, json, os, sys, time
from supportctl.cli.run.commands import run
from supportctl.cli.run.failure import as_supportctl_error
from supportctl.cli.run.session import Session
from supportctl.store import desk

again, pause = [], desk._pause
desk._pause = lambda tries: (again.append(tries), pause(tries))

def carry_out(words):
    session = Session(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO())
    try:
        return run(words, session), session.stdout.getvalue()
    except Exception as error:
        known = as_supportctl_error(error)
        return known.exit_code, known.message

carry_out(["queue", "--limit", "1"])  # what a first command loads
print("ready", flush=True)
for line in sys.stdin:
    words = json.loads(line)
    began = time.time()
    code, said = carry_out(words)
    print(json.dumps([words, code, said.strip(), time.time() - began, len(again)]), flush=True)
    again.clear()
"""


class Desk(NamedTuple):
    """A desk as a program is told of it: its address and what else stands in the environment."""

    address: str
    env: Mapping[str, str]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        env = {**self.env, "SUPPORTCTL_DB": self.address}
        return subprocess.run([PROGRAM, *words], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def must(self, *words: str) -> str:
        ran = self.run(*words)
        assert ran.returncode in (0, 3), (words, ran.stderr)
        return ran.stdout

    def through(self, server: int, watched: wire.Wire) -> "Desk":
        return self._replace(address=self.address.replace(f":{server}/", f":{watched.port}/"))


def fill(desk: Desk, tickets: int) -> None:
    """Customers, a licence, releases, and so many tickets that nobody has."""
    desk.must("customer", "add", "site@example.com", "--name", "Sita")
    desk.must("licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", "site@example.com")
    desk.must("release", "add", "remote-utilities", "7.7.3.0", "--date", "2025-11-16")
    for _ in range(HOT):
        desk.must("log", "--from", "site@example.com", "--subject", "Hot", "--assignee", "kim")
    lines = "".join(json.dumps({"from": f"{n}@example.com", "subject": f"Waits {n}"}) + "\n" for n in range(tickets))
    env = {**desk.env, "SUPPORTCTL_DB": desk.address}
    subprocess.run([PROGRAM, "log", "--jsonl", "-"], input=lines, env=env, text=True, check=True, capture_output=True)


# Whole commands


def lets(server: postgres.Server) -> dict[str, tuple[str, dict[str, str]]]:
    """The roles that the server lets in, each its own way: the role's address part, and what libpq is told."""
    data = server.folder / "data"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", data / "server.key", "-out", data / "server.crt"],
        capture_output=True, check=False,
    )  # fmt: skip
    server.sql("set password_encryption = 'scram-sha-256'; create role scram login superuser password 'secret'")
    rules = "host all scram 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\nlocal all all trust\n"
    (data / "pg_hba.conf").write_text(rules, encoding="utf-8")
    ways = {"plain": (postgres.OWNER, {"PGSSLMODE": "disable"})}
    password = {"PGPASSWORD": "secret", "PGSSLMODE": "disable"}
    ways["SCRAM"] = ("scram", password)
    if made.returncode == 0:
        for name in ("server.key", "server.crt"):
            if os.geteuid() == 0:
                os.chown(data / name, data.stat().st_uid, data.stat().st_gid)
            (data / name).chmod(0o600)
        server.sql("alter system set ssl = on")
        certificate = server.folder / "root.crt"
        certificate.write_bytes((data / "server.crt").read_bytes())
        certificate.chmod(0o644)
        secure = {**password, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(certificate)}
        ways["TLS and SCRAM"] = ("scram", secure)
    server.sql("select pg_reload_conf()")
    time.sleep(1)  # until it has read its rules again
    return ways


def timed(act: Any, times: int) -> float:
    """The median of so many runs, in milliseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def whole_commands(server: postgres.Server, desk: Desk, delays: Sequence[int], times: int) -> None:
    ways = lets(server)
    print(f"{'':18}" + "".join(f"{way}, {delay} ms".rjust(22) for way in ways for delay in delays))
    rows: dict[str, list[str]] = {name: [] for name in ["(handshake)", *COMMANDS]}
    for role, told in ways.values():
        for delay in delays:
            with wire.between(server.port, delay / 2000) as watched:
                address = desk.address.replace(f"{postgres.OWNER}@", f"{role}@")
                there = Desk(address, {**desk.env, **told}).through(server.port, watched)
                settings = {**connection_settings(there.address, told), "sslmode": told["PGSSLMODE"]}
                settings |= {"password": "secret", "sslrootcert": told.get("PGSSLROOTCERT", "")}
                shake = timed(lambda: psycopg2.connect(there.address, **settings).close(), times)  # noqa: B023  # at once
                rows["(handshake)"].append(f"{shake:.0f}")
                for name, words in COMMANDS.items():
                    took = timed(lambda: there.must(*_fitting(words)), times)  # noqa: B023  # at once
                    rows[name].append(f"{took:.0f}")
    for name, cells in rows.items():
        print(f"{name:18}" + "".join(cell.rjust(22) for cell in cells), flush=True)


_open = iter(range(HOT + 1, 10_000))


def _fitting(words: Sequence[str]) -> list[str]:
    return [word.format(next(_open)) if word == "{}" else word for word in words]


# Many at once


def commands(agent: int, count: int) -> Iterator[list[str]]:
    """What an agent does, in turn."""
    for n in range(count):
        kind = (agent + n) % 3
        if kind == 0:
            yield ["log", "--from", f"agent{agent}-{n}@example.com", "--subject", f"By {agent}, {n}", "-q", "--json"]
        elif kind == 1:
            yield ["reply", str(1 + (agent + n) % HOT), "--body", f"answer {agent} {n}", "--json"]
        else:
            yield ["next", "--take", "--json"]


def at_once(desk: Desk, agents: int, count: int) -> tuple[list[Any], float]:
    """What so many agents did and were told, each so many commands, and the seconds of all that."""
    running = []
    for agent in range(agents):
        env = {**desk.env, "SUPPORTCTL_DB": desk.address, "SUPPORTCTL_AGENT": f"agent{agent}"}
        running.append(
            subprocess.Popen([sys.executable, "-c", AGENT], env=env, stdin=-1, stdout=-1, text=True, bufsize=1)
        )
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for agent, each in enumerate(running):
        assert each.stdin is not None
        each.stdin.write("".join(json.dumps(words) + "\n" for words in commands(agent, count)))
        each.stdin.close()
    done = [json.loads(line) for each in running for line in each.stdout or ()]
    took = time.perf_counter() - began
    for each in running:
        each.wait()
    return done, took


def many(desk: Desk, agents: int, count: int) -> None:
    """Let so many agents work at once, and print how fast that is and what went wrong."""
    done, took = at_once(desk, agents, count)
    failed = Counter(said for _, code, said, *_ in done if code not in (0, 3))
    waits, again = sorted(wait for *_, wait, _ in done), sum(tries for *_, tries in done)
    print(
        f"{agents} agents: {(len(done) - failed.total()) / took:.1f} changes/s, {failed.total()} of {len(done)} failed, {again} decided again;"
        f" a change took {statistics.median(waits):.2f} s, the longest {waits[-1]:.2f} s", flush=True,
    )  # fmt: skip
    for said, times in failed.most_common(5):
        print(f"   {times} times: {said}")
    for fault in faults(desk, done):
        print(f"   FAULT: {fault}")


def faults(desk: Desk, done: Sequence[Any]) -> Iterator[str]:
    """What was lost or doubled, by what each agent was told and by what is on the desk."""
    made = [(words, json.loads(said)) for words, code, said, *_ in done if code == 0]
    numbers = [ticket["id"] for words, ticket in made if words[0] == "log"]
    taken = [ticket["id"] for words, ticket in made if words[0] == "next"]
    told = Counter(words[3] for words, _ in made if words[0] == "reply")
    with closing(place_at(named_desk(desk.address, "the desk")).open()) as db:
        on_desk = [number for (number,) in db.execute("select id from tickets order by id").fetchall()]
        texts = Counter(body for (body,) in db.execute(_ANSWERS).fetchall())
        takes = [number for (number,) in db.execute(_TAKES).fetchall()]
    if on_desk != list(range(1, len(on_desk) + 1)):
        yield "numbers are missing"
    if len(set(numbers)) < len(numbers) or not set(numbers) <= set(on_desk):
        yield "a number was given twice, or its ticket is missing"
    if sorted(taken) != sorted(set(takes)) or len(takes) > len(set(takes)):
        yield f"taken {sorted(takes)}, but the agents were told {sorted(taken)}"
    if texts != told:
        yield f"replies lost: {told - texts}; doubled, or of agents who were told otherwise: {texts - told}"
    checked = desk.run("db", "check")
    if checked.returncode != 0:
        yield f"db check: {checked.stdout}{checked.stderr}"


_ANSWERS = "select x.body from texts x join history h on h.ticket = x.ticket and h.n = x.n where h.kind = 'replied'"
_TAKES = "select ticket from history where kind = 'assigned'"


# All of it


@contextmanager
def shared(env: Mapping[str, str]) -> Iterator[tuple[postgres.Server, Desk]]:
    with postgres.serving({**DURABLE, "max_connections": "300"}) as server:
        server.create("desk")
        desk = Desk(server.address("desk"), env)
        desk.must("db", "create", desk.address)
        yield server, desk


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--only", choices=("times", "many"))
    options.add_argument("--agents", type=int)
    options.add_argument("--delay", type=int, help="of a round trip, in ms")
    options.add_argument("--times", type=int, default=5)
    options.add_argument("--changes", type=int, default=12, help="of each agent")
    options.add_argument("--engine", choices=("postgresql", "sqlite"))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = {"PATH": os.environ["PATH"], "HOME": folder, "SUPPORTCTL_TZ": "UTC", "SUPPORTCTL_AGENT": "tess"}
        if given.only != "many":
            with shared(env) as (server, desk):
                fill(desk, 10 * WAITING)
                whole_commands(server, desk, (0, 20, 80) if given.delay is None else (given.delay,), given.times)
        if given.only != "times":
            runs = [(8, 0), (50, 0), (8, 80)]
            if given.agents or given.delay is not None:
                runs = [(given.agents or 8, given.delay or 0)]
            for agents, delay in runs:
                if given.engine != "sqlite":
                    with shared(env) as (server, desk), wire.between(server.port, delay / 2000) as watched:
                        fill(desk, agents * given.changes)
                        print(f"PostgreSQL, {delay} ms:", end=" ")
                        many(desk.through(server.port, watched) if delay else desk, agents, given.changes)
                if given.engine != "postgresql" and not delay:
                    desk = Desk(str(Path(folder, f"{agents}.db")), env)
                    fill(desk, agents * given.changes)
                    print("SQLite:", end=" ")
                    many(desk, agents, given.changes)


if __name__ == "__main__":
    main()
