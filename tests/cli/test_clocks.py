"""The moment of a write: read once the desk is held, and never before what is on record of the same matter."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import PROGRAM, Program, held, opened

from supportctl.cli.run.desk import run_change
from supportctl.cli.run.session import Session
from supportctl.desk.bugs import add_bug
from supportctl.desk.tickets import events
from supportctl.desk.tickets.thread import find_ticket
from supportctl.errors import Conflict
from supportctl.policy.ticket import Ticket
from supportctl.store import filing, tickets
from supportctl.store.actor import Actor
from supportctl.store.desk import TRIES, Desk

FAKE = """
import os, time
offset = float(os.environ.get("CLOCK_OFF", "0"))
true = time.time
time.time = lambda: true() + offset
"""


@pytest.fixture
def clocked(desk: Program, tmp_path: Path) -> Program:
    """The program without --now, by the clock of the machine."""
    (tmp_path / "off").mkdir()
    (tmp_path / "off" / "sitecustomize.py").write_text(FAKE)
    desk.env = {"SUPPORTCTL_NOW": ""}
    return desk


def off(desk: Program, hours: float) -> dict[str, str]:
    """A machine whose clock is wrong by so many hours."""
    return {"PYTHONPATH": str(desk.desk.with_name("off")), "CLOCK_OFF": str(hours * 3600)}


def started(desk: Program, agent: str, *args: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [PROGRAM, *args], env=desk.environment() | {"SUPPORTCTL_AGENT": agent}, stdout=subprocess.PIPE, stderr=-1
    )


def ended(runs: "list[subprocess.Popen[bytes]]") -> list[str]:
    said = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0] * len(runs), said
    return [out.decode() for out, _ in said]


def entries(desk: Program, number: int) -> list[tuple[int, int]]:
    return desk.sql("select n, at from history where ticket = ? order by n", [number])


def test_writers_that_wait_for_one_another_decide_for_the_moment_at_which_they_write(clocked: Program) -> None:
    """Each waits for the desk while the others write: nobody takes what another took, no entry comes before one that
    was there, and who asks after the licence is on record has its tier."""
    for n in range(6):
        clocked.all([["log", "--from", f"free{n}@example.com", "--subject", "Waits"]])
    clocked.all([["customer", "add", "ann@example.com"]])
    runs = []
    with held(clocked.desk):
        runs += [
            started(clocked, "kim", "licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", "ann@example.com")
        ]
        for n in range(4):
            runs += [started(clocked, f"agent{n}", "next", "--take", "--json")]
            runs += [started(clocked, f"agent{n}", "log", "--from", "ann@example.com", "--subject", "x", "--json")]
            runs += [started(clocked, f"agent{n}", "reply", "6", "--body", "x", "--json")]
        while any(not waits(run) for run in runs):
            pass
    said = ended(runs)
    taken = [json.loads(out)["id"] for out in said[1::3]]
    assert len(set(taken)) == 4, "two agents took the same ticket"
    for number in range(1, 11):
        at = [moment for _, moment in entries(clocked, number)]
        assert at == sorted(at), f"ticket {number}"
    assert {clocked.json("show", out["id"])["tier"] for out in map(json.loads, said[2::3])} == {"SITE"}
    assert clocked("db", "check").code == 0


def waits(run: "subprocess.Popen[bytes]") -> bool:
    """Whether a process has opened the desk; where that cannot be seen, whether it was started."""
    files = Path(f"/proc/{run.pid}/fd")
    if not files.is_dir() or run.poll() is not None:
        return True
    try:
        opened = [str(file.readlink()) for file in files.iterdir()]
    except OSError:
        return run.poll() is not None
    return any("desk.db" in each or each.startswith("socket:") for each in opened)


@pytest.mark.parametrize(
    "write",
    [
        ["note", "1", "--body", "x"],
        ["reply", "1", "--body", "x"],
        ["reply", "1", "--from", "ann@example.com", "--body", "x"],
        ["assign", "1", "kim"],
        ["edit", "1", "--topic", "usage"],
        ["close", "1", "--reason", "x"],
        ["merge", "1", "2"],
        ["spam", "1"],
        ["redact", "1", "1", "--yes"],
        ["remote", "start", "1"],
        ["next", "--take"],
        ["customer", "add", "ann@example.com"],
        ["bug", "link", "1", "1"],
        ["customer", "erase", "ann@example.com", "--yes"],
    ],
    ids=lambda args: "-".join(args[:3]),
)
def test_a_clock_that_was_set_back_puts_nothing_before_what_it_is_about(clocked: Program, write: list[str]) -> None:
    clocked.once([["licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", "ann@example.com"]])
    for _ in range(2):
        clocked.once([["log", "--from", "ann@example.com", "--subject", "Help", "--body", "me"]])
    clocked.once([["bug", "add", "--title", "Black screen"], ["note", "1", "--body", "first"]])
    if write[0] == "remote":
        clocked.once([["customer", "add", "ann@example.com"]])
    ran = clocked(*write, env=off(clocked, -2))
    assert ran.code == 0, ran.err
    for number in (1, 2):
        at = [moment for _, moment in entries(clocked, number)]
        assert at == sorted(at)


def test_a_licence_and_a_registration_hold_for_who_asks_under_a_clock_set_back(clocked: Program) -> None:
    clocked.all([["customer", "add", "ann@example.com"]])
    clocked.all([["licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", "ann@example.com"]])
    ran = clocked("log", "--from", "ann@example.com", "--subject", "Help", "--json", env=off(clocked, -3))
    assert ran.json["tier"] == "SITE"


@pytest.mark.parametrize("change", ["licence", "key"])
def test_a_licence_moves_what_waits_under_a_clock_set_back(clocked: Program, change: str) -> None:
    clocked.all([["customer", "add", "ann@example.com"]])
    clocked.all([["licence", "add", "STAR-0001-AAAA", "--tier", "STARTER", "--email", "bob@example.com"]])
    clocked.all([["log", "--from", "ann@example.com", "--subject", "Help"]])
    commands = {
        "licence": ["licence", "add", "SITE-0001-AAAA", "--tier", "SITE", "--email", "ann@example.com"],
        "key": ["customer", "edit", "ann@example.com", "--apply", "STAR-0001-AAAA"],
    }
    assert clocked(*commands[change], env=off(clocked, -3)).code == 0
    assert clocked.json("show", 1)["tier"] in ("SITE", "STARTER")


def test_a_clock_that_ran_ahead_leaves_other_tickets_alone(clocked: Program) -> None:
    """One wrong clock must not date all that is written from then on."""
    for name in ("ann", "bob"):
        clocked.all([["log", "--from", f"{name}@example.com", "--subject", "Help"]])
    assert clocked("note", "1", "--body", "x", env=off(clocked, 24 * 300)).code == 0
    before = datetime.now(UTC)
    clocked.all([["next", "--take"], ["next", "--take"], ["note", "2", "--body", "x"]])
    clocked.all([["log", "--from", "ann@example.com", "--subject", "Another", "--channel", "email"]])
    for number in (2, 3):
        assert datetime.fromtimestamp(entries(clocked, number)[-1][1], UTC) < before + timedelta(hours=1)
    assert [clocked.json("show", n, "--now", "2999-01-01")["assignee"] for n in (1, 2)] == ["tess", "tess"]


@pytest.mark.parametrize("now", ["2026-03-06T16:30:00Z", "2026-03-06T17:00:00Z", "2026-03-09T17:00:00Z"])
def test_next_never_takes_what_somebody_has_whatever_now_says(staffed: Program, now: str) -> None:
    for sender in ("site@example.com", "starter@example.com"):
        staffed.all([["log", "--from", sender, "--subject", "Help"]])
    staffed.all([["next", "--take", "--agent", "kim"]], now="2026-03-06T17:30:00Z")
    assert staffed.json("next", "--take", now=now)["id"] == 2
    assert staffed("next", "--take", now=now).code == 3
    assert staffed.json("show", 1, now="2026-03-10")["assignee"] == "kim"


def test_a_request_typed_for_a_moment_to_come_is_not_taken_before(clocked: Program) -> None:
    clocked.all([["log", "--from", "ann@example.com", "--subject", "Help", "--now", "2999-01-01T00:00:00Z"]])
    assert clocked("next", "--take").code == 3


# Conflicts


@pytest.fixture
def session(tmp_path: Path) -> Session:
    session = Session()
    session.given = {"db": Program(tmp_path / "desk.db").address, "agent": "tess"}
    return session


def _logged(db: Desk) -> int:
    from supportctl.desk.tickets.receive import Received, log_request

    now = int(datetime.now(UTC).timestamp())
    return log_request(db, Received("ann@example.com", "Help", "", now), Actor("tess", "tess", now, now)).ticket.id


def _stale_once(db: Desk, number: int, tries: list[int], times: int) -> Callable[[Actor], str]:
    """A deed that has read the ticket before somebody else changed it, the first `times` times."""

    def operation(who: Actor) -> str:
        tries.append(who.now)
        ticket = find_ticket(db, number)
        if len(tries) <= times:
            ticket = ticket._replace(row_version=ticket.row_version - 1)
        events.append(db, ticket, [events.Event("noted", {}, "x")], who.now, who)
        return "done"

    return operation


def test_a_change_that_met_another_is_decided_again(session: Session, tmp_path: Path) -> None:
    with opened(tmp_path / "desk.db", create=True) as db:
        number, tries = _logged(db), list[int]()
        assert run_change(session, db, _stale_once(db, number, tries, 1)) == "done"
        assert Counter(e.kind for e in tickets.entries(db, number)) == {"received": 1, "noted": 1}


def test_a_change_that_is_always_in_the_way_of_another_says_whose_it_is(session: Session, tmp_path: Path) -> None:
    with opened(tmp_path / "desk.db", create=True) as db:
        number, tries = _logged(db), list[int]()
        with pytest.raises(Conflict, match=f"Ticket {number} was changed meanwhile, last by tess") as raised:
            run_change(session, db, _stale_once(db, number, tries, 99))
        assert (len(tries), raised.value.exit_code) == (TRIES, 6)
        assert Counter(e.kind for e in tickets.entries(db, number)) == {"received": 1}


def test_the_last_attempt_holds_the_write_lock(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that of many at one desk nobody is always too late."""
    monkeypatch.setattr("supportctl.store.desk._pause", lambda _: None)
    with opened(tmp_path / "desk.db", create=True) as db:
        held = list[bool]()

        def operation(_: Actor) -> str:
            held.append(db.in_transaction)
            if not held[-1]:
                raise Conflict("Somebody else was first.", "Try again.")
            return "done"

        assert run_change(session, db, operation) == "done"
        assert held == [False] * (TRIES - 1) + [True]


def test_none_of_many_new_targets_is_dropped(tmp_path: Path) -> None:
    from supportctl.policy.ticket import Entry

    def retargeted(ticket: Ticket) -> filing.Retargeted:
        target = tickets.targets(db, ticket.id)[0]._replace(n=2, set_at=9)
        entry = Entry(2, 9, 9, "retargeted", "x", "x", {})
        return filing.Retargeted(ticket, target, [entry], [target])

    with opened(tmp_path / "desk.db", create=True) as db:
        found = [find_ticket(db, _logged(db)) for _ in range(3)]
        found[1] = found[1]._replace(row_version=7)
        with pytest.raises(Conflict, match="Ticket 2 was"), db.transaction():
            filing.retarget(db, list(map(retargeted, found)))
        assert [len(tickets.entries(db, n)) for n in (1, 2, 3)] == [1, 1, 1]


def test_a_change_needs_no_transaction_of_its_own(tmp_path: Path) -> None:
    """What is done inside another change is part of that: undone with it."""
    with opened(tmp_path / "desk.db", create=True) as db:
        with pytest.raises(RuntimeError), db.transaction():
            add_bug(db, "Black screen", Actor("tess", "tess", 1, 1))
            raise RuntimeError
        assert db.execute("select count(*) from bugs").fetchone() == (0,)
