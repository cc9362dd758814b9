"""`customer erase`, `redact`, `spam`: what a person may ask to be removed, and what stays of the record."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import Program, copy_desk
from desks import ENGINE

ALIAS = "erased-1@erased.invalid"


def kept(desk: Program, *words: str) -> list[str]:
    """Which of the words stand anywhere on the desk, in whatever case; in its files even where nothing points to."""
    data = desk.kept_bytes.lower()
    return [word for word in words if word.lower().encode() in data]


@pytest.fixture(scope="module")
def busy_file(staffed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk where Sita (SITE) wrote and was written of in many places; made once."""
    desk = Program(tmp_path_factory.mktemp("busy") / "desk.db")
    copy_desk(staffed_file, desk.desk)
    log, quote = ["log", "--from"], "Dear Sita,\n> My zebracrossing fell\nsite@example.com is on record"
    desk.all(
        [
            ["customer", "edit", "site@example.com", "--name", "Sita Zorbas"],
            [*log, "Site@Example.com", "--subject", "Giraffes, says Sita", "--body", "My zebracrossing fell"],
            ["reply", "1", "--body", quote, "--wait"],
            ["reply", "1", "--from", "site@example.com", "--body", "Thankfully okapiwise"],
            [*log, "starter@example.com", "--subject", "For site@example.com", "--body", "Sita Zorbas sent me"],
            ["reply", "2", "--from", "SITE@example.com", "--body", "I did, pangolin"],
            ["note", "2", "--body", "see xsite@example.com and site@example.com"],
            [*log, "site@example.com", "--subject", "Late one", "--external-id", "m-site@example.com-7"],
            ["bug", "add", "--title", "Crash found by site@example.com"],
            ["bug", "workaround", "1", "Ask site@example.com"],
        ]
    )
    return desk.desk


@pytest.fixture
def busy(desk: Program, busy_file: Path) -> Iterator[Program]:
    """The program on a copy of that desk, while another program has it open."""
    copy_desk(busy_file, desk.desk)
    with ENGINE.elsewhere(desk.desk):
        yield desk


def erase(desk: Program) -> Any:
    return desk.json("customer", "erase", "site@example.com", "--yes")


def test_an_erased_person_is_nowhere(busy: Program) -> None:
    words = ("\x00site@example", "zebracross", "okapi", "pangolin", "giraffe", "sita", "zorbas")
    assert kept(busy, *words[1:]) == list(words[1:])
    erase(busy)
    assert kept(busy, *words) == []
    data = busy.kept_bytes.lower()
    assert data.count(b"site@example.com") == data.count(b"xsite@example.com"), "another's address stays whole"


def test_erasing_prints_what_is_left_and_keeps_the_figures(busy: Program) -> None:
    before = [busy.json("show", n) for n in (1, 2, 3)]
    left = erase(busy)
    assert left == {
        "email": ALIAS, "name": None, "kind": "customer", "registered_at": "2026-01-05T18:00:00Z",
        "tickets": 2, "texts": 4, "licences": 1, "also": 0, "left": left["left"],
    }  # fmt: skip
    for old, number in zip(before, (1, 2, 3), strict=True):
        new = busy.json("show", number)
        personal = {"subject", "from", "name", "body", "history", "external_id", "known", "similar"}
        assert {k: v for k, v in new.items() if k not in personal} == {
            k: v for k, v in old.items() if k not in personal
        }
        times = [[(e["n"], e["at"], e["entered_at"], e["kind"], e["agent"]) for e in t["history"]] for t in (old, new)]
        assert times[0] == times[1][:-1]
        assert new["history"][-1]["kind"] == "erased"
    assert busy.json("lookup", ALIAS)["tier"] == "SITE"
    assert busy.json("licence", "show", "SITE-0001-AAAA")["delivery_email"] == ALIAS


def test_what_others_wrote_stays_without_the_person(busy: Program) -> None:
    erase(busy)
    own, other = busy.json("show", 1), busy.json("show", 2)
    assert [e["body"] for e in own["history"]] == [
        "[erased]", f"Dear [erased],\n> [erased]\n{ALIAS} is on record", "[erased]", None,
    ]  # fmt: skip
    assert [e["from"] for e in own["history"]] == [ALIAS, None, ALIAS, None]
    assert (own["subject"], own["from"], own["name"]) == ("[erased]", ALIAS, None)
    assert [e["body"] for e in other["history"]] == [
        "[erased] sent me", "[erased]", f"see xsite@example.com and {ALIAS}", None,
    ]  # fmt: skip
    assert (other["subject"], other["from"]) == (f"For {ALIAS}", "starter@example.com")
    assert busy.json("bug", "show", 1)["title"] == f"Crash found by {ALIAS}"
    assert busy.json("show", 3)["external_id"] == f"m-{ALIAS}-7"
    assert busy("search", "zebracrossing").out == ""


@pytest.mark.about_the_file
def test_the_file_is_whole_after_erasing(busy: Program) -> None:
    erase(busy)
    with closing(sqlite3.connect(busy.desk)) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        assert db.execute("pragma foreign_key_check").fetchall() == []
        db.execute("insert into tickets_index (tickets_index, rank) values ('integrity-check', 1)")


def test_the_desk_works_on_after_erasing(busy: Program) -> None:
    erase(busy)
    busy.all([["reply", "1", "--body", "Anyone there?"], ["close", "1"], ["customer", "add", "site@example.com"]])
    assert busy.json("lookup", "site@example.com")["tier"] == "FREE", "a new start"
    assert busy.json("lookup", "site@example.com")["open_tickets"] == 0
    assert busy("db", "check").code == 0, "the texts that were changed fit their seals"


def test_erasing_asks_first_and_changes_nothing_without_a_yes(busy: Program) -> None:
    ran = busy("customer", "erase", "site@example.com")
    assert (ran.code, ran.out) == (2, "") and "--yes" in ran.err
    assert busy.json("show", 1)["name"] == "Sita Zorbas"


@pytest.mark.parametrize(("email", "code"), [("nobody@example.com", 5), ("no address", 2), ("a@erased.invalid", 2)])
def test_who_is_not_on_record_cannot_be_erased(busy: Program, email: str, code: int) -> None:
    ran = busy("customer", "erase", email, "--yes")
    assert (ran.code, ran.out) == (code, "")


def test_a_person_is_erased_once_and_the_next_is_another(busy: Program) -> None:
    erase(busy)
    assert busy("customer", "erase", "site@example.com", "--yes").code == 5
    assert busy.json("customer", "erase", "starter@example.com", "--yes")["email"] == "erased-2@erased.invalid"
    assert {busy.json("show", n)["from"] for n in (1, 2, 3)} == {ALIAS, "erased-2@erased.invalid"}


def test_someone_without_an_account_is_erased_too(staffed: Program) -> None:
    staffed.all([["log", "--from", "passer@example.com", "--subject", "Once", "--body", "quagga"]])
    left = staffed.json("customer", "erase", "PASSER@example.com", "--yes")
    assert (left["kind"], left["tickets"], left["texts"], left["licences"]) == (None, 1, 1, 0)
    assert kept(staffed, "passer", "quagga") == []


def test_an_import_does_not_bring_an_erased_person_back(staffed: Program) -> None:
    rows = "from,subject,body,external_id,topic,received_at\npasser@example.com,Once,quagga,m-7,{},2026-03-01\n"
    assert staffed("import", "tickets", "-", stdin=rows.format("")).code == 0
    staffed.all([["customer", "erase", "passer@example.com", "--yes"]])
    assert staffed("import", "tickets", "-", stdin=rows.format("bug")).code == 0
    assert kept(staffed, "passer@", "quagga") == []


def test_a_redacted_text_is_gone_and_the_mark_says_who_and_when(busy: Program) -> None:
    ticket = busy.json("redact", 1, 1, "--yes", "--agent", "kim", now="2026-03-07T10:00:00Z")
    assert (ticket["body"], ticket["history"][0]["body"]) == ("[redacted]", "[redacted]")
    mark = ticket["history"][-1]
    assert (mark["kind"], mark["data"], mark["agent"]) == ("redacted", {"entry": 1}, "kim")
    assert mark["at"] == "2026-03-07T10:00:00Z"
    busy.all([["redact", "1", "2", "--yes"]])  # it quoted the text
    assert kept(busy, "zebracrossing") == []
    assert busy("search", "zebracrossing").out == ""
    assert ticket["history"][2]["body"] == "Thankfully okapiwise"
    assert "[redacted]" in busy("show", 1, "-o", "table").out


def test_redacting_moves_no_clock_and_works_on_what_has_ended(busy: Program) -> None:
    before = busy.json("close", 1)
    after = busy.json("redact", 1, 3, "--yes")
    assert {k: before[k] for k in ("status", "sla", "due_at", "first_response_at", "closed_at")} == {
        k: after[k] for k in ("status", "sla", "due_at", "first_response_at", "closed_at")
    }
    busy.all([["merge", "3", "1", "--yes"], ["redact", "3", "1", "--yes"]])


@pytest.mark.parametrize(("ticket", "entry", "code"), [(9, 1, 5), (1, 9, 5), (2, 4, 2), (1, 0, 2)])
def test_what_cannot_be_redacted_is_said(busy: Program, ticket: int, entry: int, code: int) -> None:
    busy.all([["assign", "2", "kim"]])  # entry 4, without a text
    ran = busy("redact", ticket, entry)
    assert (ran.code, ran.out) == (code, "")


def test_a_text_is_redacted_once(busy: Program) -> None:
    busy.all([["redact", "1", "1", "--yes"]])
    ran = busy("redact", 1, 1)
    assert ran.code == 2 and "already" in ran.err
    assert [e["kind"] for e in busy.json("show", 1)["history"]].count("redacted") == 1


LATE = "2026-03-06T20:00:00Z"


def test_spam_leaves_the_queue_and_the_breaches_and_counts_apart(busy: Program) -> None:
    assert [t["id"] for t in busy.json("breaches", now=LATE)] == [3]
    ticket = busy.json("spam", 3, now=LATE)
    assert (ticket["status"], ticket["sla"], ticket["due_at"], ticket["target_seconds"]) == (
        "closed",
        "none",
        None,
        None,
    )
    assert ticket["closed_at"] == LATE
    assert {"clause": "5.1", "code": "spam"}.items() <= ticket["reasons"][-1].items()
    assert busy.json("breaches", now=LATE) == []
    assert 3 not in [t["id"] for t in busy.json("queue", now=LATE)]
    assert [t["id"] for t in busy.json("breaches", now="2026-03-06T19:59:59Z")] == [3], "looked back to before"


@pytest.mark.parametrize(
    "command",
    [
        ["spam", "3"],
        ["reply", "3", "--body", "x"],
        ["reply", "3", "--from", "site@example.com", "--body", "x"],
        ["note", "3", "--body", "x"],
        ["edit", "3", "--topic", "bug"],
        ["close", "3", "--reason", "x"],
        ["reopen", "3"],
        ["merge", "3", "1"],
        ["merge", "1", "3"],
        ["remote", "start", "3"],
    ],
    ids=" ".join,
)
def test_nothing_happens_to_spam_until_that_is_taken_back(busy: Program, command: list[str]) -> None:
    busy.all([["spam", "3"]])
    ran = busy(*command)
    assert (ran.code, ran.out) == (2, "") and "retract 3 N" in ran.err
    assert [e["kind"] for e in busy.json("show", 3)["history"]] == ["received", "spam"]


def test_taking_spam_back_gives_the_promise_back_from_when_it_was_received(busy: Program) -> None:
    before = busy.json("show", 3, now=LATE)
    busy.all([["spam", "3"]], now=LATE)
    after = busy.json("retract", 3, 2, "--reason", "A customer", now=LATE)
    for field in ("status", "sla", "due_at", "target_seconds", "coverage", "reasons", "closed_at", "late_seconds"):
        assert after[field] == before[field], field
    assert [t["id"] for t in busy.json("breaches", now=LATE)] == [3]
    busy.all([["reply", "3", "--body", "Sorry"], ["spam", "3"]], now=LATE)
    assert busy.json("show", 3, now=LATE)["sla"] == "none"


def test_an_upgrade_while_it_was_spam_is_caught_up_with(busy: Program) -> None:
    busy.all([["spam", "2"]])
    busy.all([["licence", "upgrade", "STAR-0001-BBBB", "SITE"]], now="2026-03-06T17:00:00Z")
    after = busy.json("retract", 2, 4, "--reason", "A customer", now="2026-03-06T17:30:00Z")
    assert (after["tier"], after["due_at"]) == ("SITE", "2026-03-06T19:00:00Z"), "two hours from the upgrade"


def test_explaining_spam_says_why_nothing_is_promised(busy: Program) -> None:
    busy.all([["spam", "3"]])
    assert [(s["clause"], s["code"]) for s in busy.json("explain", 3)["steps"]][-2:] == [
        ("5.1", "spam"),
        ("2.1", "sla-none"),
    ]
    busy.all([["retract", "3", "2", "--reason", "x"]])
    assert "spam" not in [s["code"] for s in busy.json("explain", 3)["steps"]]


def test_twelve_who_redact_at_once_all_do_and_no_word_stays(desk: Program) -> None:
    words = [f"swordfish{number:02}x" for number in range(12)]
    desk.all([["log", "--from", f"c{n}@example.com", "--subject", "S", "--body", words[n]] for n in range(12)])
    assert kept(desk, *words) == words
    with ThreadPoolExecutor(12) as pool:
        runs = list(pool.map(lambda n: desk("redact", n + 1, 1, "--yes"), range(12)))
    assert [ran.code for ran in runs] == [0] * 12, [ran.err for ran in runs]
    assert kept(desk, *words) == []
    assert desk("db", "check").code == 0


@pytest.mark.about_the_file
@pytest.mark.parametrize("next_command", [["note", "2", "--body", "Hello"], ["db", "check", "--repair"]], ids=" ".join)
def test_a_removal_that_was_killed_before_its_scrub_is_finished(busy: Program, next_command: list[str]) -> None:
    """By the next write, whatever it is, or by a repair; until then a check says that it is owed."""
    code = (
        "import os\n"
        "from supportctl.store.sqlite import scrub\n"
        "scrub.scrub = lambda db: os._exit(137)\n"
        "import sys; from supportctl.__main__ import main\n"
        "sys.argv = ['supportctl', 'redact', '1', '3', '--yes']\n"
        "main()\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], env=busy.environment(), check=False)
    assert killed.returncode == 137
    assert kept(busy, "okapiwise") == ["okapiwise"]
    assert "text removed for good is still in it" in busy("db", "check").out
    assert busy(*next_command).code == 0
    assert kept(busy, "okapiwise") == []
    assert "is still in it" not in busy("db", "check").out


def test_an_erased_person_leaves_tags_their_history_and_every_spelling(staffed: Program) -> None:
    """On their own tickets and on others', and of what they sent from an address with a tag."""
    log = ["log", "--subject", "Help", "--from"]
    staffed.all(
        [
            [
                *log,
                "site@example.com",
                "--tag",
                "of-site@example.com",
                "--tag",
                "vip",
                "--external-id",
                "x/Site%40example.com",
            ],
            ["edit", "1", "--untag", "of-site@example.com", "--tag", "site%40Example.com"],
            [
                *log,
                "starter@example.com",
                "--tag",
                "by:site@example.com",
                "--body",
                "?to=%3Csite%2540example.com%3E&a=1",
            ],
            [*log, "Site+shop@example.com", "--body", "okapiwise"],
            ["customer", "add", "site+shop@example.com", "--name", "Zorbas"],
            [*log, "xsite@example.com", "--tag", "xsite@example.com", "--body", "site+news@example.com has it"],
        ]
    )
    left = erase(staffed)
    assert (left["tickets"], left["also"]) == (2, 1)
    assert any("backups" in each for each in left["left"])
    shown = "".join(staffed("show", n, "--json").out for n in (1, 2, 3, 4)).lower()
    shown = shown.replace("xsite@example.com", "")
    assert "site@" not in shown and "site+" not in shown and "site%" not in shown
    assert "okapi" not in shown and "zorbas" not in shown
    data = staffed.kept_bytes.lower().replace(b"xsite@example.com", b"")
    assert b"site@example" not in data and b"site%40" not in data and b"site+" not in data and b"site%25" not in data
    assert staffed.json("show", 1)["tags"] == ["vip", left["email"]]
    assert staffed.json("show", 4)["tags"] == ["xsite@example.com"], "another's stays"
    check = staffed("db", "check")
    assert check.code == 0, check.out + check.err


def test_what_an_address_with_a_tag_sent_keeps_no_id_with_the_one_without(staffed: Program) -> None:
    """Glued to other words it may be another's, but not on a ticket of theirs, from whichever of their addresses."""
    log = ["log", "--subject", "Help", "--from"]
    staffed.all(
        [
            [*log, "site+shop@example.com", "--external-id", "web-site@example.com", "--tag", "vip.site@example.com"],
            [*log, "starter@example.com", "--external-id", "web-site@example.com-2"],
        ]
    )
    erase(staffed)
    theirs, others = staffed.json("show", 1), staffed.json("show", 2)
    assert "site@" not in json.dumps([theirs["external_id"], theirs["tags"]])
    assert others["external_id"] == "web-site@example.com-2"
    assert staffed("db", "check").code == 0


def test_ids_that_differ_only_in_the_person_stay_apart(staffed: Program) -> None:
    for tag in ("site", "Site", "site+a", "site+b"):
        staffed.all([["log", "--from", "site@example.com", "--subject", "x", "--external-id", f"{tag}@example.com"]])
    erase(staffed)
    assert len({staffed.json("show", n)["external_id"] for n in (1, 2, 3, 4)}) == 4
    assert staffed("db", "check").code == 0
