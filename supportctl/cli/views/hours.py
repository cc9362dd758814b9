"""Answers about business time."""

from supportctl.cli.views.policy import MOVED, MOVED_COUNT
from supportctl.render.columns import FLAG, LIST, SPAN, TIME, Column, View

OPEN = View(
    columns=(Column("open", FLAG), Column("closes_at", TIME), Column("opens_at", TIME)),
    plain=("open", "closes_at", "opens_at"),
)
ADDED = View(
    columns=(Column("start", TIME), Column("seconds", SPAN, "Working time"), Column("due_at", TIME)),
    plain=("due_at", "start", "seconds"),
)
BETWEEN = View(
    columns=(Column("start", TIME), Column("end", TIME), Column("seconds", SPAN, "Working time")),
    plain=("seconds", "start", "end"),
)
HOLIDAY = View(
    columns=(Column("date"), Column("hours", LIST), Column("name"), Column("source")),
    plain=("date", "hours", "name", "source"),
    people=(Column("open", title="Open", get=lambda day: ", ".join(day.hours) or "closed"),),
    table=("date", "open", "name", "source"),
    card=("date", "open", "name", "source"),
)
HOLIDAY_CHANGED = HOLIDAY._replace(
    columns=(*HOLIDAY.columns, MOVED),
    plain=(*HOLIDAY.plain, "moved_count"),
    people=(*HOLIDAY.people, MOVED_COUNT),
    card=("date", "open", "name", "moved"),
)
