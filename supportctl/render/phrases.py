"""Values as people read them: times, spans, SLA states, and any value of a column, the same in every format."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from supportctl.clock import duration
from supportctl.render.columns import Column, Kind
from supportctl.render.safe import visible

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


def deadline(sla: str, late: int, remaining: int | None) -> str:
    """The SLA state in few words, for a column of a list: 3 h late, in 1 h 12 min, answered 20 min late."""
    match sla:
        case "late":
            return f"{span(late)} late"
        case "running":
            return f"in {span(remaining)}" if remaining else "now"
        case "met":
            return "answered"
        case "missed":
            return f"answered {span(late)} late"
        case _:
            return "no target" if sla == "none" else "unanswered"


def cell(column: Column, record: Any, zone: tzinfo | None, *, multiline: bool = False) -> str:
    """The column's value as harmless text, one line unless `multiline`; absent is empty."""
    value = column.value(record)
    if value is None:
        return ""
    match column.kind:
        case Kind.TIME:
            return moment(value, zone)
        case Kind.SPAN:
            return span(value)
        case Kind.FLAG | Kind.NUMBER:
            return _word(value)
        case Kind.LIST:
            return visible(", ".join(value))
        case Kind.REASONS:
            return ("\n" if multiline else " ").join([visible(f"({r.clause}) {r.text}") for r in value])
        case Kind.DATA:
            return _data(value, multiline)
        case _:
            return visible(value, multiline=multiline)


def _data(value: Any, multiline: bool) -> str:
    """Plain data in words: each item of a list on its own line, and the non-empty fields of a mapping."""
    if isinstance(value, list | tuple):
        return ("\n" if multiline else "; ").join([_data(item, False) for item in value])
    if isinstance(value, Mapping):
        return ", ".join([_field(str(name), below) for name, below in value.items() if below not in (None, {}, [])])
    return visible(_word(value))


def _field(name: str, value: Any) -> str:
    said = _data(value, False)
    return f"{visible(name.replace('_', ' '))}: {f'({said})' if isinstance(value, Mapping) else said}"


def _word(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
