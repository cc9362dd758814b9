"""Licences and their terms: at any moment a licence has the latest terms effective by then (2.2)."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from supportctl.clock import NEVER
from supportctl.masking import fold_key
from supportctl.policy.entitlement import Holding, Licence
from supportctl.store.desk import Desk, DirectReader, Query, among, grouped, pages

_EFFECTIVE, _RECORDED = (
    f"(select x.n from licence_terms x where x.licence = l.id and x.{moment} <= :at"
    " order by x.effective_at desc, x.n desc limit 1)"
    for moment in ("effective_at", "recorded_at")
)
_FIELDS = "select l.id, l.key, t.tier, l.delivery_email, l.order_ref, l.issued_at, t.expires_at, t.revoked"
_JOINED = "from licences l join licence_terms t on t.licence = l.id and t.n ="


def of_keys(folded: Sequence[str], at: int = NEVER) -> Query[dict[str, Licence]]:
    """The licences of some folded keys on their terms at `at`."""
    these, values = among(folded)
    said = f"{_FIELDS}, l.key_folded {_JOINED} {_EFFECTIVE} where l.key_folded {these}"
    return Query(said, {**values, "at": at}, lambda rows: {row[-1]: _licence(row[:-1]) for row in rows})


def find(db: Desk, key: str, at: int = NEVER) -> Licence | None:
    """The licence of this key, by itself, ignoring the key's case and separators."""
    folded = fold_key(key)
    return DirectReader(db).of(of_keys([folded], at)).get(folded)


def known_keys(db: Desk, folded: Sequence[str]) -> set[str]:
    """Which of up to some hundred folded keys belong to a licence on record, whatever its terms."""
    places = ", ".join("?" * len(folded))
    return {row[0] for row in db.execute(f"select key_folded from licences where key_folded in ({places})", folded)}


def has_beginning(db: Desk, beginnings: Iterable[str]) -> bool:
    """Whether the folded key of a licence on record begins with one of some strings of letters and digits."""
    asked = '["' + '","'.join(beginnings) + '"]'
    return db.execute(_HAS_BEGINNING, {"asked": asked, "last": chr(sys.maxunicode)}).fetchone() is not None


_HAS_BEGINNING = (
    "select 1 from json_each(:asked) asked cross join licences"
    " where key_folded >= asked.value and key_folded < asked.value || :last limit 1"
)


def held_by(folded: Sequence[str], at: int) -> tuple[Query[dict[str, list[Holding]]], Query[dict[str, list[Holding]]]]:
    """The licences effective by `at` of some folded addresses: those delivered to each, and those applied to its
    account (4.5).
    """
    these, values = among(folded)
    delivered = f"{_FIELDS}, l.delivery_folded {_JOINED} {_EFFECTIVE} where l.delivery_folded {these} order by l.id"
    applied = (
        f"{_FIELDS}, c.email_folded {_JOINED} {_EFFECTIVE} join applied_keys a on a.licence = l.id"
        f" join customers c on c.id = a.customer where c.email_folded {these} and a.applied_at <= :at order by l.id"
    )
    return (
        Query(delivered, {**values, "at": at}, partial(_holdings, "delivery-email")),
        Query(applied, {**values, "at": at}, partial(_holdings, "applied-key")),
    )


def _holdings(by: str, rows: Iterable[Any]) -> dict[str, list[Holding]]:
    return grouped((row[-1], Holding(_licence(row[:-1]), by)) for row in rows)


def every(db: Desk, at: int) -> Iterator[Licence]:
    """All licences effective by `at`, by key."""
    return _by_key(db, _EFFECTIVE, at)


def on_record(db: Desk, at: int) -> Iterator[Licence]:
    """All licences on their terms at `at`, by key; also those on record by then but issued later."""
    return _by_key(db, f"coalesce({_EFFECTIVE}, {_RECORDED})", at)


def _by_key(db: Desk, terms: str, at: int) -> Iterator[Licence]:
    said = f"{_FIELDS}, l.key_folded {_JOINED} {terms} where l.key_folded > :after order by l.key_folded limit :limit"
    return map(_licence, pages(db, said, {"at": at}))


def addresses(key: str) -> Query[list[str]]:
    """The folded addresses whose tier the licence of a key can decide: its delivery address, the accounts it was
    applied to, and the senders of requests that came with its key before it could be applied.
    """
    return Query(
        "select delivery_folded from licences where key_folded = :key and delivery_folded is not null"
        " union select c.email_folded from licences l join applied_keys a on a.licence = l.id"
        " join customers c on c.id = a.customer where l.key_folded = :key"
        " union select sender_folded from tickets where key_given = :key",
        {"key": fold_key(key)},
        lambda rows: [row[0] for row in rows],
        what="The list of customers with this key",
    )


def terms_from(number: int, n: int) -> Query[list[tuple[Licence, str]]]:
    """The licence of a number on its terms of number `n` and on all later ones, each with the agent who set them."""
    return Query(
        f"{_FIELDS}, t.agent"
        " from licences l join licence_terms t on t.licence = l.id where l.id = :id and t.n >= :n order by t.n",
        {"id": number, "n": n},
        lambda rows: [(_licence(row[:-1]), row[-1]) for row in rows],
    )


def _licence(row: Any) -> Licence:
    fields = list(row)
    fields[-1] = bool(row[-1])  # revoked
    return Licence(*fields)
