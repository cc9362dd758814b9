"""What the hot commands ask of SQLite: each statement is answered from an index, however large the desk.

The statements are those that the commands execute here. Their plans are those of a desk without statistics: the program
never runs `analyze`, and a desk on which somebody did is planned as SQLite thinks best.
"""

import io
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import Program

from supportctl.cli.run.commands import run
from supportctl.cli.run.session import Session
from supportctl.desk import completion, place_at
from supportctl.desk.tickets.queue import totals
from supportctl.desk.tickets.watch import QueueFilter, look
from supportctl.store import customers, licences, tickets
from supportctl.store.desk import DirectReader

pytestmark = pytest.mark.about_the_file  # what SQLite makes of the program's statements

NOW = "2026-03-06T20:00:00Z"
SECONDS = 1_772_827_200
ANN, KEY = "site@example.com", "SITE-0001-AAAA"
LOG = ["log", "--from", ANN, "--subject"]
COMMANDS = [
    *(["lookup", value] for value in (ANN, KEY, "nobody@example.com", "NONE-0001-AAAA")),
    ["check", "7.7.3.0"], ["due", "--tier", ANN],
    ["breaches"], ["breaches", "--within", "2h", "--tier", "SITE"], ["breaches", "--answered", "--since", "7d"],
    ["breaches", "--new"],
    ["queue", "--limit", "2"], ["queue", "--waiting", "--limit", "2"], ["queue", "--mine", "--limit", "2"],
    ["queue", "--unassigned", "--tier", "SITE", "--channel", "ticket", "--limit", "2"], ["next"],
    ["queue", "--sort", "due", "--limit", "2"],
    ["show", "1"], ["show", "1", "-o", "table"], ["explain", "1"],
    ["search", "Black"], ["search", "connect", "black"], ["search", "black", "-o", "table"],
    *(["search", asked] for asked in (
        "from:site@example.com", "from:site", "status:merged", "tier:SITE", "channel:phone", "topic:usage",
        "product:remote-utilities", "assignee:kim", "assignee:-", "tag:vip", "sla:late", "sla:missed", "sla:none",
        "sla:running", "sla:unanswered", "sla:met", "kind:bug", "black status:open", "connect from:site",
    )),
    ["customer", "list", "--limit", "2"], ["customer", "show", ANN], ["licence", "show", KEY],
    ["licence", "list", "--limit", "2"], ["undo", "--list"],
    [*LOG, "Black screen again", "--version", "7.7.3.0", "--key", KEY], ["reply", "1", "--body", "Look"],
    ["reply", "1", "--from", ANN, "--body", "Thanks"], ["note", "1", "--body", "Seen"],
    ["edit", "1", "--topic", "usage", "--tag", "x"], ["assign", "1", "kim"], ["next", "--take"],
    ["close", "1"], ["reopen", "1"], ["undo", "--yes"], ["customer", "add", "new@example.com"],
    ["licence", "add", "NEW-00001", "--tier", "PRO", "--email", "new@example.com"],
]  # fmt: skip


class Asked(NamedTuple):
    """A statement as it was executed, and by what."""

    by: str
    statement: str


def _queue(db: Any, **asked: Any) -> object:
    return look(db, SECONDS, QueueFilter(**asked), 2)


WATCHED: dict[str, Callable[[Any], object]] = {
    "queue, below it on a terminal": lambda db: [*totals(db, SECONDS)[1]],
    "watch": _queue,
    "watch, mine": lambda db: _queue(db, assignee="kim"),
    "watch, narrowed": lambda db: _queue(db, text="tier:SITE black", waiting=True),
}
SOME = ["ann@example.com", "bob@example.com"]
# What imports and lists of lines ask for many at once.
TOGETHER: dict[str, Callable[[Any], object]] = {
    "whose history goes on": lambda db: DirectReader(db).of(customers.tickets_changed_after(SOME, 1)),
    "how many are open": lambda db: DirectReader(db).of(customers.count_open_tickets(SOME, 1)),
    "who they are": lambda db: DirectReader(db).of(customers.registered(SOME, 1)),
    "what was delivered to them": lambda db: DirectReader(db).of(licences.held_by(SOME, 1)[0]),
    "what they applied": lambda db: DirectReader(db).of(licences.held_by(SOME, 1)[1]),
    "which licences these are": lambda db: DirectReader(db).of(licences.of_keys(SOME, 1)),
    "who of them ever asked": lambda db: tickets.senders_among(db, SOME),
    "who came with these keys": lambda db: tickets.senders_with_keys(db, SOME),
    "who holds these": lambda db: DirectReader(db).of(customers.holding(SOME, 1)),
    "who waits of them": lambda db: list(tickets.waiting_of(DirectReader(db), SOME, 1)),
}
COMPLETED: dict[str, Callable[[Path], object]] = {
    "Tab: a ticket": lambda desk: completion.open_tickets(lambda: place_at(desk), ""),
    "Tab: an address": lambda desk: completion.addresses(lambda: place_at(desk), "s"),
    "Tab: an agent": lambda desk: completion.agents(lambda: place_at(desk), "k"),
}


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory, staffed_file: Path) -> Program:
    """A desk with open, waiting, late, answered, closed, merged and tagged tickets, a bug and a remote session."""
    desk = Program(tmp_path_factory.mktemp("plans") / "desk.db")
    desk.desk.write_bytes(staffed_file.read_bytes())
    desk.all(
        [
            [*LOG, "Black screen", "--body", "How do I connect?", "--tag", "vip", "--received", "2026-03-06T10:00:00Z"],
            [*LOG, "Black screen", "--assignee", "kim", "--topic", "usage"],
            [*LOG, "Black", "--channel", "email"],
            ["log", "--from", "starter@example.com", "--subject", "Connect", "--channel", "forum"],
            ["log", "--from", "site@example.com", "--subject", "Connect", "--assignee", "tess"],
            ["reply", "2", "--body", "Yes", "--wait"],
            ["merge", "3", "2", "--yes"],
            ["close", "4", "--reason", "no need"],
            ["bug", "add", "--title", "Black screen", "--product", "remote-utilities"],
            ["bug", "link", "1", "1"],
            ["remote", "start", "1"],
        ]
    )
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
            _in_this_process(desk, words)
        for by, complete in COMPLETED.items():
            assert complete(desk), by
        with place_at(desk).watched() as watched, watched.reading() as db:
            for by, read in (WATCHED | TOGETHER).items():  # noqa: B007  # noted with each statement
                read(db)
    kept = re.compile(r"\s*(select|with|insert|update|delete)\b")
    return [
        Asked(by, said)
        for said, by in found.items()
        if kept.match(said) and "sqlite_master" not in said and not said.endswith(" limit 0")
    ]


def _in_this_process(desk: Path, words: list[str]) -> None:
    session = Session(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO())
    session.environ = {
        "SUPPORTCTL_DB": str(desk),
        "SUPPORTCTL_NOW": NOW,
        "SUPPORTCTL_TZ": "UTC",
        "SUPPORTCTL_AGENT": "tess",
    }
    assert run(words, session) in (0, 3), words
    session.flush()


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
        Exempt(step, "t.id limit 2) order by", "an order of no index: the numbers of what is open are sorted, not rows")
        for step in ("SCAN t USING INDEX tickets_queue", "USE TEMP B-TREE FOR ORDER BY")
    ),
    Exempt("USE TEMP B-TREE FOR ORDER BY", "t.first_response_at between", "what was answered late since a day"),
    Exempt("UNION USING TEMP B-TREE", "key_given =", OWN),
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
        assert list(faults(db, asked)) == []


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
