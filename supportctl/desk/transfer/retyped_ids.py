"""What a spreadsheet makes of an id: 0035 becomes 35, 2E5 becomes 200000, 3-4 becomes a day in March."""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

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
    whole, shown = _number(id), _number(typed)
    if whole is None or shown is None:
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
