"""Which words of a text may have to do with a secret at all: most do not, and most occur again in the next text."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from supportctl.policy.credentials.patterns import ACCESS, CARRIERS, COMMANDS, HELD
from supportctl.policy.credentials.vocabulary import folded_words, labels_by_needle, rows

LONG_WORD = 16  # letters from which a word could be a token
ROUND_WORDS = ".,;:!?()\"'"
_LONGEST = 40_000  # characters of a text whose words are looked up; longer ones are read whole
_MOST = 50_000  # words that are remembered
_LONGEST_WORD = 40  # characters of a word that is remembered


class SecretHints(NamedTuple):
    """The parts of a folded text that may belong to a secret.

    `words` are its words, each once, without short ones of letters only that no pattern needs; `needles` the strings
    without a blank that patterns need and that it has. For a very long text the words are the text.
    """

    words: str
    needles: set[str]


def secret_hints(text: str) -> SecretHints:
    """The parts of a folded text that may belong to a secret."""
    if len(text) > _LONGEST:
        return SecretHints(text, set(_needles_in(text)))
    innocent, harmless, with_needles = _remembered()
    words = set(text.split()) - innocent
    new = words - harmless - with_needles.keys()
    needles = {needle for word in words & with_needles.keys() for needle in with_needles[word]}
    if new:
        words -= _learn(new, needles)
    return SecretHints(" ".join(words), needles)


def _learn(new: set[str], needles: set[str]) -> set[str]:
    """The innocent ones of new words, all remembered for the next text; the needles of the others are added."""
    innocent, harmless, with_needles = remembered = _remembered()
    has_room = sum(map(len, remembered)) < _MOST
    possible = list(_needles_in(" ".join(new)))
    needles.update(possible)
    having = {word: some for word in new if (some := tuple(filter(word.__contains__, possible)))} if possible else {}
    without = new - having.keys()
    plain = {word for word in without if len(word) < LONG_WORD and word.strip(ROUND_WORDS).isalpha()}
    if has_room:
        innocent.update(plain)
        harmless.update(word for word in without - plain if len(word) < _LONGEST_WORD)
        with_needles.update({word: some for word, some in having.items() if len(word) < _LONGEST_WORD})
    return plain


class _Remembered(NamedTuple):
    """The words seen so far: those that have nothing to do with a secret, others without needles, and with which."""

    innocent: set[str]
    harmless: set[str]
    with_needles: dict[str, tuple[str, ...]]


@cache
def _remembered() -> _Remembered:
    return _Remembered(set(), set(), {})


def _needles_in(text: str) -> Iterator[str]:
    by_letter = _needles()
    if text.isascii() and _any_needle().search(text) is None:
        return
    for letter in ("", *(() if text.isascii() else by_letter.keys() & set(text))):
        yield from filter(text.__contains__, by_letter[letter])


@cache
def _any_needle() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _needles()[""])))


@cache
def _needles() -> dict[str, tuple[str, ...]]:
    """The needles that ASCII can spell, under "", and each other one under one of its non-ASCII letters."""
    by_letter: dict[str, list[str]] = defaultdict(list)
    for needle in dict.fromkeys(_each_needle()):
        by_letter[next((char for char in needle if not char.isascii()), "")].append(needle)
    return {letter: tuple(some) for letter, some in by_letter.items()}


def _each_needle() -> Iterator[str]:
    yield from (needle for needle in labels_by_needle() if " " not in needle)
    for words in (ACCESS, HELD):
        yield from folded_words(words)
    yield from (program for programs, _ in COMMANDS for program in programs.split())
    yield from (mark for mark, _, _ in rows(CARRIERS))
