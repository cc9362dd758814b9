"""The words of a text: what is searched for, what carries its meaning, and when two texts are about the same."""

import re
import unicodedata

TERMS = 24  # more words than anyone types; further ones are passed over, so that any text can be searched for
LONGEST = 80  # characters of a word that count

_PIECES = re.compile(r'(?:(?P<field>[a-z]+):)?"(?P<quoted>[^"]*)"|(?P<plain>\S+)')

# Words of English and of every support request, which say nothing about what it is about (4.2: support is in English).
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
        a about after again all also am an and any are as at be because been before but by can cannot could did do does
        doing don dont for from get gets getting got had has have having hello help hi how i if in into is it its just
        me more my no not now of off on one only or our out please problem question re remote s so some t thank thanks
        that the their them then there these they this to too up us utilities utility very was we were what when where
        which while who why will with without won wont would you your
        """,
    )
)

# What stands where a person's words were removed says nothing about what they were about.
_MARKS = re.compile(r"\[(?:erased|redacted)\]|\berased-[0-9]+@erased\.invalid\b", re.IGNORECASE)


def pieces(text: str) -> list[tuple[str, str]]:
    """A query in its pieces, each with the field it was asked for in, or "": `tier:SITE "black screen" 7.6.2.0`.

    Nothing that can be typed is an error: a quote without its fellow is punctuation.
    """
    found = []
    for match in _PIECES.finditer(text):
        if match["plain"] is None:
            found.append((match["field"] or "", match["quoted"]))
        else:
            field, colon, value = match["plain"].partition(":")
            found.append((field, value) if colon and value else ("", match["plain"]))
    return found


def names_a_field(field: str, value: str) -> bool:
    """Whether a piece that no field has asks for one all the same, as `foo:bar` does: no address, path or time does."""
    return len(field) > 1 and field.isascii() and field.isalpha() and value[:1] not in ("/", "\\", ":")


def term(piece: str) -> str | None:
    """A word, number, address or phrase as the full-text index takes it, quoted; None where nothing in it is a word."""
    plain = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in _composed(piece)[:LONGEST])
    words = [word for word in plain.split() if any(map(str.isalnum, word))]
    return f'"{" ".join(words)}"' if words else None


def terms(text: str) -> list[str]:
    """The words of a text as the full-text index takes them, each once, no more than TERMS."""
    found = dict.fromkeys(filter(None, map(term, text.split())))
    return list(found)[:TERMS]


def significant(text: str, count: int = TERMS) -> list[str]:
    """The first `count` different words that say what a text is about: neither common ones nor single letters."""
    plain = _MARKS.sub(" ", text[: 100 * LONGEST])
    words = re.findall(r"\w+", _composed(plain).casefold().replace("_", " "))
    telling = (w[:LONGEST] for w in words if w not in _COMMON and (len(w) > 1 or not w.isascii()))
    return list(dict.fromkeys(telling))[:count]


def alike(shared: int, of: int) -> bool:
    """Whether a text of `of` telling words is likely about the same as one that it shares so many of them with.

    Half of them, and two at least: one word in common is no likeness, unless it is all there is.
    """
    return shared >= of > 0 or (shared >= 2 and 2 * shared >= of)


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
