"""Removes texts for good: the only way in which the schema's triggers let a stored text change.

Each removal names the history entry (redacted, erased) that says who removed the text and when, and counts once. The
words leave the full-text index in the same transaction, and the files after it.
"""

from collections.abc import Sequence

from supportctl.store import seals, totals
from supportctl.store.desk import Desk
from supportctl.store.full_text import TICKETS
from supportctl.store.tickets import Text


def replace_texts(db: Desk, ticket: int, texts: Sequence[Text], mark: int) -> None:
    """Replace the texts of a ticket, by entry `mark` of its history; in the transaction of both."""
    with db.full_text.reindexing(TICKETS, ticket), seals.resealing(db, seals.TICKETS, ticket, "texts"):
        for text in texts:
            values = {"ticket": ticket, "n": text.n, "mark": mark, "author": text.author, "body": text.body}
            with totals.changing(
                db, "removals", "ticket = :ticket and n = :n", values
            ):  # the triggers say when it is done
                db.execute("insert into removals (ticket, n, mark, done) values (:ticket, :n, :mark, 0)", values)
                db.execute("update texts set author = :author, body = :body where ticket = :ticket and n = :n", values)
    db.schedule_scrub(anywhere=True)


def removed(db: Desk, ticket: int, n: int) -> bool:
    """Whether the text of an entry was redacted."""
    row = db.execute(
        "select 1 from removals r join history h on h.ticket = r.ticket and h.n = r.mark"
        " where r.ticket = :ticket and r.n = :n and h.kind = 'redacted'",
        {"ticket": ticket, "n": n},
    ).fetchone()
    return row is not None
