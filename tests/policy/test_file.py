"""The policy file: what it may leave out, and what is refused with its place."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportctl.errors import InputError
from supportctl.policy.file import builtin, parse, parse_hours
from supportctl.policy.hours import Calendar
from supportctl.policy.model import Coverage, policy_from

HOURS = """
[hours]
timezone = "Europe/Copenhagen"
mon = ["08:00-17:00"]
"""
SMALL = f"""
name = "Small"
{HOURS}
[tiers.GOLD]
rank = 1
target = "1h30m"
channels = ["ticket", "phone"]

[tiers.FREE]
rank = 2
target = "24h"
channels = []
"""


def read(text: str) -> dict[str, Any]:
    return parse(text, source="desk.toml")


def refusal(text: str, by: Callable[..., object] = parse) -> str:
    """What the refusal says; a policy file's mistake is input that is wrong, with a hint."""
    with pytest.raises(InputError) as error:
        by(text, source="desk.toml")
    assert error.value.exit_code == 2
    assert error.value.hint and error.value.message.startswith("desk.toml")
    assert len(error.value.message) < 500
    return error.value.message


# The built-in policy


def test_the_built_in_file_is_the_policy_of_2_1() -> None:
    text, data = builtin()
    tiers = {name: (t["priority"], t["rank"], t["target"] / 3600) for name, t in data["tiers"].items()}
    assert tiers == {
        "SITE": (1, 1, 2),
        "PRO": (2, 2, 3),
        "PLUS": (3, 3, 4),
        "STARTER": (4, 4, 8),
        "RESELLER": (None, 5, 24),
        "FREE": (5, 6, 24),
        "TRIAL": (5, 6, 24),
    }
    assert {name for name, tier in data["tiers"].items() if tier["paid"]} == {"SITE", "PRO", "PLUS", "STARTER"}
    assert {name for name, tier in data["tiers"].items() if not tier["remote_support"]} == {"FREE", "TRIAL"}
    assert (data["unlicensed"], data["reseller"], data["language"]) == ("FREE", "RESELLER", "en")
    assert data["hours"] == {
        "timezone": "America/Los_Angeles",
        **{day: ["08:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
        **{day: [] for day in ("sat", "sun")},
        "holidays": [],
    }
    assert "# reading:" in text


def test_the_built_in_file_read_as_any_file_is_the_same() -> None:
    text, data = builtin()
    assert read(text) == data


def test_every_clause_that_the_built_in_policy_cites_is_among_its_clauses() -> None:
    data = builtin()[1]
    rows = (*data["tiers"].values(), *data["channels"].values(), *data["topics"].values())
    assert {row["clause"] for row in rows} | set(data["rules"].values()) <= data["clauses"].keys()


@pytest.mark.parametrize("text", [builtin()[0], SMALL])
def test_a_policy_survives_being_kept_as_json(text: str) -> None:
    data = read(text)
    kept = json.loads(json.dumps(data))
    assert kept == data and policy_from(kept) == policy_from(data)


# What a file may leave out


def test_a_small_file_takes_the_rest_from_the_built_in_policy() -> None:
    data, whole = read(SMALL), builtin()[1]
    for table in ("channels", "products", "topics", "clauses", "rules", "versions"):
        assert data[table] == whole[table], table
    assert (data["unlicensed"], data["reseller"], data["language"]) == ("FREE", None, "en")
    gold = {"priority": None, "rank": 1, "target": 5400, "channels": ["ticket", "phone"], "remote_support": False}
    assert data["tiers"]["GOLD"] == gold | {"paid": True, "clause": "2.1", "reading": ""}
    assert data["tiers"]["FREE"]["paid"] is False
    assert data["hours"]["tue"] == data["hours"]["holidays"] == []
    policy = policy_from(data)
    assert policy.tiers["GOLD"].target == 5400
    assert policy.topics["antivirus"].coverage is Coverage.LIMITED
    assert policy.clause("hours") == "1.5"


def test_without_a_free_tier_the_last_in_rank_is_that_of_the_unlicensed() -> None:
    data = read(SMALL.replace("tiers.FREE", "tiers.BRONZE"))
    assert data["unlicensed"] == "BRONZE"
    assert (data["tiers"]["GOLD"]["paid"], data["tiers"]["BRONZE"]["paid"]) == (True, False)


def test_a_tier_named_for_resellers_is_not_paid() -> None:
    tiers = '[tiers.RESELLER]\nrank = 3\ntarget = "24h"\nchannels = ["ticket"]\n'
    data = read(SMALL + tiers)
    assert (data["reseller"], data["tiers"]["RESELLER"]["paid"]) == ("RESELLER", False)
    named = read('reseller = "GOLD"\nunlicensed = "FREE"\n' + SMALL)
    assert (named["reseller"], named["tiers"]["GOLD"]["paid"]) == ("GOLD", False)


def test_a_trial_is_not_paid_unless_the_file_says_so() -> None:
    """4.5: only paid keys can be applied; the built-in policy knows that a TRIAL is none."""
    trial = '[tiers.TRIAL]\nrank = 2\ntarget = "24h"\nchannels = ["forum"]\n'
    assert read(SMALL + trial)["tiers"]["TRIAL"]["paid"] is False
    assert read(SMALL + trial + "paid = true\n")["tiers"]["TRIAL"]["paid"] is True


def test_a_table_that_is_given_replaces_the_built_in_one() -> None:
    channels = (
        '[channels.ticket]\nguaranteed = true\nclause = "9"\n[channels.phone]\nguaranteed = false\nclause = "9"\n'
    )
    assert read(SMALL + channels)["channels"].keys() == {"ticket", "phone"}


def test_a_rule_that_is_given_leaves_the_others_as_they_are() -> None:
    rules = read(SMALL + '[rules]\nhours = "9.9"\ntiers = "9.8"\n')
    assert rules["rules"] == {**builtin()[1]["rules"], "hours": "9.9", "tiers": "9.8"}
    assert rules["tiers"]["GOLD"]["clause"] == "9.8", "a tier rests on the rule for tiers unless it says otherwise"


def test_a_whole_file_may_leave_out_a_rule_too() -> None:
    """Else the first thing that cites it would fail."""
    text, data = builtin()
    assert read(text.replace('hours = "1.5"\n', "")) == data


def test_majors_are_one_unless_the_file_or_the_product_says_otherwise() -> None:
    products = '[products.a]\n[products.b]\nmajors = 3\ntitle = "B"\n'
    for versions, expected in (("", 1), ("[versions]\nmajors = 2\n", 2)):
        policy = policy_from(read(SMALL + versions + products))
        assert (policy.products["a"].majors, policy.products["b"].majors) == (expected, 3)
        assert (policy.products["a"].title, policy.products["b"].title) == ("a", "B")


def test_a_name_with_a_dot_is_a_name() -> None:
    assert read(SMALL + '[products."studio-2.0"]\n')["products"]["studio-2.0"]["title"] == "studio-2.0"


# Hours


def test_a_file_with_only_hours_will_do_for_hours() -> None:
    assert parse_hours(HOURS, source="desk.toml") == read(SMALL)["hours"]
    assert parse_hours(SMALL, source="desk.toml") == read(SMALL)["hours"]


def test_holidays_are_dates_in_quotes_or_not_in_order_and_each_once() -> None:
    text = HOURS + (
        'holidays = ["2026-12-25", 2026-05-01, { date = "2026-12-24", hours = ["13:00-15:00", "08:00-12:00"] },'
        ' { date = 2026-06-05 }, "2026-12-25", { date = 2026-12-24, hours = ["08:00-12:00", "13:00-15:00"] }]'
    )
    half = {"date": "2026-12-24", "hours": ["08:00-12:00", "13:00-15:00"]}
    hours = parse_hours(text, source="desk.toml")
    assert hours["holidays"] == ["2026-05-01", "2026-06-05", half, "2026-12-25"]
    assert json.loads(json.dumps(hours)) == hours


def test_spans_are_put_in_order_and_may_adjoin() -> None:
    text = HOURS.replace('["08:00-17:00"]', '["12:00-24:00", "00:00-06:30", "06:30-07:00"]')
    assert parse_hours(text, source="desk.toml")["mon"] == ["00:00-06:30", "06:30-07:00", "12:00-24:00"]


def test_windows_line_ends_and_trailing_spaces_do_not_matter() -> None:
    assert read(SMALL.replace("\n", " \r\n")) == read(SMALL)


# What is refused, and where

MON = 'mon = ["08:00-17:00"]'
IN_HOURS = [
    ('mon = ["25:00-26:00"]', "hours.mon[0]: '25:00-26:00'"),
    ('mon = ["08:00-25:00"]', "hours.mon[0]: '08:00-25:00'"),
    ('mon = ["08:00-24:01"]', "hours.mon[0]"),
    ('mon = ["24:00-24:00"]', "hours.mon[0]"),
    ('mon = ["8:00-17:00"]', "hours.mon[0]"),
    ('mon = ["08:60-17:00"]', "hours.mon[0]"),
    ('mon = ["08:00–17:00"]', "hours.mon[0]"),
    ('mon = ["０8:00-17:00"]', "hours.mon[0]"),
    ('mon = ["08:00-17:00\\n"]', "hours.mon[0]"),
    ('mon = ["08:00"]', "hours.mon[0]"),
    ("mon = [8]", "hours.mon[0]: 8"),
    ("mon = [[]]", "hours.mon[0]"),
    ('mon = "08:00-17:00"', "hours.mon: '08:00-17:00' is not a list"),
    ('mon = ["17:00-08:00"]', "hours.mon[0]: 17:00-08:00 ends before it begins"),
    ('mon = ["08:00-08:00"]', "hours.mon[0]"),
    ('mon = ["08:00-12:00", "11:59-13:00"]', "hours.mon[1]: overlaps"),
    ('mon = ["11:59-13:00", "08:00-12:00"]', "hours.mon[0]: overlaps"),
    ('mon = ["08:00-12:00", "08:00-12:00"]', "hours.mon[1]: overlaps"),
    ("mon = []", "hours: a week has no opening"),
    ("", "hours: a week has no opening"),
    (MON + '\nmonday = ["08:00-17:00"]', "hours.monday: unknown"),
    (MON + '\nholidays = ["2026-02-29"]', "hours.holidays[0]: '2026-02-29'"),
    (MON + '\nholidays = ["2026-12-25", "25.12.2026"]', "hours.holidays[1]"),
    (MON + '\nholidays = ["20261225"]', "hours.holidays[0]"),
    (MON + '\nholidays = ["2026-W10-1"]', "hours.holidays[0]"),
    (MON + "\nholidays = [2026-12-25T00:00:00Z]", "hours.holidays[0]"),
    (MON + "\nholidays = [20261225]", "hours.holidays[0]"),
    (MON + '\nholidays = "2026-12-25"', "hours.holidays: '2026-12-25' is not a list"),
    (MON + '\nholidays = [{ hours = ["08:00-12:00"] }]', "hours.holidays[0].date: missing"),
    (MON + '\nholidays = [{ date = "2026-12-24", open = true }]', "hours.holidays[0].open: unknown"),
    (MON + '\nholidays = [{ date = "x" }]', "hours.holidays[0].date"),
    (MON + '\nholidays = [{ date = "2026-12-24", hours = ["12:00-08:00"] }]', "hours.holidays[0].hours[0]"),
    (MON + '\nholidays = [{ date = "2026-12-24", hours = "no" }]', "hours.holidays[0].hours"),
    (
        MON + '\nholidays = ["2026-12-24", { date = "2026-12-24", hours = ["08:00-12:00"] }]',
        "hours.holidays[1]: 2026-12-24 is listed twice, with different hours",
    ),
]


@pytest.mark.parametrize(("instead", "expected"), IN_HOURS)
def test_a_mistake_in_the_hours_is_refused_with_its_place(instead: str, expected: str) -> None:
    """In a whole policy and for a file with only hours alike."""
    assert expected in refusal(SMALL.replace(MON, instead))
    assert expected in refusal(HOURS.replace(MON, instead), parse_hours)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ('timezone = "Mars/Olympus"', "hours.timezone: There is no time zone 'Mars/Olympus'"),
        ('timezone = ""', "hours.timezone"),
        ('timezone = "../../etc/passwd"', "hours.timezone"),
        ('timezone = "America"', "hours.timezone"),
        (f'timezone = "{"A/" * 5000}A"', "hours.timezone"),
        ("timezone = 8", "hours.timezone: 8 is not text"),
        ("", "hours.timezone: missing"),
    ],
)
def test_what_is_no_zone_is_refused(zone: str, expected: str) -> None:
    assert expected in refusal(SMALL.replace('timezone = "Europe/Copenhagen"', zone))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "Small"', "", "name: missing"),
        ('name = "Small"', 'name = " "', "name: empty"),
        ('name = "Small"', "name = 7", "name: 7 is not text"),
        ('name = "Small"', 'name = "S"\nnmae = 1', "nmae: unknown; choose from"),
        ('name = "Small"', 'name = "S"\nlanguage = ""', "language: empty"),
        ('name = "Small"', 'name = "S"\nunlicensed = "BASIC"', "unlicensed: there is no tier 'BASIC'"),
        ('name = "Small"', 'name = "S"\nreseller = "BASIC"', "reseller: there is no tier 'BASIC'"),
        ('name = "Small"', 'name = "S"\nproducts = []', "products: [] is not a table"),
        ('name = "Small"', 'name = "S"\nchannels = {}', "channels: empty"),
        (HOURS, "", "hours: missing"),
        (HOURS, "hours = 1", "hours: 1 is not a table"),
        ("rank = 1\n", "", "tiers.GOLD.rank: missing"),
        ("rank = 1\n", "rank = 0\n", "tiers.GOLD.rank: 0"),
        ("rank = 1\n", "rank = -1\n", "tiers.GOLD.rank: -1"),
        ("rank = 1\n", "rank = 1.0\n", "tiers.GOLD.rank: 1.0 is not a whole number"),
        ("rank = 1\n", "rank = true\n", "tiers.GOLD.rank: true is not a whole number"),
        ("rank = 1\n", 'rank = "1"\n', "tiers.GOLD.rank: '1' is not a whole number"),
        ("rank = 1\n", "rank = 1\npriority = 0\n", "tiers.GOLD.priority: 0"),
        ("rank = 1\n", "rank = 1\nremote_support = 1\n", "tiers.GOLD.remote_support: 1 is not true or false"),
        ("rank = 1\n", "rank = 1\nclause = 2.1\n", "tiers.GOLD.clause: 2.1 is not text"),
        ("rank = 1\n", 'rank = 1\nclause = " "\n', "tiers.GOLD.clause: empty"),
        ("rank = 1\n", "rank = 2026-12-25\n", "tiers.GOLD.rank: 2026-12-25 is not a whole number"),
        ("rank = 1\n", "rank = 1\nranks = 1\n", "tiers.GOLD.ranks: unknown"),
        ('target = "1h30m"\n', "", "tiers.GOLD.target: missing"),
        ('target = "1h30m"\n', 'target = "0s"\n', "tiers.GOLD.target: '0s'"),
        ('target = "1h30m"\n', 'target = "2d"\n', "tiers.GOLD.target: '2d' is not a duration"),
        ('target = "1h30m"\n', 'target = "-2h"\n', "tiers.GOLD.target"),
        ('target = "1h30m"\n', 'target = "8785h"\n', "tiers.GOLD.target: '8785h'"),
        ('target = "1h30m"\n', "target = 2\n", "tiers.GOLD.target: 2 is not text"),
        ('channels = ["ticket", "phone"]\n', "", "tiers.GOLD.channels: missing"),
        (
            '["ticket", "phone"]',
            '["ticket", "fax"]',
            "tiers.GOLD.channels: there is no channel 'fax'; choose from ticket",
        ),
        ('["ticket", "phone"]', '["ticket", "ticket"]', "tiers.GOLD.channels: a channel is named twice"),
        ('["ticket", "phone"]', "[1]", "tiers.GOLD.channels: there is no channel 1"),
        ('["ticket", "phone"]', "[[]]", "tiers.GOLD.channels"),
        ('["ticket", "phone"]', '"ticket"', "tiers.GOLD.channels: 'ticket' is not a list"),
        ("tiers.FREE", "tiers.gold", "tiers.gold: differs from GOLD in case only"),
        ("tiers.FREE", 'tiers."not a name"', "tiers.not a name: a name has"),
        ("tiers.FREE", 'tiers."x\\u001by.z"', "a name has"),
        ("tiers.FREE", 'tiers.""', "tiers.: a name has"),
        ("tiers.FREE", "tiers." + "F" * 65, "a name has up to 64"),
    ],
)
def test_a_mistake_in_the_policy_is_refused_with_its_place(old: str, new: str, expected: str) -> None:
    assert old in SMALL
    assert expected in refusal(SMALL.replace(old, new, 1))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("[channels.fax]\nguaranteed = true\n", "channels.fax.clause: missing"),
        ('[channels.fax]\nguaranteed = "yes"\nclause = ""\n', "channels.fax.guaranteed: 'yes' is not true or false"),
        ("[channels]\nfax = true\n", "channels.fax: true is not a table"),
        ("[products.x]\nmajors = 0\n", "products.x.majors: 0"),
        ("[products.x]\nversion = 1\n", "products.x.version: unknown"),
        ('[topics.x]\nclause = "5.1"\n', "topics.x.coverage: missing"),
        ('[topics.x]\ncoverage = "some"\nclause = "5.1"\n', "topics.x.coverage: 'some' is not one of covered, limited"),
        ("[clauses]\n1 = 1\n", "clauses.1: 1 is not text"),
        ("[rules]\nfoo = '1'\n", "rules.foo: unknown"),
        ("[rules]\nhours = 1.5\n", "rules.hours: 1.5 is not text"),
        ('[rules]\nhours = ""\n', "rules.hours: empty"),
        ("[versions]\nmajors = '1'\n", "versions.majors: '1' is not a whole number"),
        ("[versions]\nminors = 1\n", "versions.minors: unknown"),
        ("[[tiers.LIST]]\nrank = 1\n", "tiers.LIST: [{'rank': 1}] is not a table"),
    ],
)
def test_a_mistake_in_a_further_table_is_refused_with_its_place(more: str, expected: str) -> None:
    assert expected in refusal(SMALL + more)


def test_a_whole_file_cannot_name_rules_that_there_are_not() -> None:
    assert "rules.foo: unknown" in refusal(builtin()[0].replace("[rules]\n", '[rules]\nfoo = "1"\n'))


def test_a_policy_without_tiers_is_refused() -> None:
    assert "tiers: missing" in refusal(f'name = "x"\n{HOURS}')
    assert "tiers: empty" in refusal(f'name = "x"\n{HOURS}[tiers]')
    assert "tiers.GOLD: 1 is not a table" in refusal(f'name = "x"\n{HOURS}[tiers]\nGOLD = 1')


# What is not TOML, or more than a policy can be


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = ", "is not TOML: Invalid value (at end of document)"),
        ("\n  name: Small", "line 2, column 7"),
        ('{"name": "Small"}', "line 1, column 1"),
        ("name,rank\nGOLD,1", "line 1, column 5"),
        (SMALL + SMALL, "is not TOML"),
        ("[hours]\n[hours]", "line 2"),
        ("a = 1\na = 2\n", "line 2"),
        ("a = 2026-13-01", "line 1"),
        ("a = \x00", "line 1"),
        ("a = '\x1b[31m'", "line 1"),
    ],
)
def test_what_is_not_toml_is_refused_with_line_and_column(text: str, expected: str) -> None:
    assert expected in refusal(text)
    refusal(text, parse_hours)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "[" * 100_000 + "]" * 100_000,
        "a = " + "{a=" * 100_000,
        ".".join(["a"] * 400_000) + " = 1",
        "[" + ".".join(["a"] * 400_000) + "]",
        ("." * 190 + "\n") * 5_000,
        "a = " + "9" * 5_000,
        SMALL.replace("rank = 1", "rank = " + "9" * 5_000),
        SMALL.replace("rank = 1", "rank = 0x" + "f" * 5_000),
        SMALL.replace("rank = 1", "rank = 1e" + "9" * 5_000),
        "name = '" + "x" * 1_000_000 + "'",
        "k" * 900_000 + " = 1",
        "#" * 1_000_001,
        "\ud800",
        "",
    ],
    ids=lambda text: f"{text[:12]}…{len(text)}",
)
def test_depth_length_and_huge_numbers_are_refused_and_never_repeated(text: str) -> None:
    """Whatever a file holds: a sentence, soon."""
    refusal(text)


def test_a_million_characters_are_as_much_as_a_file_can_have() -> None:
    room = 1_000_000 - len(SMALL)
    assert read(SMALL + "#" * room)["name"] == "Small"
    assert "over 1,000,000 characters" in refusal(SMALL + "#" * (room + 1))


# Anything at all


VALUES = st.recursive(
    st.one_of(
        st.text(max_size=5),
        st.integers(-2, 3),
        st.booleans(),
        st.sampled_from(["08:00-17:00", "12:00-24:00", "2026-12-25", "2h", "ticket", "Etc/UTC"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["date", "hours", "rank"]), inner),
    max_leaves=4,
)
KEYS = {
    "hours": ["timezone", "mon", "sun", "holidays", "noon"],
    "tiers.GOLD": ["rank", "target", "channels", "priority", "paid", "clause"],
    "versions": ["majors"],
}


@st.composite
def files(draw: st.DrawFn) -> str:
    """The small policy with some values replaced by others, sensible or not."""
    lines = ['name = "x"']
    good = {"timezone": '"Etc/UTC"', "mon": '["08:00-17:00"]', "rank": "1", "target": '"2h"', "channels": '["ticket"]'}
    for table, keys in KEYS.items():
        odd = draw(st.dictionaries(st.sampled_from(keys), VALUES, max_size=2))
        written = {key: value for key, value in good.items() if key in keys} | {k: toml(v) for k, v in odd.items()}
        lines += [f"[{table}]", *(f"{key} = {value}" for key, value in written.items())]
    return "\n".join(lines)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value).replace("\x7f", "")


@settings(max_examples=300)
@given(files())
def test_every_file_is_a_policy_that_works_or_an_input_error(text: str) -> None:
    try:
        data = read(text)
    except InputError as error:
        assert error.message.startswith("desk.toml") and error.hint
    else:
        policy = policy_from(json.loads(json.dumps(data)))
        due = Calendar.from_hours(policy.hours).add(1_772_814_600, policy.tiers["GOLD"].target)
        assert due > 1_772_814_600
