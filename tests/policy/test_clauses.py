"""What hangs on each clause, and what changes from one policy to another."""

import copy
from typing import Any

import pytest

from supportctl.policy.clauses import clauses_of, week
from supportctl.policy.difference import differences, spell
from supportctl.policy.file import builtin


@pytest.fixture
def data() -> dict[str, Any]:
    return copy.deepcopy(builtin()[1])


def test_every_clause_of_the_built_in_policy_has_a_text(data: dict[str, Any]) -> None:
    """What the tool cites can be read."""
    assert [clause.clause for clause in clauses_of(data) if not clause.text] == []
    assert len(clauses_of(data)) == len(data["clauses"])


def test_the_tier_table_hangs_on_the_clause_of_the_tiers_and_a_tier_on_its_own(data: dict[str, Any]) -> None:
    tiers = {clause.clause: clause.tiers for clause in clauses_of(data)}
    assert tiers["2.1"] == tuple(data["tiers"])
    assert tiers["3.4"] == ("RESELLER",)
    assert tiers["6.1"] == ()


def test_topics_channels_and_hours_hang_on_their_clauses(data: dict[str, Any]) -> None:
    rests = {clause.clause: [(t.kind, t.name) for t in clause.rests] for clause in clauses_of(data)}
    assert ("topic", "network") in rests["6.1"]
    assert ("channel", "phone") in rests["4.3"]
    assert ("hours", "America/Los_Angeles") in rests["1.5"]


def test_a_clause_that_is_only_cited_is_known_too(data: dict[str, Any]) -> None:
    del data["clauses"]["6.4"]
    clause = next(clause for clause in clauses_of(data) if clause.clause == "6.4")
    assert clause.text is None
    assert ("topic", "antivirus") in [(t.kind, t.name) for t in clause.rests]


def test_days_of_the_same_hours_are_said_together() -> None:
    hours: dict[str, Any] = {day: ["08:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "thu")}
    hours |= {day: [] for day in ("wed", "fri", "sun")} | {"sat": ["09:00-10:00"], "holidays": ["2026-12-25"]}
    said = "mon-tue 08:00-12:00, 13:00-17:00; thu 08:00-12:00, 13:00-17:00; sat 09:00-10:00; 1 holiday"
    assert week(hours) == said


@pytest.mark.parametrize(
    ("value", "span", "said"),
    [(7200, True, "2h"), (5400, True, "1h30m"), (90, True, "1m30s"), (7200, False, "7200"), (True, False, "true")],
)
def test_values_are_spelled_as_in_the_file(value: Any, span: bool, said: str) -> None:
    assert spell(value, span=span) == said


def test_equal_policies_have_no_differences(data: dict[str, Any]) -> None:
    assert list(differences(builtin()[1], data)) == []


def test_differences_are_named_key_by_key(data: dict[str, Any]) -> None:
    data["tiers"]["PRO"]["target"] = 5400
    data["hours"]["holidays"] = ["2026-12-25", {"date": "2026-12-24", "hours": ["08:00-12:00"]}]
    data["clauses"]["9.1"] = "New."
    del data["topics"]["other"]
    found = {d.key: (d.before, d.after) for d in differences(builtin()[1], data)}
    assert found == {
        "tiers.PRO.target": ("3h", "1h30m"),
        "hours.holidays.2026-12-25": (None, "closed"),
        "hours.holidays.2026-12-24": (None, "08:00-12:00"),
        'clauses."9.1"': (None, "New."),
        "topics.other.coverage": ("not-covered", None),
        "topics.other.clause": ("5.1", None),
        "topics.other.turn_to": ("", None),
    }
