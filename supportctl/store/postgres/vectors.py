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


class Whole(NamedTuple):
    """The vector of a document as a literal, how many words its heading and its text have, and how many bytes the text
    takes at most. It is `comparable` unless something may be left out of it, which depends on how it came about.
    """

    literal: str
    heading_words: int
    text_words: int
    bytes: int
    comparable: bool = True


# A word that is there twice is named twice: the server makes one of it, sooner than its places are brought together
# here. FTS5 ends the longest ones within a character.
_WHOLE = """
with headings as materialized (select doc as id, count(*) as words from places where col = 'heading' group by doc)
select doc, coalesce(words, 0), count(*), group_concat('''' || substr(term, 1, :longest) || ''':' || case col
    when 'heading' then min(offset + 1, :last) || 'A' else min(offset + 2 + coalesce(words, 0), :last) end, ' ')
from places left join headings on id = doc group by doc
"""


def whole_vectors(documents: Sequence[Document]) -> list[Whole]:
    """The vectors of some documents, in order: of the heading, a gap that no phrase crosses, and of the text."""
    made = [Whole("", 0, 0, 0)] * len(documents)
    with words.places_of((document.heading, "\n".join(document.texts)) for document in documents) as aside:
        for number, heading, every, literal in aside.execute(_WHOLE, {"last": _LAST, "longest": _LONGEST}):
            size = len(literal.encode()) + every + 1  # a vector takes two bytes for a place and four beside a word
            longest = max(map(len, literal.split())) if size > _LONGEST else 0  # characters, of up to four bytes
            short = size < _LIMITS[0] // 4 and longest < _LONGEST // 4 and heading <= _PLACES
            made[number] = Whole(literal, heading, every - heading, size) if short else _long(documents[number])
    return made


def _long(document: Document) -> Whole:
    """The vector of a document of which something may have to be left out, or a word cut."""
    ((heading, _),) = vectors([document._replace(texts=[])])
    ((_, text),) = vectors([document._replace(heading="")], begins=2 + _last_place(heading.literal))
    comparable = max(text.bytes, 10 * heading.bytes) < LIMIT // 4
    return Whole(f"{heading.literal} {text.literal}", heading.words, text.words, text.bytes, comparable)


def _last_place(literal: str) -> int:
    """The last place that a vector keeps of a heading, which is not that of its last word if one is there too often."""
    kept = (sorted(map(int, each.rpartition(":")[2].replace("A", "").split(","))) for each in literal.split())
    return max((places[:_PLACES][-1] for places in kept), default=0)


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
