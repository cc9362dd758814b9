"""What an import did."""

from supportctl.cli.views.policy import MOVED
from supportctl.render.columns import DATA, FLAG, LIST, NUMBER, Column, View

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
COLUMN = View(
    columns=(Column("column"), Column("field"), Column("values", LIST)),
    plain=("column", "field", "values"),
)
INSPECTION = View(
    columns=(
        Column("what"),
        Column("file"),
        Column("columns", DATA, get=lambda found: [column._asdict() for column in found.columns]),
        Column("missing", LIST),
        Column("command"),
    ),
    plain=("what", "file", "missing", "command"),
)
