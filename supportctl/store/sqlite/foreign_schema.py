"""What in a desk's schema is not ours: a trigger does what its maker wants, for everyone who writes to the desk.

Anyone may add views whose names begin with `my_`: nothing of ours ever reads them.
"""

from pathlib import Path

from supportctl.errors import DeskUnusable
from supportctl.store.desk import SCHEMA_VERSION, Desk
from supportctl.store.digest import blake2b

# The tables by name, the views and the triggers of this program's schema: every command asks for it.
DIGEST = "b4e6e71a45edae76189bf960e682f14f"
# Tables only by their names: SQLite words some of them itself, and none can run a statement.
_OBJECTS = r"""
select type, name, case when type <> 'table' then sql end from main.sqlite_master
where type in ('trigger', 'view', 'table')
    and not (type = 'view' and name like 'my\_%' escape '\')
    and not (type = 'table' and name like 'sqlite\_%' escape '\')
order by type, name
"""


def digest(db: Desk) -> str:
    """The digest of everything that could be a stranger; the same for every desk of one schema."""
    return blake2b(repr(db.execute(_OBJECTS).fetchall()).encode(), digest_size=16).hexdigest()


def foreign_objects(db: Desk, schema: int) -> list[tuple[str, str, bool]]:
    """What is not ours, or not as we declare it, in a desk of that schema. What is missing is not a stranger.

    Gives the kind (trigger, view or table), the name, and whether the name is one of ours: a repair restores those.
    """
    if schema == SCHEMA_VERSION and digest(db) == DIGEST:
        return []
    from supportctl.store.sqlite.schema import objects  # late: only an older desk needs its schema

    declared = set(objects(schema, _OBJECTS))
    names = {row[:2] for row in declared}
    return [(row[0], row[1], row[:2] in names) for row in db.execute(_OBJECTS) if row not in declared]


def refuse_foreign_objects(db: Desk, path: Path, schema: int) -> None:
    """Raises DeskUnusable if the desk at `path` has a trigger, a view or a table that is not ours."""
    for kind, name, _ in foreign_objects(db, schema):
        raise DeskUnusable(
            f"{path} is damaged: its {kind} {name} is not one of supportctl's.",
            "Run `supportctl db check`; a view may stay if its name begins with my_.",
        )
