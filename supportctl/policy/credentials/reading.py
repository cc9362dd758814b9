"""A text read in its folded form, with the way back to the text as it was given."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import NamedTuple

from supportctl.policy.credentials.folding import fold_each
from supportctl.policy.credentials.patterns import (
    ADDRESS,
    CELL_TAGS,
    CODE_TAGS,
    ENTITIES,
    ID,
    LINE_TAGS,
    LONGEST_VALUE,
    NEAR,
    OTHER_TAGS,
    TRAILING,
)
from supportctl.policy.credentials.prefilter import LONG_WORD, ROUND_WORDS, SecretHints, secret_hints
from supportctl.policy.credentials.vocabulary import compiled, exactly, is_id


class Secret(NamedTuple):
    """A stretch of the text as given that must not be kept on an open channel (8.6).

    `what` is one of the names below. An Internet-ID is a secret only with its password or with an invitation to
    connect. Licence keys are not found here: only the store knows them.
    """

    start: int
    end: int
    what: str


PASSWORD, ADDRESS_PASSWORD, INTERNET_ID, LICENCE_KEY = "password", "address-password", "internet-id", "licence-key"
PRIVATE_KEY, TOKEN, COOKIE, CODE_ONCE = "private-key", "token", "cookie", "code"
CARD, ACCOUNT, FILE = "card", "bank-account", "file"
# What the mark that replaces it calls it.
CALLED = {
    PASSWORD: "password", ADDRESS_PASSWORD: "password", INTERNET_ID: "Internet-ID", LICENCE_KEY: "licence key",
    PRIVATE_KEY: "private key", TOKEN: "access key", COOKIE: "session cookie", CODE_ONCE: "one-time code",
    CARD: "card number", ACCOUNT: "bank account", FILE: "file name",
}  # fmt: skip
_ODD = r"[^\t\n -~]"  # what may be read as something else than itself, or its small letter, without mark-up
_INVISIBLE = r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]"
_LEAST_ID = 9  # digits of an Internet-ID


class Reading:
    """A text and its folded form, with the way back."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._pieces, self._marked = _pieces(source)
        self.text = source.lower().replace("\r", "\n") if self._pieces is None else "".join(self._pieces)

    @cached_property
    def _ends(self) -> Sequence[int]:
        pieces = self._pieces or ()
        if len(self.text) == len(pieces) and "" not in pieces:  # then each is one character
            return range(1, len(pieces) + 1)
        return list(accumulate(map(len, pieces)))

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the folded text is in the source."""
        if self._pieces is None:
            return start, end
        return bisect_right(self._ends, start), bisect_right(self._ends, end - 1) + 1

    def written(self, start: int, end: int) -> str:
        """The stretch as written, except for width and the like."""
        first, last = self.origin(start, end)
        return unicodedata.normalize("NFKC", self.source[first:last])

    def is_upper(self, start: int, end: int) -> bool:
        """Whether the stretch was written in capitals."""
        first, last = self.origin(start, end)
        return self.source[first:last].isupper()

    @cached_property
    def cased(self) -> str:
        """The folded text, place by place, with its letters as they were written."""
        if self._pieces is None:
            return self.source.replace("\r", "\n")
        if not self._marked:
            return exactly(_ODD).sub(_cased, self.source)
        pairs = zip(self.source, self._pieces, strict=True)
        return "".join([char if char != piece and char.lower() == piece else piece for char, piece in pairs])

    def secret(self, start: int, end: int, what: str) -> Secret:
        """The stretch of the folded text as a secret of the source; if cut off by its limit, to the next blank."""
        if end - start >= LONGEST_VALUE - len(TRAILING) and (more := compiled(r"\S{1,4096}").match(self.text, end)):
            end = more.end()
        return self.exact(start, end, what)

    def exact(self, start: int, end: int, what: str) -> Secret:
        """The stretch of the folded text as a secret of the source."""
        return Secret(*self.origin(start, end), what)

    @cached_property
    def telling(self) -> SecretHints:
        """The parts of the folded text that may belong to a secret."""
        return secret_hints(self.text)

    def has_any(self, words: Iterable[str]) -> bool:
        """Whether it has one of some words without a blank that patterns need."""
        return not self.telling.needles.isdisjoint(words)

    @cached_property
    def digits(self) -> int:
        """How many digits there are."""
        return self._numbers.count("0")

    @cached_property
    def _numbers(self) -> str:
        """The folded text with 0 for each digit, and - for what may be between groups of them."""
        return self.text.encode("ascii", "replace").translate(_NUMBERS).decode("ascii")

    @cached_property
    def long_words(self) -> str:
        """The words that are long enough to be a token, as they were written."""
        if exactly(_LONG).search(self.telling.words) is None:
            return ""
        if not self.text.isascii() and exactly(_LONG_PLAIN).search(self.text) is None:
            return ""
        return " ".join(word for word in self.cased.split() if len(word) >= LONG_WORD)

    @cached_property
    def mixed_long_words(self) -> str:
        """Those of them that may be random: with a digit, or letters of both cases."""
        return " ".join(
            word
            for word in self.long_words.split()
            if not word.isascii() or exactly("[0-9]").search(word) or not (word.islower() or word.isupper())
        )

    @cached_property
    def has_mixed_word(self) -> bool:
        """Whether a word has letters and digits or symbols in it, as passwords have."""
        if exactly(_MIXING).search(self.telling.words) is None:
            return False
        words = (word.strip(ROUND_WORDS) for word in self.telling.words.split() if not word.isalpha())
        return any(exactly(_MIXED).search(word) for word in words if not word.isalpha())

    @cached_property
    def has_long_number(self) -> bool:
        """Whether it has the nine digits, two groups of them or more, that IDs and the numbers of cards have."""
        return self.digits >= _LEAST_ID and exactly(_LONG_NUMBER).search(self._numbers) is not None

    @cached_property
    def ids(self) -> list[tuple[int, int]]:
        """Where the text has what could be an Internet-ID: nine digits or more, in groups."""
        if not self.has_long_number or exactly(_LIKE_AN_ID).search(self._numbers) is None:
            return []
        return [match.span() for match in compiled(ID).finditer(self.text) if is_id(match[0])]

    def id_near(self, start: int, end: int) -> bool:
        """Whether an Internet-ID or an address is close by."""
        at = bisect_left(self.ids, (start - NEAR, 0))
        if at < len(self.ids) and self.ids[at][0] < end + NEAR:
            return True
        return bool(compiled(ADDRESS).search(self.text, max(0, start - NEAR), end))


_LONG = rf"\S{{{LONG_WORD}}}"
_LONG_PLAIN = rf"[!-~]{{{LONG_WORD}}}"
_MIXING = r"[0-9@#$%^&*+=~]|[!?]\S"  # every mixed word has some of these
_MIXED = r"[0-9][^0-9]{0,64}[^\W\d_]|[^\W\d_][^0-9]{0,64}[0-9]|[!@#$%^&*?+=~]"
_NUMBERS = bytes.maketrans(b"0123456789 ._", b"0000000000---")
_LONG_NUMBER = r"000(?:-{1,3}000|000000)"  # every ID and card has some of it
_LIKE_AN_ID = r"000(?:-{1,3}0{3,4}-{1,3}000|000000)"  # every ID has some of it


def _cased(found: re.Match[str]) -> str:
    """How a character is read, with the case of its letter."""
    char, piece = found[0], fold_each(found[0])[0]
    return char if char.lower() == piece else piece


def _pieces(source: str) -> tuple[Sequence[str] | None, bool]:
    """How each character of the source is read without mark-up, and whether it has any.

    None if lowering its letters is enough.
    """
    marked = list(_markup().finditer(source)) if any(mark in source for mark in ">&[") else []
    plain = source.isascii() and exactly(_INVISIBLE).search(source) is None
    if plain and not marked:
        return None, False
    pieces = list(source.lower().replace("\r", "\n")) if plain else fold_each(source)
    for match in marked:
        start, end = match.span()
        pieces[start:end] = (_stands_for(match), *[""] * (end - start - 1))
    return pieces, bool(marked)


@cache
def _markup() -> re.Pattern[str]:
    tags = "|".join(f"{LINE_TAGS} {CELL_TAGS} {CODE_TAGS} {OTHER_TAGS}".split())
    return re.compile(
        rf"<(?P<close>/?)(?P<tag>{tags})(?:\s[^<>]{{0,200}})?/?>|\[/?(?P<board>{tags})(?:=[^\[\]\n]{{0,80}})?\]"
        rf"|&(?P<name>{'|'.join(ENTITIES)}|\#\d{{1,6}}|\#x[0-9a-f]{{1,5}});",
        re.IGNORECASE,
    )


def _stands_for(match: re.Match[str]) -> str:
    """The text that a tag or an entity is read as."""
    if name := match["name"]:
        return _character(name.lower())
    tag = (match["tag"] or match["board"]).lower()
    if tag in CODE_TAGS.split():
        return "`" if match["tag"] else ""
    if tag in CELL_TAGS.split():
        return "" if match["close"] else "|"
    return "\n" if tag in LINE_TAGS.split() else ""


def _character(name: str) -> str:
    if not name.startswith("#"):
        return ENTITIES[name]
    number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    return "".join(fold_each(chr(number)))[:1] if 0 < number < 0x110000 else ""
