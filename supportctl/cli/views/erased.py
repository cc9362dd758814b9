"""What is left of a person who was erased."""

from supportctl.render.columns import LIST, NUMBER, TIME, Column, View

ERASED = View(
    columns=(
        Column("email"),
        Column("name"),
        Column("kind"),
        Column("registered_at", TIME),
        Column("tickets", NUMBER),
        Column("texts", NUMBER),
        Column("licences", NUMBER),
        Column("also", NUMBER),
        Column("left", LIST, title="Left on purpose"),
    ),
    plain=("email", "name", "kind", "registered_at", "tickets", "texts", "licences", "also"),
)
