"""A command reads at once and decides while nothing is held: its batches are counted at the seam of the engine."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest
from conftest import PROGRAM, Program

seam = pytest.mark.about_the_file  # it takes the engine's own statements apart

# What is loaded into the program: it notes each batch of reads, each change, and each decision with what was held.
WATCH = """
import os, sys
from supportctl.policy import entitlement, history, judgement, promise
from supportctl.store.sqlite.connection import SqliteDesk

OWN = {f"supportctl.store.sqlite.{name}" for name in ("connection", "foreign_schema", "opening", "atomic", "turn")}
desks, inside = [], []

def note(what):
    with open(os.environ["NOTED"], "a") as file:
        file.write(what + "\\n")

def execute(db, statement, *values):
    desks[:] = [db]
    if statement == "begin immediate":
        note("change")
    elif not (inside or db.in_transaction or sys._getframe(1).f_globals["__name__"] in OWN):
        note("batch")
    return plain(db, statement, *values)

def batch(read):
    def noted(db, *asked):
        note("batch")
        inside.append(db)
        try:
            return read(db, *asked)
        finally:
            inside.clear()
    return noted

def watched(decide):
    def decided(*args, **named):
        held = any(db.in_transaction for db in desks)
        note(f"{decide.__name__} {'held' if held else 'free'}")
        return decide(*args, **named)
    return decided

plain = SqliteDesk.execute
SqliteDesk.execute = execute
SqliteDesk.ahead, SqliteDesk.ahead_about = batch(SqliteDesk.ahead), batch(SqliteDesk.ahead_about)
for module, names in (
    (history, ["replay"]), (promise, ["due_until", "effective_targets"]), (judgement, ["judge_request"]), (entitlement, ["entitle"])
):
    for name in names:
        setattr(module, name, watched(getattr(module, name)))
"""


@pytest.fixture
def watched(staffed: Program, tmp_path: Path) -> Program:
    """A desk with four tickets, and the program that notes how it works with it."""
    staffed.all(
        [["log", "--from", f"{name}@example.com", "--subject", "Help"] for name in ("site", "site", "starter", "new")]
    )
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    staffed.env |= {"PYTHONPATH": str(tmp_path / "watch"), "NOTED": str(tmp_path / "noted")}
    return staffed


def noted(desk: Program, *args: str) -> Counter[str]:
    """What a command noted."""
    file = Path(desk.env["NOTED"])
    file.unlink(missing_ok=True)
    ran = desk(*args)
    assert (ran.code, "sitecustomize" in ran.err) == (0, False), ran.err
    return Counter(file.read_text().splitlines())


@seam
@pytest.mark.parametrize(
    ("batches", "changes", "command"),
    [
        (1, 0, ["lookup", "site@example.com"]),
        (1, 0, ["lookup", "SITE-0001-AAAA"]),
        (1, 0, ["check", "7.7.3.0"]),
        (1, 0, ["breaches"]),
        (1, 0, ["queue"]),
        (1, 0, ["show", "1"]),
        (1, 1, ["log", "--from", "site@example.com", "--subject", "x", "--body", "y"]),
        (1, 1, ["log", "--from", "site@example.com", "--subject", "x", "--version", "7.7.3.0"]),
        (1, 1, ["reply", "1", "--body", "x"]),
        (1, 1, ["reply", "1", "--body", "x", "--wait"]),
        (2, 1, ["reply", "1", "--body", "x", "--at", "2026-03-06T16:30:00Z", "--now", "2026-03-06T17:30:00Z"]),
        (1, 1, ["reply", "1", "--from", "site@example.com", "--body", "x"]),
        (1, 1, ["note", "1", "--body", "x"]),
        (1, 1, ["close", "1", "--reason", "x"]),
        (1, 1, ["edit", "1", "--topic", "bug"]),
        (1, 1, ["spam", "1"]),
        (1, 1, ["note", "1-4", "--body", "x"]),
        (1, 1, ["close", "1", "2", "4", "3", "--reason", "x"]),
        (1, 1, ["assign", "1-4", "kim"]),
        (1, 1, ["reply", "1-4", "--body", "x", "--close"]),
        (1, 1, ["spam", "1-4"]),
        (1, 0, ["show", "1-4"]),
        (2, 1, ["merge", "1", "2"]),
        (1, 0, ["next"]),
        (1, 1, ["next", "--take"]),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else None,
)
def test_a_command_asks_seldom_and_changes_at_most_once(
    watched: Program, batches: int, changes: int, command: list[str]
) -> None:
    seen = noted(watched, *command)
    assert (seen["batch"] <= batches, seen["change"]) == (True, changes), seen


@seam
@pytest.mark.parametrize(
    "command",
    [
        ["log", "--from", "starter@example.com", "--subject", "x", "--key", "SITE-0001-AAAA"],
        ["reply", "1", "--body", "x"],
        ["reply", "1", "--body", "x", "--at", "2026-03-06T16:30:00Z", "--now", "2026-03-06T17:30:00Z"],
        ["assign", "1", "kim"],
        ["edit", "1", "--channel", "email"],
        ["edit", "1", "--from", "starter@example.com"],
        ["close", "1", "--reason", "x"],
        ["next", "--take"],
        ["merge", "1", "2"],
        ["spam", "1"],
        ["customer", "add", "new@example.com"],
        ["customer", "edit", "site@example.com", "--reseller"],
        ["customer", "edit", "site@example.com", "--apply", "STAR-0001-BBBB"],
        ["licence", "add", "PLUS-0002-AAAA", "--tier", "PLUS", "--email", "starter@example.com"],
        ["licence", "upgrade", "STAR-0001-BBBB", "PRO"],
        ["licence", "renew", "STAR-0001-BBBB", "--expires", "2030-01-01"],
        ["licence", "revoke", "STAR-0001-BBBB", "--yes"],
    ],
    ids=lambda command: "-".join(command[:3]),
)
def test_nothing_is_held_while_it_is_decided(watched: Program, command: list[str]) -> None:
    seen = noted(watched, *command)
    assert seen["change"] == 1
    assert [what for what in seen if what.endswith("held")] == [], seen
    assert [what for what in seen if what.endswith("free")] != []


@seam
def test_nothing_is_held_while_a_ticket_is_opened_again_or_an_entry_taken_back(watched: Program) -> None:
    watched.all([["close", "1", "--reason", "x"], ["reply", "2", "--body", "x"], ["merge", "3", "2", "--yes"]])
    for command in (["reopen", "1"], ["retract", "2", "2", "--reason", "x"], ["retract", "3", "2", "--reason", "x"]):
        assert [what for what in noted(watched, *command) if what.endswith("held")] == []


@seam
def test_nothing_is_held_while_two_accounts_of_one_address_become_one(watched: Program) -> None:
    watched.all([["customer", "add", "ann@xn--bcher-kva.example"], ["customer", "add", "two@example.com"]])
    spelled = "update customers set email = ?1, email_folded = ?1 where email = 'two@example.com'"
    watched.sql(spelled, ["ann@b\u00fccher.example"])
    seen = noted(watched, "customer", "keep", "ann@bücher.example", "--yes")
    assert seen["change"] == 1
    assert [what for what in seen if what.endswith("held")] == [], seen
    assert watched.sql("select count(*) from customers where email like 'ann@%'") == [(1,)]


@seam
def test_it_would_be_noticed_if_something_were_held(watched: Program) -> None:
    """Holidays move many tickets at once, and hold the desk for it."""
    seen = noted(watched, "hours", "holiday", "add", "2026-03-06")
    assert seen["due_until held"] > 0, seen


def test_of_many_who_write_to_one_ticket_nothing_is_lost_and_nothing_doubled(staffed: Program) -> None:
    staffed.env = {"SUPPORTCTL_NOW": ""}
    staffed.all([["log", "--from", "site@example.com", "--subject", "Help"]])
    commands = [[verb, "1", "--body", f"{verb} {n}"] for n in range(4) for verb in ("reply", "note")]
    runs = [
        subprocess.Popen([PROGRAM, *command], env=staffed.environment() | staffed.env, stdout=-1, stderr=-1)
        for command in commands
    ]
    said = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0] * len(runs), said
    texts = [body for (body,) in staffed.sql("select body from texts where ticket = 1 and n > 1 order by 1")]
    moments = staffed.sql("select at from history where ticket = 1 order by n")
    kinds = [kind for (kind,) in staffed.sql("select kind from history where ticket = 1")]
    assert texts == sorted(f"{verb} {n}" for n in range(4) for verb in ("reply", "note"))
    assert moments == sorted(moments)
    assert Counter(kinds) == {"received": 1, "replied": 4, "noted": 4}
    assert staffed("db", "check").code == 0
