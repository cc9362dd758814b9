"""Taking a person out of a text: the address wherever it stands, the name and what was quoted of theirs on request."""

import re
from collections.abc import Callable

GONE = "[erased]"
_WORD = re.compile(r"\w[\w'\u2019-]+")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


def without_address(address: str, alias: str) -> Callable[[str], str]:
    """A function that puts `alias` where a text names the address in whatever case, but not within a longer one."""
    pattern = re.compile(rf"(?<![\w.+%-]){re.escape(address)}(?!\w|[.-]\w)", re.IGNORECASE)
    return lambda text: pattern.sub(alias, text)


def without_person(address: str, name: str | None, alias: str) -> Callable[[str], str]:
    """A function that takes the address, the name, each word of the name, and all quoted lines out of a text.

    For texts written to that person, where a name means them: elsewhere the same word may mean another.
    """
    plain = without_address(address, alias)
    names = [name.strip(), *_WORD.findall(name)] if name and name.strip() else []
    called = [
        re.compile(rf"(?<!\w){re.escape(called)}(?!\w)", re.IGNORECASE if called == name else 0) for called in names
    ]

    def without(text: str) -> str:
        text = plain(_QUOTED.sub(f"> {GONE}", text))
        for pattern in called:
            text = pattern.sub(GONE, text)
        return text

    return without
