"""The words of `patterns`, folded and looked up, and its expressions, compiled when first needed."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from supportctl.policy.credentials import patterns
from supportctl.policy.credentials.folding import fold

_AS = "as als como come comme som jako как як olarak"
_VOCABULARY = {
    "IS": patterns.IS,
    "GLUED": "是 为 為 は が 은 는 이 가 คือ",
    "ABOUT": patterns.ABOUT,
    "AND": patterns.AND,
    "WITH": "with and mit und avec et con y com e med og met en i z a s",
    "AS": patterns.IS + _AS,
    "USERS": patterns.USERS,
    "ACCESS": patterns.ACCESS,
}


def is_id(text: str) -> bool:
    """Whether grouped digits can be an Internet-ID: enough of them, and not an IP address or a date."""
    return sum(map(str.isdigit, text)) >= 9 and not re.fullmatch(patterns.IP, text)


PASSWORDS, WEAK, KEYS, CODES = "password", "weak", "key", "code"


class Label(NamedTuple):
    """A word that announces a secret, folded: what kind of secret, and whether it must be a whole word."""

    word: str
    kind: str
    whole: bool


def _each_label() -> Iterator[Label]:
    for words, kind in ((patterns.LABELS, PASSWORDS), (patterns.KEY_LABELS, KEYS), (patterns.CODE_LABELS, CODES)):
        for word in listed(words):
            yield Label(word, kind, word.isascii() and len(word) <= 4)
    for words, kind in ((patterns.SHORT_LABELS, PASSWORDS), (patterns.WEAK_LABELS, WEAK)):
        for word in sorted(set(map(fold, words.split()))):
            yield Label(word, kind, whole=True)


@cache
def labels_by_needle() -> dict[str, tuple[Label, ...]]:
    """The labels, each under letters of it to look for first, with a blank only if it is spelled letter by letter."""
    by_needle: dict[str, list[Label]] = defaultdict(list)
    for label in dict.fromkeys(_each_label()):
        by_needle[_needle(label.word)].append(label)
    return {needle: tuple(some) for needle, some in by_needle.items()}


@cache
def longest_label() -> int:
    """How many characters the longest label has."""
    return max(len(label.word) for some in labels_by_needle().values() for label in some)


@cache
def spaced_needles() -> tuple[str, ...]:
    """The needles with a blank in them."""
    return tuple(needle for needle in labels_by_needle() if " " in needle)


def _needle(word: str) -> str:
    if word.isascii() and (needle := next((needle for needle in patterns.NEEDLES.split() if needle in word), None)):
        return needle
    part = max(word.split(), key=lambda part: (not part.isascii(), len(part)))
    return part if len(part) > 1 or part == word else word


@cache
def listed(words: str) -> tuple[str, ...]:
    """The entries of a table of words between slashes, folded, in order, each once."""
    entries = (word.strip() for line in words.splitlines() for word in line.split("/"))
    return tuple(dict.fromkeys(fold(word) for word in entries if word))


@cache
def rows(table: str) -> list[list[str]]:
    """The lines of a table of three columns; the last may contain blanks."""
    return [line.split(None, 2) for line in table.strip().splitlines()]


@cache
def folded_words(words: str) -> dict[str, None]:
    """The entries of a table of words between blanks, folded, in order, each once."""
    return dict.fromkeys(map(fold, words.split()))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The verbose pattern, in which §NAME§ is any word of that part of the vocabulary, longest first."""

    def any_of(name: re.Match[str]) -> str:
        words = {re.escape(fold(word)) for word in _VOCABULARY[name[1]].split()}
        return "|".join(sorted(words, key=lambda word: (-len(word), word)))

    return re.compile(re.sub("§([A-Z]+)§", any_of, pattern), re.VERBOSE)


@cache
def exactly(pattern: str) -> re.Pattern[str]:
    """The pattern as it is, blanks and case included."""
    return re.compile(pattern)
