"""Removing a person from a text: what can only mean them, anywhere, and more in what was written to them."""

import re
from collections.abc import Callable, Iterator

GONE = "[erased]"
_WORD = re.compile(r"\w[\w'\u2019-]+")
# ann+shop@example.com is ann@example.com
_PLUS = r"(?:(?:\+|%(?:25)*2b|=2b|&(?:plus|#0*43|#x0*2b);)[^\s@<>\"'(),;:]{0,64}?)?"
# An address within a longer one is someone else's. An escape before it (%3C), itself escaped (%253C), is not part of
# it.
_ESCAPE = r"(?:[01][0-9a-f]|2[0-46-9acf]|3[a-f]|[57][bcd])"
_BEFORE = rf"(?:(?<![\w.+%-])|(?<=%{_ESCAPE})|(?<=%25{_ESCAPE})|(?<=={_ESCAPE}))"
_AFTER = r"(?!\w|[.-]\w)"
_ENTITIES = {"@": "commat", ".": "period", "+": "plus", "_": "lowbar", "-": "hyphen"}  # names of HTML
_SIGNS = re.compile("[@%&=]")  # every address has one, encoded or not
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


def without_person(address: str, name: str | None, alias: str) -> Callable[[str], str]:
    """A function that replaces the address in a text by `alias`, and the name by GONE, ignoring case.

    An address within a longer one is someone else's and stays, unless only a tag differs (`ann+shop@…`); a name of one
    word stays too, since it may mean someone else.
    """
    unnamed = _replaced(f"{_BEFORE}{_spelled(address)}{_AFTER}", alias)
    words = (name or "").split()
    if len(words) < 2:
        return unnamed
    called = _called(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
    return lambda text: called.sub(GONE, unnamed(text))


def without_addressee(address: str, name: str | None, alias: str) -> Callable[[str], str]:
    """The same for a text on their own ticket: there each word of the name means them, and quoted lines are theirs."""
    person = without_person(address, name, alias)
    called = [_called(re.escape(word)) for word in _WORD.findall(name or "")]

    def without(text: str) -> str:
        text = person(_QUOTED.sub(f"> {GONE}", text))
        for pattern in called:
            text = pattern.sub(GONE, text)
        return text

    return without


def without_mention(address: str, alias: str) -> Callable[[str], str]:
    """A function that replaces the address in an identifier by `alias`, whatever surrounds it."""
    return _replaced(_spelled(address), alias)


def variant_of(address: str, other: str) -> bool:
    """Whether another address is this one with a tag: ann+shop@example.com of ann@example.com."""
    local, _, host = address.rpartition("@")
    return other.startswith(f"{local}+") and other.endswith(f"@{host}")


def _replaced(pattern: str, alias: str) -> Callable[[str], str]:
    named = re.compile(pattern, re.IGNORECASE)
    return lambda text: named.sub(alias, text) if _SIGNS.search(text) else text


def _spelled(address: str) -> str:
    """A pattern for an address as it is, encoded as in a link, in HTML or in a mail's source, and with a tag."""
    local, _, host = address.rpartition("@")
    return "".join(map(_letter, local)) + _PLUS + "".join(map(_letter, f"@{host}"))


def _letter(letter: str) -> str:
    encoded = {code for case in (letter.lower(), letter.upper()) for code in _encoded(case)}
    return f"(?:{'|'.join([re.escape(letter), *sorted(encoded)])})"


def _encoded(letter: str) -> Iterator[str]:
    for escape in ("%(?:25)*", "="):  # again and again in a link; quoted-printable
        yield "".join(f"{escape}{byte:02x}" for byte in letter.encode())
    if letter in _ENTITIES:
        yield f"&(?:amp;)*{_ENTITIES[letter]};"
    if len(letter) == 1:
        yield f"&(?:amp;)*#(?:0*{ord(letter)}|x0*{ord(letter):x})(?:;|(?![0-9a-f]))"


def _called(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){pattern}(?!\w)", flags)
