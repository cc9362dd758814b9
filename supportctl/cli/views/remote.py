"""Remote sessions; their access details only on request."""

from supportctl.render.columns import FLAG, NUMBER, REASONS, TIME, Column, View

REMOTE = View(
    columns=(
        Column("id", NUMBER, "#"),
        Column("ticket", NUMBER),
        Column("tool"),
        Column("agent"),
        Column("started_at", TIME),
        Column("ended_at", TIME),
        Column("ended_by", title="Ended by"),
        Column("outcome"),
        Column("has_secret", FLAG, "Access details kept"),
        Column("secret", title="Access details"),
        Column("reasons", REASONS, "Why"),
    ),
    nothing="No remote sessions.",
    plain=("id", "ticket", "agent", "tool", "started_at", "ended_at", "outcome", "has_secret", "secret"),
    table=("id", "ticket", "agent", "tool", "started_at"),
    wide=("ended_at", "outcome"),
    style=lambda session: "" if session.ended_at is None else "done",
    title="Remote sessions",
)
