"""What an import did."""

from supportctl.cli.views.policy import MOVED
from supportctl.render.columns import FLAG, NUMBER, Column, View

OUTCOME = View(
    columns=(
        Column("what"),
        Column("added", NUMBER),
        Column("changed", NUMBER),
        Column("unchanged", NUMBER),
        Column("rejected", NUMBER),
        Column("dry_run", FLAG),
        MOVED,
    ),
    plain=("what", "added", "changed", "unchanged", "rejected", "dry_run"),
    card=("what", "added", "changed", "unchanged", "rejected", "dry_run", "moved"),
)
