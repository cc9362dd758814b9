"""Everything the desk holds of one person, by address, and putting another name on it (4.4)."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

from supportctl.policy.identity import fold_address
from supportctl.store import bugs, counters, customers, seals, search, totals
from supportctl.store.actor import Actor
from supportctl.store.removals import replace_texts
from supportctl.store.scrubbing import left_behind
from supportctl.store.tickets import Text

ALIAS_HOST = "erased.invalid"  # .invalid: no mail can ever reach it (RFC 2606)


def is_alias(address: str) -> bool:
    """Whether an address stands for someone who was erased."""
    return address.lower().endswith(f"@{ALIAS_HOST}")


class Traces(NamedTuple):
    """How often a person occurs: tickets sent, texts written, orders delivered, and whether there is an account."""

    account: bool
    tickets: int
    texts: int
    licences: int


def traces(db: sqlite3.Connection, address: str) -> Traces:
    """What the desk holds of the person at an address."""
    folded = fold_address(address)
    sent = db.execute("select count(*) from tickets where sender_folded = :folded", {"folded": folded}).fetchone()[0]
    authors = db.execute("select author, count(*) from texts where author is not null group by author")
    written = sum(count for author, count in authors if fold_address(author) == folded)
    delivered = db.execute("select count(*) from licences where delivery_folded = :folded", {"folded": folded})
    return Traces(customers.find(db, address) is not None, sent, written, delivered.fetchone()[0])


def new_alias(db: sqlite3.Connection) -> str:
    """An address that is nobody's, and never was."""
    while True:
        alias = f"erased-{counters.take(db, 'erased')}@{ALIAS_HOST}"
        taken = db.execute("select 1 from tickets where sender_folded = :alias", {"alias": alias}).fetchone()
        if taken is None and customers.find(db, alias) is None:
            return alias


def sent_by(db: sqlite3.Connection, address: str) -> list[int]:
    """The numbers of the tickets of an address."""
    rows = db.execute(
        "select id from tickets where sender_folded = :folded order by id", {"folded": fold_address(address)}
    )
    return [row[0] for row in rows]


def rename(db: sqlite3.Connection, address: str, alias: str) -> None:
    """Take an address off its account, with the name, and off the orders delivered to it."""
    for counts, other in customers.doubles(db):
        if fold_address(counts.email) == fold_address(address):
            customers.keep_one(db, counts, other)
    values = {"folded": fold_address(address), "alias": alias}
    with totals.changing(db, "customers", "email_folded in (:folded, :alias)", values):
        db.execute(
            "update customers set email = :alias, email_folded = :alias, name = null where email_folded = :folded",
            values,
        )
    with totals.changing(db, "licences", "delivery_folded in (:folded, :alias)", values):
        db.execute(
            "update licences set delivery_email = :alias, delivery_folded = :alias where delivery_folded = :folded",
            values,
        )
    left_behind(db, anywhere=True)


def texts_to_change(db: sqlite3.Connection, change: Callable[[int, Text], Text]) -> dict[int, list[Text]]:
    """What `change` (of a ticket's number and a text) makes of the texts of all tickets: those that it changes.

    It reads every text of the desk, since a person may be mentioned anywhere.
    """
    changed: dict[int, list[Text]] = {}
    for ticket, *fields in db.execute("select ticket, n, author, body from texts order by ticket, n"):
        text = Text._make(fields)
        other = change(ticket, text)
        if other != text:
            changed.setdefault(ticket, []).append(other)
    return changed


def subjects_to_change(db: sqlite3.Connection, change: Callable[[str], str]) -> set[int]:
    """The numbers of the tickets whose subject `change` changes."""
    rows = db.execute("select id, subject from tickets order by id")
    return {number for number, subject in rows if change(subject) != subject}


def put_texts(db: sqlite3.Connection, ticket: int, texts: Sequence[Text], mark: int) -> None:
    """Put other texts in the place of a ticket's own, by entry `mark` of its history."""
    if texts:
        replace_texts(db, ticket, texts, mark)


def change_bugs(db: sqlite3.Connection, change: Callable[[str], str], actor: Actor) -> None:
    """Let `change` take a person out of the titles and texts of bugs, each with an entry in its history."""
    rows = db.execute(
        "select id, 0, title from bugs union all select bug, n, body from bug_texts order by 1, 2"
    ).fetchall()
    for number in dict.fromkeys(number for number, _, text in rows if change(text) != text):
        bugs.append(db, number, "erased", {}, None, actor)  # first: it opens the guards of the texts
        others = [(n, change(text)) for of, n, text in rows if of == number and change(text) != text]
        with (
            search.reindexing(db, number, search.BUGS),
            seals.resealing(db, seals.BUGS, number, "bug_texts", seals.OWN),
        ):
            for n, text in others:
                what = "bug_texts set body = :text where bug = :bug and n = :n" if n else _TITLE
                db.execute(f"update {what}", {"text": text, "bug": number, "n": n})


_TITLE = "bugs set title = :text where id = :bug"
