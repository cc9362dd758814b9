"""Whatever becomes of a good policy file on its way, reading it ends: a policy that works, or a sentence with its place."""

import json
import tomllib
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from supportctl.errors import InputError
from supportctl.policy.clauses import clauses_of
from supportctl.policy.difference import differences
from supportctl.policy.file import builtin, parse, parse_hours
from supportctl.policy.hours import WEEKDAYS, Calendar
from supportctl.policy.model import policy_from
from supportctl.render.safe import visible

ODD = st.sampled_from(
    ["", " ", "\t", "x.y", '"', "'", "\\", "\x1b[2J", "\x7f", "\u202egnp", "\u200b", "\u3164", "\ud7ff\ue000", "\U000e0041",
     "\U0010ffff", "ＳＩＴＥ", "site", "ß", "SS", "ı", "İ", "é", "e\u0301", "{0.__class__}", "%s", "$(id)", "x" * 70, "hours",
     "clauses", "date", "FREE", "-1", "__proto__", "👩\u200d👧"]
)  # fmt: skip
NUMBERS = st.sampled_from(
    [-1, 0, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 0.0, -0.0, 1e308, float("inf"), float("nan")]
)
TIMES = st.sampled_from(
    [date.min, date(2026, 12, 24), date.max, time(8), time.max, datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59),  # noqa: DTZ001  # what TOML itself gives
     datetime(2026, 12, 24, tzinfo=timezone(timedelta(hours=23, minutes=59)))]
)  # fmt: skip
MEANT = st.sampled_from(
    ["08:00-17:00", "00:00-24:00", "24:00-24:00", "23:59-24:00", "00:00-00:01", "2026-12-25", "0001-01-01", "9999-12-31", "2026-02-30",
     "2h", "9999999999h", "1s", "0s", "1h-1m", "Etc/GMT+8", "Etc/GMT+99", "America", "America/", "/etc/passwd", "right/UTC", "posixrules", "localtime",
     "Factory", "Africa/Monrovia", "Pacific/Apia", "ticket", "forum", "SITE", "covered", "limited", "2.1"]
)  # fmt: skip
LEAVES = ODD | NUMBERS | TIMES | MEANT | st.booleans() | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["date", "hours", "rank"]) | ODD, inner, max_size=3)
    ),
    max_leaves=5,
)


def toml(value: Any) -> str:
    """The value as TOML writes it, for any that TOML has."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(key))} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def written(data: dict[str, Any]) -> str:
    """The file of this data: its plain values first, then each table under its heading."""
    tables = {name: value for name, value in data.items() if isinstance(value, dict)}
    lines = [f"{toml(name)} = {toml(value)}" for name, value in data.items() if name not in tables]
    for name, table in tables.items():
        lines += [f"[{toml(name)}]", *(f"{toml(key)} = {toml(value)}" for key, value in table.items())]
    return "\n".join(lines)


def _tables(value: Any) -> list[dict[str, Any]]:
    """Every table of a file, itself first."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*([value] if isinstance(value, dict) and value else []), *(t for item in inner for t in _tables(item))]


@st.composite
def changed(draw: st.DrawFn) -> str:
    """The built-in policy with some keys dropped, renamed, moved to another table, or of another value or type."""
    data = tomllib.loads(builtin()[0])
    for _ in range(draw(st.integers(0, 3))):
        tables = _tables(data)
        table = tables[draw(st.integers(0, len(tables) - 1))]
        if not table:
            continue
        key = draw(st.sampled_from(sorted(table)))
        match draw(st.integers(0, 5)):
            case 0:
                del table[key]
            case 1:
                table[draw(ODD)] = table.pop(key)
            case 2:
                tables[draw(st.integers(0, len(tables) - 1))][key] = json.loads(json.dumps(table[key], default=str))
            case 3:
                table[key] = [table[key]] * draw(st.integers(0, 3))
            case 4:
                table[draw(st.sampled_from([*WEEKDAYS, "holidays"]))] = draw(VALUES)
            case _:
                table[key] = draw(VALUES)
    return written(data)


@st.composite
def torn(draw: st.DrawFn) -> str:
    """A file as a broken editor leaves it: a piece lost, doubled, or something put between."""
    text = draw(changed() | st.just(builtin()[0]))
    start = draw(st.integers(0, len(text)))
    end = min(len(text), start + draw(st.integers(0, 400)))
    match draw(st.integers(0, 3)):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:end] + text[start:]
        case 2:
            return (
                text[:start]
                + draw(ODD | st.sampled_from(["\n", "[", "[[tiers]]\n", "[tiers.SITE]\n", "=", "\0", "\r", "1_0"]))
                + text[start:]
            )
        case _:
            return text[:start]


def read(text: str, how: Any = parse) -> dict[str, Any] | None:
    """What a file says, the same twice; None where it is refused, with its name, a hint and no more than a line."""
    try:
        data: dict[str, Any] = how(text, source="desk.toml")
    except InputError as error:
        assert error.message.startswith("desk.toml") and error.hint
        assert len(visible(error.message)) < 2_000
        return None
    assert how(text, source="desk.toml") == data
    return data


@settings(max_examples=300)
@given(changed() | torn())
def test_a_changed_policy_works_or_is_refused(text: str) -> None:
    """Whatever is taken is stored and read back, compared, cited and counted by without a fault."""
    read(text, parse_hours)
    data = read(text)
    if data is None:
        return
    kept = json.loads(json.dumps(data))
    assert kept == data
    policy = policy_from(kept)
    assert not list(differences(kept, data))
    for change in differences(builtin()[1], kept):
        for part in change:
            visible(part or "").encode()
    assert all(clause.clause for clause in clauses_of(kept))
    calendar = Calendar.from_hours(policy.hours)
    for tier in policy.tiers.values():
        assert calendar.add(1_772_814_600, tier.target) > 1_772_814_600
