"""Stretches of the calendar for reports: days, weeks, months, quarters and years of a zone."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from supportctl.clock import EPOCH, to_instant

UNITS = ("day", "week", "month", "quarter", "year")  # from the finest


class Stretch(NamedTuple):
    """A stretch of a zone's calendar that begins on its `first` day; `start` is when, in UTC epoch seconds."""

    unit: str
    first: date
    start: int

    @property
    def name(self) -> str:
        """Its name within its unit: 2026-03-02 for a day or a week, 2026-03, 2026 Q1, 2026."""
        match self.unit:
            case "month":
                return self.first.isoformat()[:7]
            case "quarter":
                return f"{self.first.isoformat()[:4]} Q{(self.first.month + 2) // 3}"
            case "year":
                return self.first.isoformat()[:4]
            case _:
                return self.first.isoformat()


def stretches(unit: str, low: int, high: int, zone: tzinfo | None) -> list[Stretch]:
    """The stretches of a unit from the one with `low` to the one with `high` (UTC epoch seconds).

    `zone` None is the machine's own. If the first would begin before the calendar does, it begins at `low`.
    """
    first = _first_of(unit, day_of(low, zone))
    found = [Stretch(unit, first, min(_start(first, zone), low))]
    while (after := _next(unit, found[-1].first)) and (start := _start(after, zone)) <= high:
        found.append(Stretch(unit, after, start))
    return found


def fitting(low: int, high: int, zone: tzinfo | None, limit: int) -> list[Stretch]:
    """The stretches of the finest unit of which at most `limit` are needed; of years the last `limit`."""
    for unit, days in zip(UNITS, (1, 7, 31, 92, 366), strict=True):
        if (high - low) // 86_400 <= limit * days and len(found := stretches(unit, low, high, zone)) <= limit:
            return found
    return stretches("year", low, high, zone)[-limit:]


def _first_of(unit: str, day: date) -> date:
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def _next(unit: str, first: date) -> date | None:
    """The first day of the next stretch; None at the end of the calendar."""
    with suppress(OverflowError, ValueError):
        return _first_of(unit, first + timedelta(days={"day": 1, "week": 7, "month": 31, "quarter": 93}.get(unit, 366)))
    return None


def day_of(instant: int, zone: tzinfo | None) -> date:
    """The day of an instant (UTC epoch seconds) in a zone; in UTC where the calendar ends."""
    moment = (EPOCH + timedelta(seconds=instant)).replace(tzinfo=UTC)
    with suppress(OverflowError, OSError, ValueError):  # at the ends of the calendar, and on Windows before 1970
        return moment.astimezone(zone).date()
    return moment.date()


def _start(day: date, zone: tzinfo | None) -> int:
    midnight = datetime.combine(day, time())
    with suppress(OverflowError, OSError, ValueError):
        return to_instant(midnight, zone)
    return int((midnight - EPOCH).total_seconds())
