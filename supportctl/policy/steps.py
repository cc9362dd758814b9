"""How a due time is worked out, step by step: each with its clause, and the business time stretch by stretch."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from supportctl.clock import EPOCH, duration, policy_zone
from supportctl.policy.hours import WEEKDAYS, Calendar
from supportctl.policy.model import Policy
from supportctl.policy.verdict import Reason


class Step(NamedTuple):
    """One step. `start`, `end` (UTC epoch seconds) and business `seconds` describe a stretch of time, else None."""

    clause: str
    code: str
    text: str
    start: int | None = None
    end: int | None = None
    seconds: int | None = None


def reason_steps(reasons: tuple[Reason, ...]) -> list[Step]:
    """The reasons of a judgement as the first steps of an explanation."""
    return [Step(reason.clause, reason.code, reason.text) for reason in reasons]


def promise_steps(policy: Policy, calendar: Calendar, start: int, target: int) -> Iterator[Step]:
    """From `start` through every open stretch to the moment when `target` business seconds have passed (1.5)."""
    clause, zone = policy.clause("hours"), policy_zone(policy.hours["timezone"])
    due = calendar.add(start, target)
    yield Step(clause, "counts-from", f"Counts from {moment(start, zone)}.", start)
    last = start
    for opening, closing in calendar.segments(start, due):
        if opening > last:
            yield Step(clause, "closed", f"{_gap(policy, last, opening, zone)}, not counted", last, opening, 0)
        text = f"{_stretch(opening, closing, zone)}  {duration(closing - opening)}"
        yield Step(clause, "working-time", text, opening, closing, closing - opening)
        last = closing
    text = f"Due {moment(due, zone)}, after {duration(target)} of working time."
    yield Step(policy.clause("tiers"), "due", text, due, due, target)


def _local(instant: int, zone: tzinfo) -> datetime:
    return (EPOCH + timedelta(seconds=instant)).replace(tzinfo=UTC).astimezone(zone)


def moment(instant: int, zone: tzinfo) -> str:
    """An instant (UTC epoch seconds) in a zone: Fri 2026-03-06 08:30 PST."""
    local = _local(instant, zone)
    return f"{local:%a %Y-%m-%d} {_clock(local)} {local.tzname()}"


def _clock(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _stretch(opening: int, closing: int, zone: tzinfo) -> str:
    first, last = _local(opening, zone), _local(closing, zone)
    days = (last.date() - first.date()).days
    midnight = days == 1 and _clock(last) == "00:00"
    day = "" if days == 0 else f"{last:%a} " if days < 7 else f"{last:%a %Y-%m-%d} "
    return f"{first:%a} {_clock(first)}-{'24:00' if midnight else day + _clock(last)}"


def _gap(policy: Policy, closed: int, opening: int, zone: tzinfo) -> str:
    """The usual name for the time between two open stretches."""
    first, last = _local(closed, zone).date(), _local(opening, zone).date()
    days = [first + timedelta(days=i) for i in range((last - first).days)]
    holidays = {entry if isinstance(entry, str) else entry["date"] for entry in policy.hours["holidays"]}
    if any(day.isoformat() in holidays for day in days):
        return "Holiday"
    shut = [day for day in days if not policy.hours[WEEKDAYS[day.weekday()]]]
    if any(day.weekday() >= 5 for day in shut):
        return "Weekend"
    return "Night" if days and not shut else "Closed"
