"""Internet-IDs with an invitation to connect."""

from collections.abc import Iterator
from functools import cache

from supportctl.policy.credentials.folding import fold
from supportctl.policy.credentials.patterns import ASKING, COMING_IN, NEAR, TROUBLE
from supportctl.policy.credentials.reading import INTERNET_ID, Reading, Secret
from supportctl.policy.credentials.vocabulary import exactly


def invited(reading: Reading) -> Iterator[Secret]:
    """The Internet-IDs that someone is invited to use; a report that connecting fails is not an invitation."""
    ids = reading.ids
    if not (ids and _has(reading.text, ASKING) and _has(reading.text, COMING_IN)):
        return
    for start, end in ids:
        if exactly(r"\d{3}([ -]?\D?[ -]?)\d{3}\1\d{3}(?:\1\d{3})?").fullmatch(reading.text, start, end):
            around = _sentences(reading.text, start, end)
            inviting = (s for s in around if _has(s, ASKING) and _has(s, COMING_IN) and not _has(s, TROUBLE))
            if not _has(around[1], TROUBLE) and any(inviting):
                yield reading.exact(start, end, INTERNET_ID)


def _sentences(text: str, start: int, end: int) -> tuple[str, str, str]:
    """The sentence with the ID, the one before and the one after, as far as they are near."""
    stop = exactly(r"[.!?\n\u3002\uff01\uff1f](?=\s|$|[^\x00-\x7f])")
    before = [match.end() for match in stop.finditer(text, max(0, start - NEAR), start)]
    after = [match.start() for match in stop.finditer(text, end, end + NEAR)]
    first, second = (before[-1] if before else max(0, start - NEAR)), (after[0] if after else end + NEAR)
    return text[max(0, start - NEAR) : first], text[first:second], text[second : end + NEAR]


def _has(sentence: str, words: str) -> bool:
    """Whether one of the words begins a word of the sentence, or is anywhere in it for scripts without blanks."""
    beginning, anywhere = _words(words)
    plain = _spaced(f" {sentence} ")
    return any(map(plain.__contains__, beginning)) or (
        not sentence.isascii() and any(map(sentence.__contains__, anywhere))
    )


@cache
def _words(words: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words that begin one, each after a blank, and words that may be anywhere."""
    entries = [fold(entry) for line in words.splitlines() for entry in line.lstrip().split("/") if entry.strip()]
    anywhere = [entry for entry in entries if exactly(_UNSPACED).search(entry)]
    return (
        tuple(" " + _spaced(entry) for entry in entries if entry not in anywhere),
        tuple(entry.strip("* ") for entry in anywhere),
    )


_UNSPACED = r"^\*|[\u0900-\u0eff\u3040-\u9fff\uac00-\ud7af\u1100-\u11ff]"  # an ending, or a script without blanks


def _spaced(text: str) -> str:
    return exactly(r"[^\w]+").sub(" ", text)
