"""Words as PostgreSQL keeps and asks for them: `tsvector` and `tsquery`, made of the very words that FTS5 makes.

A vector holds a part of what a text can say: the places of words up to the 16,383rd, and 256 places of one word. Words
beyond that are found all the same, but in no phrase and with no more weight. Of a thread the words of LIMIT bytes
are kept, which is the vocabulary of some hundred pages; of a heading a tenth of that.
"""

from collections.abc import Sequence
from typing import NamedTuple

from supportctl.store.full_text import Document
from supportctl.store.sqlite import words

LIMIT = 800_000  # bytes that the words of a text take at most; a vector ends at one megabyte
_LIMITS = LIMIT // 10, LIMIT  # of heading and text
_LAST, _PLACES = 16_383, 256  # the last place of a vector, and how many one word can have
_LONGEST = 2000  # bytes of a word; terms are shorter, so that cut ones are not found


class Vector(NamedTuple):
    """The vector of a heading or a text as a literal, how many words there are, and how many bytes it takes at most.

    Words of a heading weigh A, those of a text D.
    """

    literal: str
    words: int
    bytes: int


class Vectors(NamedTuple):
    """The vectors of a document."""

    heading: Vector
    text: Vector


def vectors(documents: Sequence[Document], begins: int = 2) -> list[Vectors]:
    """The vectors of some documents, in order.

    A text begins at the second place: behind its heading it leaves a gap, and no phrase goes from one to the other. One
    that is added to another begins at the first.
    """
    parts = [(document.heading, "\n".join(document.texts)) for document in documents]
    return [
        Vectors(_fitting(0, heading, made[0], begins), _fitting(1, text, made[1], begins))
        for (heading, text), made in zip(parts, _made(parts, begins), strict=True)
    ]


def _fitting(part: int, text: str, whole: Vector, begins: int) -> Vector:
    """A vector, or that of as much of its text as fits."""
    share, made = 1.0, whole
    while made.bytes > _LIMITS[part]:
        share *= 0.9 * _LIMITS[part] / made.bytes
        begun = text[: int(share * len(text))]
        made = _made([("", begun) if part else (begun, "")], begins)[0][part]
    return made._replace(words=whole.words)


def _made(documents: Sequence[tuple[str, str]], begins: int) -> list[tuple[Vector, Vector]]:
    lexemes: list[tuple[list[str], list[str]]] = [([], []) for _ in documents]
    counted = [([0, 0], [0, 0]) for _ in documents]
    for number, part, word, times, places in words.words_of(documents, (1, begins), _LAST):
        kept = word.encode()[:_LONGEST]
        counts = counted[number][part]
        counts[0] += times
        counts[1] += len(kept) + 4 + 2 * min(times, _PLACES)
        lexemes[number][part].append(f"'{kept.decode(errors='ignore')}':{places if part else _weighty(places)}")
    return [
        (Vector(" ".join(heading), *of_heading), Vector(" ".join(text), *of_text))
        for (heading, text), (of_heading, of_text) in zip(lexemes, counted, strict=True)
    ]


def _weighty(places: str) -> str:
    return f"{places.replace(',', 'A,')}A"


def queries(terms: Sequence[str]) -> list[str]:
    """Each term, quoted as `policy.words` quotes it or not, as a `tsquery`; empty if there is no word in it."""
    phrases = words.phrases([term.strip('"') for term in terms])
    return [" <-> ".join(f"'{word}'" for word in phrase) for phrase in phrases]
