"""`bug`: known bugs from report to fix, and what `log` and `show` say is known already (1.3, 5.2, 5.3)."""

import os
import subprocess
import sys

import pytest
from conftest import Program, on_a_terminal

LATER = "2026-03-07T16:30:00Z"


@pytest.fixture
def known(staffed: Program) -> Program:
    """Bug 1 without a workaround, bug 2 with one, and tickets 1 and 2 of two customers, 1 linked to bug 1."""
    staffed.once(
        [
            [
                "bug",
                "add",
                "--title",
                "Black screen after a Windows update",
                "--version",
                "7.7.3.0",
                "--topic",
                "usage",
            ],
            ["bug", "add", "--title", "Host loses its Internet-ID", "--workaround", "Run the installer again"],
            ["log", "--from", "site@example.com", "--subject", "Monitor stays dark", "--version", "7.7.3.0"],
            ["log", "--from", "free@example.com", "--subject", "Black screen since the update", "--version", "7.7.3.0"],
            ["bug", "link", "1", "1"],
        ]
    )
    return staffed


def test_a_bug_from_report_to_fix(known: Program) -> None:
    bug = known.json("bug", "show", 1)
    assert (bug["status"], bug["workaround"], bug["tickets"], bug["fixed_in"]) == ("reported", None, [1], None)
    assert known.json("bug", "reproduce", 1)["status"] == "reproduced"
    assert known.json("bug", "workaround", 1, "Turn it off")["workaround"] == "Turn it off"
    assert known.json("bug", "link", 1, 2)["tickets"] == [1, 2]
    fixed = known.json("bug", "fix", 1, "--in", "7.8.0.0", now=LATER)
    assert (fixed["status"], fixed["fixed_in"], fixed["fixed_at"]) == ("fixed", "7.8.0.0", LATER)
    assert [(told["ticket"], told["from"], told["status"]) for told in fixed["tell"]] == [
        (1, "site@example.com", "open"),
        (2, "free@example.com", "open"),
    ]
    kinds = [entry["kind"] for entry in fixed["history"]]
    assert kinds == ["reported", "linked", "reproduced", "workaround", "linked", "fixed"]


def test_closed_tickets_are_told_too(known: Program) -> None:
    known.all([["close", "1", "--reason", "Waits for the fix"]])
    told = known.json("bug", "fix", 1, "--in", "7.8.0.0")["tell"]
    assert [(one["ticket"], one["status"]) for one in told] == [(1, "closed")]
    assert known("bug", "fix", 1, "--in", "7.8.0.0").out.rstrip("\n").split("\t")[-1] == "site@example.com"


def test_debts_are_open_bugs_without_a_workaround(known: Program) -> None:
    assert [bug["id"] for bug in known.json("bug", "list", "--no-workaround")] == [1]
    assert "5.3" in [reason["clause"] for reason in known.json("bug", "show", 1)["reasons"]]
    known("bug", "workaround", 1, "-", stdin="Turn it off\n")
    assert known.json("bug", "list", "--no-workaround") == []
    known.json("bug", "add", "--title", "Third")
    known.all([["bug", "fix", "3", "--in", "7.8.0.0"]])
    assert known.json("bug", "list", "--no-workaround") == []
    assert [bug["id"] for bug in known.json("bug", "list")] == [1, 2, 3]
    assert [bug["id"] for bug in known.json("bug", "list", "--open")] == [1, 2]
    assert known.json("bug", "list", "--product", "remote-utilities-server") == []


ABSENT = [
    ["show", "9"],
    ["reproduce", "9"],
    ["workaround", "9", "x"],
    ["fix", "9", "--in", "7.8.0.0"],
    ["dismiss", "9"],
    ["link", "9", "1"],
    ["link", "1", "9"],
    ["show", "99999999999999999999999"],
]


def test_what_is_not_on_record_is_said(known: Program) -> None:
    for command in ABSENT:
        ran = known("bug", *command)
        assert (ran.code, ran.out) == (5, ""), command


WRONG = [
    ["add", "--title", " "],
    ["add", "--title", "x", "--product", "teamviewer"],
    ["add", "--title", "x", "--topic", "weather"],
    ["add", "--title", "x", "--version", "seven"],
    ["add", "--title", "x", "--workaround", ""],
    ["add"],
    ["list", "--product", "teamviewer"],
    ["workaround", "1", " "],
    ["fix", "1", "--in", "7.8"],
    ["fix", "1", "--in", "v7.8.0.0"],
    ["fix", "1", "--in", "7.7.2.9"],
    ["fix", "1"],
    ["show", "0"],
]


def test_bad_input_changes_nothing(known: Program) -> None:
    before = known.json("bug", "list")
    for command in WRONG:
        ran = known("bug", *command)
        assert (ran.code, ran.out) == (2, ""), command
    assert known.json("bug", "list") == before


def test_states_are_kept_to(known: Program) -> None:
    known.all([["bug", "dismiss", "1", "--reason", "Works as designed"]])
    assert known("bug", "fix", 1, "--in", "7.8.0.0").code == 2
    assert known("bug", "dismiss", 1).code == 2
    assert known.json("bug", "show", 1)["reason"] == "Works as designed"
    assert known.json("bug", "reproduce", 1)["status"] == "reproduced"
    assert known("bug", "reproduce", 1).code == 2
    known.all([["bug", "fix", "1", "--in", "7.8.0.0"]])
    assert known("bug", "dismiss", 1).code == 2
    assert known.json("bug", "fix", 1, "--in", "7.8.1.0")["fixed_in"] == "7.8.1.0"
    history = known.json("bug", "fix", 1, "--in", "7.8.1.0")["history"]
    assert [entry["kind"] for entry in history].count("fixed") == 2, "the same twice changes nothing"


def test_a_link_is_a_row_in_both_histories_once(known: Program) -> None:
    known.all([["bug", "link", "1", "1"]])
    entries = [entry for entry in known.json("show", 1)["history"] if entry["kind"] == "linked"]
    assert [entry["data"] for entry in entries] == [{"bug": 1}]
    assert [entry["kind"] for entry in known.json("bug", "show", 1)["history"]].count("linked") == 1


def test_a_bug_holds_no_secrets(known: Program) -> None:
    ran = known("bug", "workaround", 1, "Log in with password: Hunter22x!")
    assert (ran.code, ran.out) == (4, "")
    assert "8.6" in ran.err
    assert "Hunter" not in ran.err
    assert known("bug", "add", "--title", "My key STAR-0001-BBBB is refused").code == 4


def test_the_past_shows_the_bug_as_it_was(known: Program) -> None:
    known.all([["bug", "workaround", "1", "Turn it off"], ["bug", "fix", "1", "--in", "7.8.0.0"]], now=LATER)
    before = known.json("bug", "show", 1, now="2026-03-07T16:29:59Z")
    assert (before["status"], before["workaround"]) == ("reported", None)
    assert [bug["id"] for bug in known.json("bug", "list", "--no-workaround", now="2026-03-07T00:00:00Z")] == [1]
    assert known("bug", "show", 1, now="2026-03-06T16:29:59Z").code == 5


def test_show_names_linked_bugs_first_then_likely_ones(known: Program) -> None:
    linked = known.json("show", 1)["known"]
    assert [(bug["id"], bug["linked"]) for bug in linked] == [(1, True)]
    assert linked[0] == {
        "id": 1,
        "title": "Black screen after a Windows update",
        "status": "reported",
        "workaround": None,
        "fixed_in": None,
        "linked": True,
    }
    assert [(bug["id"], bug["linked"]) for bug in known.json("show", 2)["known"]] == [(1, False)]
    known.all([["bug", "link", "2", "2"]])
    assert [(bug["id"], bug["linked"]) for bug in known.json("show", 2)["known"]] == [(2, True), (1, False)]


def test_a_version_that_has_the_fix_does_not_name_the_bug(known: Program) -> None:
    known.all([["bug", "fix", "1", "--in", "7.7.4.0"]])
    assert [bug["id"] for bug in known.json("show", 2)["known"]] == [1]
    known.all([["edit", "2", "--version", "7.7.4.0"]])
    assert known.json("show", 2)["known"] == []


def test_show_names_similar_tickets(known: Program) -> None:
    known.all([["log", "--from", "starter@example.com", "--subject", "A black screen, all the time"]])
    assert known.json("show", 3)["similar"] == [{"id": 2, "subject": "Black screen since the update", "status": "open"}]
    assert known.json("show", 1)["similar"] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals to run a program on")
def test_log_says_what_is_known_to_a_person_and_not_to_a_pipe(known: Program) -> None:
    command = ["log", "--from", "site@example.com", "--subject", "Black screen again, after the update"]
    ran = known(*command)
    assert (ran.code, ran.err) == (0, "")
    seen = on_a_terminal(known, *command, "--show")
    assert "Already known (1.3):" in seen
    assert "bug 1 (reported): Black screen after a Windows update" in seen
    assert "ticket 2 (open): Black screen since the update" in seen
    assert "Already known (1.3): bug 1 (reported): Black screen after" in on_a_terminal(known, *command)
    assert "Already known" not in on_a_terminal(known, *command, "--quiet")


def test_hot_commands_load_nothing_of_search(known: Program) -> None:
    code = (
        "import sys\nfrom supportctl.cli.run.commands import run\nfrom supportctl.cli.run.session import Session\n"
        "run(sys.argv[1:], Session())\n"
        "ours = ('search', 'searching', 'words', 'bugs', 'known')\n"
        "print([name for name in sys.modules if name.endswith(ours)], file=sys.stderr)"
    )
    for command in (["lookup", "site@example.com"], ["check", "7.7.3.0"], ["breaches"]):
        done = subprocess.run([sys.executable, "-c", code, *command], env=known.environment(), capture_output=True)
        assert done.stderr.decode().strip().splitlines()[-1] == "[]", command
