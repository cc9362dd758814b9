"""What the hot commands ask of SQLite: each statement is answered from an index, however large the desk.

The statements are those that the commands execute here. Their plans are those of a desk without statistics: the program
never runs `analyze`, and a desk on which somebody did is planned as SQLite thinks best.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import Program
from hot import COMMANDS, COMPLETED, LIVELY, TOGETHER, WATCHED, in_this_process

from supportctl.desk import place_at

pytestmark = pytest.mark.about_the_file  # what SQLite makes of the program's statements


class Asked(NamedTuple):
    """A statement as it was executed, and by what."""

    by: str
    statement: str


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory, staffed_file: Path) -> Program:
    """A desk with open, waiting, late, answered, closed, merged and tagged tickets, a bug and a remote session."""
    desk = Program(tmp_path_factory.mktemp("plans") / "desk.db")
    desk.desk.write_bytes(staffed_file.read_bytes())
    desk.all(LIVELY)
    return desk


@pytest.fixture(scope="module")
def asked(lively: Program) -> list[Asked]:
    """Every statement of every command, each once, with the first command that executed it."""
    found: dict[str, str] = {}
    desk = lively.desk
    with pytest.MonkeyPatch.context() as patch:
        by = ""
        connect = sqlite3.connect

        def note(statement: str) -> None:
            found.setdefault(statement, by)

        def traced(*given: Any, **named: Any) -> sqlite3.Connection:
            db: sqlite3.Connection = connect(*given, **named)
            db.set_trace_callback(note)
            return db

        patch.setattr(sqlite3, "connect", traced)
        for words in COMMANDS:
            by = " ".join(words)
            in_this_process(str(desk), words)
        for by, complete in COMPLETED.items():
            assert complete(place_at(desk)), by
        with place_at(desk).watched() as watched, watched.reading() as db:
            for by, read in (WATCHED | TOGETHER).items():  # noqa: B007  # noted with each statement
                read(db)
    kept = re.compile(r"\s*(select|with|insert|update|delete)\b")
    return [
        Asked(by, said)
        for said, by in found.items()
        if kept.match(said) and "sqlite_master" not in said and not said.endswith(" limit 0")
    ]


class Exempt(NamedTuple):
    """A step of a plan that is no fault in statements that contain some words, and why."""

    step: str
    within: str
    why: str


ORDERED = "in the order of the answer, so that it ends with the last line that is shown"
FEW = "few rows, however many tickets there are"
OWN = "what one person, key, licence or ticket has"
ONCE = "an index of few tickets, or of nothing but the field: part of a value has no place in any order"
EXEMPT = [
    Exempt("SCAN t USING INDEX tickets_queue", "order by t.line, t.rank", ORDERED),
    Exempt("SCAN t USING INDEX tickets_queue", "select count(*)", "what is open, counted without its rows"),
    Exempt("SCAN c USING INDEX sqlite_autoindex_customers_1", "order by c.email_folded", ORDERED),
    Exempt("SCAN l USING INDEX sqlite_autoindex_licences_1", "order by l.key_folded", ORDERED),
    Exempt("SCAN t", "+(t.first_response_at <= t.due_at)", ORDERED + ": most tickets are answered in time"),
    *(Exempt(step, "order by id desc limit", FEW) for step in ("SCAN o", "SCAN w", "SCAN n")),
    *(Exempt(f"SCAN {table}", f"from {table}", FEW) for table in ("policies", "closures", "counters", "bugs")),
    Exempt("SCAN releases USING INDEX sqlite_autoindex_releases_1", "from releases", FEW),
    Exempt("SCAN agents USING INDEX agents_folded", "from agents", FEW),
    Exempt("USE TEMP B-TREE FOR", "from agents order by", FEW),
    Exempt("SCAN t USING COVERING INDEX tickets_sender", "instr(t.sender_folded", ONCE),
    Exempt("SCAN s USING COVERING INDEX tickets_spelled", "instr(lower(s.sender)", ONCE),
    Exempt("SCAN t USING COVERING INDEX tickets_tagged", "instr(t.tags", ONCE),
    *(
        Exempt(f"SCAN t USING INDEX tickets_{name}", "limit 5000", ORDERED)
        for name in ("missed", "without_promise", "left_unanswered")
    ),
    *(
        Exempt("USE TEMP B-TREE FOR", asked, OWN)
        for asked in (
            "l.delivery_folded =",
            "c.email_folded =",
            "key_folded =",
            "t.sender_folded =",
            " sender_folded =",
            "x.licence = l.id",
            "from bug_tickets where ticket =",
        )
    ),
    Exempt("SCAN x", "searchable_tickets", OWN),
    Exempt("USE TEMP B-TREE FOR ORDER BY", "limit 50) w) n order by id desc limit 50", "fifty of each status"),
    *(
        Exempt(step, "with due as (", "as many as are asked for, and those that are due at the moment of the last one")
        for step in ("SCAN due", "SCAN others", "USE TEMP B-TREE FOR")
    ),
    Exempt("USE TEMP B-TREE FOR ORDER BY", "t.first_response_at between", "what was answered late since a day"),
    Exempt("UNION USING TEMP B-TREE", "key_given =", OWN),
    Exempt("UNION USING TEMP B-TREE", "where l.key_folded in", OWN),
]
# Tables that a plan makes for itself, an index that looks up words, and lists that a statement brings with it.
OF_ITS_OWN = re.compile(r"SCAN (CONSTANT ROW|\(subquery-\d+\)|json_each .*|\w+ VIRTUAL TABLE INDEX \d+:=?M.*)")


def faults(db: sqlite3.Connection, asked: list[Asked]) -> Iterator[str]:
    """What statements would walk or sort however long it is, and by which command."""
    for by, statement in asked:
        for step in plan(db, statement):
            walks = step.startswith("SCAN ") and not OF_ITS_OWN.fullmatch(step)
            if (walks or "TEMP B-TREE" in step) and not any(_is_exempt(step, statement, each) for each in EXEMPT):
                yield f"{by}: {step} in {statement}"


def plan(db: sqlite3.Connection, statement: str) -> list[str]:
    """The steps by which SQLite would carry out a statement."""
    return [step for *_, step in db.execute(f"explain query plan {statement}")]


def _is_exempt(step: str, statement: str, each: Exempt) -> bool:
    named = step == each.step if step.startswith("SCAN ") else step.startswith(each.step)
    return named and each.within in statement


def test_no_hot_command_walks_or_sorts_what_grows(lively: Program, asked: list[Asked]) -> None:
    with closing(sqlite3.connect(lively.desk)) as db:
        assert "\n".join(faults(db, asked)) == ""


# Indexes that no hot command needs, and what they are for.
OTHERS = {
    "closures_date": "one holiday a date",
    "remote_sessions_open": "the sessions that go on",
    "messages_ticket": "the mail of a ticket",
}


def test_each_index_is_missed_by_a_hot_command(lively: Program, asked: list[Asked]) -> None:
    """That is: a plan that has lost its index is found, and an index that nothing needs is not kept."""
    with closing(sqlite3.connect(lively.desk, isolation_level=None)) as db:
        declared = "select name from sqlite_master where type = 'index' and sql is not null and name not like 'idx%'"
        unmissed = {name for (name,) in db.execute(declared).fetchall() if not _missed(db, name, asked)}
    assert unmissed == OTHERS.keys()


def _missed(db: sqlite3.Connection, index: str, asked: list[Asked]) -> bool:
    db.execute("begin")
    db.execute(f"drop index {index}")
    found = next(faults(db, asked), None)
    db.execute("rollback")
    return found is not None
