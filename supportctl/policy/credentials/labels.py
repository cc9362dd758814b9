"""Passwords by their labels: "password: …", "the password is …", "… is my password"."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from supportctl.policy.credentials.patterns import ADDRESS, DESCRIBING, IS_MORE, NEAR, SET_TO
from supportctl.policy.credentials.reading import ADDRESS_PASSWORD, CODE_ONCE, PASSWORD, TOKEN, Reading, Secret
from supportctl.policy.credentials.values import (
    CJK,
    CODE,
    NAME,
    NOTHING,
    NUMBER,
    WORD,
    Value,
    is_unit,
    looks_random,
    value_at,
)
from supportctl.policy.credentials.vocabulary import (
    CODES,
    KEYS,
    WEAK,
    Label,
    compiled,
    exactly,
    labels_by_needle,
    longest_label,
    spaced_needles,
)

_CLOSE = r"""[*_`"'\])}~]{0,4}"""
_SEPARATOR = r"(?:[:=]{1,3}>?|:-|[ \t]{1,3}value=)"
_ABOUT_IT = r"(?:\s{0,3}\([^()\n]{1,40}\)|\s{1,3}(?:§ABOUT§)\b[^\n:=.!?;|]{1,40}?)"
_WORDS = r"(?:\s{1,3}[^\W\d_]{1,15})"
_VERBS = rf"(?:\s{{0,3}}(?:§IS§|(?:would|should|will|has)\sbe(?:en)?){IS_MORE}{SET_TO}(?!\w))"
_GLUED = r"(?:\s{0,3}(?:§GLUED§)\s{0,3})"
_DASH = r"(?:\s{1,3}-{1,2}\s{1,3}|\s{0,3}(?:[|\t]|-{1,2}>)\s{0,3}|\.{3,60}\s|>(?=[^\s<]))"


def labelled(reading: Reading) -> Iterator[Secret]:
    """The values that come with a label."""
    for label in _possible(reading):
        for start, end in _places(reading.text, label):
            yield from _READERS.get(label.kind, _passwords)(reading, label, start, end)


def _possible(reading: Reading) -> Iterator[Label]:
    """The labels of which the text has some letters."""
    text, by_needle = reading.text, labels_by_needle()
    for needle in by_needle.keys() & reading.telling.needles:
        near = _around(text, needle)
        yield from (label for label in by_needle[needle] if label.word in near)
    for needle in spaced_needles():
        if needle in text:
            yield from by_needle[needle]


def _around(text: str, needle: str) -> str:
    """What is around each place of a needle, as far as a label with it may reach."""
    reach, parts, done = longest_label(), list[str](), 0
    at = text.find(needle)
    while at >= 0:
        parts.append(text[max(done, at - reach) : at + reach])
        done = at + reach
        at = text.find(needle, at + 1)
    return "".join(parts)


def _passwords(reading: Reading, label: Label, start: int, end: int) -> Iterator[Secret]:
    value = _announced(reading, label, start, end) or _said_before(reading, start)
    if value is not None:
        near = compiled(ADDRESS).search(reading.text, max(0, start - NEAR), start)
        what = ADDRESS_PASSWORD if near else PASSWORD
        for each in (value, *_others(reading, value)):
            yield reading.secret(each.start, each.end, what)


def _keys(reading: Reading, _label: Label, start: int, end: int) -> Iterator[Secret]:
    """`API key: …`: what looks random; the weaker the announcement, the more so."""
    for number, (way, _) in enumerate(_WAYS):
        match = compiled(way).match(reading.text, end)
        if match and reading.written(*match.span()) != "-":
            value = value_at(reading, match.end())
            if (
                value is not None
                and not compiled(_SCHEME).match(reading.text, value.start)
                and _is_key(reading, value, firmly=number == 0, loosely=number == len(_WAYS) - 1)
            ):
                yield reading.secret(value.start, value.end, TOKEN)
                return
    if (value := _said_before(reading, start)) and _is_key(reading, value, firmly=False, loosely=True):
        yield reading.secret(value.start, value.end, TOKEN)


# It only says how the secret after it is given: `Authorization: Basic …`.
_SCHEME = r"(?:basic|bearer|token|digest|negotiate|apikey)\b"


def _is_key(reading: Reading, value: Value, *, firmly: bool, loosely: bool) -> bool:
    length = value.end - value.start
    if "//" in reading.text[value.start : value.end]:
        return False
    if value.kind == NUMBER:
        return length >= 6 and firmly and not value.lines_down
    if value.kind == CODE:
        text = reading.text[value.start : value.end]
        in_one = compiled(r"[a-z0-9]{8}").search(text) is not None
        return length >= 10 and in_one if loosely or value.lines_down else length >= 6
    long = length >= 16 and value.kind == WORD
    return long and looks_random(reading.cased[value.start : value.end])


def _codes(reading: Reading, _label: Label, start: int, end: int) -> Iterator[Secret]:
    """`verification code: …`: digits or groups, and those that follow the first."""
    for number, (way, _) in enumerate(_WAYS):
        match = compiled(way).match(reading.text, end)
        if match and (places := _codes_at(reading.text, match.end(), firmly=number < len(_WAYS) - 1)):
            yield from (reading.exact(*place, CODE_ONCE) for place in places)
            return
    first = max(0, start - NEAR)
    if said := compiled(_SAID_CODE).search(reading.text, first, start):
        yield reading.exact(*said.span(1), CODE_ONCE)


_MOST_CODES = 24  # codes of one list
_LEAD = r"[\s]{0,6}(?:\d{1,2}[.)][ \t]{1,3})?[\"'`*_(\[]{0,3}"
_CODE = (
    r"(?:(?P<groups>\d{6}(?:-\d{6}){5,7}|[a-z0-9]{4,8}(?:-[a-z0-9]{4,8}){1,9})"
    r"|(?P<number>(?:g-)?(?:\d{3,4}[ -]\d{3,4}(?!\d)|\d{4,10}))|(?P<mixed>[a-z0-9]{6,32}))(?![\w.:/@-]\w|[\w%])"
)
_BETWEEN = r"[\"'`*_)\]]{0,3}[\s,;/]{1,6}(?:[^\W\d_]{1,4}[ \t])?"
_SAID_CODE = r"(?<!\S)((?:g-)?\d{6,8}|\d{3,4}[ -]\d{3,4})\s{1,2}(?:§AS§)\s{1,2}(?:[^\W\d_]{1,12}\s{1,2}){0,2}$"
_READERS = {KEYS: _keys, CODES: _codes}


def _codes_at(text: str, at: int, *, firmly: bool) -> list[tuple[int, int]]:
    """The first code at a place of the folded text, and those that follow it."""
    places: list[tuple[int, int]] = []
    while len(places) < _MOST_CODES and (match := exactly(rf"{_LEAD}(?P<code>{_CODE})").match(text, at)):
        if not (places or _is_code(text, match, firmly=firmly)) or (places and match["mixed"]):
            break
        places.append(match.span("code"))
        between = exactly(_BETWEEN).match(text, match.end())
        if between is None:
            break
        at = between.end()
    return places


def _is_code(text: str, match: re.Match[str], *, firmly: bool) -> bool:
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


def _others(reading: Reading, value: Value) -> Iterator[Value]:
    """`passwords: … and …`: a few more values that look like passwords, after the first."""
    for _ in range(8):
        between = compiled(r"[\"'`]?[ \t]{0,2}(?:,|§AND§)[ \t]{1,2}").match(reading.text, value.end)
        following = value_at(reading, between.end()) if between else None
        if following is None or following.kind != CODE or following.lines_down:
            return
        value = following
        yield value


_LABEL_ENDING = rf"(?<=[{CJK}])|(?!less)[^\W\d_]{{0,4}}(?![^\W\d_])"


def _places(text: str, label: Label) -> Iterator[tuple[int, int]]:
    """Where the label is, with its endings (Turkish şifremiz, Danish adgangskoden)."""
    at = text.find(label.word)
    while at >= 0:
        end = at + len(label.word)
        if not label.whole:
            match = compiled(_LABEL_ENDING).match(text, end)
            if match is not None:
                yield at, match.end()
        elif not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum():
            yield at, end
        at = text.find(label.word, end)


def _announced(reading: Reading, label: Label, start: int, end: int) -> Value | None:
    for way, fits in _WAYS:
        if match := compiled(way).match(reading.text, end):
            value = value_at(reading, match.end())
            if value is not None and value.kind != NOTHING and fits(_Place(reading, label, start, match), value):
                return value
    return None


class _Place(NamedTuple):
    """A label in a text, and what leads from it to its value."""

    reading: Reading
    label: Label
    start: int
    match: re.Match[str]

    @property
    def in_company(self) -> bool:
        """Whether an Internet-ID, an address or a user is close by."""
        text = self.reading.text
        user = compiled(r"(?<!\w)(?:§USERS§)\w{0,4}[\s:=]")
        return self.reading.id_near(self.start, self.match.end()) or bool(
            user.search(text, max(0, self.start - NEAR), self.start)
        )


def _after_separator(place: _Place, value: Value) -> bool:
    """`password: …`: anything that does not read as a sentence."""
    if value.lines_down and not stands_alone(place.reading.text, value.end, NEXT_ON_ITS_LINE):
        return False
    if value.kind == WORD:
        choosy = place.label.kind == WEAK or value.lines_down
        alone = value.quoted or stands_alone(place.reading.text, value.end, _NEXT_AFTER_WORD)
        return alone and (not choosy or place.in_company)
    if value.kind == CODE:
        return True
    fits = _has_digit(place, value) if value.kind == NAME else _mixed_or_number(place, value)
    return fits and (place.label.kind != WEAK or place.in_company)


def _after_words(place: _Place, value: Value) -> bool:
    """`password for the host: …`, `password - …`, `| password | …`: what looks like a password, or is quoted."""
    return not value.lines_down and (_mixed_or_number(place, value) or (value.quoted and value.kind == WORD))


def _after_dash(place: _Place, value: Value) -> bool:
    """`password—…`: only what looks like a password, after a dash that is not a hyphen."""
    return _after_field(place, value) and place.reading.written(*place.match.span()) != "-"


def _after_field(place: _Place, value: Value) -> bool:
    """`temporary password here: …`, `the password I use is …`: only what looks like a password."""
    return value.kind == CODE and not value.lines_down and _has_digit(place, value)


def _has_digit(place: _Place, value: Value) -> bool:
    return any(map(str.isdigit, place.reading.text[value.start : value.end]))


def _after_copula(place: _Place, value: Value) -> bool:
    """`the password is …`: the same; in English also a final word that is not a description."""
    if _after_words(place, value):
        return True
    text = place.reading.text
    word = text[value.start : value.end]
    naming = place.match[0].split()[-1:] in (["is"], ["lautet"], ["lyder"])
    return (
        naming
        and place.label.kind != WEAK
        and value.kind == WORD
        and not value.lines_down
        and not compiled(DESCRIBING).fullmatch(word)
        and word.isalpha()
        and stands_alone(text, value.end, _NEXT_AFTER_WORD)
    )


def _after_blank(place: _Place, value: Value) -> bool:
    """`password …`: letters with digits or symbols, `with password "…"`, six digits; fewer beside an ID or address."""
    if value.lines_down or ((place.label.kind == WEAK) and not place.in_company):
        return False
    if value.kind == CODE:
        return value.end - value.start >= 5 or place.in_company
    if value.kind == NUMBER:
        enough = value.end - value.start >= 6 or place.reading.id_near(place.start, value.end)
        return enough and _mixed_or_number(place, value)
    used = compiled(r"(?<!\w)(?:with|use|using|mit|con|avec|com|med|met)\s(?:[^\W\d_]{1,8}\s){0,2}$")
    before = max(0, place.start - 30)
    return value.quoted and value.kind == WORD and used.search(place.reading.text, before, place.start) is not None


def _mixed_or_number(place: _Place, value: Value) -> bool:
    if value.kind != NUMBER:
        return value.kind == CODE
    text = place.reading.text
    unit = compiled(r"[ -]?([^\W\d_]{1,20})").match(text, value.end)
    digits = value.end - value.start
    return not (unit and is_unit(unit[1])) and (digits > 3 or place.reading.id_near(place.start, value.end))


# How a label can lead to its value, each matched right after the label, and what may follow.
_WAYS = (
    (rf"{_CLOSE}\s{{0,4}}(?:{_VERBS}|{_GLUED})?\s{{0,2}}{_SEPARATOR}(?:[*_~]{{1,3}}(?=\s))?", _after_separator),
    (rf"{_CLOSE}{_ABOUT_IT}{_VERBS}?\s{{0,3}}{_SEPARATOR}", _after_words),
    (rf"{_CLOSE}{_WORDS}{{1,2}}\s{{0,3}}{_SEPARATOR}", _after_field),
    (rf"{_CLOSE}{_ABOUT_IT}?(?:{_VERBS}\s{{1,3}}|{_GLUED})", _after_copula),
    (rf"{_CLOSE}{_WORDS}{{1,4}}?{_VERBS}\s{{1,3}}", _after_field),
    (rf"{_CLOSE}{_ABOUT_IT}?{_DASH}", _after_words),
    (r"-{1,3}(?=[^\s-])", _after_dash),
    (rf"{_CLOSE}(?:[ \t]{{1,3}}|(?<=[{CJK}]))", _after_blank),
)
NEXT_ON_ITS_LINE = r"[ \t.!]{0,6}(?:\n|$)"
_NEXT_AFTER_WORD = r"""["'*_~`)\]}>]{0,6}[ \t]{0,6}(?:$|\n|[,;.!|/(<&\[]|-{1,2}\s|(?:§AND§|§USERS§)(?!\w))"""


def stands_alone(text: str, end: int, pattern: str) -> bool:
    """Whether no sentence continues after a word."""
    return compiled(pattern).match(text, end) is not None


def _said_before(reading: Reading, start: int) -> Value | None:
    """`… is my password`, `use … as the password`: only what looks like a password."""
    first = max(0, start - NEAR)
    if not any(map(str.isdigit, reading.text[first:start])):
        return None
    pattern = r"(?<!\S)(\S{5,64})\s{1,2}(?:§AS§)\s{1,2}(?:[^\W\d_]{1,8}\s{1,2}){0,2}$"
    match = compiled(pattern).search(reading.text, first, start)
    value = value_at(reading, match.start(1)) if match else None
    return value if value is not None and value.kind == CODE else None
