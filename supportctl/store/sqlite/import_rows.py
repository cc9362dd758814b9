"""What an import must remember about its file: on disk, in a table of this connection, gone when it closes."""

from supportctl.store.desk import Desk


def begin(db: Desk) -> None:
    """Begin an import that remembers nothing yet."""
    db.execute(
        "create temporary table if not exists import_rows"
        " (id text primary key, place text not null, said text not null)"
    )
    db.execute("delete from import_rows")


def first_row(db: Desk, id: str) -> tuple[str, str] | None:
    """Where the first row with this id is, and what it and later ones said."""
    found: tuple[str, str] | None = db.execute(
        "select place, said from import_rows where id = :id", {"id": id}
    ).fetchone()
    return found


def record_row(db: Desk, id: str, place: str, said: str) -> None:
    """Keep what the rows with this id say so far; the place is that of the first."""
    db.execute(
        "insert into import_rows (id, place, said) values (:id, :place, :said)"
        " on conflict (id) do update set said = excluded.said",
        {"id": id, "place": place, "said": said},
    )
