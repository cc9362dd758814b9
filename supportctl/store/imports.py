"""What an import must remember of its file: on disk, in a table of this connection alone, gone when it closes."""

import sqlite3


def begin(db: sqlite3.Connection) -> None:
    """Begin an import that remembers nothing yet."""
    db.execute(
        "create temporary table if not exists import_rows"
        " (id text primary key, place text not null, said text not null)"
    )
    db.execute("delete from import_rows")


def remember(db: sqlite3.Connection, id: str, place: str, said: str) -> tuple[str, str] | None:
    """Keep what a row says; where one with this id came before, its place and what it said, which is kept instead."""
    new = db.execute(
        "insert into import_rows (id, place, said) values (:id, :place, :said)"
        " on conflict (id) do nothing returning id",
        {"id": id, "place": place, "said": said},
    ).fetchone()
    if new:
        return None
    earlier: tuple[str, str] = db.execute("select place, said from import_rows where id = :id", {"id": id}).fetchone()
    return earlier


def amend(db: sqlite3.Connection, id: str, said: str) -> None:
    """Add to what was said under an id."""
    db.execute("update import_rows set said = :said where id = :id", {"id": id, "said": said})
