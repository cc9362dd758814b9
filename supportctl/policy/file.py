"""The policy file: TOML in, checked plain data out; a mistake is reported with its place."""

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
from supportctl.policy.builtin import TEXT
from supportctl.policy.hours import WEEKDAYS
from supportctl.policy.model import Coverage
from supportctl.policy.versions import PARTS as RELEASE_PARTS

Table = dict[str, Any]
Check = Callable[[str, Any], Any]  # from a place and its value to what is kept; raises Mistake
Shape = Mapping[str, tuple[Check, Any]]  # the fields of a table: how each is checked, and its default

_LIMIT = 1_000_000  # characters; the built-in file has about ten thousand
_DOTS = 200  # in a line: tomllib takes quadratic time over the parts of a key, so a long one takes minutes
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KINDS = {str: "text", bool: "true or false", int: "a whole number", list: "a list", dict: "a table"}
_REQUIRED, _ABSENT = object(), object()
HINT = "`supportctl policy show -o toml` prints one to start from."


class Mistake(Exception):
    """A fault and its place in the file."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{_cut(place, 120)}: {what}")


def parse(text: str, *, source: str) -> Table:
    """The checked data of a policy file, with every default filled in. Raises InputError that names the place."""
    return _checked(text, source, lambda data: _policy(data, builtin()[1]))


def parse_hours(text: str, *, source: str) -> Table:
    """Only the `hours` of a policy file, which may contain nothing else. Raises InputError that names the place."""
    only: Shape = {"hours": (_hours, _REQUIRED)}
    return _checked(text, source, lambda data: _fields("", {k: data[k] for k in only if k in data}, only)["hours"])


def parse_holiday(day: str, hours: list[str]) -> tuple[str, list[str]]:
    """A holiday from the command line, checked: its date, and its hours. Raises InputError."""
    try:
        return _date("DATE", day), _day("--hours", hours)
    except Mistake as mistake:
        raise InputError(f"{mistake}.", "Write a date as 2026-12-24, and hours as 08:00-12:00.") from None


@lru_cache(maxsize=1)
def builtin() -> tuple[str, Table]:
    """The built-in policy file: its text and its checked data. Raises DeskUnusable if this machine lacks its zone."""
    try:
        return TEXT, _checked(TEXT, "The built-in policy", lambda data: _policy(data, {}))
    except InputError:
        policy_zone(tomllib.loads(TEXT)["hours"]["timezone"])  # nothing else can be wrong with it
        raise


def _checked(text: str, source: str, check: Callable[[Table], Table]) -> Table:
    if len(text) > _LIMIT:
        raise InputError(f"{source} is over {_LIMIT:,} characters.", "A policy file is far smaller.")
    if any(line.count(".") > _DOTS for line in text.split("\n")):
        raise InputError(f"{source} is too complex for a policy.", f"Use at most {_DOTS} dots in a line.")
    try:
        return check(tomllib.loads(text))
    except Mistake as mistake:
        raise InputError(f"{source}, {mistake}.", HINT) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{source} is not TOML: {str(error).rstrip('.')}.", "Correct the file at that place."
        ) from None
    except (RecursionError, ValueError):  # tomllib raises ValueError for numbers of over 4300 digits
        raise InputError(f"{source} is too complex for a policy.", "Remove deep nesting and huge numbers.") from None


def _policy(data: Table, defaults: Table) -> Table:
    """The checked policy; `defaults` fills in missing tables and rules, and is empty for the built-in policy."""
    named = data["tiers"] if isinstance(data.get("tiers"), dict) else {}
    # The built-in file decides which rules there are.
    rules = {name: (_said, clause) for name, clause in defaults.get("rules", {}).items()}
    shape: Shape = {
        "tiers": (_each(lambda _, tier: tier), _REQUIRED),
        "name": (_said, _REQUIRED),
        "language": (_said, "en"),
        "hours": (_hours, _REQUIRED),
        **{name: (_each(check), defaults.get(name)) for name, check in _TABLES.items()},
        "rules": (_table(rules) if rules else _each(_said), defaults.get("rules")),
        "versions": (_table({"majors": (_positive, 1), "parts": (_parts, _ABSENT)}), {"majors": 1}),
        "unlicensed": (_one_of_tiers(named), "FREE" if "FREE" in named else None),
        "reseller": (_one_of_tiers(named), "RESELLER" if "RESELLER" in named else None),
    }
    policy = _fields("", data, shape)
    tiers: Table = _each(_row(_tier_shape(policy)))("tiers", policy.pop("tiers"))
    policy["unlicensed"] = policy["unlicensed"] or max(tiers, key=lambda name: tiers[name]["rank"])
    unpaid = {name for name, tier in defaults.get("tiers", {}).items() if not tier["paid"]}
    unpaid |= {policy["unlicensed"], policy["reseller"]}
    for name, tier in tiers.items():
        # A tier that is unpaid in the built-in policy, such as TRIAL, is unpaid in a file that does not say.
        tier["paid"] = name not in unpaid if tier["paid"] is None else tier["paid"]
    for name, product in policy["products"].items():
        if product["title"] is None:
            product["title"] = name
    return policy | {"tiers": tiers}


# Shapes


def _fields(place: str, table: Table, shape: Shape) -> Table:
    """The fields of a table, each checked."""
    for name in table:
        if name not in shape:
            raise Mistake(f"{place}.{name}".lstrip("."), f"unknown; choose from {', '.join(sorted(shape))}")
    found: Table = {}
    for name, (check, default) in shape.items():
        where = f"{place}.{name}".lstrip(".")
        if name in table:
            found[name] = check(where, table[name])
        elif default is _REQUIRED:
            raise Mistake(where, "missing")
        elif default is not _ABSENT:
            found[name] = default
    return found


def _is(kind: type) -> Check:
    def check(place: str, value: Any) -> Any:
        # To Python, TOML's booleans are ints.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Mistake(place, f"{_shown(value)} is not {_KINDS[kind]}")
        return value

    return check


def _table(shape: Shape) -> Check:
    return lambda place, value: _fields(place, _is(dict)(place, value), shape)


def _row(shape: Shape) -> Check:
    """A table whose name the command line accepts."""

    def check(place: str, value: Any) -> Table:
        _is(dict)(place, value)
        if not _NAME.fullmatch(place.partition(".")[2]):
            raise Mistake(place, "a name has up to 64 letters, digits and . _ -, and begins with a letter or a digit")
        return _fields(place, value, shape)

    return check


def _each(check: Check) -> Check:
    """A table of tables or texts whose names differ in more than case: the command line ignores case."""

    def check_all(place: str, value: Any) -> Table:
        if not _is(dict)(place, value):
            raise Mistake(place, "empty")
        seen: dict[str, str] = {}
        for name in value:
            if seen.setdefault(name.casefold(), name) != name:
                raise Mistake(f"{place}.{name}", f"differs from {_cut(seen[name.casefold()])} in case only")
        return {name: check(f"{place}.{name}", each) for name, each in value.items()}

    return check_all


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _cut(value.isoformat() if isinstance(value, date | time) else repr(value))


def _cut(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


# Fields


def _said(place: str, value: Any) -> str:
    text: str = _is(str)(place, value)
    if not text.strip():
        raise Mistake(place, "empty")
    return text


def _positive(place: str, value: Any) -> int:
    number: int = _is(int)(place, value)
    if not 1 <= number <= 1_000_000:
        raise Mistake(place, f"{number} is not a whole number of 1 or more")
    return number


def _parts(place: str, value: Any) -> int:
    if _positive(place, value) > RELEASE_PARTS:
        raise Mistake(place, f"{value} is over {RELEASE_PARTS}")
    return int(value)


def _coverage(place: str, value: Any) -> str:
    if _is(str)(place, value) not in list(Coverage):
        raise Mistake(place, f"{_shown(value)} is not one of {', '.join(Coverage)}")
    return str(value)


def _target(place: str, value: Any) -> int:
    try:
        seconds = parse_duration(_is(str)(place, value))
    except InputError as error:
        raise Mistake(place, error.message.rstrip(".")) from None
    if not 0 < seconds <= 366 * 86_400:
        raise Mistake(place, f"{_shown(value)} is not between 1s and a year of working time")
    return seconds


def _one_of_tiers(tiers: Table) -> Check:
    def check(place: str, value: Any) -> str:
        if _is(str)(place, value) not in tiers:
            raise Mistake(place, f"there is no tier {_shown(value)}")
        return str(value)

    return check


def _some_of(channels: Table) -> Check:
    def check(place: str, value: Any) -> list[str]:
        for name in _is(list)(place, value):
            if not isinstance(name, str) or name not in channels:
                raise Mistake(place, f"there is no channel {_shown(name)}; choose from {', '.join(channels)}")
        if len(set(value)) != len(value):
            raise Mistake(place, "a channel is named twice")
        return list(value)

    return check


_CLAUSE = (_said, _REQUIRED)  # a decision always names the clause that it rests on
_TABLES: Mapping[str, Check] = {
    "channels": _row({"guaranteed": (_is(bool), _REQUIRED), "clause": _CLAUSE}),
    "products": _row({"title": (_is(str), None), "majors": (_positive, _ABSENT)}),
    "topics": _row({"coverage": (_coverage, _REQUIRED), "clause": _CLAUSE, "turn_to": (_is(str), "")}),
    "clauses": _said,
}


def _tier_shape(policy: Table) -> Shape:
    return {
        "priority": (_positive, None),
        "rank": (_positive, _REQUIRED),
        "target": (_target, _REQUIRED),
        "channels": (_some_of(policy["channels"]), _REQUIRED),
        "remote_support": (_is(bool), False),
        "paid": (_is(bool), None),
        "clause": (_said, policy["rules"]["tiers"]),
        "reading": (_is(str), ""),
    }


# Hours


def _hours(place: str, value: Any) -> Table:
    shape: Shape = {
        "timezone": (_zone, _REQUIRED), **{day: (_day, []) for day in WEEKDAYS}, "holidays": (_holidays, [])
    }  # fmt: skip
    hours = _fields(place, _is(dict)(place, value), shape)
    if not any(hours[day] for day in WEEKDAYS):
        raise Mistake(place, "a week has no opening")
    return hours


def _zone(place: str, value: Any) -> str:
    name: str = _is(str)(place, value)
    try:
        find_zone(name)
    except InputError as error:
        raise Mistake(place, error.message.rstrip(".")) from None
    return name


def _day(place: str, spans: Any) -> list[str]:
    """A day's spans in order: not empty, not overlapping; adjoining ones are fine."""
    ends: list[tuple[str, str, str]] = []
    for i, span in enumerate(_is(list)(place, spans)):
        if not isinstance(span, str) or not _SPAN.fullmatch(span):
            raise Mistake(f"{place}[{i}]", f"{_shown(span)} is not a span such as 08:00-17:00, up to 24:00")
        opening, closing = span.split("-")
        if closing <= opening:
            raise Mistake(f"{place}[{i}]", f"{span} ends before it begins; split a night shift at 24:00")
        ends.append((opening, closing, f"{place}[{i}]"))
    ends.sort()
    for (_, closing, _), (opening, _, where) in pairwise(ends):
        if opening < closing:
            raise Mistake(where, "overlaps another span of the day")
    return [f"{opening}-{closing}" for opening, closing, _ in ends]


def _holidays(place: str, entries: Any) -> list[Any]:
    """Closed days as dates, half days as tables; the same one listed twice is one."""
    days: dict[str, list[str]] = {}
    for i, entry in enumerate(_is(list)(place, entries)):
        where = f"{place}[{i}]"
        whole = {"date": _date(where, entry)} if not isinstance(entry, dict) else entry
        day, spans = _fields(where, whole, {"date": (_date, _REQUIRED), "hours": (_day, [])}).values()
        if days.setdefault(day, spans) != spans:
            raise Mistake(where, f"{day} is listed twice, with different hours")
    return [{"date": day, "hours": spans} if spans else day for day, spans in sorted(days.items())]


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
