"""What an import did."""

from supportctl.render.columns import FLAG, NUMBER, Column, View

OUTCOME = View(
    columns=(
        Column("what"),
        Column("added", NUMBER),
        Column("changed", NUMBER),
        Column("unchanged", NUMBER),
        Column("rejected", NUMBER),
        Column("dry_run", FLAG),
    ),
    plain=("what", "added", "changed", "unchanged", "rejected", "dry_run"),
)
