"""The policy file: TOML in, checked plain data out; a mistake is named with its place."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, time
from functools import lru_cache
from itertools import pairwise
from typing import Any

from supportctl.clock import find_zone, parse_duration, policy_zone
from supportctl.errors import InputError
from supportctl.masking import unkeyed
from supportctl.policy.default import TEXT
from supportctl.policy.hours import WEEKDAYS
from supportctl.policy.verdict import Coverage
from supportctl.policy.versions import PARTS as RELEASE_PARTS

Table = dict[str, Any]
Check = Callable[[str, Any], Any]

_LIMIT = 1_000_000  # characters; the built-in file has about ten thousand
_DOTS = 200  # in a line: tomllib takes the square of a key's parts, which a long key makes minutes
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KINDS = {str: "a text", bool: "true or false", int: "a whole number", list: "a list", dict: "a table"}
_REQUIRED = object()
HINT = "`supportctl policy show -o toml` prints one to start from."


class Mistake(Exception):
    """What is wrong at a place of the file."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{_cut(place, 120)}: {what}")


def parse(text: str, *, source: str) -> Table:
    """The checked data of a policy file, with every default filled in. Raises InputError that names the place."""
    return _checked(text, source, lambda data: _policy(data, builtin()[1]))


def parse_hours(text: str, *, source: str) -> Table:
    """Only the `hours` of a policy file, which need hold nothing else. Raises InputError that names the place."""
    return _checked(text, source, lambda data: _hours("hours", _field(data, "", "hours", dict)))


def parse_holiday(day: str, hours: list[str]) -> tuple[str, list[str]]:
    """A holiday of the command line, checked: its date, and the hours kept on it. Raises InputError."""
    try:
        return _date("DATE", day), _day("--hours", hours)
    except Mistake as mistake:
        raise InputError(f"{mistake}.", "Write a date as 2026-12-24, and hours as 08:00-12:00.") from None


@lru_cache(maxsize=1)
def builtin() -> tuple[str, Table]:
    """The built-in policy file: its text and its checked data. Raises DeskUnusable where its zone is not to be had."""
    try:
        return TEXT, _checked(TEXT, "The built-in policy", lambda data: _policy(data, {}))
    except InputError:
        policy_zone(tomllib.loads(TEXT)["hours"]["timezone"])  # nothing else can be wrong with it
        raise


def _checked(text: str, source: str, check: Callable[[Table], Table]) -> Table:
    if len(text) > _LIMIT:
        raise InputError(f"{source} is over {_LIMIT:,} characters.", "A policy file is far smaller.")
    if any(line.count(".") > _DOTS for line in text.split("\n")):
        raise InputError(f"{source} holds what no policy can.", f"Keep to {_DOTS} dots in a line.")
    try:
        return check(tomllib.loads(text))
    except Mistake as mistake:
        raise InputError(f"{source}, {mistake}.", HINT) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is not TOML: {str(error).rstrip('.')}.", "Mend the file at that place.") from None
    except (RecursionError, ValueError):  # tomllib raises ValueError for numbers of over 4300 digits
        raise InputError(f"{source} holds what no policy can.", "Remove deep nesting and huge numbers.") from None


def _policy(data: Table, defaults: Table) -> Table:
    """The checked policy; `defaults` gives the tables and rules that it leaves out, and is empty for the built-in."""
    _only(data, "", {"name", "hours", "tiers", "unlicensed", "reseller", "language", *_BUILTIN})
    tiers = _field(data, "", "tiers", dict)
    if not tiers:
        raise Mistake("tiers", "there are none")
    _distinct("tiers", tiers)
    policy: Table = {name: _text(name, _field(data, "", name, str, default)) for name, default in _TEXTS.items()}
    policy["hours"] = _hours("hours", _field(data, "", "hours", dict))
    for name, check in _TABLES.items():
        policy[name] = _table(name, _field(data, "", name, dict), check) if name in data else defaults[name]
    policy["rules"] = _rules(data, defaults)
    policy["versions"] = _versions(data)
    ranks = {name: _positive(_row(f"tiers.{name}", tiers[name], _TIER), f"tiers.{name}", "rank") for name in tiers}
    policy["unlicensed"] = _tier_name(data, "unlicensed", tiers, "FREE") or max(ranks, key=ranks.__getitem__)
    policy["reseller"] = _tier_name(data, "reseller", tiers, "RESELLER")
    policy["tiers"] = {name: _tier(name, tier, policy, defaults) for name, tier in tiers.items()}
    return policy


# Fields


def _field(table: Table, place: str, name: str, kind: type, default: Any = _REQUIRED) -> Any:
    where = f"{place}.{name}".lstrip(".")
    if name not in table:
        if default is _REQUIRED:
            raise Mistake(where, "missing")
        return default
    value = table[name]
    # TOML's booleans are ints to Python, and no number of anything.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Mistake(where, f"{_shown(value)} is not {_KINDS[kind]}")
    return value


def _only(table: Table, place: str, known: set[str] | frozenset[str]) -> None:
    for name in table:
        if name not in known:
            raise Mistake(f"{place}.{name}".lstrip("."), f"unknown; there are {', '.join(sorted(known))}")


def _shown(value: Any) -> str:
    """A value as the file writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _cut(value.isoformat() if isinstance(value, date | time) else repr(value))


def _cut(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _text(place: str, value: str) -> str:
    if not value.strip():
        raise Mistake(place, "empty")
    return value


def _distinct(place: str, table: Table) -> None:
    """Refuse names that differ in case only: the command line takes any."""
    seen: dict[str, str] = {}
    for name in table:
        if seen.setdefault(name.casefold(), name) != name:
            raise Mistake(f"{place}.{name}", f"differs from {_cut(seen[name.casefold()])} in case only")


def _table(place: str, table: Table, check: Check) -> Table:
    if not table:
        raise Mistake(place, "there are none")
    _distinct(place, table)
    return {name: check(f"{place}.{name}", table[name]) for name in table}


def _row(place: str, value: Any, known: set[str]) -> Table:
    if not isinstance(value, dict):
        raise Mistake(place, f"{_shown(value)} is not a table")
    if not _NAME.fullmatch(place.partition(".")[2]):
        raise Mistake(place, "a name has up to 64 letters, digits and . _ -, and begins with a letter or digit")
    _only(value, place, known)
    return value


# Tables


def _channel(place: str, value: Any) -> Table:
    row = _row(place, value, {"guaranteed", "clause"})
    return {"guaranteed": _field(row, place, "guaranteed", bool), "clause": _cited(row, place)}


def _product(place: str, value: Any) -> Table:
    row = _row(place, value, {"title", "majors"})
    product = {"title": _field(row, place, "title", str, place.partition(".")[2])}
    return product | ({"majors": _positive(row, place, "majors")} if "majors" in row else {})


def _topic(place: str, value: Any) -> Table:
    row = _row(place, value, {"coverage", "clause", "turn_to"})
    coverage = _field(row, place, "coverage", str)
    if coverage not in list(Coverage):
        raise Mistake(f"{place}.coverage", f"{_shown(coverage)} is none of {', '.join(Coverage)}")
    return {"coverage": coverage, "clause": _cited(row, place), "turn_to": _field(row, place, "turn_to", str, "")}


def _clause(place: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Mistake(place, f"{_shown(value)} is not a text")
    return _text(place, value)


def _cited(row: Table, place: str, default: Any = _REQUIRED) -> str:
    """The clause that a row rests on: a decision always names one."""
    return _text(f"{place}.clause", _field(row, place, "clause", str, default))


_TABLES: Mapping[str, Check] = {
    "channels": _channel,
    "products": _product,
    "topics": _topic,
    "clauses": _clause,
}
_BUILTIN = frozenset({*_TABLES, "rules", "versions"})
_TEXTS = {"name": _REQUIRED, "language": "en"}


def _rules(data: Table, defaults: Table) -> Table:
    """Which clause each rule rests on; a rule that the file leaves out keeps the built-in policy's."""
    given = _field(data, "", "rules", dict, {})
    rules: Table = defaults.get("rules", {})
    if defaults:  # the built-in file is the one that says which rules there are
        _only(given, "rules", set(rules))
    return rules | {name: _clause(f"rules.{name}", clause) for name, clause in given.items()}


def _versions(data: Table) -> Table:
    table = _field(data, "", "versions", dict, {})
    _only(table, "versions", {"majors", "parts"})
    versions = {"majors": 1} | {name: _positive(table, "versions", name) for name in table}
    if versions.get("parts", 0) > RELEASE_PARTS:
        raise Mistake("versions.parts", f"{versions['parts']} is over {RELEASE_PARTS}")
    return versions


def _positive(table: Table, place: str, name: str) -> int:
    value: int = _field(table, place, name, int)
    if not 1 <= value <= 1_000_000:
        raise Mistake(f"{place}.{name}", f"{value} is not a number from 1 up")
    return value


# Tiers


_TIER = {"priority", "rank", "target", "channels", "remote_support", "paid", "clause", "reading"}


def _tier_name(data: Table, field: str, tiers: Table, default: str) -> str | None:
    name: str | None = _field(data, "", field, str, default if default in tiers else None)
    if name is not None and name not in tiers:
        raise Mistake(field, f"there is no tier {_shown(name)}")
    return name


def _tier(name: str, value: Any, policy: Table, defaults: Table) -> Table:
    place = f"tiers.{name}"
    row = _row(place, value, _TIER)
    # A tier that the built-in policy knows to be unpaid, such as TRIAL, is so in a file that does not say.
    known = defaults.get("tiers", {}).get(name, {})
    paid = known.get("paid", True) and name not in (policy["unlicensed"], policy["reseller"])
    return {
        "priority": _positive(row, place, "priority") if "priority" in row else None,
        "rank": _positive(row, place, "rank"),
        "target": _target(place, row),
        "channels": _tier_channels(place, row, policy["channels"]),
        "remote_support": _field(row, place, "remote_support", bool, False),
        "paid": _field(row, place, "paid", bool, paid),
        "clause": _cited(row, place, policy["rules"]["tiers"]),
        "reading": _field(row, place, "reading", str, ""),
    }


def _target(place: str, row: Table) -> int:
    text = _field(row, place, "target", str)
    try:
        seconds = parse_duration(text)
    except InputError as error:
        raise Mistake(f"{place}.target", error.message.rstrip(".")) from None
    if not 0 < seconds <= 366 * 86_400:
        raise Mistake(f"{place}.target", f"{_shown(text)} is not between 1s and a year of working time")
    return seconds


def _tier_channels(place: str, row: Table, channels: Table) -> list[str]:
    names = _field(row, place, "channels", list)
    for name in names:
        if not isinstance(name, str) or name not in channels:
            raise Mistake(f"{place}.channels", f"there is no channel {_shown(name)}; there are {', '.join(channels)}")
    if len(set(names)) != len(names):
        raise Mistake(f"{place}.channels", "a channel is named twice")
    return list(names)


# Hours


def _hours(place: str, table: Table) -> Table:
    _only(table, place, {"timezone", *WEEKDAYS, "holidays"})
    hours: Table = {"timezone": _zone(f"{place}.timezone", _field(table, place, "timezone", str))}
    for day in WEEKDAYS:
        hours[day] = _day(f"{place}.{day}", _field(table, place, day, list, []))
    if not any(hours[day] for day in WEEKDAYS):
        raise Mistake(place, "a week has no opening")
    hours["holidays"] = _holidays(f"{place}.holidays", _field(table, place, "holidays", list, []))
    return hours


def _zone(place: str, name: str) -> str:
    try:
        find_zone(name)
    except InputError as error:
        raise Mistake(place, error.message.rstrip(".")) from None
    return name


def _day(place: str, spans: list[Any]) -> list[str]:
    """A day's spans in their order, none empty, none overlapping another; adjoining ones may stand."""
    ends: list[tuple[str, str, str]] = []
    for i, span in enumerate(spans):
        if not isinstance(span, str) or not _SPAN.fullmatch(span):
            raise Mistake(f"{place}[{i}]", f"{_shown(span)} is not a span such as 08:00-17:00, up to 24:00")
        opening, closing = span.split("-")
        if closing <= opening:
            raise Mistake(f"{place}[{i}]", f"{span} ends before it begins; split a night at 24:00")
        ends.append((opening, closing, f"{place}[{i}]"))
    ends.sort()
    for (_, closing, _), (opening, _, where) in pairwise(ends):
        if opening < closing:
            raise Mistake(where, "overlaps another span of the day")
    return [f"{opening}-{closing}" for opening, closing, _ in ends]


def _holidays(place: str, entries: list[Any]) -> list[Any]:
    """Closed days as dates, half days as tables; the same one listed twice is one."""
    days: dict[str, list[str]] = {}
    for i, entry in enumerate(entries):
        where = f"{place}[{i}]"
        day, spans = _holiday(where, entry)
        if days.setdefault(day, spans) != spans:
            raise Mistake(where, f"{day} is listed before with other hours")
    return [{"date": day, "hours": spans} if spans else day for day, spans in sorted(days.items())]


def _holiday(place: str, entry: Any) -> tuple[str, list[str]]:
    if not isinstance(entry, dict):
        return _date(place, entry), []
    _only(entry, place, {"date", "hours"})
    if "date" not in entry:
        raise Mistake(f"{place}.date", "missing")
    return _date(f"{place}.date", entry["date"]), _day(f"{place}.hours", _field(entry, place, "hours", list, []))


def _date(place: str, value: Any) -> str:
    """A date as text, or as TOML's own local date."""
    if type(value) is date:
        return value.isoformat()
    try:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except ValueError:
        shown = _shown(unkeyed(value) if isinstance(value, str) else value)
        raise Mistake(place, f"{shown} is not a date such as 2026-12-25") from None
