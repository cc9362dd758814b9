"""The messages that were imported: each by its mark, with the ticket entry that it became."""

from collections.abc import Iterable

from supportctl.store import totals
from supportctl.store.desk import Desk


def ticket_of(db: Desk, marks: Iterable[str]) -> int | None:
    """The number of the ticket that the first known of these messages belongs to."""
    for mark in marks:
        row = db.execute("select ticket from messages where mark = :mark", {"mark": mark}).fetchone()
        if row:
            number: int = row[0]
            return number
    return None


def is_by_id_alone(db: Desk, mark: str) -> bool:
    """Whether a message is known only by the mark of its id: it came before others were kept."""
    marks = db.execute(
        "select count(*) from messages m join messages o on o.ticket = m.ticket and o.n = m.n where m.mark = :mark",
        {"mark": mark},
    )
    return bool(marks.fetchone()[0] == 1)


def add(db: Desk, marks: Iterable[str], ticket: int, n: int) -> None:
    """Remember a message and the entry that it became, inside the caller's transaction.

    A mark that another message had first still means that one.
    """
    for mark in marks:
        totals.add_rows(
            db, "messages",
            "insert into messages (mark, ticket, n) values (:mark, :ticket, :n) on conflict do nothing",
            {"mark": mark, "ticket": ticket, "n": n},
        )  # fmt: skip
