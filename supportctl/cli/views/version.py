"""The verdict on a version."""

from supportctl.render.columns import FLAG, REASONS, Column, View

VERSION = View(
    columns=(
        Column("query"),
        Column("product"),
        Column("support"),
        Column("supported", FLAG),
        Column("latest"),
        Column("latest_in_major"),
        Column("install"),
        Column("reasons", REASONS, "Why"),
    ),
    plain=("query", "product", "support", "install", "latest", "latest_in_major"),
    table=("query", "product", "support", "install", "latest"),
    style=lambda verdict: "" if verdict.supported else "no",
)
