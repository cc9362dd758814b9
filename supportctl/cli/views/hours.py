"""Answers about business time."""

from supportctl.render.columns import FLAG, SPAN, TIME, Column, View

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
