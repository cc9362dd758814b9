"""How much of a check is done, while its parts are looked at at the same time."""

import time
from collections.abc import Iterator, Sequence

from supportctl.store.soundness import CheckPart

NEARLY = 0.95  # of a part that cannot say how much of it is done, at most, until it is


class Progress:
    """The share of a check that is done: a part that cannot say so itself is taken to be as fast as those that can."""

    def __init__(self, parts: Sequence[CheckPart]) -> None:
        self._parts = parts
        self._begun: dict[CheckPart, float] = {}
        self._pace = 0.0  # hundredths of the check in a second, of one part

    def done(self, shares: Sequence[float | None]) -> float:
        """The share (0 to 1) that is done, from the shares of the parts (None: not begun)."""
        return sum(self._hundredths(shares)) / 100

    def _hundredths(self, shares: Sequence[float | None]) -> Iterator[float]:
        now = time.monotonic()
        for part, share in zip(self._parts, shares, strict=True):
            if share is None:
                continue
            seconds = now - self._begun.setdefault(part, now)
            if 0 < share < 1 and seconds:
                self._pace = part.share * share / seconds
            yield part.share * share or min(self._pace * seconds, part.share * NEARLY)
