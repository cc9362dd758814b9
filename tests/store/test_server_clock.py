"""Laptops whose clocks are wrong, at one shared desk: without --now the time of its server counts, for all of them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import postgres
import pytest
import wire
from conftest import Program

pytestmark = pytest.mark.about_the_server

MINUTES = 60
BEHIND, RIGHT, AHEAD = -10 * MINUTES, 0, 10 * MINUTES
SLACK = 5  # seconds that a run may take
SHIFTED = """
import os, time
_true = time.time
time.time = lambda: _true() + int(os.environ["SHIFT"])
"""


@pytest.fixture
def laptops(staffed: Program, tmp_path: Path) -> Program:
    """A desk whose program asks a clock that is wrong by SHIFT seconds."""
    (tmp_path / "shift").mkdir()
    (tmp_path / "shift" / "sitecustomize.py").write_text(SHIFTED)
    staffed.env |= {"PYTHONPATH": str(tmp_path / "shift"), "SHIFT": "0", "SUPPORTCTL_NOW": ""}
    return staffed


def at(desk: Program, shift: int, *words: str, stdin: str = "") -> str:
    """What a command prints on a laptop whose clock is wrong by so much; it must succeed."""
    ran = desk(*words, stdin=stdin, env={"SHIFT": str(shift)})
    assert (ran.code, "sitecustomize" in ran.err) == (0, False), ran.err
    return ran.out


def entries(desk: Program, ticket: int) -> list[tuple[str, int, int]]:
    found = "select kind, at, entered_at from history where ticket = :ticket order by n"
    return [tuple(row) for row in desk.sql(found, {"ticket": ticket})]


@pytest.mark.parametrize("order", [(BEHIND, AHEAD, RIGHT), (AHEAD, BEHIND, AHEAD), (RIGHT, BEHIND, RIGHT)])
def test_what_several_laptops_write_is_in_order_and_of_the_servers_time(
    laptops: Program, order: tuple[int, int, int]
) -> None:
    before = int(time.time())
    at(laptops, order[0], "log", "--from", "site@example.com", "--subject", "Help", "--body", "It is black")
    at(laptops, order[1], "assign", "1", "kim")
    at(laptops, order[2], "reply", "1", "--body", "-", stdin="Look here")
    at(laptops, order[0], "note", "1", "--body", "Seen")
    at(laptops, order[1], "close", "1")
    after = int(time.time())
    found = entries(laptops, 1)
    assert [kind for kind, *_ in found] == ["received", "assigned", "replied", "noted", "closed"]
    moments = [moment for _, *both in found for moment in both]
    assert moments == sorted(moments)
    assert before - SLACK <= moments[0]
    assert moments[-1] <= after + SLACK
    assert laptops.sql("select id from changes order by id") == laptops.sql("select id from changes order by at, id")
    assert laptops.sql("select body from texts where ticket = 1 and n = 3") == [("Look here",)]


@pytest.mark.parametrize("shift", [BEHIND, AHEAD])
def test_a_due_time_is_that_of_a_right_clock(laptops: Program, shift: int) -> None:
    for wrong in (RIGHT, shift, RIGHT):
        at(laptops, wrong, "log", "--from", "site@example.com", "--subject", "Help")
    (first, wrong, last) = (due for (due,) in laptops.sql("select due_at from tickets order by id"))
    assert first <= wrong <= last


@pytest.mark.parametrize("shift", [BEHIND, AHEAD])
def test_a_ticket_is_taken_once_and_at_the_servers_time(laptops: Program, shift: int) -> None:
    for _ in range(2):
        at(laptops, RIGHT, "log", "--from", "site@example.com", "--subject", "Help")
    before = int(time.time())
    at(laptops, shift, "next", "--take", "--agent", "kim")
    at(laptops, -shift, "next", "--take", "--agent", "lee")
    taken = laptops.sql("select h.at from history h where h.kind = 'assigned' order by h.ticket")
    assert all(before - SLACK <= moment <= time.time() + SLACK for (moment,) in taken)
    assert laptops.sql("select assignee from tickets order by id") == [("kim",), ("lee",)]


@pytest.mark.parametrize("shift", [BEHIND, AHEAD])
def test_what_is_read_is_as_of_the_servers_time(laptops: Program, shift: int) -> None:
    at(laptops, RIGHT, "log", "--from", "site@example.com", "--subject", "Help")
    assert at(laptops, shift, "show", "1", "--json") == at(laptops, RIGHT, "show", "1", "--json")
    assert at(laptops, shift, "queue") == at(laptops, RIGHT, "queue")
    assert at(laptops, shift, "show", "-", stdin="1\n") == at(laptops, RIGHT, "show", "-", stdin="1\n")
    at(laptops, RIGHT, "customer", "add", "late@example.com")
    for words in (["lookup", "late@example.com"], ["lookup", "-"], ["next"], ["customer", "list"]):
        seen = [at(laptops, wrong, *words, stdin="late@example.com\n") for wrong in (shift, RIGHT)]
        assert seen[0] == seen[1]


@pytest.mark.parametrize("shift", [BEHIND, AHEAD])
def test_a_time_given_back_from_now_is_back_from_the_servers(laptops: Program, shift: int) -> None:
    at(laptops, RIGHT, "log", "--from", "site@example.com", "--subject", "Help", "--received", "30m")
    before = int(time.time())
    at(laptops, shift, "reply", "1", "--body", "x", "--at", "10m")
    (moment,) = [moment for kind, moment, _ in entries(laptops, 1) if kind == "replied"]
    assert before - 10 * MINUTES - SLACK <= moment <= time.time() - 10 * MINUTES + SLACK


def test_what_is_in_the_future_is_decided_by_the_servers_time(laptops: Program) -> None:
    at(laptops, RIGHT, "log", "--from", "site@example.com", "--subject", "Help", "--received", "30m")
    for shift, moment, code in ((BEHIND, -2 * MINUTES, 0), (AHEAD, 5 * MINUTES, 2)):
        when = datetime.fromtimestamp(time.time() + moment, UTC).isoformat(timespec="seconds")
        ran = laptops("reply", "1", "--body", "x", "--at", when, env={"SHIFT": str(shift)})
        assert ran.code == code, ran.err


@pytest.fixture
def remote(laptops: Program) -> Iterator[tuple[Program, wire.Wire]]:
    """The same desk over a wire that is watched."""
    at(laptops, RIGHT, "log", "--from", "site@example.com", "--subject", "Help")
    server = postgres.given()
    with wire.between(server.port) as watched:
        laptops.env["SUPPORTCTL_DB"] = laptops.address.replace(f":{server.port}/", f":{watched.port}/")
        yield laptops, watched


@pytest.mark.parametrize(
    ("words", "trips"),
    [
        (["show", "1"], 1), (["lookup", "site@example.com"], 1), (["queue"], 1), (["reply", "1", "--body", "x"], 2),
        (["log", "--from", "site@example.com", "--subject", "x"], 2), (["next", "--take"], 2),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)  # fmt: skip
def test_a_wrong_clock_costs_one_trip_and_a_right_one_none(
    remote: tuple[Program, wire.Wire], words: list[str], trips: int
) -> None:
    desk, watched = remote
    for shift, more in ((BEHIND, 1), (AHEAD, 1), (1, 0)):
        watched.forget()
        desk.env["SHIFT"] = str(shift)
        ran = desk(*words)
        assert (ran.code, watched.trips) in ((0, trips + more), (3, 1 + more)), ran.err
