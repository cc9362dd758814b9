"""`policy`: the clauses, and revisions with what they mean for tickets that wait."""

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, Program

from supportctl.policy.file import builtin

LATER = "2026-03-06T17:00:00Z"  # half an hour after NOW


def policy(tmp_path: Path, *changes: tuple[str, str], name: str = "policy.toml") -> Path:
    """The built-in policy file with some of its text changed."""
    text = builtin()[0]
    for pattern, by in changes:
        text, count = re.subn(pattern, by, text, flags=re.DOTALL)
        assert count, pattern
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def target(tier: str, span: str) -> tuple[str, str]:
    return rf'(\[tiers\.{tier}\].*?target = )"\w+"', rf'\1"{span}"'


def without(tier: str) -> tuple[str, str]:
    return rf"\[tiers\.{tier}\].*?(?=\n\[)", ""


@pytest.fixture
def waiting(staffed: Program) -> Program:
    """A desk with ticket 1 of a SITE customer (due 18:30), answered ticket 2, and ticket 3 of a STARTER customer."""
    for sender in ("site", "site", "starter"):
        staffed.once([["log", "--from", f"{sender}@example.com", "--subject", "Help"]])
    staffed.once([["reply", "2", "--body", "Try this"]])
    return staffed


# Reading


def test_the_policy_is_shown_without_a_desk(nowhere: Program) -> None:
    shown = nowhere.json("policy", "show")
    assert (shown["revision"], shown["effective_at"], shown["name"]) == (None, None, "Remote Utilities")
    assert shown["tiers"]["SITE"]["target_seconds"] == 7200
    assert shown["clauses"].keys() == builtin()[1]["clauses"].keys()
    assert nowhere.untouched


def test_clause_2_1_has_the_tier_table(desk: Program) -> None:
    tiers = desk.json("policy", "show", "2.1")["tiers"]
    assert [(t["tier"], t["priority"], t["rank"], t["target_seconds"]) for t in tiers] == [
        ("SITE", 1, 1, 7200), ("PRO", 2, 2, 10800), ("PLUS", 3, 3, 14400), ("STARTER", 4, 4, 28800),
        ("RESELLER", None, 5, 86400), ("FREE", 5, 6, 86400), ("TRIAL", 5, 6, 86400),
    ]  # fmt: skip
    for format in ("plain", "table", "csv"):
        out = desk("policy", "show", "2.1", "-o", format).out
        assert all(tier["tier"] in out for tier in tiers)
        assert "24h" in out or "24 h" in out


@pytest.mark.parametrize("format", ["table", "plain", "csv", "jsonl"])
def test_the_whole_policy_in_every_format(desk: Program, format: str) -> None:
    ran = desk("policy", "show", "-o", format)
    assert (ran.code, ran.err) == (0, "")
    assert all(clause in ran.out for clause in builtin()[1]["clauses"])


def test_the_file_comes_out_as_it_is_and_goes_in_again(desk: Program) -> None:
    toml = desk("policy", "show", "-o", "toml").out
    assert toml == builtin()[0]
    assert desk("policy", "check", "-", stdin=toml).code == 0
    unchanged = desk.json("policy", "set", "-", stdin=toml)
    assert (unchanged["revision"], unchanged["judged"]) == (1, 0)


@pytest.mark.parametrize("clause", ["9.9", "2", "", "2.1.1", "\x1b[31m", "'; drop table policies; --"])
def test_an_unknown_clause_is_said(desk: Program, clause: str) -> None:
    ran = desk("policy", "show", clause)
    assert (ran.code, ran.out) == (5, "")
    assert "no clause" in ran.err
    assert "\x1b" not in ran.err


def test_an_unknown_revision_is_said(waiting: Program) -> None:
    for command in (["policy", "show", "--revision", "9"], ["policy", "diff", "9"], ["policy", "diff", "0", "1"]):
        assert waiting(*command).code == 5


def test_the_past_shows_the_revision_that_was_in_force(waiting: Program, tmp_path: Path) -> None:
    waiting.all([["policy", "set", str(policy(tmp_path, target("SITE", "1h")))]], now=LATER)
    for now, revision, seconds in ((NOW, 1, 7200), ("2026-03-06T16:59:59Z", 1, 7200), (LATER, 2, 3600)):
        shown = waiting.json("policy", "show", now=now)
        assert (shown["revision"], shown["tiers"]["SITE"]["target_seconds"]) == (revision, seconds)
    assert waiting.json("policy", "show", "--revision", "1", now=LATER)["tiers"]["SITE"]["target_seconds"] == 7200


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "tiers"),
        ("name = 1", "name"),
        ("name = [", "TOML"),
        (builtin()[0].replace('target = "2h"', 'target = "2d"'), "tiers.SITE.target"),
        (builtin()[0].replace("America/Los_Angeles", "Mars/Base"), "hours.timezone"),
        ("\x00", "TOML"),
    ],
)
def test_check_names_the_place(desk: Program, tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    for verb in ("check", "set"):
        ran = desk("policy", verb, file)
        assert (ran.code, ran.out) == (2, "")
        assert place in ran.err
        assert str(file) in ran.err
        assert desk.untouched


@pytest.mark.parametrize("file", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_said(desk: Program, file: str) -> None:
    assert desk("policy", "check", file).code == 2


# Setting


def test_a_new_revision_judges_what_waits_again_and_moves_nothing_later(waiting: Program, tmp_path: Path) -> None:
    """Ticket 1: 17:00 + 30 min is before 18:30; ticket 3: 17:00 + 12 h is after its own due time, which stays."""
    file = policy(tmp_path, target("SITE", "30m"), target("STARTER", "12h"))
    before = waiting.json("show", "3")["due_at"]
    made = waiting.json("policy", "set", file, now=LATER)
    assert (made["revision"], made["in_force"], made["effective_at"]) == (2, True, LATER)
    assert (made["judged"], made["agent"]) == (2, "tess")
    assert made["moved"] == [{"id": 1, "due_at_before": "2026-03-06T18:30:00Z", "due_at": "2026-03-06T17:30:00Z"}]
    site, answered, starter = (waiting.json("show", n, now=LATER) for n in (1, 2, 3))
    assert (site["due_at"], site["target_seconds"], site["policy_revision"]) == ("2026-03-06T17:30:00Z", 1800, 2)
    assert (answered["due_at"], answered["policy_revision"]) == ("2026-03-06T18:30:00Z", 1)
    assert (starter["due_at"], starter["target_seconds"], starter["policy_revision"]) == (before, 43200, 2)
    entry = site["history"][-1]
    assert (entry["kind"], entry["agent"], entry["data"]["cause"]) == ("retargeted", "tess", "policy revision 2")
    assert entry["data"]["due_at"] == ["2026-03-06T18:30:00Z", "2026-03-06T17:30:00Z"]


def test_looking_back_leaves_the_new_revision_out(waiting: Program, tmp_path: Path) -> None:
    waiting.all([["policy", "set", str(policy(tmp_path, target("SITE", "30m")))]], now=LATER)
    then = waiting.json("show", "1", now="2026-03-06T16:59:59Z")
    assert (then["due_at"], then["policy_revision"]) == ("2026-03-06T18:30:00Z", 1)
    assert [b["id"] for b in waiting.json("breaches", now="2026-03-06T17:30:01Z")] == [1]


def test_a_future_revision_moves_nothing_and_judges_what_comes_then(waiting: Program, tmp_path: Path) -> None:
    file = policy(tmp_path, target("SITE", "30m"))
    made = waiting.json("policy", "set", file, "--effective", "2026-03-09T15:00:00Z")
    assert (made["in_force"], made["judged"], made["moved"]) == (False, 0, [])
    log = ["log", "--from", "site@example.com", "--subject", "x"]
    before, at = (waiting.json(*log, now=now) for now in ("2026-03-09T14:59:59Z", "2026-03-09T15:00:00Z"))
    assert (before["target_seconds"], before["policy_revision"]) == (7200, 1)
    assert (at["target_seconds"], at["policy_revision"]) == (1800, 2)
    old = waiting.json("show", "1", now="2026-03-09T16:00:00Z")
    assert (old["policy_revision"], old["due_at"]) == (1, "2026-03-06T18:30:00Z")


def test_a_request_entered_late_follows_the_revision_set_meanwhile(waiting: Program, tmp_path: Path) -> None:
    """It ends where it would have, had it been entered in time."""
    waiting.all([["policy", "set", str(policy(tmp_path, target("SITE", "30m")))]], now=LATER)
    late = ["log", "--from", "site@example.com", "--subject", "x", "--received", NOW]
    ticket = waiting.json(*late, now="2026-03-06T17:10:00Z")
    assert (ticket["due_at"], ticket["policy_revision"]) == ("2026-03-06T17:30:00Z", 2)


def test_a_revision_from_before_the_one_in_force_is_refused(waiting: Program, tmp_path: Path) -> None:
    first, second = policy(tmp_path, target("SITE", "1h"), name="a"), policy(tmp_path, target("SITE", "90m"), name="b")
    assert waiting("policy", "set", first, "--effective", "2026-03-05").code == 0
    ran = waiting("policy", "set", second, "--effective", "2026-03-04T23:59:59Z")
    assert (ran.code, ran.out) == (2, "")
    assert "revision 2" in ran.err
    assert waiting("policy", "set", second, "--effective", "2026-03-05").code == 0
    assert [r["in_force"] for r in waiting.json("policy", "history")] == [False, False, True]


def test_a_policy_without_a_tier_that_licences_have_is_refused_with_their_number(
    waiting: Program, tmp_path: Path
) -> None:
    waiting.all([["licence", "add", f"STAR-000{n}", "--tier", "STARTER"] for n in range(2)])
    ran = waiting("policy", "set", policy(tmp_path, without("STARTER")))
    assert (ran.code, ran.out) == (2, "")
    assert "STARTER" in ran.err
    assert "3 licences" in ran.err
    assert len(waiting.json("policy", "history")) == 1
    assert waiting("policy", "set", policy(tmp_path, without("PLUS"))).code == 0, "no licence has PLUS"


def test_a_tier_that_the_policy_of_a_moment_does_not_have_counts_for_nothing(staffed: Program, tmp_path: Path) -> None:
    """A licence of a new tier, looked at under the revision from before there was one."""
    gold = (r"\[channels\.ticket\]", '[tiers.GOLD]\nrank = 1\ntarget = "1h"\nchannels = []\n\n[channels.ticket]')
    staffed.all([["policy", "set", str(policy(tmp_path, gold))]])
    issued = ["--issued", "2026-01-01T00:00:00Z"]
    staffed.all([["licence", "add", "GOLD-001", "--tier", "GOLD", "--email", "free@example.com", *issued]])
    assert staffed.json("lookup", "free@example.com")["tier"] == "GOLD"
    before = staffed.json("lookup", "free@example.com", now="2026-03-06T16:29:59Z")
    assert before["tier"] == "FREE"
    assert "GOLD" in str(before["reasons"])


def test_the_first_revision_of_a_desk_may_come_before_anything_else(desk: Program, tmp_path: Path) -> None:
    """Another vendor starts with its own policy."""
    assert desk.json("policy", "set", policy(tmp_path, target("SITE", "1h")))["revision"] == 2


def test_a_channel_that_a_new_policy_drops_is_best_effort_and_its_promise_kept(
    staffed: Program, tmp_path: Path
) -> None:
    staffed.all([["log", "--from", "site@example.com", "--subject", "x", "--channel", "forum"]])
    file = policy(tmp_path, (r"\[channels\.forum\].*?(?=\n\[)", ""), (r', "forum"', ""), (r'"forum"', '"ticket"'))
    staffed.all([["policy", "set", str(file)]], now=LATER)
    ticket = staffed.json("show", "1", now=LATER)
    assert (ticket["standing"], ticket["due_at"], ticket["sla"]) == ("best-effort", "2026-03-06T18:30:00Z", "running")


# Comparing


def rows(desk: Program, *arguments: Any, now: str = LATER) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    return {(r["kind"], r["key"]): (r["before"], r["after"]) for r in desk.json("policy", "diff", *arguments, now=now)}


def test_diff_says_what_changes_and_which_tickets_would_move(waiting: Program, tmp_path: Path) -> None:
    file = policy(tmp_path, target("SITE", "30m"))
    expected = {
        ("policy", "tiers.SITE.target"): ("2h", "30m"),
        ("ticket", "1"): ("2026-03-06T18:30:00Z", "2026-03-06T17:30:00Z"),
    }
    assert rows(waiting, file) == expected
    assert waiting.json("show", "1", now=LATER)["policy_revision"] == 1, "nothing is changed"
    waiting.all([["policy", "set", str(file)]], now=LATER)
    assert rows(waiting, file) == {}
    changed = {("policy", "tiers.SITE.target"): ("2h", "30m")}
    assert rows(waiting) == rows(waiting, 1) == rows(waiting, 1, 2) == changed
    assert rows(waiting, 2, 1)[("policy", "tiers.SITE.target")] == ("30m", "2h")


def test_diff_warns_of_a_tier_that_licences_have(waiting: Program, tmp_path: Path) -> None:
    ran = waiting("policy", "diff", policy(tmp_path, without("STARTER")))
    assert ran.code == 0
    assert "1 licence has" in ran.err


def test_history_marks_the_one_in_force_at_a_moment(waiting: Program, tmp_path: Path) -> None:
    waiting.all([["policy", "set", str(policy(tmp_path, target("SITE", "1h")))]], now=LATER)
    for now, in_force in ((NOW, [True, False]), (LATER, [False, True])):
        history = waiting.json("policy", "history", now=now)
        assert [(r["revision"], r["effective_at"]) for r in history] == [(1, None), (2, LATER)]
        assert [r["in_force"] for r in history] == in_force


def test_reading_without_a_desk_says_so(nowhere: Program) -> None:
    assert nowhere("policy", "history").code == 6
    assert nowhere("policy", "diff").code == 6


def test_explain_cites_the_clause_of_revisions(waiting: Program, tmp_path: Path) -> None:
    waiting.all([["policy", "set", str(policy(tmp_path, target("SITE", "30m")))]], now=LATER)
    steps = waiting.json("explain", "1", now=LATER)["steps"]
    again = next(step for step in steps if step["code"] == "judged-again")
    assert (again["clause"], again["start"]) == ("1.4", LATER)
    dues = [step["end"] for step in steps if step["code"] == "due"]
    assert dues == ["2026-03-06T18:30:00Z", "2026-03-06T17:30:00Z"]


def test_a_correction_keeps_what_was_followed_meanwhile(waiting: Program, tmp_path: Path) -> None:
    """Corrected after an upgrade and a new revision, a ticket is judged as it would have been without the mistake."""
    waiting.all([["licence", "upgrade", "STAR-0001-BBBB", "SITE"]], now=LATER)
    waiting.all([["policy", "set", str(policy(tmp_path, target("SITE", "1h")))]], now="2026-03-06T17:10:00Z")
    before = waiting.json("show", "3", now="2026-03-06T17:20:00Z")
    ticket = waiting.json("edit", "3", "--topic", "network", now="2026-03-06T17:20:00Z")
    assert (ticket["tier"], ticket["policy_revision"], ticket["coverage"]) == ("SITE", 2, "not-covered")
    assert ticket["due_at"] == before["due_at"] == "2026-03-06T18:10:00Z"
    answered = waiting.json("edit", "2", "--topic", "network", now="2026-03-06T17:20:00Z")
    assert (answered["policy_revision"], answered["sla"], answered["coverage"]) == (1, "met", "not-covered")
