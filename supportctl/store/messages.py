"""The messages that came in or went out by mail: each by its mark, with the ticket entry that it is.

Their Message-IDs are kept for the answers that name them. One may contain its writer's address: an erasure removes it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from supportctl.policy.identity import fold_address
from supportctl.store import totals
from supportctl.store.desk import Desk, Query


class MailedEntry(NamedTuple):
    """An entry that is a message: its Message-ID, or None if that is not on record, and where it was sent.

    `sent_to` is None for what came in.
    """

    n: int
    message_id: str | None
    sent_to: str | None


def of_ticket(number: int) -> Query[dict[int, MailedEntry]]:
    """The entries of a ticket that are messages, by number."""
    said = (
        "select n, max(message_id), max(sent_to) from messages where ticket = :ticket"
        " and (message_id is not null or sent_to is not null) group by n order by n"
    )
    return Query(said, {"ticket": number}, lambda rows: {row[0]: MailedEntry(*row) for row in rows})


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


def add(
    db: Desk, marks: Iterable[str], ticket: int, n: int, message_id: str | None = None, sent_to: str | None = None
) -> None:
    """Remember a message and the entry that it is, inside the caller's transaction.

    A mark that another message had first still means that one.
    """
    for mark in marks:
        totals.add_rows(
            db, "messages",
            "insert into messages (mark, ticket, n, message_id, sent_to)"
            " values (:mark, :ticket, :n, :message_id, :sent_to) on conflict do nothing",
            {"mark": mark, "ticket": ticket, "n": n, "message_id": message_id, "sent_to": sent_to},
        )  # fmt: skip


def forget_ids(db: Desk, ticket: int, entries: Iterable[int]) -> None:
    """Remove the Message-IDs of a person's messages on a ticket; their marks stay."""
    for n in entries:
        values = {"ticket": ticket, "n": n}
        with totals.changing(db, "messages", "ticket = :ticket and n = :n", values):
            db.execute("update messages set message_id = null where ticket = :ticket and n = :n", values)


def readdress(db: Desk, address: str, alias: str) -> None:
    """Put `alias` in the place of an address that answers were sent to."""
    folded = fold_address(address)
    sent = db.execute("select distinct sent_to from messages where sent_to is not null").fetchall()
    for (sent_to,) in sent:
        if fold_address(sent_to) == folded:
            values = {"sent_to": sent_to, "alias": alias}
            with totals.changing(db, "messages", "sent_to in (:sent_to, :alias)", values):
                db.execute("update messages set sent_to = :alias where sent_to = :sent_to", values)
