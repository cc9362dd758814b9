"""What a value looks like: a plain word, a number, a mixed code as passwords are, or none of these."""

import re
from functools import lru_cache
from typing import NamedTuple

from supportctl.policy.credentials.patterns import LONGEST_VALUE, NAMES, PLACEHOLDER, TALK, TECHNICAL, TRAILING, UNITS
from supportctl.policy.credentials.reading import Reading
from supportctl.policy.credentials.vocabulary import compiled, folded_words

NOTHING, WORD, NUMBER, NAME, CODE = range(5)
LATIN = 5  # a word, if it was written in letters of ASCII
CJK = "\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f"
_CJK_ONE = f"[{CJK}]"
_VALUE = rf"""
    (?P<lead>[ \t]{{0,8}}(?:\n[ \t]{{0,8}}){{0,2}})
    (?:(?P<tag>(?:\[/?[a-z]{{1,5}}\]|</?[a-z]{{1,6}}/?>){{1,3}}+)[ \t]{{0,3}})?
    (?P<mark>[*_~`]{{1,3}}(?=[ \t\w"'])[ \t]?)?
    (?: (?P<quote>["'`])[ ]?(?P<quoted>[^"'`\n]{{1,{LONGEST_VALUE}}}?)[ ]?(?P=quote)
      | (?P<bare>[^\s]{{1,{LONGEST_VALUE}}}) )
"""
# Where a bare value ends before the next blank: at a mark of the next sentence, field, tag or script.
_VALUE_END = rf"""
    [,;](?=$|[^\x00-\x7f]|["']?[a-z_-]{{1,20}}["']?[:=]) | [\u3002\u3001\u30fb] | </ | <[a-z]{{1,6}}> | \[/
    | &(?=[a-z_]{{1,20}}=) | (?<=[\x21-\x7e])[{CJK}]
"""


class Value(NamedTuple):
    """A possible password: its place in the folded text, its kind, and how it is set apart."""

    start: int
    end: int
    kind: int
    quoted: bool
    lines_down: bool


def value_at(reading: Reading, at: int) -> Value | None:
    """The value at a place of the folded text, after any blanks, quotes and mark-up."""
    match = compiled(_VALUE).match(reading.text, at)
    if match is None:
        return None
    quoted = match["quoted"] is not None
    start, end = match.span("quoted" if quoted else "bare")
    if compiled(_CJK_ONE).match(reading.text, start):
        return None
    if not quoted:
        cut = compiled(_VALUE_END).search(reading.text, start, end)
        value = reading.text[start : cut.start() if cut else end]
        end = start + len(value.rstrip(TRAILING + "_" if match["mark"] else TRAILING))
    return Value(start, end, kind_of(reading, start, end), quoted, "\n" in match["lead"])


def kind_of(reading: Reading, start: int, end: int) -> int:
    """Whether a stretch reads like a plain word, a number, a mixed code as passwords are, or none of them."""
    kind = _kind_of(reading.text[start:end])
    if kind != LATIN:
        return kind
    return WORD if compiled(r"[A-Za-z]").search(reading.written(start, end)) else NOTHING


@lru_cache(maxsize=4096)  # most words occur again in the next text
def _kind_of(text: str) -> int:
    core = text.strip("!?.,;:()[]{}<>\"'`*_~|/\\-=")
    if len(core) < 3 or compiled(PLACEHOLDER).fullmatch(text) or compiled(TECHNICAL).fullmatch(core):
        return NOTHING
    if compiled(_CJK_ONE).search(core) or _is_amount(core):
        return NOTHING
    if " " in core:
        words = core.split()
        return WORD if 3 * sum(map(_is_talk, words)) <= len(words) else NOTHING
    if core.isdigit():
        return NUMBER
    if compiled(NAMES).fullmatch(core):
        return NAME
    if any(map(str.isdigit, core)) and any(map(str.isalpha, core)):
        return CODE
    return _lettered_kind(text, core)


def _lettered_kind(text: str, core: str) -> int:
    if compiled(r"[^\W_]{1,60}[!@\#$%^&*+=?~][^\s]{0,60}[^\W_][^\s]{0,20}").fullmatch(core):
        return CODE
    bracketed = text[:1] in "<[{(%"
    plain = compiled(r"[^\W\d]+(?:[-'._][^\W\d]+){0,4}").fullmatch(core) is not None
    return LATIN if plain and not bracketed and not _is_talk(core) else NOTHING


def _is_amount(core: str) -> bool:
    """8-character, 24h, 90days: a measure, not a password."""
    match = compiled(r"(\d{1,4})[-.]?([^\W\d_]{1,20})(?:[-.]\w{1,20})?").fullmatch(core)
    return match is not None and is_unit(match[2])


def is_unit(word: str) -> bool:
    """Whether what follows a number makes it a measure: 8 characters, 90 days."""
    units = folded_words(UNITS)
    return word in units or word.startswith(tuple(unit for unit in units if len(unit) > 3))


def _is_talk(word: str) -> bool:
    talk = folded_words(TALK)
    return word in talk or any(part in talk for part in re.split(r"[-'._]", word))


def looks_random(text: str) -> bool:
    """Whether a word, as written, looks random: a digit among letters, or letters of both cases mixed."""
    if len(set(text)) < 5 or compiled(PLACEHOLDER).fullmatch(text.lower()):
        return False
    if any(map(str.isdigit, text)):
        return any(map(str.isalpha, text))
    return compiled(r"[a-z]\S*[A-Z]\S*[a-z]\S*[A-Z]").search(text) is not None
