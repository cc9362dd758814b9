"""Recognises what was changed for or by a spreadsheet: what an export made safe for it, and ids."""

import re
from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from supportctl.policy.identity import parse_address
from supportctl.render.lines import spreadsheet_safe

# A control character, as a safe spelling writes it; half a character is never on record.
_ESCAPE = re.compile(r"\\(r|x[0-9a-f]{2}|u(?!d[89a-f])[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})")


class Spelling:
    """How a file spells its texts: one for spreadsheets may have made some of them safe, JSON never did."""

    def __init__(self, *, guarded: bool) -> None:
        self._guarded = guarded

    def meant(self, text: str) -> str:
        """An address or an id as it was before it was made safe."""
        return unguarded(text) if self._guarded else text

    def address(self, text: str) -> str:
        """An e-mail address of the file. Raises InputError."""
        return parse_address(self.meant(text))

    def as_on_record(self, facts: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of a row; a text that is just the safe spelling of the known one counts as that."""
        if not self._guarded:
            return dict(facts)
        return {name: known[name] if _spells(fact, known.get(name)) else fact for name, fact in facts.items()}


def _spells(fact: Any, known: Any) -> bool:
    if not isinstance(fact, str) or not isinstance(known, str) or fact == known:
        return False
    safe = spreadsheet_safe(known)
    return safe != known and fact in (safe, safe.strip())


def unguarded(text: str) -> str:
    """The text without the apostrophe that made it safe, and with its escapes undone."""
    if text[:1] != "'" and "\\" not in text:
        return text
    bare = text.removeprefix("'")
    meant = (bare, _unescaped(bare), _unescaped(text))
    return next((one for one in meant if one != text and spreadsheet_safe(one) == text), text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\r" if found[1] == "r" else chr(int(found[1][1:], 16)), text)


# Ids: 0035 becomes 35, 2E5 becomes 200000, 3-4 becomes a day in March

_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(rf"(?:{'|'.join(_MONTHS)}|[0-9]{{1,4}})[a-z]{{0,6}}(?:[-/. ]?[0-9a-z]{{1,9}}){{1,2}}( 00:00(:00)?)?")
_EXACT = 15  # the digits of a number that a spreadsheet keeps
_LEAST = 3  # digits that it shows of a number too long for its cell


def retyped(id: str, other: str) -> bool:
    """Whether one of two different ids may be the other after a spreadsheet changed it."""
    return _made_of(id, other) or _made_of(other, id) or _same_day(id, other)


def _made_of(id: str, typed: str) -> bool:
    """Whether `typed` is the number `id`: all of it, its first digits, or rounded to what a cell shows."""
    shown = _number(typed)
    if shown is None or (whole := _number(id)) is None:
        return False
    digits = len(shown.as_tuple().digits)
    if "e" in typed.lower() and digits >= _LEAST:
        return _rounded(whole, digits) == shown
    return shown in (whole, _rounded(whole, _EXACT), _rounded(whole, _EXACT, ROUND_DOWN))


def _number(text: str) -> Decimal | None:
    bare = text.strip().removeprefix("'")
    return Decimal(bare).normalize(Context(60)) if _NUMBER.fullmatch(bare) else None


def _rounded(number: Decimal, digits: int, how: str = ROUND_HALF_UP) -> Decimal:
    return Context(digits, how).plus(number).normalize()


def _same_day(id: str, other: str) -> bool:
    """Whether both look like days, and the shorter has nothing that the longer lacks."""
    if not (_DATE.fullmatch(id.lower()) and _DATE.fullmatch(other.lower())):
        return False
    short, long = sorted((_numbers(id), _numbers(other)), key=len)
    return len(short) > 1 and short <= long


def _numbers(day: str) -> set[int]:
    words = re.findall(r"[0-9]+|[a-z]{3}", day.lower())
    return {int(w) if w.isdigit() else _MONTHS.index(w) + 1 for w in words if w.isdigit() or w in _MONTHS}
