"""The desk's file: where it is, copies of it, and what is wrong with it."""

from supportctl.render.columns import FLAG, NUMBER, Column, View

PLACE = View(columns=(Column("desk"), Column("exists", FLAG)), plain=("desk",), table=("desk", "exists"))

COPY = View(
    columns=(
        Column("backup", get=lambda copy: str(copy.path)),
        Column("bytes", NUMBER),
        Column("schema", NUMBER),
        Column("tickets", NUMBER),
    ),
    plain=("backup", "bytes", "schema", "tickets"),
)

RESTORED = View(
    columns=(
        Column("desk", get=lambda done: str(done.desk.path)),
        Column("backup", get=lambda done: str(done.source)),
        Column("kept", title="Old desk kept at", get=lambda done: str(done.kept) if done.kept else None),
        Column("schema_before", NUMBER, "Schema of the backup"),
        Column("schema", NUMBER, get=lambda done: done.desk.schema),
        Column("tickets", NUMBER, get=lambda done: done.desk.tickets),
    ),
    plain=("desk", "backup", "kept", "schema", "tickets"),
)

UPGRADED = View(
    columns=(
        Column("desk", get=lambda done: str(done.desk)),
        Column("schema_before", NUMBER),
        Column("schema", NUMBER),
        Column("kept", title="Old desk kept at", get=lambda done: str(done.kept) if done.kept else None),
    ),
    plain=("desk", "schema_before", "schema", "kept"),
)

CHECKED = View(
    columns=(
        Column("part"),
        Column("state"),
        Column("ticket", NUMBER),
        Column("message"),
        Column("hint", title="What to do"),
    ),
    plain=("part", "state", "ticket", "message", "hint"),
    style=lambda found: {"damaged": "late", "warning": "soon", "repaired": "done"}.get(found.state, ""),
)
