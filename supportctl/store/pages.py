"""Long answers read page by page, so that whoever needs the first rows does not wait for all, and none are held."""

from collections.abc import Iterator, Mapping
from typing import Any

from supportctl.store.desk import Desk

FIRST, LATER = 100, 2000  # rows of the first page, and of each after it


def pages(db: Desk, statement: str, values: Mapping[str, Any]) -> Iterator[Any]:
    """The rows of a statement, without their last column: a text that none share, by which they are in order.

    The statement names `:after`, the last of these that was read, and `:limit`, the rows of a page.
    """
    after, limit = "", FIRST
    while True:
        page = db.execute(statement, {**values, "after": after, "limit": limit}).fetchall()
        yield from (row[:-1] for row in page)
        if len(page) < limit:
            return
        after, limit = page[-1][-1], LATER
