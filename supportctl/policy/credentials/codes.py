"""One-time codes: the digits and groups after a label such as "verification code"."""

import re

from supportctl.policy.credentials.values import is_unit
from supportctl.policy.credentials.vocabulary import exactly

_MOST = 24  # codes of one list
_LEAD = r"[\s]{0,6}(?:\d{1,2}[.)][ \t]{1,3})?[\"'`*_(\[]{0,3}"
_CODE = (
    r"(?:(?P<groups>\d{6}(?:-\d{6}){5,7}|[a-z0-9]{4,8}(?:-[a-z0-9]{4,8}){1,9})"
    r"|(?P<number>(?:g-)?(?:\d{3,4}[ -]\d{3,4}(?!\d)|\d{4,10}))|(?P<mixed>[a-z0-9]{6,32}))(?![\w.:/@-]\w|[\w%])"
)
_BETWEEN = r"[\"'`*_)\]]{0,3}[\s,;/]{1,6}(?:[^\W\d_]{1,4}[ \t])?"


def codes_at(text: str, at: int, *, firmly: bool) -> list[tuple[int, int]]:
    """The first code at a place of the folded text, and those that follow it."""
    places: list[tuple[int, int]] = []
    while len(places) < _MOST and (match := _code(text, at)):
        if not (places or _announced(text, match, firmly=firmly)) or (places and match["mixed"]):
            break
        places.append(match.span("code"))
        between = exactly(_BETWEEN).match(text, match.end())
        if between is None:
            break
        at = between.end()
    return places


def _code(text: str, at: int) -> re.Match[str] | None:
    return exactly(rf"{_LEAD}(?P<code>{_CODE})").match(text, at)


def _announced(text: str, match: re.Match[str], *, firmly: bool) -> bool:
    """Whether it is a code and not a measure, a year or a word."""
    unit = exactly(r"[ -]?([^\W\d_]{1,20})").match(text, match.end())
    if unit and is_unit(unit[1]):
        return False
    if match["number"]:
        return firmly or len(match["number"]) >= 6
    digits = any(map(str.isdigit, match["code"]))
    if match["groups"]:
        return digits or (firmly and len(set(map(len, match["code"].split("-")))) == 1)
    return digits and firmly and not match["code"].isdigit()
