"""A shared desk behind PgBouncer in transaction mode, where one command may have several connections in turn."""

import subprocess
import sys
from collections.abc import Iterator

import pooler
import postgres
import pytest
from conftest import PROGRAM, Program

from supportctl.desk import place_at
from supportctl.desk.tickets.watch import QueueFilter, look

pytestmark = [
    pytest.mark.about_the_server,
    pytest.mark.skipif(
        pooler.PROGRAM is None, reason="PgBouncer is not installed: on Debian, apt-get install pgbouncer"
    ),
]
ROWS = "email,name\n" + "".join(f"person{n}@example.com,Person {n}\n" for n in range(300))
LATE = "2026-03-06T23:30:00Z"  # the answers of NOW were due


@pytest.fixture
def pooled(staffed: Program) -> Iterator[Program]:
    """The desk as the program reaches it through the pooler."""
    server = postgres.given()
    with pooler.pooling(server) as port:
        staffed.env["SUPPORTCTL_DB"] = staffed.address.replace(f":{server.port}/", f":{port}/")
        yield staffed


def test_the_work_of_a_day_goes_through_a_pooler(pooled: Program) -> None:
    pooled.all(
        [
            ["log", "--from", "site@example.com", "--subject", "Black screen", "--body", "Help", "--version", "7.7.3.0"],
            ["log", "--from", "starter@example.com", "--subject", "Printing", "--key", "SITE-0001-AAAA"],
            ["log", "--from", "stranger@example.com", "--subject", "Hello"],
            ["lookup", "site@example.com"], ["check", "7.7.3.0"], ["queue"], ["show", "1", "-o", "table"],
            ["next", "--take"], ["reply", "1", "--body", "Which version?", "--wait"], ["note", "2", "--body", "Seen"],
            ["reply", "1", "--from", "site@example.com", "--body", "7.7"], ["assign", "2", "kim"],
            ["edit", "2", "--topic", "usage"], ["close", "1"], ["reopen", "1"], ["merge", "2", "1", "--yes"],
            ["undo", "--yes"], ["search", "black"], ["customer", "list"], ["report"], ["hours", "holiday", "add", "2026-03-09"],
            ["bug", "add", "--title", "Black screen", "--product", "remote-utilities"], ["bug", "link", "1", "1"],
            ["remote", "start", "1"], ["explain", "1"], ["export", "tickets"],
        ]
    )  # fmt: skip
    checked = pooled("db", "check", "--json")
    assert checked.code == 0, checked.out


def test_an_import_goes_through_a_pooler(pooled: Program) -> None:
    assert pooled.json("import", "customers", "-", stdin=ROWS)["added"] == 300
    assert pooled.json("import", "customers", "-", stdin=ROWS)["unchanged"] == 300
    tickets = "from,subject,body,received_at\n" + "".join(
        f"person{n}@example.com,Question {n},Why?,2026-03-05T17:00:00Z\n" for n in range(50)
    )
    assert pooled.json("import", "tickets", "-", stdin=tickets)["added"] == 50
    assert pooled("db", "check").code == 0


def test_of_two_reports_of_breaches_at_once_only_one_tells_each(pooled: Program) -> None:
    pooled.all([["log", "--from", "site@example.com", "--subject", f"Late {n}"] for n in range(3)])
    words = ["breaches", "--new", "--agent", "cron", "--send"]
    collect = pooled.desk.parent / "collect.py"
    collect.write_text("import sys, time\nwith open(sys.argv[1], 'a') as out:\n    out.write(sys.stdin.read())\n")
    told = pooled.desk.parent / "told"
    send = f"{sys.executable} {collect} {told}"
    env = pooled.environment(LATE)
    runs = [subprocess.Popen([PROGRAM, *words, send], env=env, stdin=-3, stdout=-1, stderr=-1) for _ in range(3)]
    said = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert len(told.read_text().splitlines()) == 3
    assert pooled("breaches", "--new", "--agent", "cron", now=LATE).out == ""


def test_the_queue_is_watched_through_a_pooler(pooled: Program) -> None:
    with place_at(pooled.env["SUPPORTCTL_DB"]).watched() as watched:
        watched.changed()
        assert not watched.changed()
        pooled.all([["log", "--from", "site@example.com", "--subject", "News"]])
        assert watched.changed()
        with watched.reading() as db:
            glance = look(db, 1_772_830_000, QueueFilter(), 10)
        assert [seen.ticket.subject for seen in glance.tickets] == ["News"]
        assert not watched.changed()


def test_who_is_answering_is_seen_through_a_pooler(pooled: Program) -> None:
    pooled.all([["log", "--from", "site@example.com", "--subject", "Help"]])
    place = place_at(pooled.env["SUPPORTCTL_DB"])
    with place.answering([1], "kim"):
        assert [(each.ticket, each.agent) for each in place.being_answered()] == [(1, "kim")]
    assert list(place.being_answered()) == []


def test_agents_at_once_share_few_connections(pooled: Program) -> None:
    pooled.all([["log", "--from", "site@example.com", "--subject", "Hot"]])
    commands = [["reply", "1", "--body", f"answer {n}"] for n in range(6)]
    runs = [
        subprocess.Popen([PROGRAM, *command], env=pooled.environment(), stdin=-3, stdout=-1, stderr=-1)
        for command in commands
    ]
    said = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0] * len(runs), said
    texts = pooled.sql("select body from texts where ticket = 1 and n > 1 order by body")
    assert [body for (body,) in texts] == [f"answer {n}" for n in range(6)]
