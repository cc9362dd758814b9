"""Compares two policies key by key, in the spelling of the policy file."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """A key of the policy file with its values before and after; None where it is absent."""

    key: str
    before: str | None
    after: str | None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """The keys whose values differ: those of `before` in its order, then the new ones."""
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield Difference(key, old.get(key), new.get(key))


def _flat(table: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{place}.{_bare(name)}".lstrip(".")
        if isinstance(value, Mapping):
            yield from _flat(value, key)
        elif key == "hours.holidays":
            yield from ((f"{key}.{day}", hours) for day, hours in map(_holiday, value))
        elif value is not None:
            yield key, spell(value, span=name == "target")


def _bare(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _holiday(entry: Any) -> tuple[str, str]:
    return (entry, "closed") if isinstance(entry, str) else (entry["date"], spell(entry["hours"]))


def spell(value: Any, *, span: bool = False) -> str:
    """A value as people write it in the file, without quotes and brackets; a `span` of seconds as 2h or 1h30m."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(spell, value))
    if span:
        hours, rest = divmod(int(value), 3600)
        parts = (hours, "h"), (rest // 60, "m"), (rest % 60, "s")
        return "".join(f"{count}{unit}" for count, unit in parts if count)
    return str(value)
