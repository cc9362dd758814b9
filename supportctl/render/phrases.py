"""Times, spans and SLA states as people say them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo

from supportctl.clock import duration

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def span(seconds: int) -> str:
    """A span in hours and minutes, rounded down: 3 h 05 min, 12 min; in seconds below one minute."""
    return duration(seconds - seconds % 60 if seconds >= 60 else seconds) if seconds else "0 s"


def moment(instant: int, zone: tzinfo | None) -> str:
    """UTC epoch seconds in a zone (None: the machine's), to the minute: 2026-03-06 08:30 PST.

    Seconds are shown only if there are any: 17:00:00 and one second later are not the same (2.1).
    """
    local = _EPOCH + timedelta(seconds=instant)
    with suppress(OverflowError, OSError, ValueError):  # at the ends of the calendar, and on Windows before 1970
        local = local.astimezone(zone)
    clock = local.isoformat(" ")[: 19 if local.second else 16]
    name = local.tzname() or ""
    # Windows spells zone names out, in its own language.
    return f"{clock} {name if name.isascii() and len(name) <= 6 else local.isoformat()[19:]}"


def promise(sla: str, late: int, remaining: int | None, paused: bool) -> str:
    """The SLA state in words; `late` and `remaining` are business seconds.

    Due in 1 h 12 min; 3 h 05 min late; outside working hours 3 h 05 min late, clock paused.
    """
    still = ", clock paused" if paused else ""
    match sla:
        case "late":
            return f"{span(late)} late{still}"
        case "running":
            return (f"due in {span(remaining)}" if remaining else "due now") + still
        case "met":
            return "met"
        case "missed":
            return f"missed by {span(late)}"
        case "unanswered":
            return "closed unanswered"
        case _:
            return "no target"
