"""The words of a text: for searching, for its meaning, and for telling whether two texts are about the same thing."""

import re
import unicodedata

TERMS = 24  # more words than anyone types; further ones are ignored, so that any text can be searched for
LONGEST = 80  # characters of a word that count

# Both patterns are compiled by `re` when they are first used, and then kept.
_PIECES = r'(?:(?P<field>[a-z]+):)?"(?P<quoted>[^"]*)"|(?P<plain>\S+)'

# Words common in English and in all support requests: they say nothing about the subject (4.2: support is in English).
_COMMON = frozenset(
    """
    a about after again all also am an and any are as at be because been before but by can cannot could did do does
    doing don dont for from get gets getting got had has have having hello help hi how i if in into is it its just
    me more my no not now of off on one only or our out please problem question re remote s so some t thank thanks
    that the their them then there these they this to too up us utilities utility very was we were what when where
    which while who why will with without won wont would you your
    """.split()  # noqa: SIM905  # a list would have a line for each word
)

# The placeholder for a removed person's words says nothing about the subject either.
_MARKS = r"(?i)\[(?:erased|redacted)\]|\berased-[0-9]+@erased\.invalid\b"


def query_pieces(text: str) -> list[tuple[str, str]]:
    """The pieces of a query, each with the field it was asked for in, or "": `tier:SITE "black screen" 7.6.2.0`.

    Nothing that can be typed is an error: an unpaired quote is punctuation.
    """
    found = []
    for match in re.finditer(_PIECES, text):
        if match["plain"] is None:
            found.append((match["field"] or "", match["quoted"]))
        else:
            field, colon, value = match["plain"].partition(":")
            found.append((field, value) if colon and value else ("", match["plain"]))
    return found


def names_a_field(field: str, value: str) -> bool:
    """Whether a piece asks for a field that does not exist, as `foo:bar` does; addresses, paths and times do not."""
    return len(field) > 1 and field.isascii() and field.isalpha() and value[:1] not in ("/", "\\", ":")


def term(piece: str) -> str | None:
    """A word, number, address or phrase as the full-text index takes it, quoted; None if there is no word in it."""
    plain = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in _composed(piece)[:LONGEST])
    words = [word for word in plain.split() if any(map(str.isalnum, word))]
    return f'"{" ".join(words)}"' if words else None


def terms(text: str) -> list[str]:
    """The words of a text as the full-text index takes them, each once, at most TERMS."""
    found = dict.fromkeys(filter(None, map(term, text.split())))
    return list(found)[:TERMS]


def significant(text: str, count: int = TERMS) -> list[str]:
    """The first `count` different words that say what a text is about: neither common ones nor single letters."""
    plain = re.sub(_MARKS, " ", text[: 100 * LONGEST])
    words = re.findall(r"\w+", _composed(plain).casefold().replace("_", " "))
    telling = (w[:LONGEST] for w in words if w not in _COMMON and (len(w) > 1 or not w.isascii()))
    return list(dict.fromkeys(telling))[:count]


def is_similar(shared: int, of: int) -> bool:
    """Whether a text with `of` telling words is likely about the same thing as one that shares this many of them.

    That takes half of them, and at least two, unless there is only one.
    """
    return shared >= of > 0 or (shared >= 2 and 2 * shared >= of)


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
