"""Taking a person out of a text: what means nobody else wherever it stands, and more in what was written to them."""

import re
from collections.abc import Callable

GONE = "[erased]"
_WORD = re.compile(r"\w[\w'\u2019-]+")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


def without_person(address: str, name: str | None, alias: str) -> Callable[[str], str]:
    """A function that puts `alias` where a text names the address, and GONE where it has the name, in whatever case.

    An address within a longer one is another's and stays; so does a name of one word, which may mean another.
    """
    named = re.compile(rf"(?<![\w.+%-]){re.escape(address)}(?!\w|[.-]\w)", re.IGNORECASE)
    words = (name or "").split()
    if len(words) < 2:
        return lambda text: named.sub(alias, text)
    called = _called(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
    return lambda text: called.sub(GONE, named.sub(alias, text))


def without_addressee(address: str, name: str | None, alias: str) -> Callable[[str], str]:
    """The same for a text on a ticket of theirs: each word of the name means them, and quoted lines are theirs."""
    person = without_person(address, name, alias)
    called = [_called(re.escape(word)) for word in _WORD.findall(name or "")]

    def without(text: str) -> str:
        text = person(_QUOTED.sub(f"> {GONE}", text))
        for pattern in called:
            text = pattern.sub(GONE, text)
        return text

    return without


def without_mention(address: str, alias: str) -> Callable[[str], str]:
    """A function that puts `alias` for the address in an identifier, whatever it is glued to."""
    return lambda text: re.sub(re.escape(address), alias, text, flags=re.IGNORECASE)


def _called(pattern: str, flags: int = 0) -> "re.Pattern[str]":
    return re.compile(rf"(?<!\w){pattern}(?!\w)", flags)
