"""Business time (1.5): when support is open, and when a span of business time has passed.

The open spans are one sorted list in UTC seconds with running totals, extended by blocks of days on demand; adding and
measuring are two bisects each, whatever the span. Days are walked only to extend the list, never to answer.

Far from today dates repeat: 400 years are a whole number of weeks, and a zone's rules do not change before the first or
after the last change on record. So the list never leaves the centuries around us, and far years are computed from it.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from supportctl.clock import EPOCH, policy_zone, to_instant
from supportctl.errors import InputError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86_400
FIRST_YEAR, LAST_YEAR = 2, 9998  # a year inside the calendar at both ends, so that no zone can lead out of it
_FIRST_DAY = date(1970, 1, 1).toordinal()
CYCLE = 146_097 * DAY  # after 400 years the Gregorian calendar repeats, on the same weekdays
# No zone changes its rules before or after these years; the last ones on record are those of Casablanca, for 2087.
_FIRST_RULES, _LAST_RULES = 1800, 2100
_BLOCK = 64 * DAY  # a few waiting tickets need a block or two; larger blocks would hardly save a long span anything


class Calendar:
    """Working hours in one zone. Instants are UTC epoch seconds, spans are seconds."""

    def __init__(self, timezone: str, weekdays: Sequence[Sequence[str]], holidays: Mapping[str, Sequence[str]]) -> None:
        self._zone = policy_zone(timezone)
        self._weekdays = [[_span(text) for text in day] for day in weekdays]
        self._holidays = {date.fromisoformat(d).toordinal(): [_span(t) for t in s] for d, s in holidays.items()}
        self._weekly = sum(closing - opening for day in self._weekdays for opening, closing in day)
        days = (_FIRST_DAY, *self._holidays)
        self._early = (min(date(_FIRST_RULES, 1, 1).toordinal(), *days) - _FIRST_DAY - 2) * DAY
        self._late = (max(date(_LAST_RULES, 1, 1).toordinal(), *days) - _FIRST_DAY + 2) * DAY
        # The blocks that have spans, as instants low <= t < high, and the open seconds before each span.
        self._low = self._high = 0
        self._opens: list[int] = []
        self._closes: list[int] = []
        self._before: list[int] = []
        self._total = 0

    @classmethod
    def from_hours(cls, hours: Mapping[str, Any]) -> "Calendar":
        """The calendar of a policy's checked `hours` table. Raises DeskUnusable if this machine lacks its zone."""
        holidays = {
            entry if isinstance(entry, str) else entry["date"]: () if isinstance(entry, str) else entry["hours"]
            for entry in hours.get("holidays", ())
        }
        return cls(hours["timezone"], [hours.get(day, ()) for day in WEEKDAYS], holidays)

    def add(self, start: int, seconds: int) -> int:
        """When `seconds` of business time have passed since `start`; zero seconds gives `start`.

        Friday 15:00 and two hours are Friday 17:00, not Monday. Raises InputError beyond the calendar's end.
        """
        if seconds == 0:
            return start
        if (shift := self._shift(start)) or seconds > self._weekly * 52 * 200:
            return self._far_add(start, seconds, shift)
        wanted = self._elapsed(start) + seconds
        if wanted > self._total:
            self._reach(start, seconds, wanted)
        i = bisect_left(self._before, wanted) - 1
        return self._opens[i] + wanted - self._before[i]

    def between(self, start: int, end: int) -> int:
        """The business seconds in start <= t < end; 0 if the end is before the start."""
        if end <= start:
            return 0
        shift, other = self._shift(start), self._shift(end)
        if shift == other != 0:
            return self.between(start - shift, end - shift)
        if shift or other:
            self._cover_all()
            return self._far_elapsed(end) - self._far_elapsed(start)
        self._cover(start)  # first: extending the list into the past moves every running total
        return self._elapsed(end) - self._elapsed(start)

    def is_open(self, at: int) -> bool:
        """Whether support is open at `at`: opening is inclusive, closing exclusive."""
        return self._closing(at - self._shift(at)) is not None

    def closes_at(self, at: int) -> int | None:
        """When the span open at `at` closes, adjoining spans being one; None while closed, or if it never closes."""
        shift = self._shift(at)
        at -= shift
        close = self._closing(at)
        while close == self._high:  # this is only the end of the list so far: see whether the span goes on
            if self._weekly == 7 * DAY and close > self._last_holiday():
                return None
            self._cover(close)
            close = self._closing(at)
        return None if close is None else close + shift

    def opens_at(self, at: int) -> int | None:
        """When support opens next; None while open. Raises InputError if it never does."""
        return None if self.is_open(at) else self.add(at, 1) - 1

    def segments(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The open stretches within start <= t < end, each as (from, to), adjoining spans being one."""
        if end <= start:
            return
        shift = self._shift(start) if end - start < CYCLE else 0
        start, end = start - shift, end - shift
        self._cover(start)
        self._cover(end)
        opens, closes = self._opens, self._closes  # extending the list into the past moves the indexes
        for i in range(bisect_right(closes, start), bisect_left(opens, end)):
            yield max(start, opens[i]) + shift, min(end, closes[i]) + shift

    def _shift(self, at: int) -> int:
        """The whole cycles, in seconds, between `at` and the same date near us. Raises InputError."""
        if self._early - CYCLE <= at < self._late + CYCLE:
            return 0
        if not _start_of(FIRST_YEAR) <= at < _start_of(LAST_YEAR + 1):
            raise _beyond()
        if at >= self._late + CYCLE:
            return (at - self._late) // CYCLE * CYCLE
        return (at - self._early) // -CYCLE * -CYCLE

    def _cover_all(self) -> None:
        self._cover(self._early - CYCLE)
        self._cover(self._late + CYCLE)

    def _far_elapsed(self, at: int) -> int:
        """The open seconds before any moment, counted as in `_elapsed`, once the list covers all that it ever does."""
        shift = self._shift(at)
        edge = self._late if shift > 0 else self._early - CYCLE
        cycle = self._elapsed(edge + CYCLE) - self._elapsed(edge)
        return self._elapsed(at - shift) + shift // CYCLE * cycle

    def _far_add(self, start: int, seconds: int, shift: int) -> int:
        """The result of `add` in far years, and over any span, found by bisection."""
        self._refuse_endless(start, seconds)
        if shift and seconds <= self._weekly:
            near = self.add(start - shift, seconds)
            if shift > 0 or near < self._early:  # so it is in the same cycle
                self._shift(near + shift)
                return near + shift
        self._cover_all()
        wanted = self._far_elapsed(start) + seconds
        low, high = start, _start_of(LAST_YEAR + 1) - 1
        if self._far_elapsed(high) < wanted:
            raise _beyond()
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._far_elapsed(middle) >= wanted else (middle, high)
        return high

    def _elapsed(self, at: int) -> int:
        """The open seconds before `at`, counted from the first block of the list."""
        if not self._low <= at < self._high:
            self._cover(at)
        i = bisect_right(self._opens, at) - 1
        return 0 if i < 0 else self._before[i] + min(at, self._closes[i]) - self._opens[i]

    def _closing(self, at: int) -> int | None:
        """The end of the span open at `at`, if any; a span may go on beyond the end of the list."""
        self._cover(at)
        i = bisect_right(self._opens, at) - 1
        return self._closes[i] if i >= 0 and at < self._closes[i] else None

    def _reach(self, start: int, seconds: int, wanted: int) -> None:
        """Extend the list until it has this many open seconds; refuse what is out of reach without walking there."""
        self._refuse_endless(start, seconds)
        while wanted > self._total:
            self._cover(self._high)

    def _refuse_endless(self, start: int, seconds: int) -> None:
        if seconds * 7 * DAY > (_start_of(LAST_YEAR + 1) - start) * self._weekly:
            raise _beyond()

    def _cover(self, at: int) -> None:
        """Extend the list by whole blocks to the one of `at`. Raises InputError."""
        if self._low <= at < self._high:
            return
        if not _start_of(FIRST_YEAR) <= at < _start_of(LAST_YEAR + 1):
            raise _beyond()
        block = at // _BLOCK * _BLOCK
        if self._low == self._high:
            self._low = self._high = block
        while at >= self._high:
            self._append(self._high)
        if at < self._low:
            later = self._opens, self._closes
            self._opens, self._closes, self._before, self._total = [], [], [], 0
            for low in range(block, self._low, _BLOCK):
                self._append(low)
            for opening, closing in zip(*later, strict=True):
                self._add_span(opening, closing)
            self._low = block

    def _append(self, low: int) -> None:
        """Append a block's spans to the list, cut at its ends so that no second is in two blocks."""
        high = low + _BLOCK
        end = low
        for opening, closing in sorted(self._spans(low // DAY, high // DAY)):
            # An hour that occurs twice can make spans overlap: it counts only once.
            opening, closing = max(opening, end), min(closing, high)
            if closing > opening:
                self._add_span(opening, closing)
                end = closing
        self._high = max(self._high, high)

    def _add_span(self, opening: int, closing: int) -> None:
        """Append a span to the list; adjoining spans, over midnight or the end of a block, become one."""
        if self._closes and self._closes[-1] == opening:
            self._closes[-1] = closing
        else:
            self._opens.append(opening)
            self._closes.append(closing)
            self._before.append(self._total)
        self._total += closing - opening

    def _last_holiday(self) -> int:
        return (max(self._holidays, default=_FIRST_DAY) - _FIRST_DAY + 2) * DAY

    def _spans(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The spans in UTC of the local days around the UTC days first <= d < last, counted from 1970.

        If the offset is the same all around a day it is subtracted; only around a change are local times looked up.
        """
        offsets = self._offsets(first - 2, last + 4)
        for i, day in enumerate(range(first - 1, last + 2), 1):
            steady = offsets[i - 1] == offsets[i] == offsets[i + 1] == offsets[i + 2]
            for opening, closing in self._hours(day + _FIRST_DAY):
                if steady:
                    yield day * DAY + opening - offsets[i], day * DAY + closing - offsets[i]
                else:
                    yield self._instant(day, opening, last=False), self._instant(day, closing, last=True)

    def _hours(self, ordinal: int) -> Sequence[tuple[int, int]]:
        return self._holidays.get(ordinal, self._weekdays[(ordinal - 1) % 7])

    def _offsets(self, first: int, last: int) -> list[int]:
        """Local time less UTC, in seconds, as each of the local days first <= d < last begins."""
        there = (self._zone.utcoffset(EPOCH + timedelta(days=day)) for day in range(first, last))
        return [offset.days * DAY + offset.seconds for offset in there if offset is not None]

    def _instant(self, day: int, seconds: int, *, last: bool) -> int:
        """A local time in UTC: a skipped one is the end of the gap; `last` takes the second of two occurrences."""
        local: datetime = EPOCH + timedelta(days=day, seconds=seconds)
        return to_instant(local, self._zone, last=last)


def with_closures(holidays: Sequence[Any], closures: Mapping[str, str]) -> list[Any]:
    """The policy's holidays and the desk's (their hours, as JSON, by date), each day once; the desk's hours win."""
    days = {entry if isinstance(entry, str) else entry["date"]: entry for entry in holidays}
    for day, hours in closures.items():
        kept = json.loads(hours)
        days[day] = {"date": day, "hours": kept} if kept else day
    return [days[day] for day in sorted(days)]


def _span(text: str) -> tuple[int, int]:
    """ "08:00-17:00" as seconds of the local day; 24:00 is its end."""
    opening, closing = (int(part[:2]) * 3600 + int(part[3:]) * 60 for part in text.split("-"))
    return opening, closing


def _start_of(year: int) -> int:
    return (date(year, 1, 1).toordinal() - _FIRST_DAY) * DAY


def _beyond() -> InputError:
    return InputError("That is beyond the calendar.", f"Stay within the years {FIRST_YEAR} to {LAST_YEAR}.")
