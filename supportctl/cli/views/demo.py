"""The new demo desk."""

from supportctl.render.columns import NUMBER, Column, View

DEMO = View(
    columns=(
        Column("desk"),
        Column("customers", NUMBER),
        Column("licences", NUMBER),
        Column("releases", NUMBER),
        Column("tickets", NUMBER),
    ),
    plain=("desk", "customers", "licences", "releases", "tickets"),
)
