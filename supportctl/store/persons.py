"""Everything the desk has on one person, by address, and replacing that address (4.4)."""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from supportctl.policy.erasure import variant_of
from supportctl.policy.identity import fold_address
from supportctl.store import bug_filing, counters, customers, duplicates, seals, totals
from supportctl.store.actor import Actor
from supportctl.store.desk import Desk
from supportctl.store.full_text import BUGS
from supportctl.store.removals import replace_texts
from supportctl.store.tickets import Text, dump

ALIAS_HOST = "erased.invalid"  # .invalid: no mail can ever reach it (RFC 2606)


def is_alias(address: str) -> bool:
    """Whether an address belongs to someone who was erased."""
    return address.lower().endswith(f"@{ALIAS_HOST}")


class Traces(NamedTuple):
    """How often a person occurs: tickets sent, texts written, orders delivered, and whether there is an account."""

    account: bool
    tickets: int
    texts: int
    licences: int


def traces(db: Desk, address: str) -> Traces:
    """All that is on record about the person at an address."""
    folded = fold_address(address)
    sent = db.execute("select count(*) from tickets where sender_folded = :folded", {"folded": folded}).fetchone()[0]
    authors = db.execute("select author, count(*) from texts where author is not null group by author")
    written = sum(count for author, count in authors if fold_address(author) == folded)
    delivered = db.execute("select count(*) from licences where delivery_folded = :folded", {"folded": folded})
    return Traces(customers.find(db, address) is not None, sent, written, delivered.fetchone()[0])


def variants(db: Desk, address: str) -> list[str]:
    """The addresses on record that are this one with a tag, such as ann+shop@example.com."""
    folded = fold_address(address)
    known = db.execute(
        "select sender from tickets union select email from customers union select delivery_email from licences"
        " union select author from texts where author is not null"
    )
    found = {fold_address(other) for (other,) in known if other and "+" in other}
    return sorted(other for other in found if variant_of(folded, other))


def new_alias(db: Desk) -> str:
    """An address that belongs to nobody, and never did."""
    while True:
        alias = f"erased-{counters.take(db, 'erased')}@{ALIAS_HOST}"
        taken = db.execute("select 1 from tickets where sender_folded = :alias", {"alias": alias}).fetchone()
        if taken is None and customers.find(db, alias) is None:
            return alias


def sent_by(db: Desk, address: str) -> list[int]:
    """The numbers of the tickets of an address."""
    rows = db.execute(
        "select id from tickets where sender_folded = :folded order by id", {"folded": fold_address(address)}
    )
    return [row[0] for row in rows]


def rename(db: Desk, address: str, alias: str) -> None:
    """Remove an address from its account, with the name, and from the orders delivered to it."""
    for counts, other in duplicates.pairs(db):
        if fold_address(counts.email) == fold_address(address):
            duplicates.keep_one(db, counts, other)
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
    db.schedule_scrub(anywhere=True)


def texts_to_change(db: Desk, change: Callable[[int, Text], Text]) -> dict[int, list[Text]]:
    """What `change` (of a ticket's number and a text) makes of each text of all tickets that it changes.

    It reads every text of the desk, since a person may be mentioned anywhere.
    """
    changed: dict[int, list[Text]] = {}
    for ticket, *fields in db.execute("select ticket, n, author, body from texts order by ticket, n"):
        text = Text._make(fields)
        other = change(ticket, text)
        if other != text:
            changed.setdefault(ticket, []).append(other)
    return changed


def subjects_to_change(db: Desk, change: Callable[[str], str]) -> set[int]:
    """The numbers of the tickets whose subject `change` changes."""
    rows = db.execute("select id, subject from tickets order by id")
    return {number for number, subject in rows if change(subject) != subject}


def mentioned(db: Desk, change: Callable[[str], str]) -> set[int]:
    """The numbers of the tickets whose tags, external id or history `change` changes."""
    rows = db.execute(
        "select id, tags || coalesce(external_id, '') from tickets where tags <> '[]' or external_id is not null"
        " union all select ticket, data from history where instr(data, '@') > 0"
        " or instr(data, '%') > 0 or instr(data, '&') > 0 or instr(data, '=') > 0"
    )
    return {number for number, text in rows if change(text) != text}


def change_history(db: Desk, ticket: int, change: Callable[[str], str]) -> None:
    """Let `change` remove a person from the tags and the external id in a ticket's history.

    The history is sealed again.
    """
    rows = db.execute("select n, data from history where ticket = :ticket", {"ticket": ticket}).fetchall()
    others = [(n, dump(_changed(json.loads(data), change))) for n, data in rows if change(data) != data]
    if not others:
        return
    with db.rewriting_history(ticket), seals.resealing(db, seals.TICKETS, ticket, "history"):
        for n, data in others:
            db.execute(
                "update history set data = :data where ticket = :ticket and n = :n",
                {"data": data, "ticket": ticket, "n": n},
            )


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    """The words of a value, changed, except for the assignee: agents are not customers."""
    if isinstance(value, dict):
        return {key: each if key == "assignee" else _changed(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return list(dict.fromkeys(map(change, value))) if all(isinstance(each, str) for each in value) else value
    return change(value) if isinstance(value, str) else value


def unused_external_id(db: Desk, wanted: str, ticket: int) -> str:
    """An external id for a ticket: the one wanted, unless another ticket has it."""
    taken = db.execute(
        "select 1 from tickets where external_id = :wanted and id <> :ticket", {"wanted": wanted, "ticket": ticket}
    ).fetchone()
    return f"{wanted}-{ticket}" if taken else wanted


def put_texts(db: Desk, ticket: int, texts: Sequence[Text], mark: int) -> None:
    """Replace a ticket's texts, by entry `mark` of its history."""
    if texts:
        replace_texts(db, ticket, texts, mark)


def change_bugs(db: Desk, change: Callable[[str], str], actor: Actor) -> None:
    """Let `change` remove a person from the titles and texts of bugs, each with an entry in its history."""
    rows = db.execute(
        "select id, 0, title from bugs union all select bug, n, body from bug_texts order by 1, 2"
    ).fetchall()
    for number in dict.fromkeys(number for number, _, text in rows if change(text) != text):
        bug_filing.append(db, number, "erased", {}, None, actor)  # first: it opens the trigger that protects the texts
        others = [(n, change(text)) for of, n, text in rows if of == number and change(text) != text]
        with (
            db.full_text.reindexing(BUGS, number),
            seals.resealing(db, seals.BUGS, number, "bug_texts", seals.OWN),
        ):
            for n, text in others:
                what = "bug_texts set body = :text where bug = :bug and n = :n" if n else _TITLE
                db.execute(f"update {what}", {"text": text, "bug": number, "n": n})


_TITLE = "bugs set title = :text where id = :bug"
