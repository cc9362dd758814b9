"""What an import must remember about its file: on disk, in a temporary table of this connection."""

from collections.abc import Iterable, Sequence
from typing import Any

from supportctl.store.desk import Desk, rows_among

Said = tuple[Any, ...]  # an id, the place of its first row, and a number for each field that rows with it gave so far


def begin(db: Desk, fields: Sequence[str]) -> None:
    """Begin an import of rows with these fields that remembers nothing yet."""
    said = ", ".join(f"{field}_said bigint" for field in fields)
    db.tables.temporary("import_rows", f"id text primary key, place text not null, {said}")


def said_before(db: Desk, ids: Sequence[str]) -> dict[str, Said]:
    """What earlier rows said, by id; ids that none had are left out."""
    return {row[0]: row for row in rows_among(db, "select * from import_rows where id {}", ids)}


def record_rows(db: Desk, fields: Sequence[str], rows: Iterable[Said]) -> None:
    """Keep what the rows with some ids say so far."""
    places = ", ".join("?" for _ in range(2 + len(fields)))
    said = ", ".join(f"{field}_said = excluded.{field}_said" for field in fields)
    db.executemany(f"insert into import_rows values ({places}) on conflict (id) do update set {said}", rows)
