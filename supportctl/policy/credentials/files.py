"""Files and pictures whose name says that they contain a password."""

import re
from collections.abc import Iterator

from supportctl.policy.credentials.patterns import ATTACHED, FILES, HELD, NEAR, NOT_HELD, PICTURES
from supportctl.policy.credentials.reading import FILE, Reading, Secret
from supportctl.policy.credentials.vocabulary import exactly, folded_words

_MARKS = r"!\[|\[(?:img|attach(?:ment)?|file|image)\b|<(?:img|a)\b|://"  # a picture or a link, in mark-up


def telling_files(reading: Reading) -> Iterator[Secret]:
    """Pictures named after a password, and other attached files named so."""
    text = reading.text
    if not reading.has_any(folded_words(HELD)):
        return
    for kind in exactly(_KIND).finditer(text):
        path = exactly(r"[\s\"'()<>\[\]=|,;]").split(text[max(0, kind.start() - _LONGEST) : kind.start()])[-1]
        start = kind.start() - len(path)
        if _is_told(path) and _is_shown(text, start, kind):
            yield reading.exact(start, kind.end(), FILE)
    if "![" in text:
        for match in exactly(
            rf"!\[(?P<alt>[^\]\n]{{0,9}}(?:{'|'.join(folded_words(HELD))})[^\]\n]{{0,5}})\]\((?P<at>[^\s()\[\]]{{3,400}})"
        ).finditer(text):
            if not _shows_a_program(match["alt"]):
                yield reading.exact(*match.span("at"), FILE)


_KIND = rf"\.(?:{'|'.join(FILES.split())})(?![\w/]|\.\w)"
_LONGEST = 300  # characters of a path


def _is_told(path: str) -> bool:
    name = exactly(r"[/\\:]").split(path)[-1]
    return any(held in name for held in folded_words(HELD)) and not _shows_a_program(name)


def _shows_a_program(name: str) -> bool:
    return not set(exactly(r"[^\W\d_]+").findall(name)).isdisjoint(NOT_HELD.split())


def _is_shown(text: str, start: int, kind: re.Match[str]) -> bool:
    """Whether the file is shown, not just mentioned."""
    if exactly(_TALKED_OF).search(text, max(0, start - 40), start):
        return False
    if kind[0][1:] in PICTURES.split():
        return exactly(_MISSED).match(text, kind.end()) is None
    before = text[max(0, start - NEAR) : start + 8]
    return exactly(_MARKS).search(before) is not None or any(word in before for word in folded_words(ATTACHED))


_MISSED = r"[ \t](?:is|are|was|were|missing|not|ist|fehlt|est|no|non)\b"
_TALKED_OF = (
    r"(?:\bhow to|such as|for example|\be\.g\.|\blike|\bcalled|zum beispiel|z\. ?b\.|par exemple)\b[^.\n]{0,30}$"
)
