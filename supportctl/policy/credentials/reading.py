"""A text read in its folded form, with the way back to the text as it was given."""

import unicodedata
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

from supportctl.policy.credentials.folding import fold_each
from supportctl.policy.credentials.vocabulary import ADDRESS, ID, LONGEST_VALUE, NEAR, TRAILING, compiled, is_id


class Secret(NamedTuple):
    """A stretch of the text as given that must not be kept on an open channel (8.6).

    `what` is "password", "address-password" (the password said with an address), "internet-id" (an Internet-ID that
    stands with its password; alone it is no secret) or "licence-key" (never found here: only the store knows them).
    """

    start: int
    end: int
    what: str


PASSWORD, ADDRESS_PASSWORD, INTERNET_ID, LICENCE_KEY = "password", "address-password", "internet-id", "licence-key"


class Reading:
    """A text and its folded form, with the way back."""

    def __init__(self, source: str) -> None:
        self.source = source
        plain = source.isascii() and not compiled(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]").search(source)
        self._pieces = [] if plain else fold_each(source)
        self.text = source.lower().replace("\r", "\n") if plain else "".join(self._pieces)
        self._ends: list[int] = []
        self._ids: list[tuple[int, int]] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the folded text stands in the source, invisible characters behind it included."""
        if not self._pieces:
            return start, end
        if not self._ends:
            self._ends = list(accumulate(map(len, self._pieces)))
        return bisect_right(self._ends, start), bisect_right(self._ends, end - 1) + 1

    def written(self, start: int, end: int) -> str:
        """The stretch as it was written, but for width and the like."""
        first, last = self.origin(start, end)
        return unicodedata.normalize("NFKC", self.source[first:last])

    def secret(self, start: int, end: int, what: str) -> Secret:
        """The stretch of the folded text as a secret of the source; one cut off by its limit, to the next blank."""
        if end - start >= LONGEST_VALUE - len(TRAILING) and (more := compiled(r"\S{1,4096}").match(self.text, end)):
            end = more.end()
        return Secret(*self.origin(start, end), what)

    @property
    def ids(self) -> list[tuple[int, int]]:
        """Where the text has what could be an Internet-ID: nine digits or more, in groups."""
        if self._ids is None:
            self._ids = [match.span() for match in compiled(ID).finditer(self.text) if is_id(match[0])]
        return self._ids

    def id_near(self, start: int, end: int) -> bool:
        """Whether an Internet-ID or an address stands close by."""
        at = bisect_left(self.ids, (start - NEAR, 0))
        if at < len(self.ids) and self.ids[at][0] < end + NEAR:
            return True
        return bool(compiled(ADDRESS).search(self.text, max(0, start - NEAR), end))
