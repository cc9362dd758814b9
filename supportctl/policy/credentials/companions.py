"""Passwords recognised by what is next to them: an Internet-ID, an address, a user."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from supportctl.policy.credentials.labels import NEXT_ON_ITS_LINE, stands_alone
from supportctl.policy.credentials.patterns import ACCESS, ADDRESS, MAIL, NEAR, ROLES, TRAILING
from supportctl.policy.credentials.reading import ADDRESS_PASSWORD, INTERNET_ID, PASSWORD, Reading, Secret
from supportctl.policy.credentials.values import CODE, NOTHING, NUMBER, Value, kind_of, value_at
from supportctl.policy.credentials.vocabulary import compiled, exactly, folded_words


def after_ids(reading: Reading) -> Iterator[Secret]:
    """`123-456-789 / …`: the value right after an Internet-ID."""
    between = r"[ \t]{0,3}(?:[/|\\,;:+&(]|-{1,2}(?=\s)|\n|[ ](?:(?:§WITH§)[ ])?)[ \t]{0,3}"
    for start, end in reading.ids:
        match = compiled(between).match(reading.text, end)
        value = value_at(reading, match.end()) if match else None
        if match and value and not value.lines_down and _fits_id(reading, (start, end), match[0].strip(" \t"), value):
            yield reading.secret(value.start, value.end, PASSWORD)


def _fits_id(reading: Reading, place: tuple[int, int], separator: str, value: Value) -> bool:
    if separator == "\n" and not stands_alone(reading.text, value.end, NEXT_ON_ITS_LINE):
        return False
    in_threes = compiled(r"\d{3}(?:\D{1,3}\d{3}){2,4}").fullmatch(reading.text, *place) is not None
    if value.kind != NUMBER:
        return value.kind == CODE and (in_threes or separator in _FIRM)
    named = compiled(r"(?<![a-z])id(?![a-z])").search(reading.text, max(0, place[0] - 24), place[0])
    return named is not None and separator in _FIRM and 4 <= value.end - value.start <= 8


_FIRM = ("/", "|", "\\", ":")


def with_addresses(reading: Reading) -> Iterator[Secret]:
    """`bob@example.com / …`, `10.0.0.1 | …`, `https://bob:…@example.com`."""
    if not reading.has_mixed_word:
        return
    named = exactly(_INSIDE).search(reading.text) is not None
    for match in compiled(ADDRESS if named else rf"(?P<mail>{MAIL})").finditer(reading.text):
        between = _BEHIND_MAIL if match["mail"] else _BEHIND_HOST
        if behind := compiled(between).match(reading.text, match.end()):
            yield from _coded(reading, behind.end(), ADDRESS_PASSWORD)
    if "://" in reading.text:
        for match in exactly(r"://[^\s/:@]{0,64}:([^\s/@]{3,128})@").finditer(reading.text):
            if kind_of(reading, *match.span(1)) != NOTHING:
                yield reading.secret(*match.span(1), ADDRESS_PASSWORD)


_INSIDE = r"\.[a-z0-9-]{1,63}(?::\d{1,5})?[ \t]{1,3}[/|]"  # the end of an address before a mark
_BEHIND_MAIL = r":(?=[^\s/:])(?!\d{1,5}(?![^\s/]))|[ \t]{0,3}[/|;][ \t]{0,3}|[ \t]{1,3}(?:-{1,2}|:)[ \t]{1,3}"
_BEHIND_HOST = r"[ \t]{1,3}[/|][ \t]{1,3}"


def for_users(reading: Reading) -> Iterator[Secret]:
    """`admin / …` where the text is about access; with a comma or a blank only beside an Internet-ID or an address."""
    if not reading.has_mixed_word:
        return
    access = compiled(r"log[ -]?in|log[ ]on|credential|password|user|zugang|anmeld|acces|konto|account")
    for match in roles(reading.text):
        value = next(_coded(reading, match.end(), ADDRESS_PASSWORD), None)
        talked_of = match["firm"] and access.search(reading.text, max(0, match.start() - NEAR), match.start())
        if value and (talked_of or reading.id_near(match.start(), match.end() + NEAR)):
            yield value


_BEFORE_ROLE = r"(?<![^\s\\\"'(,;:])"
_AFTER_ROLE = r"(?:[ \t]{0,3}(?P<firm>[/:|])[ \t]{0,3}|,?[ \t]{1,3})"


def roles(text: str) -> Iterator[re.Match[str]]:
    """The roles in a folded text with the mark or the blank after each.

    One role at a time, and what has to be before it afterwards: a pattern that begins with letters is found much faster
    than one with a choice of them, or with what is before.
    """
    before = exactly(_BEFORE_ROLE)
    for role in folded_words(ROLES):
        if role in text:
            found = exactly(role + _AFTER_ROLE).finditer(text)
            yield from (match for match in found if before.match(text, match.start()))


def introduced(reading: Reading) -> Iterator[Secret]:
    """`Login: kim / …`: the value after a user, where access is given."""
    if not (reading.has_mixed_word and reading.has_any(folded_words(ACCESS))):
        return
    if any(mark in reading.text for mark in "/|:,"):
        for match in compiled(_ACCESS).finditer(reading.text):
            yield from _coded(reading, match.end(), PASSWORD)


_ACCESS = r"(?:§ACCESS§)(?:[ \t]{0,2}[:=-])\s{0,3}[\w.@\\-]{2,64}(?:[ \t]{0,2}[/|,][ \t]{0,2}|[ \t]{1,2}-[ \t]{1,2}|:)"


def paired(reading: Reading) -> Iterator[Secret]:
    """`jsmith / Password1!`: a name and a word with capitals, small letters, a digit and a symbol."""
    if not reading.digits:
        return
    odd = (word for word in reading.telling.words.split() if not word.isalnum())
    if not any(map(_may_be_strong, odd)) or not any(map(_is_strong, reading.cased.split())):
        return
    for match in (*exactly(_PAIR).finditer(reading.cased), *compiled(_NAMED).finditer(reading.cased)):
        start, end = match.start("secret"), match.start("secret") + len(match["secret"].rstrip(TRAILING))
        if _is_strong(reading.cased[start:end]) and kind_of(reading, start, end) == CODE:
            yield reading.exact(start, end, PASSWORD)


_SHORTEST_PAIR = 7
_SYMBOLS = "!@#$%^&*?+="
_PAIR = (
    r"(?<![^\s\"'(,;>|])(?!(?i:sha|md5|ver))[A-Za-z][\w.@\\-]{1,63}"
    r"(?:[ \t]{0,2}[/|][ \t]{0,2}|:|[ \t]{1,2}:[ \t]{1,2}|\t)"
    r"(?P<secret>(?![/\\])[^\s\"'<>]{7,64})"
)


_NAMED = (
    r"(?i:(?<!\w)(?:user|login|account|benutzer|utilisateur|usuario|utente|gebruiker|bruger)\w{0,6}[ \t:=]{1,4})"
    r"[\w.@\\-]{2,64}[,;]?[ \t]{1,3}(?P<secret>(?![/\\-])[^\s\"'<>]{7,64})"
)


def _is_strong(value: str) -> bool:
    if value.isalpha() or len(value) < _SHORTEST_PAIR:
        return False
    needed = (str.isupper, str.islower, str.isdigit, _SYMBOLS.__contains__)
    return all(any(map(has, value)) for has in needed) and "://" not in value


def _may_be_strong(folded: str) -> bool:
    """Whether a word has a digit and a symbol: case is not told by its folded form."""
    return any(map(_SYMBOLS.__contains__, folded)) and any(map(str.isdigit, folded))


def _coded(reading: Reading, at: int, what: str) -> Iterator[Secret]:
    if exactly(_LETTERS).match(reading.text, at):  # most words: a code has more than letters
        return
    value = value_at(reading, at)
    if value is not None and value.kind == CODE and not value.lines_down and reading.text[value.start] != "-":
        yield reading.secret(value.start, value.end, what)


_LETTERS = r"[a-z]+[.,;:]?(?!\S)"


def with_their_ids(reading: Reading, found: Sequence[Secret]) -> list[Secret]:
    """The secrets, and the Internet-IDs close to one of them."""
    if not found:
        return []
    ids = [reading.secret(start, end, INTERNET_ID) for start, end in reading.ids]
    starts = [secret.start for secret in found]
    near = [each for each in ids if bisect_left(starts, each.start - NEAR) < bisect_right(starts, each.end + NEAR)]
    return sorted({*found, *near})
