"""Records that come twice in one file, remembered in a temporary table: memory does not grow with the file."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence


def fingerprint(values: Sequence[str | None]) -> str:
    """One short text for a row: the same for the same values in the same order."""
    return hashlib.sha256(json.dumps(values, ensure_ascii=True).encode()).hexdigest()[:40]


class Seen:
    """The rows of one import so far, by what identifies them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute("create temp table if not exists seen_rows (id text primary key, print text not null)")
        db.execute("delete from seen_rows")

    def before(self, id: str, values: Sequence[str | None]) -> str | None:
        """None for a row that is new in this file, else "same" or "other": what it says beside the one before."""
        mark = fingerprint(values)
        row = self._db.execute("select print from seen_rows where id = :id", {"id": id}).fetchone()
        if row is None:
            self._db.execute("insert into seen_rows (id, print) values (:id, :mark)", {"id": id, "mark": mark})
            return None
        return "same" if row[0] == mark else "other"
